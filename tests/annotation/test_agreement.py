"""The figures of small cases are worked out by hand, or taken from the literature."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answering import START, annotations
from treehole.annotation.agreement import Agreement, alphas, measure
from treehole.annotation.merging import LABELS
from treehole.models.datasets import Tier
from treehole.models.metrics import Figure


def of(answers: dict[str, list[Any]], tier: Tier, **others: Any) -> Agreement:
    """The agreement of people whose answers to c0, c1, … are listed; None if they gave none."""
    rows = [
        (f"c{number}", f"a-{person}", said)
        for person, all_ in answers.items()
        for number, said in enumerate(all_)
        if said is not None
    ]
    return measure(annotations(rows, **others), tier, times=200)


def named(table: str) -> list[str]:
    return [{"h": "high", "l": "low", "i": "irrelevant"}[letter] for letter in table]


def test_two_people_and_ten_comments() -> None:
    """Both say high of 4 and low of 3; one says high of 5, the other of 6.

    Alike 0.7; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5: kappa 0.4. Alpha: of 20 answers 11 are high;
    unlike by chance 2 * 11 * 9 / (20 * 19) = 0.5211, observed 0.3: 1 - 0.3 / 0.5211 = 0.4242.
    """
    found = of({"1": named("hhhhhlllll"), "2": named("hhhhlhhlll")}, Tier.EASY)
    assert (found.comments, found.overlapped) == (10, 10)
    assert found.alike.value == pytest.approx(0.7)
    assert found.alpha["label"].value == pytest.approx(1 - 0.3 / (198 / 380))
    assert found.alpha["risk"] == found.alpha["label"]
    (pair,) = found.pairs
    assert (pair.comments, pair.alike, pair.weighted_kappa) == (10, 0.7, None)
    assert pair.kappa == pytest.approx(0.4)
    assert pair.table == [[0, 0, 0], [0, 3, 2], [0, 1, 4]]
    assert pair.difference == pytest.approx(0.1)
    assert found.table == [[0, 0, 0], [0, 3, 3], [0, 3, 4]]
    first, second = found.annotators
    assert (first.drift.value, second.drift.value) == (pytest.approx(-0.1), pytest.approx(0.1))


def test_krippendorffs_own_example() -> None:
    """Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section E: 4 observers."""
    data = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    found = of({str(number): row for number, row in enumerate(data)}, Tier.HARD)
    assert (found.comments, found.overlapped) == (12, 11)
    assert found.alpha["level"].value == pytest.approx(0.815, abs=5e-4)
    low, high = found.alpha["level"].low, found.alpha["level"].high
    assert low is not None
    assert high is not None
    assert low < 0.815 < high <= 1
    assert found.alpha["risk"] == Figure(None, None, None)


def test_weighted_kappa_by_hand() -> None:
    """Levels 0, 4, 8 and 0, 4, 4: the squares of the differences are 0, 0 and 16.

    By chance any of the first meets any of the second: 0, 16, 16, 16, 0, 0, 64, 16, 16, the mean is
    16: kappa 1 - (16 / 3) / 16. Unweighted: alike 2/3, by chance (1 + 2) / 9: (2/3 - 1/3) / (2/3).
    """
    (pair,) = of({"1": [0, 4, 8], "2": [0, 4, 4]}, Tier.HARD).pairs
    assert pair.weighted_kappa == pytest.approx(2 / 3)
    assert pair.kappa == pytest.approx(1 / 2)
    assert pair.difference == pytest.approx(-4 / 3)


def test_who_drifts_and_when() -> None:
    """The third is 2 above the others, but only in the second half."""
    others = [3, 4, 5, 3, 4, 5, 3, 4]
    third = [3, 4, 5, 3, 6, 7, 5, 6]
    found = of({"1": others, "2": others, "3": third}, Tier.HARD)
    first, _, drifting = found.annotators
    assert drifting.drift.value == pytest.approx(1.0)
    assert drifting.moved.value == pytest.approx(2.0)
    assert (drifting.moved.low, drifting.moved.high) == (2.0, 2.0)
    assert first.drift.value == pytest.approx(-0.5)
    assert drifting.overlapped == 8


def test_work_of_each() -> None:
    table = annotations(
        [
            ("c1", "a-1", {"label": "low", "seconds": 4.0, "accepted": True, "skipped": False}),
            ("c2", "a-1", {"label": "high", "seconds": 8.0, "accepted": False, "skipped": False}),
            ("c3", "a-1", {"label": "low", "seconds": 60.0, "accepted": False, "skipped": False}),
            ("c4", "a-1", None),
            ("c5", "a-2", None),
        ]
    )
    first, second = measure(table, Tier.EASY).annotators
    assert (first.answered, first.skipped, first.seconds) == (3, 1, 8.0)
    assert first.corrected == pytest.approx(2 / 3)
    assert (second.answered, second.skipped, second.seconds, second.corrected) == (0, 1, None, None)


def test_what_the_model_is_worth_on_audited_comments() -> None:
    def row(said: int, shown: int, by: str) -> dict[str, Any]:
        return {"level": said, "shown_level": shown, "chosen_by": by, "skipped": False}

    table = annotations(
        [
            ("c1", "a-1", row(4, 5, "audit")),
            ("c2", "a-1", row(7, 5, "audit")),
            ("c3", "a-1", row(7, 5, "uncertain")),
            ("c4", "a-1", row(7, 5, "audit")),
            ("c4", "a-2", row(2, 5, "audit")),
        ]
    )
    found = measure(table, Tier.HARD)
    assert (found.audits, found.audited.value) == (3, pytest.approx(1 / 3))
    decided = measure(table, Tier.HARD, annotations([("c4", "a-9", 3)]))
    assert (decided.decided, decided.audited.value) == (1, pytest.approx(2 / 3))


@pytest.mark.parametrize("tier", [Tier.EASY, Tier.HARD])
@pytest.mark.parametrize(
    "people", [{}, {"1": [0, 1]}, {"1": [1], "2": [None, 1]}, {"1": [1, 1], "2": [1, 1]}]
)
@pytest.mark.filterwarnings("error")
def test_where_nothing_can_be_said(tier: Tier, people: dict[str, list[int | None]]) -> None:
    def said(value: int | None) -> Any:
        return value if value is None or tier is Tier.HARD else LABELS[value]

    found = of({name: [said(value) for value in row] for name, row in people.items()}, tier)
    assert all(figure.value is None for figure in found.alpha.values())
    assert all(pair.kappa is None and pair.weighted_kappa is None for pair in found.pairs)
    json.dumps(asdict(found), allow_nan=False)


tables = st.lists(
    st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(lambda row: sum(row) > 1),
    min_size=2,
    max_size=8,
).filter(lambda rows: (np.sum(rows, axis=0) > 0).sum() > 1)


@pytest.mark.parametrize("ordinal", [True, False])
@given(rows=tables)
@settings(max_examples=50)
def test_alphas_are_those_of_the_library(ordinal: bool, rows: list[list[int]]) -> None:
    counts = np.array(rows)
    both = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(4)
    table = (both / (counts.sum(axis=1) - 1)[:, None, None]).sum(axis=0)
    kind: Any = "ordinal" if ordinal else "nominal"
    right = krippendorff.alpha(value_counts=counts, level_of_measurement=kind)
    assert alphas(table[None], ordinal=ordinal)[0] == pytest.approx(right)


@given(st.integers(0, 1000))
@settings(max_examples=10)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = [
        (f"c{comment}", f"a-{person}", int(chance.integers(11)))
        for comment in range(8)
        for person in chance.choice(4, 2, replace=False)
    ]
    table = annotations(rows, chosen_by="audit", shown_level=5)
    mixed = table.take(chance.permutation(len(table)))
    assert measure(table, Tier.HARD, times=20) == measure(mixed, Tier.HARD, times=20)


def test_answers_are_in_the_order_of_time() -> None:
    """The first half is the earlier one, whatever the comments are called."""
    times = [START + timedelta(hours=hour) for hour in range(4)]
    rows = [
        (comment, name, {"level": level, "created_at": time, "skipped": False})
        for comment, time, own in zip("dcba", times, (0, 0, 2, 2), strict=True)
        for name, level in (("a-1", own), ("a-2", 0))
    ]
    moved = measure(annotations(rows), Tier.HARD).annotators[0].moved
    assert moved.value == pytest.approx(2.0)
