"""Figures, against scikit-learn's and against their own definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from treehole.corpus.levels import UNKNOWN
from treehole.models import metrics
from treehole.models.metrics import (
    Outcome,
    bootstrap,
    difference,
    draws,
    figures,
    interval,
    mcnemar,
    measured,
)


def outcome(comments: int = 300, seed: int = 0) -> Outcome:
    """Scores that are right more often than not, with ties."""
    chance = np.random.default_rng(seed)
    gold = chance.integers(0, 11, comments).astype(np.int8)
    high = gold >= 6
    probabilities = np.round(np.clip(0.3 * high + 0.7 * chance.random(comments), 0, 1), 1)
    levels = np.clip(gold + chance.integers(-3, 4, comments), 0, 10).astype(np.int8)
    return Outcome(high, probabilities, probabilities >= 0.5, gold, levels)


def of(some: Outcome) -> dict[str, float]:
    return {name: float(value[0]) for name, value in figures(some).items()}


@pytest.mark.parametrize("seed", range(5))
def test_as_scikit_learn_has_them(seed: int) -> None:
    some = outcome(seed=seed)
    high, called, given = some.high, some.called, some.probabilities
    assert some.levels is not None
    expected = {
        "f1": oracle.f1_score(high, called),
        "precision": oracle.precision_score(high, called),
        "recall": oracle.recall_score(high, called),
        "accuracy": oracle.accuracy_score(high, called),
        "weighted_f1": oracle.f1_score(high, called, average="weighted"),
        "roc_auc": oracle.roc_auc_score(high, given),
        "pr_auc": oracle.average_precision_score(high, given),
        "brier": oracle.brier_score_loss(high, given),
        "level_weighted_f1": oracle.f1_score(some.gold_levels, some.levels, average="weighted"),
        "level_error": oracle.mean_absolute_error(some.gold_levels, some.levels),
        "kappa": oracle.cohen_kappa_score(some.gold_levels, some.levels, weights="quadratic"),
    }
    found = of(some)
    assert found.pop("calibration_error") > 0
    assert found == pytest.approx(expected)


@given(st.lists(st.integers(0, 3), min_size=40, max_size=40), st.integers(0, 5))
def test_counting_a_comment_twice_is_having_it_twice(counts: list[int], seed: int) -> None:
    some = outcome(40, seed)
    if not sum(counts):
        counts[0] = 1
    assert some.levels is not None
    again = np.repeat(np.arange(40), counts)
    repeated = Outcome(
        some.high[again],
        some.probabilities[again],
        some.called[again],
        some.gold_levels[again],
        some.levels[again],
    )
    counted = {n: float(v[0]) for n, v in figures(some, np.array([counts], float)).items()}
    assert counted == pytest.approx(of(repeated), nan_ok=True)


def test_calibration_error_by_hand() -> None:
    high = np.array([True, False, True, True])
    given = np.array([0.9, 0.9, 0.1, 0.1])  # 0.9 comes true in half, 0.1 always
    some = Outcome(high, given, given > 0.5, np.full(4, UNKNOWN, np.int8), None)
    assert of(some)["calibration_error"] == pytest.approx((0.4 + 0.9) / 2)


@pytest.mark.parametrize("high", [True, False])
def test_one_risk_alone(high: bool) -> None:
    given = np.array([0.2, 0.8, 0.6])
    some = Outcome(np.full(3, high), given, given > 0.5, np.full(3, UNKNOWN, np.int8), None)
    found = measured(some, bootstrap(some, 20, 1))
    assert found["roc_auc"].value is None
    assert (found["recall"].value is None) is not high
    assert (found["f1"].value is None) is not high
    assert found["accuracy"].value == pytest.approx(2 / 3 if high else 1 / 3)
    assert "level_error" not in found


def test_levels_only_where_gold_has_them() -> None:
    some = outcome(50)
    unknown = Outcome(
        some.high, some.probabilities, some.called, np.full(50, UNKNOWN, np.int8), some.levels
    )
    assert not unknown.has_levels
    assert "kappa" not in figures(unknown)


def test_draws_are_the_same_for_a_seed_and_draw_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    one = np.concatenate(list(draws(30, 50, 7)))
    assert one.shape == (50, 30)
    assert (one.sum(axis=1) == 30).all()
    assert (one == np.concatenate(list(draws(30, 50, 7)))).all()
    assert (one != np.concatenate(list(draws(30, 50, 8)))).any()
    monkeypatch.setattr(metrics, "_CELLS", 100)  # memory for few draws at once
    assert len(list(draws(30, 50, 7))) > 10
    assert (one == np.concatenate(list(draws(30, 50, 7)))).all()


def test_intervals_hold_the_value_and_narrow_with_more_comments() -> None:
    widths = []
    for comments in (100, 2_000):
        some = outcome(comments)
        figure = measured(some, bootstrap(some, 300, 1))["f1"]
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high
        widths.append(figure.high - figure.low)
    assert widths[1] < widths[0] / 2


def test_no_draws_no_interval() -> None:
    some = outcome(20)
    figure = measured(some, bootstrap(some, 0, 1))["f1"]
    assert figure.value is not None
    assert (figure.low, figure.high) == (None, None)


def test_interval_leaves_out_what_is_unknown() -> None:
    assert interval(np.array([math.nan, 1.0, 1.0])) == (1.0, 1.0)
    assert interval(np.array([math.nan])) == (None, None)


def test_difference() -> None:
    same = np.linspace(0, 1, 99)
    none = difference(0.0, same, same)
    assert (none.low, none.high, none.p) == (0, 0, 1)
    clear = difference(0.5, same + 0.5, same)
    assert clear.p == pytest.approx(2 / 100)  # never 0
    assert clear.low == pytest.approx(0.5)
    assert difference(None, same, same).p is None


def test_mcnemar_is_exact() -> None:
    first = np.array([True] * 8 + [False] * 2 + [True] * 5)
    second = np.array([False] * 8 + [True] * 2 + [True] * 5)
    found = mcnemar(first, second)
    assert (found.comments, found.first, found.second) == (15, 8, 2)
    tail = sum(math.comb(10, k) for k in range(3)) / 2**10
    assert found.p == pytest.approx(2 * tail)
    assert mcnemar(first, first).p == 1
