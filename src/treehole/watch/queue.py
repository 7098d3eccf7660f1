"""The queue: who needs a person, who looks after them, and what became of it.

An SQLite file in a folder, with the audit trail beside it:

    DIR/queue.sqlite     the queue
    DIR/audit.jsonl      the trail, from which the queue can be made again

Several processes may use it at once: the watch, the commands, the pages. Each change is one
transaction, with its event in the trail. A batch of comments goes in together with how far its
input has been read; so whatever is killed whenever, no comment is lost and none is counted twice.

What is kept of comments: of those of high risk the one that gave a case its level, and in the trail
each that did so before; of all others above level 0 a digest of the comment, a digest of the user,
the time and the level, for as many days as the watch is told to; of the rest nothing.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from treehole.errors import InputError, TreeholeError, UsageError
from treehole.watch.audit import BEGINNING, Event, Trail, broken_at, chained
from treehole.watch.cases import Case, Comment, Mention, Note, Place, Seen, State, by_urgency
from treehole.watch.findings import Alarm, Announce, Escalation, Finding, Letter, digest_of
from treehole.watch.projection import apply, place, remember
from treehole.watch.storage import (
    QUEUE,
    TRAIL,
    VERSION,
    QueueError,
    connected,
    event_in,
    explained,
    insert,
    lay_out,
    make_file,
    restoring,
)

MACHINE = "treehole"
"""Stands in the trail for what the program did itself."""

_DAY = 86_400
_NAME = 80
_NOTE = 4_000
"""Characters."""

_CASES = """
SELECT cases.*, (SELECT count(*) FROM escalations WHERE number = cases.number) AS escalations
FROM cases WHERE level >= ? AND (?2 IS NULL OR number = ?2)
"""


class NoCaseError(UsageError):
    """There is no case of that number."""


class CaseError(TreeholeError):
    """The case does not allow the change, as it stands now."""


class StaleError(CaseError):
    """The case has changed since who wants to change it looked at it."""


@dataclass(frozen=True)
class Filter:
    """Which cases are looked for; all of it must hold.

    Attributes:
        states: In one of these states; None for any.
        level: Of this level at least.
        province: With a place in this province, by any of its names.
        since: With an alert at this time or later.
    """

    states: frozenset[State] | None = None
    level: int = 0
    province: str | None = None
    since: datetime | None = None


class Queue:
    """An open queue; of one thread. Close it, or use it in a `with` statement.

    Attributes:
        folder: Where it is.
        trail: The file of the audit trail.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        """See `open_queue`."""
        self.folder = folder
        self.trail = Trail(folder / TRAIL)
        self._connection = connection

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # What there is

    def cases(self, wanted: Filter | None = None, now: datetime | None = None) -> list[Case]:
        """The cases, most urgent first; without trend and notes.

        Args:
            wanted: Which; all if None.
            now: The present, for their order.

        Raises:
            QueueError: The queue cannot be read.
        """
        wanted = wanted or Filter()
        with explained(self.folder):
            rows = self._connection.execute(_CASES, (wanted.level, None)).fetchall()
        found = [_case(row) for row in rows]
        return by_urgency((case for case in found if _is_wanted(case, wanted)), now)

    def case(self, number: int) -> Case:
        """A case with its trend and notes.

        Raises:
            NoCaseError: There is none of that number.
            QueueError: The queue cannot be read.
        """
        with explained(self.folder), self._snapshot():
            case = self._case(number)
            trend = self._connection.execute(
                "SELECT at, level FROM levels WHERE person = "
                "(SELECT person FROM cases WHERE number = ?) ORDER BY at",
                (number,),
            ).fetchall()
            notes = self._connection.execute(
                "SELECT at, who, text FROM notes WHERE number = ? ORDER BY seq", (number,)
            ).fetchall()
        return replace(
            case,
            trend=tuple(Seen(datetime.fromtimestamp(at, UTC), level) for at, level in trend)
            or (Seen(case.last_seen, case.level),),
            notes=tuple(Note(datetime.fromisoformat(at), who, text) for at, who, text in notes),
        )

    def events(self, number: int | None = None, after: int = 0, most: int = -1) -> list[Event]:
        """What happened, in order.

        Args:
            number: Only what is about this case.
            after: Only what follows the event of this number.
            most: No more than so many; -1 for all.

        Raises:
            QueueError: The queue cannot be read.
        """
        with explained(self.folder):
            return [
                event_in(row)
                for row in self._connection.execute(
                    "SELECT seq, at, kind, who, number, details, hash FROM audit "
                    "WHERE seq > ? AND (? IS NULL OR number = ?) ORDER BY seq LIMIT ?",
                    (after, number, number, most),
                )
            ]

    def positions(self) -> dict[str, Any]:
        """How far each input has been read, as `put` was told."""
        with explained(self.folder):
            rows = self._connection.execute("SELECT path, position FROM positions").fetchall()
        return {path: json.loads(position) for path, position in rows}

    def letters(self, state: str, due: float | None = None, most: int = -1) -> list[Letter]:
        """What a webhook is to be told, or was.

        Args:
            state: `waiting`, `delivered` or `refused`.
            due: Only what is due at this time, in seconds since 1970.
            most: No more than so many; -1 for all.
        """
        with explained(self.folder):
            rows = self._connection.execute(
                "SELECT key, number, body, state, attempts, due, answer FROM outbox "
                "WHERE state = ? AND (? IS NULL OR due <= ?) ORDER BY due, seq LIMIT ?",
                (state, due, due, most),
            ).fetchall()
        return [Letter(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many cases there are in each state; all states are named."""
        with explained(self.folder):
            rows = self._connection.execute(
                "SELECT state, count(*) FROM cases GROUP BY state"
            ).fetchall()
        return {**dict.fromkeys(map(str, State), 0), **dict(rows)}

    # What the team does

    def take(
        self, number: int, who: str, note: str | None = None, expected: int | None = None
    ) -> Case:
        """Look after a case; again, to say that a rise was seen.

        Args:
            number: The case.
            who: Who takes it.
            note: What is to be said.
            expected: The case's `version` when it was looked at; None if that does not matter.

        Returns:
            The case as it is now.

        Raises:
            NoCaseError: There is none of that number.
            StaleError: It has another version by now.
            CaseError: Somebody else has it, or it is closed.
            QueueError: The queue cannot be written.
        """
        return self._move("taken", number, who, note, expected)

    def contact(
        self, number: int, who: str, note: str | None = None, expected: int | None = None
    ) -> Case:
        """Say that the person was reached; arguments, result and errors as of `take`."""
        return self._move("contacted", number, who, note, expected)

    def shut(
        self, number: int, who: str, note: str | None = None, expected: int | None = None
    ) -> Case:
        """Close a case, which nobody has, or oneself; as `take` in all else."""
        return self._move("closed", number, who, note, expected)

    def reopen(
        self, number: int, who: str, note: str | None = None, expected: int | None = None
    ) -> Case:
        """Put a case back to the new ones, whoever has it; as `take` in all else."""
        return self._move("reopened", number, who, note, expected)

    def note(self, number: int, who: str, text: str, expected: int | None = None) -> Case:
        """Write something down about a case; as `take` in all else."""
        if not text.strip():
            message = "the note is empty; say something"
            raise UsageError(message)
        return self._move("noted", number, who, text, expected)

    def record(
        self,
        kind: str,
        who: str,
        number: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Event:
        """Put on record what changes nothing here, such as that somebody looked at a case.

        Args:
            kind: What it was, such as `viewed`, `revealed` or `signed-in`.
            who: Who did it.
            number: The case, if it is about one.
            details: What else is to be said; no text of comments, and nobody's name but the team's.

        Raises:
            QueueError: The queue cannot be written.
        """
        with self._change():
            event = self._append(kind, _name(who), number, dict(details or {}))
        self.mirror()
        return event

    # What the watch does

    def put(
        self,
        findings: Sequence[Finding],
        positions: Mapping[str, Any],
        announce: Announce | None = None,
    ) -> list[Escalation]:
        """Take in a batch of comments, and how far the inputs have been read with it.

        All of it or nothing. A comment that was taken in before changes nothing.

        Args:
            findings: Of the comments above level 0, in the order of the input.
            positions: For each input that was read on, what JSON can hold; None to forget it.
            announce: What a webhook is told of each alert; None if there is none.

        Returns:
            The alerts, in order.

        Raises:
            QueueError: The queue cannot be written.
            OutputError: The disk is full.
        """
        with self._change():
            before = self._last()[0]
            raised = [e for finding in findings if (e := self._take_in(finding, announce))]
            place(self._connection, dict(positions))
            happened = self._last()[0] > before
            if (
                happened and positions
            ):  # the trail says how far it has got; more often is not needed
                self._append("read", MACHINE, None, {"positions": dict(positions)})
        if happened:
            self.mirror()
        return raised

    def forget(self, days: float) -> int:
        """Forget levels of comments older than so many days, but for those of cases not closed.

        Returns:
            How many were forgotten.
        """
        with self._change():
            done = self._connection.execute(
                "DELETE FROM levels WHERE at < ? AND coalesce(person, 0) NOT IN "
                "(SELECT person FROM cases WHERE state <> 'closed' AND person IS NOT NULL)",
                (time.time() - days * _DAY,),
            )
        return done.rowcount

    def put_off(self, key: str, due: float, answer: str) -> None:
        """Note that a webhook did not take a letter, and when it is to be tried again."""
        with self._change():
            self._connection.execute(
                "UPDATE outbox SET attempts = attempts + 1, due = ?, answer = ? WHERE key = ?",
                (due, answer, key),
            )

    def settle(self, letter: Letter, answer: str, *, delivered: bool) -> None:
        """Note that a webhook took a letter, or refused it for good."""
        kind = "delivered" if delivered else "refused"
        with self._change():
            self._connection.execute(
                "UPDATE outbox SET attempts = attempts + 1 WHERE key = ?", (letter.key,)
            )
            self._append(kind, MACHINE, letter.number, {"key": letter.key, "answer": answer})
        self.mirror()

    def retry_letters(self) -> int:
        """Make all letters due that wait or were refused; how many there are."""
        with self._change():
            done = self._connection.execute(
                "UPDATE outbox SET state = 'waiting', due = 0, attempts = 0 "
                "WHERE state <> 'delivered'"
            )
        return done.rowcount

    def mirror(self) -> int:
        """Bring the file of the trail up to date.

        Returns:
            The number of its last event.

        Raises:
            OutputError: It cannot be written; the queue is as it should be nevertheless.
            QueueError: It is the trail of another queue, or says more than the queue.
        """

        def following(last: Event | None) -> list[Event]:
            self._check_trail(last)
            return self.events(after=last.seq if last else 0)

        return self.trail.append(following)

    def check(self) -> None:
        """Look whether the file is sound, and the trail fits it.

        Raises:
            QueueError: It is not; says how to make it again.
        """
        with explained(self.folder):
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
        self._check_trail(self.trail.last())

    def verify(self) -> int:
        """Check the whole trail, in the queue and in its file.

        Returns:
            How many events there are.

        Raises:
            QueueError: A hash is wrong, or the two differ.
        """
        self.mirror()
        stored, filed = self.events(), list(self.trail.events())
        for what, events in ((QUEUE, stored), (TRAIL, filed)):
            if (broken := broken_at(events)) is not None:
                message = (
                    f"{self.folder / what}: the audit trail was changed at event {broken:,} or "
                    "before; compare it with a backup"
                )
                raise QueueError(message)
        if stored != filed:
            message = (
                f"{self.folder}: {TRAIL} has {len(filed):,} events, {QUEUE} {len(stored):,}; "
                "one of them was cut or exchanged; compare them with a backup"
            )
            raise QueueError(message)
        return len(stored)

    def _begin(self) -> None:
        """Make the tables, if they are not there, with the event that all begins with."""
        with self._change():
            if not self._connection.execute("PRAGMA user_version").fetchone()[0]:
                lay_out(self._connection)
                self._append("created", MACHINE, None, {"queue": secrets.token_hex(8)})

    def _take_in(self, finding: Finding, announce: Announce | None) -> Escalation | None:
        known = self._connection.execute(
            "SELECT level FROM levels WHERE comment = ?", (finding.digest,)
        ).fetchone()
        if known and known[0] >= finding.level:
            if finding.alarm and finding.alarm.probability is not None:
                self._add_probability(finding, finding.alarm)
            return None
        person = None if finding.user is None else digest_of(finding.user)
        if finding.alarm is None:
            if person is not None:
                at = finding.at.timestamp()
                remember(self._connection, finding.digest, person, at, finding.level)
                self._connection.execute(
                    "UPDATE cases SET last_seen = max(last_seen, ?) WHERE person = ?",
                    (_stamp(finding.at), person),
                )
            return None
        key = _key(finding)
        case = self._connection.execute("SELECT * FROM cases WHERE key = ?", (key,)).fetchone()
        details = _details(finding, finding.alarm, key, person)
        if case is None:
            last = self._connection.execute("SELECT coalesce(max(number), 0) FROM cases")
            details["episode"] = 1
            return self._escalate(last.fetchone()[0] + 1, None, finding, details, announce)
        number, level = case["number"], case["level"]
        details["places"] = _merged(details["places"], json.loads(case["places"]))
        details["episode"] = case["episode"]
        if case["state"] == State.CLOSED:
            if finding.level > case["highest"] or _stamp(finding.at) > case["closed_at"]:
                details["episode"] += 1
                return self._escalate(number, None, finding, details, announce)
        elif finding.level > level:
            return self._escalate(number, level, finding, details, announce)
        if finding.level < level:
            details["comment"] = None
        self._append("again", MACHINE, number, details)
        return None

    def _add_probability(self, finding: Finding, alarm: Alarm) -> None:
        """Add what the model says of a comment that the rules have raised an alert for before."""
        row = self._connection.execute(
            "SELECT number, probability, comment FROM cases WHERE key = ?", (_key(finding),)
        ).fetchone()
        if row and row["probability"] is None and _comment(row["comment"]) == alarm.comment:
            told = {"probability": alarm.probability, "sources": list(alarm.sources)}
            self._append("scored", MACHINE, row["number"], told)

    def _escalate(
        self,
        number: int,
        before: int | None,
        finding: Finding,
        details: dict[str, Any],
        announce: Announce | None,
    ) -> Escalation:
        key = f"{self._identity()}-{number}-{details['episode']}-{finding.level}"
        raised = Escalation(key, number, finding.level, before, finding)
        if announce:
            details["webhook"] = {"key": key, "body": announce(raised)}
        self._append("escalated", MACHINE, number, details)
        return raised

    def _move(
        self, kind: str, number: int, who: str, note: str | None, expected: int | None
    ) -> Case:
        details = {"note": _sound(note, _NOTE)} if note and note.strip() else {}
        with self._change():
            case = self._case(number)
            if expected is not None and expected != case.version:
                message = (
                    f"case {number} has changed since you looked at it; it is {_standing(case)}: "
                    "look again before you change it"
                )
                raise StaleError(message)
            _allow(kind, case, _name(who))
            self._append(kind, _name(who), number, details)
        self.mirror()
        return self.case(number)

    def _case(self, number: int) -> Case:
        row = self._connection.execute(_CASES, (0, number)).fetchone()
        if row is None:
            message = f"there is no case {number}; treehole watch list shows those there are"
            raise NoCaseError(message)
        return _case(row)

    def _identity(self) -> str:
        """What tells this queue from others."""
        row = self._connection.execute("SELECT details FROM audit WHERE seq = 1").fetchone()
        return str(json.loads(row[0])["queue"])

    def _append(self, kind: str, who: str, number: int | None, details: dict[str, Any]) -> Event:
        seq, before = self._last()
        now = _stamp(datetime.now(UTC))
        event = chained(Event(seq + 1, now, kind, who, number, details, ""), before)
        insert(self._connection, event)
        apply(self._connection, event)
        return event

    def _last(self) -> tuple[int, str]:
        """The number and the hash of the last event."""
        row = self._connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        seq, before = row.fetchone() or (0, BEGINNING)
        return seq, before

    def _check_trail(self, last: Event | None) -> None:
        if last is None:
            return
        row = self._connection.execute("SELECT hash FROM audit WHERE seq = ?", (last.seq,))
        if (row.fetchone() or [None])[0] != last.hash:
            message = (
                f"{self.folder / TRAIL} says more than {QUEUE}, or something else, as when one of "
                f"them is an old copy; make the queue again from it: {restoring(self.folder)}"
            )
            raise QueueError(message)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """A transaction: all of the block, or nothing."""
        with explained(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """The queue as it is at one moment, for several questions."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")


def open_queue(folder: Path, *, create: bool = False) -> Queue:
    """Open the queue in a folder.

    Args:
        folder: Where it is.
        create: Make it if there is none.

    Raises:
        InputError: There is none.
        QueueError: It is damaged, of another version, or gone while its trail is there.
        OutputError: It cannot be made there.
    """
    path = folder / QUEUE
    if not path.exists() or not path.stat().st_size:
        if (folder / TRAIL).exists():
            message = (
                f"{path} is gone or empty, but its audit trail is there; make the queue again "
                f"from it: {restoring(folder)}"
            )
            raise QueueError(message)
        if not create:
            raise _none_in(folder)
        make_file(path)
    connection = connected(path)
    queue = Queue(folder, connection)
    try:
        if create:
            queue._begin()
        with explained(folder):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == VERSION:
                queue._check_trail(queue.trail.last())
                return queue
    except BaseException:
        connection.close()
        raise
    connection.close()
    if not version:  # another process is just making it
        raise _none_in(folder)
    message = f"{path} is no queue of this version of Treehole; update Treehole, or name another"
    raise QueueError(message)


def _none_in(folder: Path) -> InputError:
    message = f"{folder} holds no queue; treehole watch COMMENTS --queue {folder} makes one"
    return InputError(message)


def _allow(kind: str, case: Case, who: str) -> None:
    """Check that somebody may change a case so.

    Raises:
        CaseError: Somebody else has it, or its state does not allow it.
    """
    if kind in {"noted", "reopened"}:
        return
    if case.state is State.CLOSED:
        message = f"case {case.number} is closed; reopen it first, if there is more to do"
        raise CaseError(message)
    if case.taken_by not in {None, who}:
        message = (
            f"case {case.number} is {_standing(case)}; ask them, or reopen it and take it over"
        )
        raise CaseError(message)
    if kind == "contacted" and case.taken_by is None:
        message = f"case {case.number} is nobody's; take it first, so that nobody else does"
        raise CaseError(message)


def _standing(case: Case) -> str:
    """How a case stands, such as “taken by 小林”."""
    return f"{case.state} by {case.taken_by}" if case.taken_by else str(case.state)


def _name(who: str) -> str:
    """The name of a member of the team, fit for the trail.

    Raises:
        UsageError: It is none.
    """
    name = " ".join(_sound(who, _NAME + 1).split())
    if not name or len(name) > _NAME or not name.isprintable() or name == MACHINE:
        message = f"say who you are, by a name of at most {_NAME} characters; not “{name[:_NAME]}”"
        raise UsageError(message)
    return name


def _sound(text: str, most: int) -> str:
    """A text that can be stored."""
    return text.strip()[:most].encode("utf-8", "replace").decode()


def _stamp(moment: datetime) -> str:
    """A time in UTC, to the microsecond; such texts sort as the times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _key(finding: Finding) -> str:
    """What tells a case from others: its user, or the comment where that is not known."""
    return f"comment:{finding.digest:x}" if finding.user is None else f"user:{finding.user}"


def _details(finding: Finding, alarm: Alarm, key: str, person: int | None) -> dict[str, Any]:
    """What the trail says of a comment of high risk."""
    comment = {**asdict(alarm.comment), "created_at": _or_none(alarm.comment.created_at)}
    return {
        "key": key,
        "user": finding.user,
        "person": person,
        "digest": finding.digest,
        "seen": _stamp(finding.at),
        "seconds": finding.at.timestamp(),
        "level": finding.level,
        "probability": alarm.probability,
        "sources": list(alarm.sources),
        "act_from": _or_none(alarm.act_from),
        "act_until": _or_none(alarm.act_until),
        "comment": comment,
        "places": [asdict(place) for place in alarm.places],
    }


def _or_none(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _merged(latest: list[Any], earlier: list[Any]) -> list[Any]:
    """Places, the latest first, each concept once."""
    places = {place["concept"]: place for place in [*earlier[::-1], *latest[::-1]]}
    order = dict.fromkeys(place["concept"] for place in [*latest, *earlier])
    return [places[concept] for concept in order]


def _comment(stored: str) -> Comment:
    told = json.loads(stored)
    told["created_at"] = _moment(told["created_at"])
    told["evidence"] = tuple(Mention(**mention) for mention in told["evidence"])
    return Comment(**told)


def _case(row: sqlite3.Row) -> Case:
    return Case(
        number=row["number"],
        version=row["version"],
        user=row["user"],
        state=State(row["state"]),
        level=row["level"],
        highest=row["highest"],
        probability=row["probability"],
        sources=tuple(json.loads(row["sources"])),
        act_from=_moment(row["act_from"]),
        act_until=_moment(row["act_until"]),
        comment=_comment(row["comment"]),
        places=tuple(Place(**place) for place in json.loads(row["places"])),
        first_seen=datetime.fromisoformat(row["first_seen"]),
        last_seen=datetime.fromisoformat(row["last_seen"]),
        escalated_at=datetime.fromisoformat(row["escalated_at"]),
        escalations=row["escalations"],
        taken_by=row["taken_by"],
        changed_at=_moment(row["changed_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _is_wanted(case: Case, wanted: Filter) -> bool:
    if wanted.states is not None and case.state not in wanted.states:
        return False
    if wanted.since is not None and case.escalated_at < wanted.since:
        return False
    return wanted.province is None or any(_is_in(p, wanted.province) for p in case.places)


def _is_in(where: Place, province: str) -> bool:
    """Whether a place is in a province, by any of its names; 四川 is enough for 四川省."""
    asked = province.strip().casefold()
    names = (where.province, where.province_en, where.province_zh)
    return (
        any(
            name
            and (name.casefold() == asked or (name == where.province_zh and name.startswith(asked)))
            for name in names
        )
        if asked
        else False
    )
