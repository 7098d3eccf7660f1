"""Effects: against the definitions, worked out pair by pair, and against drawing anew."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap, mannwhitneyu

from treehole.analysis.effects import (
    FEWEST,
    adjusted,
    cliffs_delta,
    effect,
    median_difference,
)
from treehole.models.metrics import Floats

values = st.lists(st.integers(-6, 6).map(float), min_size=FEWEST, max_size=20)


def ordered(given_values: list[float]) -> Floats:
    return np.sort(np.array(given_values))


@given(values, values)
def test_delta_is_what_pairs_say(first: list[float], other: list[float]) -> None:
    signs = [np.sign(a - b) for a, b in product(first, other)]
    found = cliffs_delta(ordered(first), ordered(other))
    assert found.value == pytest.approx(np.mean(signs))
    if found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.value + 1e-12
        assert found.value - 1e-12 <= found.high <= 1
    else:
        assert len({*first, *other}) == 1


@given(values, values)
def test_delta_turns_with_the_groups(first: list[float], other: list[float]) -> None:
    found = cliffs_delta(ordered(first), ordered(other))
    turned = cliffs_delta(ordered(other), ordered(first))
    assert found.value == pytest.approx(-(turned.value or 0))
    if found.low is not None and turned.high is not None:
        assert found.low == pytest.approx(-turned.high)


@given(values, values)
def test_only_order_matters_to_delta_and_test(first: list[float], other: list[float]) -> None:
    found = effect(np.array(first), np.array(other), 1)
    stretched = effect(np.exp(np.array(first)), np.exp(np.array(other)), 1)
    assert found
    assert stretched
    assert (found.delta, found.p) == (stretched.delta, stretched.p)


def test_intervals_are_those_of_drawing_anew() -> None:
    chance = np.random.default_rng(5)
    first, other = np.sort(chance.normal(0.6, 1, 60)), np.sort(chance.normal(0, 2, 81))

    def delta(a: Floats, b: Floats, axis: int = -1) -> Floats:
        found = mannwhitneyu(a, b, axis=axis, method="asymptotic").statistic
        return 2 * found / (len(first) * len(other)) - 1

    def medians(a: Floats, b: Floats, axis: int = -1) -> Floats:
        return np.median(a, axis=axis) - np.median(b, axis=axis)

    drawn = bootstrap((first, other), delta, n_resamples=2_000, method="BCa", rng=1)
    found = cliffs_delta(first, other)
    assert (found.low, found.high) == pytest.approx(drawn.confidence_interval, abs=0.02)
    drawn = bootstrap((first, other), medians, n_resamples=9_999, method="percentile", rng=1)
    found = median_difference(first, other, 1)
    assert (found.low, found.high) == pytest.approx(drawn.confidence_interval, abs=0.03)


def test_intervals_hold_their_promise() -> None:
    chance = np.random.default_rng(7)
    truth = np.sign(chance.normal(1, 2, 400_000) - chance.normal(0, 1, 400_000)).mean()
    held = 0
    for _ in range(400):
        first, other = np.sort(chance.normal(1, 2, 8)), np.sort(chance.normal(0, 1, 60))
        found = cliffs_delta(first, other)
        held += found.low <= truth <= found.high
    assert 370 <= held <= 396


def test_groups_wholly_apart() -> None:
    found = effect(np.arange(10, 20.0), np.arange(5.0), 1)
    assert found
    assert found.delta.value == found.delta.high == 1
    assert 0 < found.delta.low < 0.3  # five people are few
    assert found.medians.value == 12.5
    assert found.p < 0.001


def test_the_same_value_everywhere() -> None:
    found = effect(np.zeros(9), np.zeros(30), 1)
    assert found
    assert (found.delta.value, found.delta.low, found.delta.high, found.p) == (0, None, None, None)
    assert (found.medians.value, found.medians.low, found.medians.high) == (0, 0, 0)


def test_small_groups_are_not_compared() -> None:
    many = np.arange(50.0)
    assert effect(many[: FEWEST - 1], many, 1) is None
    assert effect(many, many[:0], 1) is None


def test_many_people_take_no_exact_test() -> None:
    found = effect(np.arange(5.0) + 0.5, np.arange(50_000.0), 1)  # which would take minutes
    assert found
    assert found.p < 0.001


def test_p_values_of_several_tests() -> None:
    assert adjusted([0.01, None, 0.04, 0.03]) == [
        pytest.approx(0.03), None, pytest.approx(0.04), pytest.approx(0.04),
    ]  # fmt: skip
    assert adjusted([None, None]) == [None, None]
