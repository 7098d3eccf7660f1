"""The picture of one user's comments over time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from markupsafe import Markup

from treehole.analysis.timeline import GAP_DAYS, Entry, Timeline
from treehole.corpus.levels import HIGH_RISK, LEVELS
from treehole.report.chart import Tick
from treehole.report.page import render

MOST = 400
"""Comments drawn, at most; of more, the highest of each of so many spans of time is."""

_WIDTH, _HEIGHT, _LEFT, _TOP = 700, 170, 42, 22
_DATES = 5
_GAPS = 5
"""Gaps that have their length written at them, the longest."""
_SHORT = timedelta(days=3)


@dataclass(frozen=True)
class Dot:
    """A comment in the picture.

    Attributes:
        x: Pixels from the left.
        y: Pixels from the top.
        entry: The comment.
    """

    x: float
    y: float
    entry: Entry


def draw_timeline(timeline: Timeline) -> Markup:
    """Levels over time; where no level is known, high and low risk. Of at least one entry."""
    entries = timeline.entries
    first, last = entries[0].at, entries[-1].at
    span = last - first

    def x(at: datetime) -> float:
        share = (at - first) / span if span else 0.5
        return _LEFT + _WIDTH * share

    levels = timeline.has_levels
    dots = [
        Dot(x(entry.at), _y(_height(entry, levels=levels)), entry)
        for entry in _drawn(entries)
        if entry.level is not None or not (levels or entry.high is None)
    ]
    return Markup(  # noqa: S704  the template escapes
        render(
            "timeline.html",
            user=timeline.user,
            runs=_runs(dots),
            dots=dots,
            gaps=_gaps(entries, x),
            rows=_rows(levels=levels),
            dates=_dates(first, last),
            left=_LEFT,
            top=_TOP,
            width=_WIDTH,
            height=_HEIGHT,
            border=_y((HIGH_RISK - 0.5) / max(LEVELS)),
            when=when,
        )
    )


def when(entry: Entry) -> str:
    """The time of a comment, or its day where no more is known."""
    return f"{entry.at:%Y-%m-%d}" if entry.day_only else f"{entry.at:%Y-%m-%d %H:%M}"


def _drawn(entries: Sequence[Entry]) -> list[Entry]:
    """Those to draw: all, or the highest of each span; an escalation is the highest so far."""
    if len(entries) <= MOST:
        return list(entries)
    first, span = entries[0].at, entries[-1].at - entries[0].at
    best: dict[int, Entry] = {}
    for entry in entries:
        slot = min(int(MOST * ((entry.at - first) / span)), MOST - 1) if span else 0
        held = best.get(slot)
        if held is None or _rank(entry) > _rank(held):
            best[slot] = entry
    return list(best.values())


def _rank(entry: Entry) -> tuple[bool, int, bool]:
    return entry.escalation, -1 if entry.level is None else entry.level, bool(entry.high)


def _height(entry: Entry, *, levels: bool) -> float:
    if levels:
        return (entry.level or 0) / max(LEVELS)
    return 0.8 if entry.high else 0.2


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)


def _rows(*, levels: bool) -> list[Tick]:
    if levels:
        return [(_y(level / max(LEVELS)), str(level)) for level in LEVELS[::2]]
    return [(_y(0.8), "high"), (_y(0.2), "low")]


def _runs(dots: Sequence[Dot]) -> list[str]:
    """The dots between two gaps, as the points of a line each."""
    runs: list[list[str]] = []
    before = None
    for dot in dots:
        if before is None or (dot.entry.at - before).days > GAP_DAYS:
            runs.append([])
        runs[-1].append(f"{dot.x:.1f},{dot.y:.1f}")
        before = dot.entry.at
    return [" ".join(run) for run in runs if len(run) > 1]


def _gaps(
    entries: Sequence[Entry], x: Callable[[datetime], float]
) -> list[tuple[float, float, int]]:
    """Where the longest gaps begin and end, and their days."""
    found = [
        (x(before.at), x(entry.at), entry.gap)
        for before, entry in pairwise(entries)
        if entry.gap is not None
    ]
    return sorted(found, key=lambda gap: -gap[2])[:_GAPS]


def _dates(first: datetime, last: datetime) -> list[Tick]:
    span = last - first
    if not span:
        return [(_LEFT + _WIDTH / 2, f"{first:%Y-%m-%d}")]
    form = "%m-%d %H:%M" if span < _SHORT else "%Y-%m-%d"
    steps = (step / (_DATES - 1) for step in range(_DATES))
    return [(_LEFT + _WIDTH * step, (first + span * step).strftime(form)) for step in steps]
