from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answering import annotations
from treehole.annotation.merging import LABELS, Method, answer_column, merged, votes
from treehole.models.datasets import Tier

Answers = list[tuple[str, str, Any]]

# crowd-kit calls pandas as pandas 4 will not be called
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:crowdkit")

BOTH = pytest.mark.parametrize("method", Method)


def answers(tier: Tier) -> st.SearchStrategy[Answers]:
    said = st.sampled_from(LABELS) if tier is Tier.EASY else st.integers(0, 10)
    one = st.tuples(
        st.sampled_from(["c1", "c2", "c3", "c4"]),
        st.sampled_from(["a-1", "a-2", "a-3", "a-4"]),
        st.none() | said,
    )
    return st.lists(one, max_size=24)


cases = st.sampled_from([Tier.EASY, Tier.HARD]).flatmap(
    lambda tier: st.tuples(st.just(tier), answers(tier))
)


def by_comment(table: pa.Table, column: str) -> dict[str, Any]:
    return dict(zip(table["comment_id"].to_pylist(), table[column].to_pylist(), strict=True))


def merge(said: list[Any], tier: Tier, method: Method = Method.MAJORITY) -> Any:
    """What becomes of answers to one comment."""
    table = annotations([("c", f"a-{number}", answer) for number, answer in enumerate(said)])
    return merged(table, tier, method)[answer_column(tier)].to_pylist()


@pytest.mark.parametrize(
    ("said", "label"),
    [
        (["low"], "low"),
        (["high", "low", "low"], "low"),
        (["high", "low"], "high"),
        (["irrelevant", "low"], "low"),
        (["irrelevant", "low", "high"], "high"),
        (["irrelevant", "irrelevant", "high"], "irrelevant"),
        ([None, "irrelevant"], "irrelevant"),
    ],
)
def test_majority_of_labels(said: list[Any], label: str) -> None:
    assert merge(said, Tier.EASY) == [label]


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ([4], 4),
        ([0, 0, 8], 0),
        ([2, 5, 9], 5),
        ([5, 6], 6),
        ([3, 7], 7),
        ([7, 3, None], 7),
        ([1, 3, 7, 8, 10], 7),
        ([0, 2, 4, 9], 4),
    ],
)
def test_levels_have_their_median_and_of_two_the_higher(said: list[Any], level: int) -> None:
    assert merge(said, Tier.HARD) == [level]


@pytest.mark.parametrize("tier", [Tier.EASY, Tier.HARD])
@BOTH
def test_skipped_by_all_is_no_label(tier: Tier, method: Method) -> None:
    found = merged(annotations([("c", "a-1", None), ("c", "a-2", None)]), tier, method)
    assert len(found) == 0
    assert found.column_names == merged(annotations([]), tier, method).column_names


@BOTH
@given(case=cases)
@settings(max_examples=60)
def test_the_order_of_rows_does_not_matter(method: Method, case: tuple[Tier, Answers]) -> None:
    tier, said = case
    table = annotations(said)
    mixed = table.take(np.random.default_rng(len(said)).permutation(len(table)))
    assert merged(table, tier, method).equals(merged(mixed, tier, method))


@BOTH
@given(case=cases)
@settings(max_examples=60)
def test_what_holds_of_all(method: Method, case: tuple[Tier, Answers]) -> None:
    tier, said = case
    last = {(comment, person): answer for comment, person, answer in said if answer is not None}
    given_: dict[str, list[Any]] = {}
    for (comment, _), answer in last.items():
        given_.setdefault(comment, []).append(answer)
    found = merged(annotations(said), tier, method)
    values = by_comment(found, answer_column(tier))
    assert list(values) == sorted(given_)
    assert by_comment(found, "annotators") == {name: len(all_) for name, all_ in given_.items()}
    for comment, all_ in given_.items():
        assert values[comment] in all_
        share = all_.count(values[comment]) / len(all_)
        assert by_comment(found, "agreement")[comment] == pytest.approx(share)
        assert (by_comment(found, "merged_by")[comment] == "one") == (len(all_) == 1)


@BOTH
@given(case=cases, chance=st.integers(0, 3))
@settings(max_examples=40)
def test_what_was_decided_wins(method: Method, case: tuple[Tier, Answers], chance: int) -> None:
    tier, said = case
    answer: Any = LABELS[chance % 3] if tier is Tier.EASY else chance
    table = annotations(said)
    judge = annotations([("c1", "a-1", answer), ("c9", "a-2", answer)])
    plain, found = merged(table, tier, method), merged(table, tier, method, judge)
    values, before = by_comment(found, answer_column(tier)), by_comment(plain, answer_column(tier))
    assert values == before | {"c1": answer, "c9": answer}
    how = by_comment(found, "merged_by")
    assert {name for name, by in how.items() if by == "adjudicated"} == {"c1", "c9"}
    assert by_comment(found, "annotators")["c9"] == 0
    assert by_comment(found, "agreement")["c9"] is None
    assert by_comment(found, "annotators").get("c1") == by_comment(plain, "annotators").get("c1", 0)


