"""Pictures of how features are spread among users at high and at low risk, and how far apart."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from treehole.analysis.distributions import Axis, Spread
from treehole.analysis.users import Feature
from treehole.models.metrics import Figure
from treehole.report.chart import Tick
from treehole.report.page import render

WIDTH, _HEIGHT = 420, 74
"""Pixels of a picture, and of the bars of a group."""

_STEPS = 4
_NEAR = 0.09
"""Numbers on an axis that are nearer than this, as a share of its length, would touch."""
_SIDE = 14
_GREATEST_PLAIN, _LEAST_PLAIN = 1e5, 1e-4


class Group(NamedTuple):
    """A group of users as it is drawn.

    Attributes:
        name: What it is called.
        style: The number of its colour.
        spread: How it is spread.
    """

    name: str
    style: int
    spread: Spread


def draw_spread(feature: Feature, title: str, high: str, low: str) -> Markup:
    """A feature's distribution in each group, the one above the other over the same axis.

    Args:
        feature: With an axis.
        title: What it is called.
        high: What users at high risk are called.
        low: Those at low risk.
    """
    axis = feature.axis
    if axis is None:
        message = "nothing can be drawn without an axis"
        raise ValueError(message)
    groups = [Group(high, 1, feature.high), Group(low, 0, feature.low)]
    bars = [bar for group in groups for bar in group.spread.bars]
    highest = max(bar.height for bar in bars)
    return Markup(  # noqa: S704  the template escapes
        render(
            "spread.html",
            title=title,
            groups=groups,
            ticks=ticks(axis, zeros=any(not bar.left for bar in bars)),
            width=WIDTH,
            side=_SIDE,
            height=_HEIGHT,
            x=lambda place: f"{_SIDE + (WIDTH - 2 * _SIDE) * place:.1f}",
            wide=lambda bar: f"{(WIDTH - 2 * _SIDE) * (bar.right - bar.left):.1f}",
            tall=lambda bar: _HEIGHT * bar.height / highest,
            number=number,
        )
    )


def draw_delta(delta: Figure) -> Markup:
    """Where an effect lies from -1 to 1, with its interval; 0 is in the middle."""
    return Markup(render("delta.html", delta=delta))  # noqa: S704


def ticks(axis: Axis, *, zeros: bool) -> list[Tick]:
    """Numbers along an axis, not so many that they touch.

    Args:
        axis: Any.
        zeros: Whether a logarithmic one has a bar of zeros.
    """
    if axis.logarithmic:
        low, high = math.log10(axis.least), math.log10(axis.greatest)
        step = max(1, math.ceil((high - low) / 6))
        powers = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1, step)
        values = {10.0**power for power in powers} | {axis.least, axis.greatest}
        found = [(axis.place(value), number(value)) for value in sorted(values)]
        return [(axis.place(0), "0"), *_apart(found)] if zeros else _apart(found)
    span = axis.greatest - axis.least
    values_ = [axis.least + span * step / _STEPS for step in range(_STEPS + 1)]
    return [(axis.place(value), number(value)) for value in values_]


def number(value: float) -> str:
    """A value of a feature for people."""
    if not value:
        return "0"
    if not _LEAST_PLAIN <= abs(value) < _GREATEST_PLAIN:
        return f"{value:.1e}"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:,.0f}"


def _apart(found: Sequence[Tick]) -> list[Tick]:
    """The ends, and of the numbers between them those that touch neither."""
    first, *between, last = found
    kept = [tick for tick in between if tick[0] - first[0] >= _NEAR and last[0] - tick[0] >= _NEAR]
    return [first, *kept, last]
