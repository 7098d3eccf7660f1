"""What is named as the cause of a change."""

import pytest

from treehole.analysis.causes import NOTHING, Cause, Mention, Reading, Side, Span, causes_of
from treehole.knowledge.lexicon_changes import LexiconChanges
from treehole.rules.rule_changes import RuleChange

RAIN, SNOW, NOT = (0, 2), (2, 4), (5, 6)
MENTIONS = {RAIN: Mention("wish:Rain", "下雨"), SNOW: Mention("wish:Snow", "下雪")}
LABELS = {"下雨": (None, "wish:Rain"), "下雪": ("wish:Fog", "wish:Snow"), "下": ("wish:Fog", None)}
WORDS = LexiconChanges(labels=LABELS)
RAINY = Reading(3, ["rainy", "wet"], [RAIN], [])
WET = Reading(2, ["wet"], [RAIN], [])


def side(reading: Reading, *spans: Span, **others: str) -> Side:
    return Side(reading, {span: MENTIONS[span] for span in spans})


def changed(kind: str, name: str = "rainy") -> dict[str, RuleChange]:
    return {name: RuleChange(name, 4 if kind == "level" else 3, 3, kind, ("falling",))}


def sentences(*args: object) -> list[str]:
    return [cause.sentence for cause in causes_of(*args)]  # type: ignore[arg-type]


def test_words_that_the_rules_go_by() -> None:
    old, new = side(NOTHING), side(RAINY, RAIN, SNOW)
    assert causes_of(old, new, WORDS, {}) == [Cause("word", "下雨", "“下雨” is now wish:Rain")]
    snowy = Reading(3, ["snowy"], [SNOW], [])
    was_fog = Side(NOTHING, {SNOW: Mention("wish:Fog", "下雪")})
    moved = ["“下雪” is now wish:Snow, was wish:Fog"]
    assert sentences(was_fog, side(snowy, SNOW), WORDS, {}) == moved
    assert sentences(side(snowy, SNOW), was_fog, WORDS, {}) == moved


def test_a_word_that_came_out_from_under_another_is_no_cause() -> None:
    longer = Side(NOTHING, {(0, 3): Mention("wish:Fog", "下雨天")})
    words = LexiconChanges(labels={"下雨天": ("wish:Fog", None)})
    assert sentences(longer, side(RAINY, RAIN), words, {}) == ["“下雨天” is no longer wish:Fog"]


def test_other_words_where_nothing_else_is_known() -> None:
    old, new = side(RAINY, RAIN), side(WET, RAIN, SNOW)
    assert sentences(old, new, WORDS, {}) == ["“下雪” is now wish:Snow, was wish:Fog"]


def test_a_pattern_is_named_by_its_concept() -> None:
    words = LexiconChanges(patterns={"下.": (None, "wish:Rain")})
    found = causes_of(side(NOTHING), side(RAINY, RAIN), words, {})
    assert found == [Cause("pattern", "wish:Rain", "other patterns for wish:Rain")]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("new", "the rule rainy is new"),
        ("gone", "the rule rainy is gone"),
        ("level", "the rule rainy gives 3, gave 4"),
        ("clauses", "the rule rainy changed"),
        ("parts", "the rule rainy changed in its parts falling"),
    ],
)
def test_a_rule_that_held_only_once(kind: str, said: str) -> None:
    one, other = side(RAINY, RAIN), side(WET, RAIN)
    assert sentences(one, other, LexiconChanges(), changed(kind)) == [said]
    assert sentences(other, one, LexiconChanges(), changed(kind)) == [said]


def test_a_changed_rule_that_made_no_difference() -> None:
    unclear = [Cause("unclear", "", "several changes together")]
    both = side(RAINY, RAIN), side(Reading(4, ["stormy", "rainy"], [SNOW], []), RAIN, SNOW)
    assert causes_of(*both, LexiconChanges(), changed("clauses")) == unclear
    assert causes_of(*both, LexiconChanges(), changed("clauses", "wet")) == unclear


def test_a_rule_is_not_to_blame_for_what_it_no_longer_finds() -> None:
    ruled_out = Reading(2, ["wet"], [SNOW], [("negation", NOT, RAIN)])
    rules = changed("clauses") | changed("clauses", "negation")
    found = sentences(side(RAINY, RAIN), side(ruled_out, RAIN), LexiconChanges(), rules)
    assert found == ["the rule negation changed"]
    assert sentences(side(RAINY, RAIN), side(WET), WORDS, changed("clauses")) == [
        "“下雨” is now wish:Rain"
    ]


def test_a_context_rule_that_rules_out_something_else() -> None:
    ruled_out = Reading(2, ["wet"], [RAIN], [("negation", NOT, SNOW)])
    found = sentences(
        side(RAINY, RAIN), side(ruled_out, RAIN), LexiconChanges(), changed("parts", "negation")
    )
    assert found == ["the rule negation changed in its parts falling"]


def test_a_concept_that_moved() -> None:
    words = LexiconChanges(
        moved=("wish:Weather",),
        above={"wish:Rain": ("wish:Weather",), "wish:Snow": ("wish:Cold",)},
    )
    old, new = side(RAINY, RAIN, SNOW), side(WET, RAIN, SNOW)
    assert causes_of(old, new, words, {}) == [
        Cause("concept", "wish:Weather", "wish:Weather has other superclasses")
    ]
    far = LexiconChanges(above={"wish:Snow": ("wish:Cold",)})
    assert sentences(old, new, far, {}) == ["wish:Cold has other superclasses"]
