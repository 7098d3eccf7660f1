"""Charts: lines in a square from 0 to 1, drawn as SVG for a page.

Each line has a colour and a dash of its own, so that it can be told without seeing colours; the
page gives both to the classes `line-0`, `line-1` and so on, of which there are `STYLES`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from treehole.report.page import render

Point = tuple[float, float]

Tick = tuple[float, str]
"""Where a number stands on an axis, from 0 to 1, and the number."""

SIZE = 260
"""Pixels of the square."""

STYLES = 6
"""How many lines have a colour and a dash of their own; further ones begin anew."""

PERCENT: Sequence[Tick] = tuple((step / 5, f"{20 * step} %") for step in range(6))

_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 12, 22, 42


@dataclass(frozen=True)
class Line:
    """A line.

    Attributes:
        name: What it shows.
        points: From left to right, each between 0 and 1.
        marks: Points to be marked with a dot.
        band: For each point from left to right where it stands, and between which heights the
            line may lie.
    """

    name: str
    points: Sequence[Point]
    marks: Sequence[Point] = ()
    band: Sequence[tuple[float, float, float]] = ()

    @property
    def outline(self) -> list[Point]:
        """The band, once around."""
        below = [(across, low) for across, low, _ in self.band]
        return below + [(across, high) for across, _, high in reversed(self.band)]


@dataclass(frozen=True)
class Chart:
    """Some lines over the same axes.

    Attributes:
        title: What it shows.
        across: What goes from left to right.
        up: What goes from bottom to top.
        lines: In the order of their colours.
        guide: A line to compare with: what chance does, or what would be best.
        ticks_across: The numbers from left to right.
        ticks_up: The numbers from bottom to top.
        legend: Whether to say below which line is which.
    """

    title: str
    across: str
    up: str
    lines: Sequence[Line]
    guide: Sequence[Point] = ()
    ticks_across: Sequence[Tick] = PERCENT
    ticks_up: Sequence[Tick] = PERCENT
    legend: bool = True


def draw(chart: Chart) -> Markup:
    """The chart as an `svg` element, and below it its legend."""
    return Markup(  # noqa: S704  the template escapes
        render(
            "chart.html",
            chart=chart,
            width=_LEFT + SIZE + _RIGHT,
            height=_TOP + SIZE + _BOTTOM,
            left=_LEFT,
            top=_TOP,
            size=SIZE,
            styles=STYLES,
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