def test_a_judge_who_skips_decides_nothing() -> None:
    table = annotations([("c", "a-1", "low"), ("c", "a-2", "low")])
    found = merged(table, Tier.EASY, Method.MAJORITY, annotations([("c", "a-3", None)]))
    assert found["merged_by"].to_pylist() == ["majority"]


def test_of_a_persons_answers_the_last_counts() -> None:
    table = annotations([("c", "a-1", "high"), ("c", "a-2", "low"), ("c", "a-1", "low")])
    assert votes(table, Tier.EASY)["vote"].to_pylist() == [1, 1]
    found = merged(table, Tier.EASY, Method.MAJORITY).to_pylist()[0]
    assert (found["label"], found["annotators"], found["agreement"]) == ("low", 2, 1.0)


def test_confidence_and_help() -> None:
    def row(label: str, **others: Any) -> dict[str, Any]:
        return {"label": label, "skipped": False, **others}

    table = annotations(
        [
            ("c1", "a-1", row("low", confidence="sure")),
            ("c1", "a-2", row("low", confidence="unsure")),
            ("c2", "a-1", row("low", help_now=True)),
            ("c2", "a-2", row("low", confidence="sure")),
            ("c3", "a-1", row("low")),
            ("c4", "a-1", row("low", confidence="unsure", help_now=True)),
        ]
    )
    judge = annotations([("c4", "a-2", row("low", confidence="sure"))])
    found = merged(table, Tier.EASY, Method.MAJORITY, judge)
    assert found["confidence"].to_pylist() == ["unsure", "sure", None, "sure"]
    assert found["help_now"].to_pylist() == [False, True, False, True]


def test_accepted() -> None:
    def row(level: int, shown: int | None, accepted: bool | None) -> dict[str, Any]:
        return {"level": level, "shown_level": shown, "accepted": accepted, "skipped": False}

    table = annotations(
        [
            ("c1", "a-1", row(4, 4, True)),
            ("c2", "a-1", row(4, 4, False)),  # something else was corrected
            ("c3", "a-1", row(5, 4, False)),
            ("c3", "a-2", row(4, 4, True)),
            ("c4", "a-1", row(4, None, None)),
            ("c5", "a-1", row(2, 4, False)),
            ("c5", "a-2", row(4, 4, True)),
        ]
    )
    found = merged(table, Tier.HARD, Method.MAJORITY)
    assert by_comment(found, "accepted") == {
        "c1": True, "c2": False, "c3": False, "c4": None, "c5": True,
    }  # fmt: skip
    judge = annotations([("c3", "a-3", 4)])
    assert by_comment(merged(table, Tier.HARD, Method.MAJORITY, judge), "accepted")["c3"]


def crowd(tier: Tier) -> tuple[pa.Table, list[int]]:
    """Two careful people and two who guess; and what is true."""
    chance = np.random.default_rng(5)
    truth = chance.integers(0, 2 if tier is Tier.EASY else 11, 400)
    rows: Answers = []
    for comment, level in enumerate(truth):
        for person, share in enumerate((0.97, 0.97, 0.3, 0.3)):
            guess = level if chance.random() < share else chance.integers(0, truth.max() + 1)
            said = LABELS[1 + guess] if tier is Tier.EASY else int(guess)
            rows.append((f"{comment:03}", f"a-{person}", said))
    return annotations(rows), truth.tolist()


@pytest.mark.parametrize("tier", [Tier.EASY, Tier.HARD])
def test_dawid_and_skene_tell_who_is_careful(tier: Tier) -> None:
    table, truth = crowd(tier)

    def high(value: Any) -> bool:
        return value == "high" if tier is Tier.EASY else value >= 6

    def errors(method: Method) -> int:
        found = merged(table, tier, method)[answer_column(tier)].to_pylist()
        right = [LABELS[1 + true] if tier is Tier.EASY else true for true in truth]
        return sum(high(said) != high(true) for said, true in zip(found, right, strict=True))

    assert errors(Method.DAWID_SKENE) * 3 < errors(Method.MAJORITY)


def test_with_two_people_the_majority_stands() -> None:
    table = annotations([("c", "a-1", "high"), ("c", "a-2", "low"), ("d", "a-3", "low")])
    found = merged(table, Tier.EASY, Method.DAWID_SKENE)
    assert found["merged_by"].to_pylist() == ["majority", "one"]
    assert found["label"].to_pylist() == ["high", "low"]


def test_unlike_rows_of_others_are_left_alone() -> None:
    table = annotations([("c", "a-1", "low")])
    stray = annotations([("", "a-1", "high")]).set_column(0, "comment_id", [pa.nulls(1, "string")])
    both = pa.concat_tables([table, stray])
    assert by_comment(merged(both, Tier.EASY, Method.MAJORITY), "label") == {"c": "low"}


def test_somebody_whose_account_is_gone_is_nobody_else() -> None:
    gone = {"label": "low", "annotator": None, "skipped": False}
    table = annotations([("c", "a-1", "high"), ("c", "", gone), ("c", "", gone)])
    found = merged(table, Tier.EASY, Method.MAJORITY)
    assert found.select(["label", "annotators"]).to_pylist() == [{"label": "low", "annotators": 3}]
