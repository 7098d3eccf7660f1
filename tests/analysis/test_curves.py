"""Curves of ranked comments, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc, roc_auc_score

from treehole.analysis.curves import POINTS, Ranking

HIGH = np.array([True, False, True, True, False, False])
GIVEN = np.array([0.9, 0.8, 0.8, 0.3, 0.3, 0.0])


def test_curves_by_hand() -> None:
    ranking = Ranking(HIGH, GIVEN)
    third = pytest.approx(1 / 3)
    assert ranking.roc()[:3] == [(0, 0), (0, third), (third, pytest.approx(2 / 3))]
    assert ranking.roc()[-1] == (1, 1)
    assert ranking.precision_recall()[0] == (third, 1)
    assert ranking.precision_recall()[-1] == (1, 0.5)
    assert ranking.review_curve()[1] == (pytest.approx(1 / 6), third)


def test_loads_take_ties_as_chance_has_it() -> None:
    loads = {load.comments: load for load in Ranking(HIGH, GIVEN).loads()}
    assert loads[2].found == pytest.approx(1.5)  # one, and one of two
    assert loads[2].share == pytest.approx(1 / 3)
    assert loads[2].found_share == pytest.approx(0.5)


def test_numbers_and_shares_of_many_comments() -> None:
    high = np.arange(1_000) < 100
    sizes = [load.comments for load in Ranking(high, high.astype(float)).loads()]
    assert sizes == [5, 10, 20, 50, 100, 200, 300, 500]
    found = [load.found_share for load in Ranking(high, high.astype(float)).loads()]
    assert found[:4] == pytest.approx([0.05, 0.1, 0.2, 0.5])
    assert found[4:] == [1] * 4


def test_calibration_and_cuts() -> None:
    ranking = Ranking(HIGH, GIVEN)
    bins = ranking.calibration()
    assert sum(group.comments for group in bins) == 6
    [middle] = [group for group in bins if group.probability == pytest.approx(0.3)]
    assert (middle.comments, middle.high_share) == (2, 0.5)
    cuts = {round(cut.threshold, 2): cut for cut in ranking.cuts()}
    assert cuts[0.5].called == 3
    assert cuts[0.5].precision == pytest.approx(2 / 3)
    assert cuts[0.5].recall == pytest.approx(2 / 3)
    assert cuts[0.5].f1 == pytest.approx(2 / 3)
    assert cuts[0.95].precision is None


@pytest.mark.parametrize("high", [True, False])
def test_one_risk_alone_has_no_curve(high: bool) -> None:
    ranking = Ranking(np.full(3, high), np.array([0.1, 0.5, 1.0]))
    assert ranking.roc() == []
    assert bool(ranking.precision_recall()) is high
    assert bool(ranking.loads()) is high
    assert ranking.calibration()[-1].probability == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=400))
def test_the_roc_curve_rises_and_holds_the_area(scored: list[tuple[bool, int]]) -> None:
    high = np.array([risk for risk, _ in scored])
    given_ = np.array([step / 10 for _, step in scored])
    points = Ranking(high, given_).roc()
    if high.all() or not high.any():
        assert points == []
        return
    assert len(points) <= POINTS
    assert points == sorted(points)
    across, up = zip(*points, strict=True)
    assert auc(across, up) == pytest.approx(roc_auc_score(high, given_))
