"""Distributions: how the values of groups of people are spread, in bars of several people each.

No bar stands for fewer people than `FEWEST`, and the outermost hold all who lie beyond, so that
nobody can be recognised. Values that span orders of magnitude stand on a logarithmic axis, where
zeros, which have no place on it, have a bar of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from treehole.analysis.effects import FEWEST
from treehole.models.metrics import Floats

QUARTILES = (0.25, 0.5, 0.75)

_BARS = 24
_TAIL = 0.005
"""The share of people on either side that may lie beyond the axis."""
_WIDE = 20
"""Values of which the greatest are so many times the least go on a logarithmic axis."""
_LEAST = 1e-12
"""What is less is as good as nothing."""
_ZERO_WIDTH, _ZERO_GAP = 0.1, 0.03
_ROUND = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Axis:
    """Where values are drawn, from 0 to 1.

    Attributes:
        least: The value at the left end, or beside the zeros.
        greatest: The value at the right end.
        logarithmic: Whether equal factors are equally far apart; zeros then stand on the left.
    """

    least: float
    greatest: float
    logarithmic: bool

    @property
    def start(self) -> float:
        """Where the bars begin that are not those of the zeros."""
        return _ZERO_WIDTH + _ZERO_GAP if self.logarithmic else 0.0

    def places(self, values: Floats) -> Floats:
        """Where values stand; those beyond the ends stand at the ends."""
        least, greatest = self.least, self.greatest
        inside = np.clip(values, least, greatest)
        if self.logarithmic:
            inside, least, greatest = np.log(inside), math.log(least), math.log(greatest)
        found = self.start + (1 - self.start) * (inside - least) / (greatest - least)
        if not self.logarithmic:
            return np.asarray(found)
        return np.where(values > 0, found, _ZERO_WIDTH / 2)

    def place(self, value: float) -> float:
        """Where one value stands."""
        return float(self.places(np.array([value]))[0])


class Bar(NamedTuple):
    """Some people, as a bar.

    Attributes:
        left: Where it begins, 0 to 1.
        right: Where it ends.
        share: Of the people in the group.
    """

    left: float
    right: float
    share: float

    @property
    def height(self) -> float:
        """By which areas are shares."""
        return self.share / (self.right - self.left)


@dataclass(frozen=True)
class Spread:
    """How the values of a group are spread; nothing is said of fewer than `FEWEST` people.

    Attributes:
        people: How many have a value.
        missing: How many have none.
        quartiles: The values below which lie a quarter, half and three quarters.
        places: Where these stand on the axis.
        bars: From left to right.
    """

    people: int
    missing: int
    quartiles: Sequence[float]
    places: Sequence[float]
    bars: Sequence[Bar]


def axis_for(values: Floats, *, share: bool) -> Axis:
    """An axis on which values can be told apart.

    Args:
        values: Of all groups, shape (people,), at least one, none of them missing.
        share: Whether they are shares, which go from 0 to 1.
    """
    if share and values.min() >= 0 and values.max() <= 1:
        return Axis(0.0, 1.0, logarithmic=False)
    positive = values[values > 0]
    if values.min() < 0 or not len(positive):
        least, greatest = np.quantile(values, [_TAIL, 1 - _TAIL]).tolist()
        return Axis(least, greatest, False) if least < greatest else Axis(least, least + 1, False)
    ends = np.quantile(positive, [_TAIL, 1 - _TAIL])
    least, greatest = np.maximum(ends, [_LEAST, 2 * _LEAST]).tolist()
    if greatest > _WIDE * least:
        return Axis(_rounded(least, up=False), _rounded(greatest, up=True), logarithmic=True)
    return Axis(0.0, _rounded(greatest, up=True), logarithmic=False)


def spread(values: Floats, axis: Axis | None) -> Spread:
    """How a group is spread.

    Args:
        values: Shape (people,); NaN where one is missing.
        axis: Where they are to be drawn; None if nothing is.
    """
    known = values[~np.isnan(values)]
    missing = len(values) - len(known)
    if axis is None or len(known) < FEWEST:
        return Spread(len(known), missing, (), (), ())
    quartiles = np.quantile(known, QUARTILES)
    places = axis.places(quartiles).tolist()
    return Spread(len(known), missing, quartiles.tolist(), places, _bars(known, axis))


def _bars(known: Floats, axis: Axis) -> list[Bar]:
    bars = []
    rest = known
    if axis.logarithmic:
        zeros = int((known <= 0).sum())
        if zeros >= FEWEST:
            bars.append(Bar(0.0, _ZERO_WIDTH, zeros / len(known)))
            rest = known[known > 0]
    edges = np.linspace(axis.start, 1, _BARS + 1)
    numbers = np.searchsorted(edges[1:-1], axis.places(rest), "right")
    counts = np.bincount(numbers, minlength=_BARS).tolist()
    return bars + _joined(counts, edges.tolist(), len(known))


def _joined(counts: Sequence[int], edges: Sequence[float], people: int) -> list[Bar]:
    """Bars with at least `FEWEST` people each, made wider until they have them."""
    bars: list[Bar] = []
    held, left = 0, None
    for number, count in enumerate(counts):
        if count and left is None:
            left = edges[number]
        held += count
        if held >= FEWEST and left is not None:
            bars.append(Bar(left, edges[number + 1], held / people))
            held, left = 0, None
    if held and bars:
        last = bars.pop()
        end = edges[max(number for number, count in enumerate(counts) if count) + 1]
        bars.append(Bar(last.left, end, last.share + held / people))
    return bars


def _rounded(value: float, *, up: bool) -> float:
    """The nearest of 1, 2, 5, 10, 20, … that is not below, or not above."""
    power = 10.0 ** math.floor(math.log10(value))
    steps = [step * power for step in (*_ROUND, 10.0)]
    if up:
        return next(step for step in steps if step >= value * (1 - 1e-9))
    return next(step for step in reversed(steps) if step <= value * (1 + 1e-9))
