"""Users: how those at high risk differ from the others, by their features and when they write.

A user is at high risk if any of their comments is, at low risk if one is and none is high;
otherwise their risk is not known. The features are those of `treehole features`; the risk of
comments is what rules, a model or people said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from treehole.analysis.activity import (
    UNDATED,
    WRITTEN_BY,
    Activity,
    Counts,
    Kept,
    Settings,
    days_of_week,
)
from treehole.analysis.distributions import Axis, Spread, axis_for, spread
from treehole.analysis.effects import FEWEST, Effect, adjusted, effect
from treehole.analysis.rhythm import DAYS, HOURS, Profile, profile
from treehole.analysis.timeline import Timeline, timeline
from treehole.corpus.levels import UNKNOWN, Bytes
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import USER_ID
from treehole.corpus.sources import Source
from treehole.errors import InputError
from treehole.models.metrics import Floats
from treehole.pipeline.progress import Reporter
from treehole.psychology.table import FEATURES, read_features

SHARES = frozenset(
    ("originality_rate", "link_rate", "nighttime_activity_rate", "social_activity_rate")
)
"""Features from 0 to 1."""

_ROWS = 50_000
_SEED = 1
_FEATURES_BY = "Give what treehole features wrote"


@dataclass(frozen=True)
class Feature:
    """How a feature is spread among users at high and at low risk.

    Attributes:
        name: One of `FEATURES`.
        axis: Where its values are drawn; None where neither group has enough of them.
        high: Its spread among users at high risk.
        low: Among those at low risk.
        effect: How those at high risk lie to the others; None where one group is too small.
        adjusted_p: The p-value of the effect, given how many features were looked at.
    """

    name: str
    axis: Axis | None
    high: Spread
    low: Spread
    effect: Effect | None
    adjusted_p: float | None


@dataclass(frozen=True)
class Rhythm:
    """When comments of one risk were written.

    Attributes:
        hours: By the hour of the day, from midnight on.
        days: By the day of the week, from Monday on.
    """

    hours: Profile
    days: Profile


@dataclass(frozen=True)
class Study:
    """What was found of users.

    Attributes:
        column: By which the risk of comments went.
        zone: Where the people live.
        high: Users with features who are at high risk.
        low: Those at low risk.
        unjudged: Those with comments whose risk is not known.
        silent: Those without a comment.
        strangers: Users of whom there are comments, but no features.
        counts: Of comments.
        features: In the order of `FEATURES`.
        high_rhythm: When comments of high risk were written, whoever wrote them.
        low_rhythm: When those of low risk were.
        timeline: Of the user asked for, or None.
    """

    column: str
    zone: str
    high: int
    low: int
    unjudged: int
    silent: int
    strangers: int
    counts: Counts
    features: Sequence[Feature]
    high_rhythm: Rhythm
    low_rhythm: Rhythm
    timeline: Timeline | None = None


def study_users(
    tables: Sequence[Source], labels: Sequence[Source], settings: Settings, reporter: Reporter
) -> Study:
    """Compare users at high risk with the others.

    Args:
        tables: The features of users.
        labels: Comments with their users, times and risk.
        settings: What is asked for.
        reporter: Told of progress, in comments.

    Raises:
        UsageError: A column is missing, or there is no comment by the user asked for.
        InputError: A source cannot be read, or the users of both have nobody in common.
    """
    corpus = Corpus(labels, cure=WRITTEN_BY)
    activity = Activity(corpus.schema, settings)
    known = read_features(Corpus(tables, text_column=USER_ID, cure=_FEATURES_BY))
    reporter.expect(corpus.estimate_rows())
    for block in corpus.blocks(_ROWS):
        activity.add(block.table)
        reporter.advance(len(block))
    comments = activity.comments()
    places = np.array([activity.places.get(user, UNKNOWN) for user in known], np.int64)
    found = places != UNKNOWN
    if not found.any():
        raise _nobody_in_common(len(known), len(activity.places))
    risks = np.append(_risks(comments, len(activity.places)), np.int8(UNKNOWN))[places]
    values = np.array(list(known.values()))
    return Study(
        column=activity.column,
        zone=settings.zone.key,
        high=int((risks == 1).sum()),
        low=int((risks == 0).sum()),
        unjudged=int(((risks == UNKNOWN) & found).sum()),
        silent=int((~found).sum()),
        strangers=len(activity.places) - int(found.sum()),
        counts=activity.counts,
        features=_features(values, risks),
        high_rhythm=_rhythm(comments[comments["high"] == 1], settings),
        low_rhythm=_rhythm(comments[comments["high"] == 0], settings),
        timeline=_timeline(activity, settings),
    )


def _nobody_in_common(users: int, writers: int) -> InputError:
    if not users or not writers:
        return InputError(f"there is no user in the {'labels' if users else 'table of users'}")
    return InputError(
        "no user of the table wrote any of the comments; if one has pseudonyms and the other has "
        "none, or by another key, make both from comments and posts with the same pseudonyms"
    )


def _risks(comments: Kept, writers: int) -> Bytes:
    """The risk of each writer: the highest of their comments."""
    risks = np.full(writers, UNKNOWN, np.int8)
    np.maximum.at(risks, comments["writer"], comments["high"])
    return risks


def _features(values: Floats, risks: Bytes) -> list[Feature]:
    """Compare all features; `values` has the shape (users, features)."""
    features, ps = [], []
    for name, column in zip(FEATURES, values.T, strict=True):
        groups = [column[risks == 1], column[risks == 0]]
        known = [group[~np.isnan(group)] for group in groups]
        drawn = [group for group in known if len(group) >= FEWEST]
        axis = axis_for(np.concatenate(drawn), share=name in SHARES) if drawn else None
        high, low = (spread(group, axis) for group in groups)
        found = effect(known[0], known[1], _SEED)
        features.append(Feature(name, axis, high, low, found, None))
        ps.append(found.p if found else None)
    return [replace(one, adjusted_p=p) for one, p in zip(features, adjusted(ps), strict=True)]


def _rhythm(comments: Kept, settings: Settings) -> Rhythm:
    dated = comments[comments["second"] != UNDATED]
    timed = dated[dated["hour"] != UNKNOWN]
    days = days_of_week(dated["second"], settings.zone)
    return Rhythm(
        profile(timed["writer"], timed["hour"], HOURS), profile(dated["writer"], days, DAYS)
    )


def _timeline(activity: Activity, settings: Settings) -> Timeline | None:
    if settings.user is None:
        return None
    comments = activity.of_user(settings.user)
    return timeline(settings.user, comments, activity.texts, settings.zone)
