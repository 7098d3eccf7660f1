"""Distributions: bars that nobody can be recognised in, on axes that fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.analysis.distributions import Axis, axis_for, spread
from treehole.analysis.effects import FEWEST

numbers = st.floats(-1e30, 1e30, allow_nan=False) | st.sampled_from([0.0, 0.5, 1.0, 1e-320])
groups = st.lists(numbers | st.just(float("nan")), max_size=60)


@given(groups, st.booleans())
def test_bars_stand_for_several_people(group: list[float], share: bool) -> None:
    values = np.array(group)
    known = values[~np.isnan(values)]
    axis = axis_for(known, share=share) if len(known) else None
    found = spread(values, axis)
    assert found.people + found.missing == len(group)
    if found.people < FEWEST:
        assert not (found.bars or found.quartiles or found.places)
        return
    people = [bar.share * found.people for bar in found.bars]
    assert all(count > FEWEST - 1e-6 for count in people)
    assert sum(people) > found.people - FEWEST + 1e-6
    assert found.people - sum(people) > -1e-6
    ends = [end for bar in found.bars for end in (bar.left, bar.right)]
    assert ends == sorted(ends)
    assert all(0 <= place <= 1 + 1e-9 for place in [*ends, *found.places])
    assert all(bar.right > bar.left for bar in found.bars)
    assert list(found.places) == sorted(found.places)


@pytest.mark.parametrize(
    ("values", "share", "axis"),
    [
        ([0.1, 0.9], True, Axis(0, 1, logarithmic=False)),
        ([0.1, 1.4], True, Axis(0, 2, logarithmic=False)),  # no share after all
        ([0, 0, 0], False, Axis(0, 1, logarithmic=False)),
        ([3, 3, 3], False, Axis(0, 5, logarithmic=False)),
        ([1, 2, 4], False, Axis(0, 5, logarithmic=False)),
        ([0, 1, 100], False, Axis(1, 100, logarithmic=True)),
        ([0, 0.03, 40], False, Axis(0.2, 50, logarithmic=True)),
        ([-1, -1], False, Axis(-1, 0, logarithmic=False)),
    ],
)
def test_axes(values: list[float], share: bool, axis: Axis) -> None:
    assert axis_for(np.array(values), share=share) == axis


def test_zeros_stand_apart_on_a_logarithmic_axis() -> None:
    values = np.array([0.0] * 8 + [1.0] * 5 + [10.0] * 5 + [1000.0] * 6)
    axis = axis_for(values, share=False)
    zeros, *others = spread(values, axis).bars
    assert (zeros.left, zeros.share) == (0, 8 / 24)
    assert zeros.right < axis.start == others[0].left
    assert [bar.share for bar in others] == [5 / 24, 5 / 24, 6 / 24]


def test_people_far_away_are_not_seen() -> None:
    values = np.append(np.linspace(1, 2, 2_000), 1e6)
    axis = axis_for(values, share=False)
    assert axis.greatest == 2
    assert spread(values, axis).bars[-1].right == 1


def test_quartiles() -> None:
    values = np.array([1.0, 2, 3, 4, 5, np.nan])
    found = spread(values, Axis(0, 5, logarithmic=False))
    assert (found.people, found.missing) == (5, 1)
    assert (list(found.quartiles), list(found.places)) == ([2, 3, 4], [0.4, 0.6, 0.8])
