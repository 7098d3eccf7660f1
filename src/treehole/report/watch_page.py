"""The rescue team's page: the cases of a queue, most urgent first, and what is to be seen of each.

No page shows more of a person than a rescuer needs: a pseudonym, the comment that raised the alert,
and of all others nothing but a level and a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from treehole.corpus.levels import HIGH_RISK
from treehole.report.narration import Language
from treehole.report.page import render
from treehole.report.watch_words import Speaker
from treehole.watch.cases import Case, Comment, Mention, Seen, State

ALERT_DAYS = (1, 3, 7, 30)
"""Within which the last alert may be asked for."""

LEVELS = range(HIGH_RISK, 11)
"""Of alerts."""

MOST_SEEN = 60
"""Comments drawn of one person, the latest."""

_WIDTH, _HEIGHT, _LEFT, _TOP = 320, 90, 22, 8
_HIGHEST = 10


def page(cases: Sequence[Case], language: Language, made: datetime) -> str:
    """All of some cases as one file of HTML, for people who have no way to the queue itself.

    Args:
        cases: Most urgent first, with trend and notes.
        language: In which the page speaks.
        made: When it is made; it says so.
    """
    say = Speaker(language, made)
    return render(
        "watch.html",
        cases=cases,
        provinces=provinces_of(cases, say),
        within=lambda case: _within(made - case.escalated_at),
        states=list(State),
        **shared(say),
    )


def shared(say: Speaker) -> dict[str, Any]:
    """What the templates of all these pages ask for."""
    return {
        "say": say,
        "stretches": stretches,
        "drawn": _trend_in(say),
        "levels": LEVELS,
        "alert_days": ALERT_DAYS,
        "most_seen": MOST_SEEN,
    }


def provinces_of(cases: Sequence[Case], say: Speaker) -> list[tuple[str, str]]:
    """The provinces that cases name: in the ontology, and for people, by the latter."""
    names = {
        place.province: say.province(place)
        for case in cases
        for place in case.places
        if place.province
    }
    return sorted(names.items(), key=lambda item: item[1])


def stretches(comment: Comment) -> list[str | tuple[str, Mention]]:
    """A comment cut up for showing: what is said, and with their mention the words that stand out.

    Where mentions overlap, what is left of the later one stands out with it.
    """
    text, done, cut = comment.text, 0, list[str | tuple[str, Mention]]()
    for mention in sorted(comment.evidence, key=lambda one: (one.start, -one.end)):
        start, end = max(mention.start, done), min(mention.end, len(text))
        if start >= end:
            continue
        if start > done:
            cut.append(text[done:start])
        cut.append((text[start:end], mention))
        done = end
    if done < len(text):
        cut.append(text[done:])
    return cut


@dataclass(frozen=True)
class Dot:
    """A comment in the picture of the trend.

    Attributes:
        x: Pixels from the left.
        y: Pixels from the top.
        high: Whether its risk is high.
        title: When it was, and its level.
    """

    x: float
    y: float
    high: bool
    title: str


def draw_trend(trend: Sequence[Seen], say: Speaker) -> Markup:
    """The levels of a person's comments over time, the latest of them, as an `svg` element.

    Args:
        trend: Oldest first, at least one.
        say: Says what it shows.
    """
    shown = trend[-MOST_SEEN:]
    first, last = shown[0].at, shown[-1].at
    length = (last - first).total_seconds()

    def x(at: datetime) -> float:
        share = (at - first).total_seconds() / length if length else 0.5
        return _LEFT + 5 + (_WIDTH - 10) * share

    def y(level: float) -> float:
        return _TOP + _HEIGHT * (1 - level / _HIGHEST)

    dots = [
        Dot(x(at), y(level), level >= HIGH_RISK, f"{say.time(at)}: {level}") for at, level in shown
    ]
    label = say(
        "trend_label",
        number=len(shown),
        first=say.time(first),
        last=say.time(last),
        level=shown[-1].level,
    )
    return Markup(  # noqa: S704  the template escapes
        render(
            "watch_trend.html",
            dots=dots,
            label=label,
            line=" ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in dots),
            rows=[(y(level), level) for level in (0, HIGH_RISK, _HIGHEST)],
            border=y(HIGH_RISK),
            dates=[(_LEFT, "start", say.time(first)), (_LEFT + _WIDTH, "end", say.time(last))][
                0 if length else 1 :
            ],
            left=_LEFT,
            top=_TOP,
            width=_WIDTH,
            height=_HEIGHT,
        )
    )


def _within(age: timedelta) -> int | str:
    """The shortest of the times that may be asked for in which an alert was; or nothing."""
    return next((days for days in ALERT_DAYS if age.days < days), "")


def _trend_in(say: Speaker) -> Callable[[Sequence[Seen]], Markup]:
    return lambda trend: draw_trend(trend, say)
