"""The rules' evidence as highlights."""

import evidence_apart
import pytest
from campaigns import Run
from hypothesis import given
from hypothesis import strategies as st

from treehole.annotation.evidence import KINDS, kinds_of
from treehole.annotation.forms import SPAN_KINDS, Span
from treehole.corpus.levels import UNKNOWN
from treehole.knowledge.lexicon import Lexicon, load_lexicon
from treehole.knowledge.version import KnowledgeFiles


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(KnowledgeFiles.locate())


def spans(text: str, found: tuple[Span, ...]) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in found]


def test_every_concept_named_is_in_the_ontologies(lexicon: Lexicon) -> None:
    known = {(concept.ontology, concept.name) for concept in lexicon.concepts}
    named = {(ontology, name) for ontology, kinds in KINDS.items() for name in kinds if name}
    assert named <= known


def test_the_kinds_are_those_of_the_form(lexicon: Lexicon) -> None:
    assert set(kinds_of(lexicon)) - {""} == set(SPAN_KINDS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Jumping", "method"),
        ("SleepingPills", "method"),
        ("Suicide", "wish"),
        ("SuicideNote", "plan"),
        ("NoteWritten", "plan"),
        ("StrongWish", "wish"),
        ("Tonight", "time"),
        ("Rooftop", "place"),
        ("Not", "negation"),
        ("Loneliness", ""),
        ("SelfCutting", ""),
        ("Rescued", ""),
    ],
)
def test_the_nearest_concept_above_decides(lexicon: Lexicon, name: str, kind: str) -> None:
    kinds = kinds_of(lexicon)
    assert [k for c, k in zip(lexicon.concepts, kinds, strict=True) if c.name == name] == [kind]


def test_what_the_rule_used_is_marked(labelling: Run) -> None:
    text = "😭 想好了，打算明天去跳楼"
    (found,) = labelling(evidence_apart.read, [text])
    assert found.level is not None
    assert found.level >= 6
    assert found.rule is not None
    assert ("time", "明天") in spans(text, found.spans)
    assert ("method", "跳楼") in spans(text, found.spans)


def test_what_rules_a_mention_out_is_marked_as_negation(labelling: Run) -> None:
    text = "我不想跳楼，只是有点累"
    (found,) = labelling(evidence_apart.read, [text])
    assert found.level is not None
    assert found.level < 4
    assert ("negation", "不想") in spans(text, found.spans)


def test_a_comment_without_a_mention_has_no_evidence(labelling: Run) -> None:
    (found,) = labelling(evidence_apart.read, ["今天的饭很好吃"])
    assert (found.level, found.rule, found.spans) == (0, None, ())


@given(st.lists(st.text(max_size=30) | st.sampled_from(["今晚想跳楼", "不想活了\0", "ＯＫ"])))
def test_spans_lie_in_the_comment_and_in_order(labelling: Run, texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    found = labelling(evidence_apart.read, texts)
    assert len(found) == len(texts)
    for text, evidence in zip(texts, found, strict=True):
        places = [(span.start, span.end) for span in evidence.spans]
        assert places == sorted(places)
        assert all(0 <= start < end <= len(text) for start, end in places)


def test_levels_are_those_of_the_evidence(labelling: Run, texts: list[str]) -> None:
    levels = labelling(evidence_apart.levels, texts)
    found = labelling(evidence_apart.read, texts)
    assert levels.tolist() == [UNKNOWN if e.level is None else e.level for e in found]
    assert len(set(levels.tolist())) > 3
