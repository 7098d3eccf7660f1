"""What follows from events: the tables of the queue.

A queue changes by events alone, whether they happen now or are read from the trail to make the
queue again: both go through `apply`.
"""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from treehole.watch.audit import Event

_ESCALATED = """
INSERT INTO cases (
  number, key, user, person, version, state, episode, level, highest, probability, sources,
  act_from, act_until, comment, places, first_seen, last_seen, escalated_at
) VALUES (
  :number, :key, :user, :person, :seq, 'new', :episode, :level, :level, :probability, :sources,
  :act_from, :act_until, :comment, :places, :seen, :seen, :at
)
ON CONFLICT (number) DO UPDATE SET
  version = :seq,
  state = iif(state = 'closed', 'new', state),
  episode = :episode,
  level = :level,
  highest = max(highest, :level),
  probability = :probability,
  sources = :sources,
  act_from = iif(:act_from IS NULL, act_from, :act_from),
  act_until = iif(:act_from IS NULL, act_until, :act_until),
  comment = :comment,
  places = :places,
  first_seen = min(first_seen, :seen),
  last_seen = max(last_seen, :seen),
  escalated_at = :at,
  closed_at = NULL
"""

_AGAIN = """
UPDATE cases SET
  version = :seq,
  probability = iif(:comment IS NULL, probability, :probability),
  sources = iif(:comment IS NULL, sources, :sources),
  act_from = iif(:act_from IS NULL, act_from, :act_from),
  act_until = iif(:act_from IS NULL, act_until, :act_until),
  comment = coalesce(:comment, comment),
  places = :places,
  first_seen = min(first_seen, :seen),
  last_seen = max(last_seen, :seen)
WHERE number = :number
"""

_REMEMBER = """
INSERT INTO levels (comment, person, at, level) VALUES (?, ?, ?, ?)
ON CONFLICT (comment) DO UPDATE SET level = max(level, excluded.level)
"""


def apply(connection: sqlite3.Connection, event: Event) -> None:
    """Change the tables as an event asks; one that asks for nothing changes nothing.

    Args:
        connection: To the queue, in a transaction; the event stands in the table `audit`.
        event: What happened.
    """
    change = _CHANGES.get(event.kind)
    if change:
        change(connection, event)


def remember(
    connection: sqlite3.Connection, comment: int, person: int | None, at: float, level: int
) -> None:
    """Keep the level of a comment.

    Args:
        connection: To the queue.
        comment: The digest of the comment.
        person: The digest of who wrote it, or None.
        at: When, in seconds since 1970.
        level: 1 to 10; of a comment that comes again the highest is kept.
    """
    connection.execute(_REMEMBER, (comment, person, at, level))


def place(connection: sqlite3.Connection, positions: dict[str, Any]) -> None:
    """Note how far inputs have been read.

    Args:
        connection: To the queue.
        positions: For each path what JSON can hold; None to forget it.
    """
    for path, position in positions.items():
        connection.execute("DELETE FROM positions WHERE path = ?", (path,))
        if position is not None:
            row = (path, json.dumps(position, ensure_ascii=False))
            connection.execute("INSERT INTO positions VALUES (?, ?)", row)


def _escalated(connection: sqlite3.Connection, event: Event) -> None:
    told = _told(event)
    connection.execute(_ESCALATED, told)
    escalation = (event.number, told["episode"], told["level"], event.seq)
    connection.execute("INSERT INTO escalations VALUES (?, ?, ?, ?)", escalation)
    if letter := event.details.get("webhook"):
        row = (letter["key"], event.seq, event.number, letter["body"])
        connection.execute(
            "INSERT INTO outbox (key, seq, number, body, state) VALUES (?, ?, ?, ?, 'waiting')", row
        )
    _remember_told(connection, told)


def _again(connection: sqlite3.Connection, event: Event) -> None:
    told = _told(event)
    connection.execute(_AGAIN, told)
    _remember_told(connection, told)


def _remember_told(connection: sqlite3.Connection, told: dict[str, Any]) -> None:
    remember(connection, told["digest"], told["person"], told["seconds"], told["level"])


def _told(event: Event) -> dict[str, Any]:
    """The details as columns."""
    told = {**event.details, "number": event.number, "seq": event.seq, "at": event.at}
    for name in ("comment", "places", "sources"):
        held = told.get(name)
        told[name] = None if held is None else json.dumps(held, ensure_ascii=False)
    told.pop("webhook", None)
    return told


def _moved(connection: sqlite3.Connection, event: Event) -> None:
    """Somebody of the team changed the state."""
    state = {"reopened": "new"}.get(event.kind, event.kind)
    held = state in {"taken", "contacted"}
    connection.execute(
        "UPDATE cases SET version = ?, state = ?, taken_by = ?, changed_at = ?, closed_at = ? "
        "WHERE number = ?",
        (
            event.seq, state, event.who if held else None, event.at,
            event.at if state == "closed" else None, event.number,
        ),
    )  # fmt: skip
    if event.details.get("note"):
        _note(connection, event)


def _noted(connection: sqlite3.Connection, event: Event) -> None:
    connection.execute("UPDATE cases SET version = ? WHERE number = ?", (event.seq, event.number))
    _note(connection, event)


def _note(connection: sqlite3.Connection, event: Event) -> None:
    row = (event.seq, event.number, event.at, event.who, event.details["note"])
    connection.execute("INSERT INTO notes VALUES (?, ?, ?, ?, ?)", row)


def _answered(connection: sqlite3.Connection, event: Event) -> None:
    """The webhook took an alert, or refused it for good."""
    connection.execute(
        "UPDATE outbox SET state = ?, answer = ? WHERE key = ?",
        (event.kind, event.details["answer"], event.details["key"]),
    )


def _scored(connection: sqlite3.Connection, event: Event) -> None:
    connection.execute(
        "UPDATE cases SET probability = ?, sources = ? WHERE number = ?",
        (event.details["probability"], json.dumps(event.details["sources"]), event.number),
    )


def _read(connection: sqlite3.Connection, event: Event) -> None:
    place(connection, event.details["positions"])


_CHANGES: dict[str, Callable[[sqlite3.Connection, Event], None]] = {
    "escalated": _escalated,
    "again": _again,
    "scored": _scored,
    "taken": _moved,
    "contacted": _moved,
    "closed": _moved,
    "reopened": _moved,
    "noted": _noted,
    "delivered": _answered,
    "refused": _answered,
    "read": _read,
}
