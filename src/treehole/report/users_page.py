"""The report on users: how people at high risk differ from the others, as a page.

It shows groups of people, and one person's comments only if asked for. It speaks of differences and
never of causes, and says what it must not be used for.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from treehole.analysis.effects import FEWEST
from treehole.analysis.rhythm import Profile
from treehole.analysis.timeline import GAP_DAYS, Timeline
from treehole.analysis.users import Feature, Study
from treehole.corpus.levels import HIGH_RISK
from treehole.models.metrics import CONFIDENCE
from treehole.report.chart import Chart, Line, Tick, draw
from treehole.report.model_report import percent
from treehole.report.page import render
from treehole.report.spreads import draw_delta, draw_spread, number
from treehole.report.timeline import MOST, draw_timeline, when

HIGH, LOW = "at high risk", "at low risk"
"""What the groups of users are called."""

SHOWN = 200
"""Comments of one user that are listed, the latest."""


class Words(NamedTuple):
    """What is said of a feature.

    Attributes:
        title: What it is called.
        meaning: What is measured, and in which unit.
    """

    title: str
    meaning: str


FEATURE_WORDS = {
    "self_description_length": Words("Self-description", "its length, in bytes"),
    "originality_rate": Words("Originality", "share of posts that are not reposts"),
    "link_rate": Words("Links", "share of posts with a link"),
    "interaction_rate": Words("Interaction", "mentions of others (@) per post"),
    "collective_attention_rate": Words("Collective attention", "我们 and the like per post"),
    "self_focus_rate": Words("Self-focus", "我 and the like per post"),
    "nighttime_activity_rate": Words(
        "Night-time activity", "share of posts between 22:00 and 06:00"
    ),
    "social_activity_rate": Words("Social activity", "mutual follows for each follower"),
    "willingness_to_express": Words(
        "Willingness to express", "comments received for each like received"
    ),
    "social_support_rate": Words("Social support", "likes, comments and reposts received per post"),
}
"""The ten features, as `treehole.psychology.features` defines them."""

_HOURS: Sequence[Tick] = tuple((hour / 24, f"{hour:02}:00") for hour in range(0, 25, 6))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK: Sequence[Tick] = tuple(((day + 0.5) / 7, name) for day, name in enumerate(_DAYS))
_CHANCE = 0.05
_LEAST_P = 0.001
_TOLD = 3
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
_MOST_STEPS = 6


def page(study: Study, labels: Sequence[str]) -> str:
    """All of it as HTML.

    Args:
        study: What was found.
        labels: The files with the comments.
    """
    features = sorted(study.features, key=lambda feature: -_size(feature))
    return render(
        "users.html",
        study=study,
        labels=[name.rsplit("/", 1)[-1] for name in labels],
        in_short=in_short(study),
        features=features,
        words=FEATURE_WORDS,
        deltas={one.name: draw_delta(one.effect.delta) for one in features if one.effect},
        spreads=_spreads(features),
        of_pairs=of_pairs,
        difference=_difference,
        p_value=p_value,
        number=number,
        percent=percent,
        missing=_missing,
        hours=_rhythm(study.high_rhythm.hours, study.low_rhythm.hours, _HOURS, "hour of the day"),
        days=_rhythm(study.high_rhythm.days, study.low_rhythm.days, _WEEK, "day of the week"),
        timeline=_drawn(study.timeline),
        listed=study.timeline.entries[: -SHOWN - 1 : -1] if study.timeline else [],
        when=when,
        high_risk=HIGH_RISK,
        fewest=FEWEST,
        gap_days=GAP_DAYS,
        most=MOST,
        shown=SHOWN,
        confidence=round(100 * CONFIDENCE),
        high=HIGH,
        low=LOW,
    )


def in_short(study: Study) -> list[str]:
    """What was found, in sentences."""
    said = [f"Of {study.high + study.low:,} people {study.high:,} are {HIGH}."]
    if not any(feature.effect for feature in study.features):
        cure = f"that takes {FEWEST} people or more at either risk"
        return [*said, f"Features are not compared: {cure}."]
    clear = [f for f in study.features if f.adjusted_p is not None and f.adjusted_p < _CHANCE]
    if not clear:
        return [*said, "No feature differs by more than chance may do."]
    clear.sort(key=_size, reverse=True)
    told = [
        f"of {FEATURE_WORDS[one.name].title.lower()} in {of_pairs(one.effect.delta.value)}"
        for one in clear[:_TOLD]
        if one.effect
    ]
    return [
        *said,
        "Of 100 pairs of a person at high and one at low risk, the first has the greater value "
        f"{', '.join(told)}.",
    ]


def _rhythm(high: Profile, low: Profile, ticks: Sequence[Tick], across: str) -> Markup | None:
    """When comments of high and of low risk were written; None if there are too few writers."""
    tops = [figure.high or 0 for one in (high, low) for figure in one.shares]
    if not tops:
        return None
    step = next(size for size in _STEPS if max(tops) <= _MOST_STEPS * size)
    rows = range(math.ceil(max(tops) / step) + 1)
    top = rows[-1] * step
    lines = [_line("comments of low risk", low, top), _line("comments of high risk", high, top)]
    slots = max(len(one.shares) for one in (high, low))
    return draw(
        Chart(
            "When comments are written",
            across,
            "share of comments",
            lines,
            guide=[(place, 1 / slots / top) for place in (0, 1)],
            ticks_across=ticks,
            ticks_up=[(row * step / top, f"{100 * row * step:.0f} %") for row in rows],
        )
    )


def _line(name: str, profile: Profile, top: float) -> Line:
    places = [(slot + 0.5) / len(profile.shares) for slot in range(len(profile.shares))]
    placed = list(zip(places, profile.shares, strict=True))
    points = [(place, (figure.value or 0) / top) for place, figure in placed]
    band = [(place, (f.low or 0) / top, (f.high or 0) / top) for place, f in placed]
    return Line(name, points, points if len(points) == len(_DAYS) else (), band)


def of_pairs(delta: float | None) -> str:
    """An effect as in so many of 100 pairs; ties count half."""
    return "–" if delta is None else f"{50 * (delta + 1):.0f}"


def p_value(p: float | None) -> str:
    """A p-value for people."""
    if p is None:
        return "–"
    return f"< {_LEAST_P}" if p < _LEAST_P else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"  # noqa: PLR2004


def _size(feature: Feature) -> float:
    return abs(feature.effect.delta.value or 0) if feature.effect else -1


def _difference(value: float) -> str:
    return f"{'−' if value < 0 else '+' if value > 0 else ''}{number(abs(value))}"


def _missing(feature: Feature) -> str:
    """The shares of people without a value, at high and at low risk."""
    return " / ".join(
        percent(one.missing / everyone if (everyone := one.missing + one.people) else None, 0)
        for one in (feature.high, feature.low)
    )


def _spreads(features: Sequence[Feature]) -> dict[str, Markup]:
    return {
        feature.name: draw_spread(feature, FEATURE_WORDS[feature.name].title, HIGH, LOW)
        for feature in features
        if feature.axis
    }


def _drawn(timeline: Timeline | None) -> Markup | None:
    return draw_timeline(timeline) if timeline and timeline.entries else None
