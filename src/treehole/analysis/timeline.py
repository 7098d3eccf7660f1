"""Timeline: the comments of one user over time, where they rise, and where nothing was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from treehole.analysis.activity import UNDATED, Kept
from treehole.corpus.levels import HIGH_RISK, UNKNOWN

GAP_DAYS = 14
"""A longer silence than this is a gap."""

_DAY = 86_400


class Entry(NamedTuple):
    """A comment.

    Attributes:
        at: When it was written, where its writer lives.
        day_only: Whether only the day is known.
        level: 0 to 10, or None.
        high: Whether its risk is high; None if that is not known.
        escalation: Whether it is of high risk, and above all that were before it.
        gap: Days since the comment before it, if these are more than `GAP_DAYS`.
        text: As written; None unless asked for.
    """

    at: datetime
    day_only: bool
    level: int | None
    high: bool | None
    escalation: bool
    gap: int | None
    text: str | None


@dataclass(frozen=True)
class Timeline:
    """The comments of a user.

    Attributes:
        user: The pseudonym.
        entries: Those with a time, the oldest first.
        undated: How many have none.
    """

    user: str
    entries: Sequence[Entry]
    undated: int

    @property
    def has_levels(self) -> bool:
        """Whether the level of a comment is known."""
        return any(entry.level is not None for entry in self.entries)


def timeline(user: str, comments: Kept, texts: Sequence[str], zone: ZoneInfo) -> Timeline:
    """Put comments of a user in order.

    A comment is an escalation where an alert would be raised again: it is of high risk, and of a
    higher level than all of high risk before it, or the first.

    Args:
        user: The pseudonym.
        comments: Of that user, as they came.
        texts: Of each, or none.
        zone: Where the user lives.
    """
    dated = np.flatnonzero(comments["second"] != UNDATED)
    order = dated[np.argsort(comments["second"][dated], kind="stable")]
    entries = []
    highest, before = UNKNOWN, None
    for index in order.tolist():
        comment = comments[index]
        second, level, high = int(comment["second"]), int(comment["level"]), int(comment["high"])
        reached = HIGH_RISK if level == UNKNOWN else level
        escalation = high == 1 and reached > highest
        highest = reached if escalation else highest
        days = 0 if before is None else (second - before) // _DAY
        before = second
        entries.append(
            Entry(
                at=datetime.fromtimestamp(second, zone),
                day_only=bool(comment["hour"] == UNKNOWN),
                level=None if level == UNKNOWN else level,
                high=None if high == UNKNOWN else bool(high),
                escalation=escalation,
                gap=days if days > GAP_DAYS else None,
                text=texts[index] if texts else None,
            )
        )
    return Timeline(user, entries, len(comments) - len(entries))
