"""Leaving out what is not in question changes no verdict."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import judging
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loaded import Book

from treehole.rules.plans import Planner, Words, distinct_rows, to_words
from treehole.rules.rulebook import WORD_BITS, WORDS, Clause, Group, RuleBook, Vocabulary

Run = Callable[..., Any]


def agree(shipped: Run, comments: list[str]) -> None:
    """Planned and full judging say the same, with the same evidence."""
    planned = shipped(judging.verdicts, comments)
    full = shipped(judging.full_verdicts, comments)
    for comment, some, everything in zip(comments, planned, full, strict=True):
        assert (some.level, some.rule) == (everything.level, everything.rule), comment
        assert some.held == everything.held, comment
        assert set(some.ruled_out) <= set(everything.ruled_out), comment


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_plans_change_no_verdict(
    shipped: Run, comments: st.SearchStrategy[str], data: st.DataObject
) -> None:
    agree(shipped, data.draw(st.lists(comments, min_size=1, max_size=6)))


def test_plans_change_no_verdict_on_the_examples(shipped: Run, book: Book) -> None:
    agree(shipped, [comment for rule in book.rules for comment in rule.holds + rule.fails])


def test_plans_leave_mentions_out(shipped: Run) -> None:
    all_mentions, judged = shipped(judging.number_of_mentions, ["明天下雨，晚上吃面，他说好"])
    assert (all_mentions > 2, judged) == (True, 0)
    all_mentions, judged = shipped(judging.number_of_mentions, ["好难过，明天下雨，晚上吃面"])
    assert (all_mentions > 2, judged) == (True, 1)


# --- Words -----------------------------------------------------------------------------------

MASKS = st.integers(0, (1 << WORD_BITS * WORDS) - 1)


@given(MASKS)
def test_words_hold_the_mask(mask: int) -> None:
    words = to_words(mask)
    assert len(words) == WORDS
    assert all(0 <= word < 1 << WORD_BITS for word in words)
    assert sum(word << WORD_BITS * place for place, word in enumerate(words)) == mask


@pytest.mark.parametrize(
    ("bit", "expected"),
    [
        (0, (1, 0, 0, 0)),
        (58, (1 << 58, 0, 0, 0)),
        (59, (0, 1, 0, 0)),
        (235, (0, 0, 0, 1 << 58)),
    ],
)
def test_words_of_one_bit(bit: int, expected: tuple[int, ...]) -> None:
    assert to_words(1 << bit) == expected


@given(st.lists(st.sampled_from([0, 1, 1 << 59, 3 << 58, 1 << 235, (1 << 236) - 1]) | MASKS))
def test_distinct_rows(masks: list[int]) -> None:
    rows = table(masks)
    distinct, which = distinct_rows(rows)
    assert np.array_equal(distinct[which], rows)
    assert len(distinct) == len(set(masks))


def table(masks: list[int]) -> Words:
    return np.array([to_words(mask) for mask in masks], np.uint64).reshape(-1, WORDS)


# --- The planner -----------------------------------------------------------------------------

PAIN, WISH, NOT, METHOD, FEAR = (1 << bit for bit in (0, 58, 59, 118, 176))


def clause(rule: int, reason: str | None, *needs: tuple[Group, ...], **more: Any) -> Clause:
    speaks = sum({group.concepts for alternative in needs for group in alternative})
    plain = Clause(rule, rule, reason, needs, speaks, 0, frozenset(), False)
    return replace(plain, **more)


CLAUSES = [
    clause(0, "negation", (Group(NOT), Group(WISH)), targets=WISH, gaps=frozenset({2})),
    clause(1, "unheard", (Group(FEAR),), targets=FEAR),
    clause(2, "fear", (Group(FEAR), Group(METHOD)), targets=METHOD, asks_final=True),
    clause(3, "too_late", (Group(FEAR),), targets=FEAR),
    clause(4, None, (Group(PAIN),)),
    clause(5, None, (Group(WISH),), (Group(PAIN), Group(METHOD)), gaps=frozenset({4, 6})),
    clause(6, None, (Group(METHOD, frozenset({"fear"})), Group(0, frozenset({"fear"})))),
]
LEVELS = [None, None, None, None, 1, 4, 6]


def planner(clauses: list[Clause] = CLAUSES) -> Planner:
    rules = [SimpleNamespace(level=level) for level in LEVELS]
    vocabulary = Vocabulary((), (), WORD_BITS * WORDS)
    book = SimpleNamespace(vocabulary=vocabulary, clauses=clauses, rules=rules)
    return Planner(cast(RuleBook, book))


@pytest.mark.parametrize(
    ("present", "contexts", "risks", "speaks"),
    [
        (PAIN, (), (4,), PAIN),
        (PAIN | NOT | FEAR, (), (4,), PAIN),
        (WISH, (), (5,), PAIN | WISH | METHOD),
        (WISH | NOT, (0,), (5,), PAIN | WISH | METHOD | NOT),
        (PAIN | METHOD, (), (5, 4), PAIN | WISH | METHOD),
        (FEAR | METHOD, (1, 2), (6,), METHOD | FEAR),
        (WISH | NOT | FEAR | METHOD, (0, 1, 2), (6, 5), PAIN | WISH | NOT | FEAR | METHOD),
    ],
)
def test_a_plan(
    present: int, contexts: tuple[int, ...], risks: tuple[int, ...], speaks: int
) -> None:
    made = planner()
    assert made.plans(table([present])).tolist() == [0]
    [plan] = made.new()
    assert plan.contexts == tuple((rule, (rule,)) for rule in contexts)
    assert plan.risks == tuple((rule, (rule,)) for rule in risks)
    assert plan.speaks == speaks
    assert plan.asks_final is (2 in contexts)


@pytest.mark.parametrize("present", [0, NOT, FEAR, METHOD, NOT | METHOD])
def test_no_plan(present: int) -> None:
    made = planner()
    assert made.plans(table([present])).tolist() == [-1]
    assert made.new() == []


def test_gaps_that_no_rule_tells_apart_are_one() -> None:
    made = planner()
    made.plans(table([PAIN, WISH, WISH | NOT]))
    gaps = {plan.risks[0][0]: plan.gaps for plan in made.new() if not plan.contexts}
    assert gaps[4] == (0, 1, 1, 1, 1, 1, 1, 1)
    assert gaps[5] == (0, 1, 1, 1, 4, 4, 6, 6)


def test_plans_are_numbered_as_they_come_up() -> None:
    made = planner()
    first = made.plans(table([PAIN, 0, PAIN | NOT, WISH, PAIN]))
    assert first[[0, 1, 2]].tolist() == [first[4], -1, first[0]]
    assert sorted({first[0], first[3]}) == [0, 1]
    assert len(made.new()) == 2
    assert made.new() == []
    assert made.plans(table([WISH, FEAR | METHOD, PAIN])).tolist() == [first[3], 2, first[0]]
    [third] = made.new()
    assert [rule for rule, _ in third.risks] == [6]


def test_no_comments() -> None:
    made = planner()
    assert made.plans(table([])).tolist() == []
    assert made.new() == []
