"""Charts: lines in a square from 0 to 1, drawn as SVG that goes into a page.

Each line has a colour and a dash of its own, so that it can be told without seeing colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from treehole.report.page import render

Point = tuple[float, float]

SIZE = 260
"""Pixels of the square."""

_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 12, 22, 42
_TICKS = tuple(step / 5 for step in range(6))


@dataclass(frozen=True)
class Line:
    """A line.

    Attributes:
        name: What it shows.
        points: From left to right, each between 0 and 1.
        marks: Points to be marked with a dot.
    """

    name: str
    points: Sequence[Point]
    marks: Sequence[Point] = ()


@dataclass(frozen=True)
class Chart:
    """Some lines over the same axes.

    Attributes:
        title: What it shows.
        across: What goes from left to right.
        up: What goes from bottom to top.
        lines: In the order of their colours.
        guide: A line to compare with: what chance does, or what would be best.
    """

    title: str
    across: str
    up: str
    lines: Sequence[Line]
    guide: Sequence[Point]


def draw(chart: Chart) -> Markup:
    """The chart as an `svg` element; its classes `line-0`, `line-1` and so on give the colours."""
    return Markup(  # noqa: S704  the template escapes
        render(
            "chart.svg",
            chart=chart,
            width=_LEFT + SIZE + _RIGHT,
            height=_TOP + SIZE + _BOTTOM,
            left=_LEFT,
            top=_TOP,
            size=SIZE,
            ticks=_TICKS,
            x=_x,
            y=_y,
            path=_path,
        )
    )


def _x(share: float) -> str:
    return f"{_LEFT + SIZE * share:.1f}"


def _y(share: float) -> str:
    return f"{_TOP + SIZE * (1 - share):.1f}"


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{_x(across)},{_y(up)}" for across, up in points)
