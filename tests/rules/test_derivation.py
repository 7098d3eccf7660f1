"""Every verdict has a derivation: its steps lead through the comment and use the evidence."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import deriving
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loaded import Book, Found

import treehole.rules
from treehole.knowledge.lexicon import Lexicon
from treehole.rules.derivation import (
    COUNTING,
    DISTANCES,
    GAP_NAMES,
    MOST_RULED_OUT,
    TAKING,
    Derivation,
    Derivations,
    Step,
)

Run = Callable[..., Any]

FARTHEST = {
    "touching": "touching", "closeText": "close", "sameClause": "clause",
    "clauseWithout": "clause", "nextClause": "next_clause", "sameSentence": "sentence",
    "sentenceWithout": "sentence", "nearbyText": "next_sentence",
}  # fmt: skip
"""What may lie between two mentions, at most."""


def everything(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from everything(step.steps)


def taken(derivation: Derivation | None) -> set[tuple[int, int]]:
    assert derivation is not None
    return {(s.start, s.end) for s in everything(derivation.steps) if s.call in TAKING}


def leads_through(steps: Sequence[Step], start: int) -> int:
    """Each step begins where the one before ends; where the last one ends."""
    for step in steps:
        if step.call in COUNTING:
            continue
        assert step.start == start, step
        if step.steps:
            assert leads_through(step.steps, start) == step.end
        start = step.end
    return start


def check(comment: str, found: Found, derivations: Derivations) -> None:
    assert len(derivations.held) == len(found.held)
    assert len(derivations.ruled_out) == min(len(found.ruled_out), MOST_RULED_OUT)
    for (_, evidence), held in zip(found.held, derivations.held, strict=True):
        assert held is not None
        assert set(evidence) <= taken(held)
        assert leads_through(held.steps, 0) == len(comment)
    for (_, cue, mention), out in zip(found.ruled_out, derivations.ruled_out, strict=False):
        assert out is not None
        assert {cue, mention} <= taken(out)
        assert leads_through(out.steps, 0) >= max(cue[1], mention[1])
    for derivation in (*derivations.held, *derivations.ruled_out):
        assert derivation is not None
        for step in everything(derivation.steps):
            check_step(comment, step)


def check_step(comment: str, step: Step) -> None:
    assert step.surface == comment[step.start : step.end]
    assert (step.reason is not None) == (step.call == "ruledOutMention")
    if step.call in TAKING:
        assert step.surface
        assert step.concepts
    elif step.call in DISTANCES:
        assert step.call != "touching" or not step.surface
        if step.gap is not None and step.call in FARTHEST:
            assert GAP_NAMES.index(step.gap) <= GAP_NAMES.index(FARTHEST[step.call])
    elif step.call in COUNTING:
        assert step.most is not None
        assert len(step.found) <= step.most
        assert all(surface in comment for surface in step.found)
    else:
        assert step.steps
        assert (step.path is None) == (step.call in {"eitherOrder", "twoKindsOf"})
        assert (step.turned is not None) == (step.call == "eitherOrder")


def test_all_examples(shipped: Run, book: Book) -> None:
    examples = [comment for rule in book.rules for comment in rule.holds + rule.fails]
    for comment, entry in zip(examples, shipped(deriving.derived, examples), strict=True):
        check(comment, *entry)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_any_comment(shipped: Run, comments: st.SearchStrategy[str], data: st.DataObject) -> None:
    some = data.draw(st.lists(comments, min_size=1, max_size=4))
    for comment, entry in zip(some, shipped(deriving.derived, some), strict=True):
        check(comment, *entry)


def of(shipped: Run, comment: str) -> Derivations:
    [(_, derivations)] = shipped(deriving.derived, [comment])
    return derivations


def test_a_mention_leads_up_to_what_was_asked(shipped: Run, book: Book, lexicon: Lexicon) -> None:
    concepts = {concept.iri: concept for concept in lexicon.concepts}
    examples = [comment for rule in book.rules for comment in rule.holds]
    longest = 0
    for _, derivations in shipped(deriving.derived, examples):
        for derivation in derivations.held:
            for step in everything(derivation.steps):
                for lower, upper in zip(step.concepts, step.concepts[1:], strict=False):
                    parents = [lexicon.concepts[i].iri for i in concepts[lower.iri].parents]
                    assert upper.iri in parents
                longest = max(longest, len(step.concepts))
    assert longest > 2


def test_the_clause_and_the_parts_are_named(shipped: Run) -> None:
    [held, *_] = of(shipped, "今晚跳楼").held
    assert Path(held.path).name == "level_10.pl"
    clause = Path(held.path).read_text("utf-8").splitlines()[held.line - 1]
    assert clause.startswith("statement(suicideRisk(10,")
    [either] = [step for step in held.steps if step.call == "eitherOrder"]
    [*_, act] = either.steps
    assert (either.turned, act.call) == (False, "act")
    assert Path(act.path or "").name == "acts.pl"
    [method] = act.steps
    assert (method.call, method.surface) == ("rdfsSubclassOf", "跳楼")
    assert [concept.name_en for concept in method.concepts][-1] == "suicidal act"


def test_the_other_way_round(shipped: Run) -> None:
    [held, *_] = of(shipped, "跳楼就在今晚").held
    [either] = [step for step in held.steps if step.call == "eitherOrder"]
    assert either.turned is True


def test_what_lies_between_is_told(shipped: Run) -> None:
    [held, *_] = of(shipped, "今晚，就要跳楼").held
    [distance] = [s for s in everything(held.steps) if s.call == "sameSentence"]
    assert (distance.surface, distance.gap) == ("，就要", "next_clause")


def test_what_does_not_count_comes_with_its_reason(shipped: Run) -> None:
    derivations = of(shipped, "没勇气去跳河")
    [held] = [entry for entry in derivations.held if entry]
    reasons = [step.reason for step in everything(held.steps) if step.reason]
    assert reasons == ["daunted"]
    [out] = derivations.ruled_out
    assert out is not None
    assert Path(out.path).name == "context.pl"
    assert taken(out) == {(0, 3), (4, 6)}


def test_conditions_tell_what_they_found(shipped: Run) -> None:
    [held, *_] = of(shipped, "死的方法也想过，好累").held
    [condition] = [step for step in held.steps if step.call == "atMost"]
    assert (condition.most, list(condition.found)) == (1, ["好累"])
    [held, *_] = of(shipped, "吃了三十片安眠药").held
    absent = [step for step in held.steps if step.call == "absent"]
    assert [step.most for step in absent] == [0, 0]


@pytest.mark.parametrize("comment", ["", "今天的云很好看", "\ud800", "\u200b"])
def test_nothing_to_derive(shipped: Run, comment: str) -> None:
    assert of(shipped, comment) == Derivations((), ())


def test_what_the_judge_left_out_is_not_counted(shipped: Run) -> None:
    comment = "想死，" + "大桥，" * 40 + "可是放不下妈妈"
    [(found, derivations)] = shipped(deriving.derived, [comment])
    assert [rule for rule, _, _ in found.ruled_out] == ["held_back"]
    check(comment, found, derivations)


def test_of_a_flood_only_the_first_are_derived(shipped: Run) -> None:
    [(found, derivations)] = shipped(deriving.derived, ["没有自杀，" * (MOST_RULED_OUT + 10)])
    assert len(found.ruled_out) == MOST_RULED_OUT + 10
    assert len(derivations.ruled_out) == MOST_RULED_OUT


def test_all_of_the_notation_is_known() -> None:
    notation = Path(treehole.rules.__file__).with_name("notation.pl").read_text("utf-8")
    exported = set(re.findall(r"^ +\[? ?(\w+)//\d", notation.split("/**")[0], re.MULTILINE))
    exported |= {"rdfsSubclassOf"}
    assert exported == TAKING | DISTANCES | COUNTING | {"eitherOrder", "twoKindsOf"}
