"""Answers, as Label Studio writes them down, and what keeps a form from being read."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.annotation.forms import (
    CONFIDENCES,
    LABELS,
    LEVELS,
    SPAN_KINDS,
    Answer,
    Span,
    annotation_folder,
    answer_in,
    form_of,
    misfit,
    problems,
    result_of,
)
from treehole.models.datasets import Tier

TEXT = st.text(min_size=1, max_size=60)
NOTES = st.none() | st.text("语气平静。 \n", min_size=1).filter(str.strip)


@st.composite
def answered(draw: st.DrawFn) -> tuple[str, Answer]:
    """A comment, and what a psychologist says of it."""
    text = draw(TEXT)
    spans = draw(
        st.lists(
            st.builds(
                lambda kind, start, length: Span(kind, start, min(start + length, len(text))),
                st.sampled_from(SPAN_KINDS),
                st.integers(0, len(text) - 1),
                st.integers(1, 9),
            )
        )
    )
    ordered = tuple(sorted(set(spans), key=lambda span: (span[1:], span[0])))
    return text, Answer(
        level=draw(st.sampled_from(LEVELS)),
        spans=ordered,
        confidence=draw(st.none() | st.sampled_from(CONFIDENCES)),
        help_now=draw(st.booleans()),
        note=draw(NOTES),
    )


def prediction(answer: Answer, tier: Tier, text: str) -> dict[str, object]:
    return {"model_version": "m", "score": 0.5, "result": result_of(answer, tier, text)}


@given(answered())
def test_an_answer_comes_back_as_it_was(given_: tuple[str, Answer]) -> None:
    text, answer = given_
    assert answer_in(result_of(answer, Tier.HARD, text), text) == answer
    assert problems(form_of(Tier.HARD).config, prediction(answer, Tier.HARD, text)) == []


@given(st.sampled_from(LABELS), NOTES)
def test_of_the_easy_tier(label: str, note: str | None) -> None:
    answer = Answer(label=label, note=note)
    assert answer_in(result_of(answer, Tier.EASY, "晚安"), "晚安") == answer
    assert problems(form_of(Tier.EASY).config, prediction(answer, Tier.EASY, "晚安")) == []


@pytest.mark.parametrize("span", [Span("wish", 0, 3), Span("wish", 1, 1), Span("wish", -1, 1)])
def test_a_span_outside_the_text(span: Span) -> None:
    with pytest.raises(ValueError, match="lies outside a text of 2 characters"):
        result_of(Answer(level=1, spans=(span,)), Tier.HARD, "晚安")


def test_what_does_not_fit_is_told() -> None:
    config = form_of(Tier.HARD).config
    sound = result_of(Answer(level=1, spans=(Span("wish", 0, 1),)), Tier.HARD, "晚安")
    level, span = sound
    for broken in (
        {**level, "value": {"choices": ["11"]}},
        {**level, "from_name": "risk"},
        {**span, "value": {**span["value"], "labels": ["mood"]}},
        {**span, "value": {**span["value"], "start": 2, "end": 1}},
    ):
        assert len(problems(config, {"model_version": "m", "score": 0.5, "result": [broken]})) == 1


def test_what_somebody_may_change() -> None:
    form = form_of(Tier.HARD)
    changed = form.config.replace("#8e7cc3", "#ffffff").replace("没把握", "不确定")
    changed = changed.replace("</View>", '<Rating name="mood" toName="text"/></View>')
    assert changed != form.config
    assert misfit(changed, form) is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name="level"', 'name="grade"', "the control “level” is gone"),
        ('alias="9"', 'alias="nine"', "the control “level” no longer has the value 9"),
        ("</View>", "", "no XML any more"),
    ],
)  # fmt: skip
def test_what_somebody_may_not_change(old: str, new: str, told: str) -> None:
    form = form_of(Tier.HARD)
    assert told in (misfit(form.config.replace(old, new), form) or "")


@pytest.mark.parametrize("tier", [Tier.EASY, Tier.HARD])
def test_no_key_has_two_meanings(tier: Tier) -> None:
    root = ElementTree.fromstring(form_of(tier).config)
    keys = [element.attrib["hotkey"] for element in root.iter() if "hotkey" in element.attrib]
    assert len(keys) == len({*keys, *"x."} - {"x", "."}) > 2


def test_the_guideline_is_shown_with_the_form() -> None:
    assert (annotation_folder() / "guideline.md").is_file()
    instruction = form_of(Tier.EASY).instruction
    assert "<h1>标注指南</h1>" in instruction
    assert "<h1>Guideline</h1>" in instruction
    assert "<table>" in instruction


def test_nobody_annotates_the_free_tier() -> None:
    with pytest.raises(ValueError, match="has no form"):
        form_of(Tier.FREE)
