"""What is found of comments, and what of it is an alert."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from treehole.watch.cases import Comment, Place


@dataclass(frozen=True)
class Alarm:
    """What a comment of high risk brings to its case.

    Attributes:
        probability: Of high risk, by the model; None without one.
        sources: Who said that the risk is high: `rules`, `model` or both.
        act_from: When the act may come at the earliest, or None.
        act_until: When at the latest.
        comment: What is shown of it.
        places: Those that it names.
    """

    probability: float | None
    sources: tuple[str, ...]
    act_from: datetime | None
    act_until: datetime | None
    comment: Comment
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Finding:
    """What was found of a comment.

    Attributes:
        digest: Tells the comment from others, 63 bits.
        user: Who wrote it, or None.
        at: When it was written; where the input does not say, when it was read.
        level: 1 to 10; with an alarm at least 6.
        alarm: If the risk is high.
    """

    digest: int
    user: str | None
    at: datetime
    level: int
    alarm: Alarm | None = None


@dataclass(frozen=True)
class Escalation:
    """An alert: a new case, or one that rose.

    Attributes:
        key: The same for this alert whenever it is told, and for no other.
        number: Of the case.
        level: The level now.
        before: The level before; None for a new case, or one that was closed.
        finding: What raised it.
    """

    key: str
    number: int
    level: int
    before: int | None
    finding: Finding


Announce = Callable[[Escalation], str]
"""Gives what a webhook is to be told of an alert, as JSON."""


@dataclass(frozen=True)
class Letter:
    """What a webhook is to be told, or was.

    Attributes:
        key: The idempotency key.
        number: Of the case.
        body: JSON.
        state: `waiting`, `delivered` or `refused`.
        attempts: Made so far.
        due: When the next is to be made, in seconds since 1970.
        answer: What the last attempt met with.
    """

    key: str
    number: int
    body: str
    state: str
    attempts: int
    due: float
    answer: str | None


def digest_of(*parts: object) -> int:
    """A digest of 63 bits, the same in every process."""
    told = json.dumps([None if part is None else str(part) for part in parts])
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest()) >> 1
