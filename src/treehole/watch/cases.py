"""Cases: what the queue says of one person whose comments are of high risk.

A case is about a user, whatever they wrote how often. Where the input names no users, each comment
of high risk is a case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

_FAR = datetime.max.replace(tzinfo=UTC)


class State(StrEnum):
    """How far the rescue team is with a case."""

    NEW = "new"
    """Nobody has it."""
    TAKEN = "taken"
    """Somebody looks after it."""
    CONTACTED = "contacted"
    """Who looks after it has reached the person, or somebody near to them."""
    CLOSED = "closed"
    """Nothing is left to do, until the person writes again."""


@dataclass(frozen=True)
class Mention:
    """A mention that the rule which gave the level used.

    Attributes:
        concept: Its name in the ontology, such as `Jump`.
        ontology: `suicide`, `time`, `space` or `wish`.
        name_zh: What the concept is called in Chinese.
        name_en: The same in English.
        surface: What stands in the comment.
        start: Its first character in the comment as written.
        end: One after its last character.
    """

    concept: str
    ontology: str
    name_zh: str
    name_en: str
    surface: str
    start: int
    end: int


@dataclass(frozen=True)
class Place:
    """A place that the person named.

    Attributes:
        concept: Its name in the ontology of places, such as `Chengdu` or `Rooftop`.
        name_zh: What it is called in Chinese.
        name_en: The same in English.
        surface: What stands in the comment.
        province: The name of its province in the ontology, such as `Sichuan`; None for a place
            that is nowhere in particular, such as a rooftop.
        province_zh: What the province is called in Chinese.
        province_en: The same in English.
    """

    concept: str
    name_zh: str
    name_en: str
    surface: str
    province: str | None = None
    province_zh: str | None = None
    province_en: str | None = None


@dataclass(frozen=True)
class Comment:
    """The comment that gave a case its level; of several the latest.

    Attributes:
        text: As written.
        comment_id: As in the input, or None.
        created_at: When it was written, with a zone; None if the input does not say.
        rule: The rule that gave the level, or None.
        evidence: The mentions that this rule used, in order.
    """

    text: str
    comment_id: str | None
    created_at: datetime | None
    rule: str | None
    evidence: tuple[Mention, ...]


class Seen(NamedTuple):
    """A comment of the person as the trend has it."""

    at: datetime
    """When it was written; where the input does not say, when it was read."""
    level: int


class Note(NamedTuple):
    """What somebody of the team wrote down."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True)
class Case:
    """A case as it stands.

    Attributes:
        number: By which people name it; never given twice.
        version: Grows with each change; see `expected` in `treehole.watch.queue`.
        user: The pseudonym or name as the input has it; None if the input names no users.
        state: How far the team is.
        level: The highest since the case was last closed, 6 to 10.
        highest: The highest ever.
        probability: Of high risk, by the model, of the comment shown; None without a model.
        sources: Who said that the risk is high: `rules`, `model` or both.
        act_from: When the act may come at the earliest, by the latest comment of high risk that
            names a time; None if none does.
        act_until: When it may come at the latest.
        comment: The comment that gave the level.
        places: Those named in comments of high risk, the latest first, each once.
        first_seen: When the first comment of high risk was written.
        last_seen: When the latest comment, of whatever level above 0, was written.
        escalated_at: When the last alert was raised.
        escalations: How many alerts there were.
        taken_by: Who looks after it; None in the states new and closed.
        changed_at: When somebody of the team last changed its state, which a note does not; None if
            nobody did.
        trend: Levels of comments above 0 that are remembered, oldest first; empty in lists.
        notes: Oldest first; empty in lists.
    """

    number: int
    version: int
    user: str | None
    state: State
    level: int
    highest: int
    probability: float | None
    sources: tuple[str, ...]
    act_from: datetime | None
    act_until: datetime | None
    comment: Comment
    places: tuple[Place, ...]
    first_seen: datetime
    last_seen: datetime
    escalated_at: datetime
    escalations: int
    taken_by: str | None
    changed_at: datetime | None
    trend: tuple[Seen, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether it needs somebody now: nobody has it, or it rose after they last saw to it."""
        if self.state is State.CLOSED:
            return False
        return self.changed_at is None or self.state is State.NEW or self.risen

    @property
    def risen(self) -> bool:
        """Whether an alert was raised after somebody of the team had seen to the case."""
        return self.changed_at is not None and self.escalated_at > self.changed_at

    @property
    def provinces(self) -> tuple[str, ...]:
        """The provinces of its places, each once."""
        return tuple(dict.fromkeys(place.province for place in self.places if place.province))

    def as_json(self) -> dict[str, Any]:
        """All of it for JSON; times in ISO 8601."""
        return {**_plain(asdict(self)), "trend": [_plain(seen._asdict()) for seen in self.trend],
                "notes": [_plain(note._asdict()) for note in self.notes],
                "waiting": self.waiting, "provinces": list(self.provinces)}  # fmt: skip


def by_urgency(cases: Iterable[Case], now: datetime | None = None) -> list[Case]:
    """Cases in the order in which they should be seen to.

    Those that are not closed first; of these the highest level; of one level those that wait for
    somebody; then those whose act may come soonest, times that are over last; then the latest
    alert.

    Args:
        cases: In any order.
        now: By which a time is over; the present if None.
    """
    now = now or datetime.now(UTC)

    def key(case: Case) -> tuple[Any, ...]:
        over = case.act_until is not None and case.act_until < now
        act_from = _FAR if case.act_from is None or over else max(case.act_from, now)
        closed = case.state is State.CLOSED
        recency = -case.escalated_at.timestamp()
        return (closed, -case.level, not case.waiting, act_from, over, recency, case.number)

    return sorted(cases, key=key)


def _plain(value: Any) -> Any:
    """The same with times as text and tuples as lists."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
