import pytest

from answering import annotations
from treehole.annotation.disputes import disputed_form, disputes, tasks_of
from treehole.annotation.forms import Answer, Span, answer_in, form_of, misfit, problems
from treehole.annotation.projects import MODEL_VERSION
from treehole.errors import InputError
from treehole.models.datasets import Tier


def test_the_costly_ones_come_first() -> None:
    levels = {"c1": (0, 5), "c2": (5, 6), "c3": (4, 4), "c4": (2, 9), "c5": (8,)}
    table = annotations(
        (comment, f"a-{number}", level)
        for comment, all_ in levels.items()
        for number, level in enumerate(all_)
    )
    found = disputes(table, Tier.HARD)
    assert [(one.comment_id, one.spread, one.about_risk) for one in found] == [
        ("c4", 7, True), ("c2", 1, True), ("c1", 5, False),
    ]  # fmt: skip
    assert found[0].answers == {"a-0": 2, "a-1": 9}


def test_labels_and_even_divisions() -> None:
    said = {
        "c1": ("low", "irrelevant"),
        "c2": ("high", "low", "low"),
        "c3": ("high", "low"),
        "c4": ("high", "irrelevant"),
        "c5": ("low", None),
        "c6": ("high", "high", "low", "low"),
    }
    table = annotations(
        (comment, f"a-{number}", label)
        for comment, all_ in said.items()
        for number, label in enumerate(all_)
    )
    assert [one.comment_id for one in disputes(table, Tier.EASY)] == ["c4", "c6", "c2", "c3", "c1"]


def test_what_is_decided_is_no_longer_disputed() -> None:
    table = annotations([("c1", "a-1", 2), ("c1", "a-2", 8), ("c2", "a-1", 2), ("c2", "a-2", 3)])
    judge = annotations([("c1", "a-3", 6), ("c2", "a-3", None)])
    assert [one.comment_id for one in disputes(table, Tier.HARD, judge)] == ["c2"]


def said(level: int, *spans: Span) -> dict[str, object]:
    return {"level": level, "spans": [span._asdict() for span in spans], "skipped": False}


def test_what_a_judge_is_shown() -> None:
    """The answers from the lowest to the highest, whoever gave them, and none to start from."""
    wish, time = Span("wish", 2, 5), Span("time", 0, 2)
    beyond = Span("plan", 4, 90)  # as if somebody had changed the task
    table = annotations(
        [("c1", "a-1", said(8, wish, time)), ("c1", "a-2", said(2, beyond)), ("c1", "a-3", said(8))]
    )
    text = "今晚不想走"
    (task,) = tasks_of(disputes(table, Tier.HARD), {"c1": text}, Tier.HARD)
    assert task["data"] == {
        "comment_id": "c1", "text": text, "answers": "各人的判断 (answers): 2 · 8 · 8",
        "chosen_by": "disputed", "batch": "disputed",
    }  # fmt: skip
    *given, last = task["predictions"]
    assert [one["model_version"] for one in given] == ["answer 1", "answer 2", "answer 3"]
    assert [answer_in(one["result"], text) for one in given] == [
        Answer(level=2), Answer(level=8), Answer(level=8, spans=(time, wish)),
    ]  # fmt: skip
    assert last == {"model_version": MODEL_VERSION, "result": []}
    assert not any(problems(disputed_form(Tier.HARD).config, one) for one in given)


def test_labels_are_shown_in_words() -> None:
    table = annotations([("c1", "a-1", "high"), ("c1", "a-2", "irrelevant"), ("c1", "a-3", "low")])
    (task,) = tasks_of(disputes(table, Tier.EASY), {"c1": "早上好"}, Tier.EASY)
    shown = task["data"]["answers"]
    assert shown == "各人的判断 (answers): 无关 (irrelevant) · 低风险 (low) · 高风险 (high)"


@pytest.mark.parametrize("tier", [Tier.EASY, Tier.HARD])
def test_the_form_of_a_judge_is_read_as_any_other(tier: Tier) -> None:
    assert "$answers" in disputed_form(tier).config
    assert misfit(disputed_form(tier).config, form_of(tier)) is None


def test_a_text_that_is_not_known() -> None:
    table = annotations([("c1", "a-1", "high"), ("c1", "a-2", "low")])
    with pytest.raises(InputError, match="pull --tier easy"):
        tasks_of(disputes(table, Tier.EASY), {}, Tier.EASY)
