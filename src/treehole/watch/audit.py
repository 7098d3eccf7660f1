"""The audit trail: everything that happened to a queue, in order, in a file beside it.

One JSON object a line. Each carries a hash over itself and the hash before it (SHA-256), so that a
line that was changed, put in or taken out shows. The file says enough to make the queue again. It
follows the queue: what is committed there is written here next, by its number, and so once.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from treehole.errors import InputError, OutputError

BEGINNING = "0" * 64
"""Stands for the hash before the first."""

_STEP = 1 << 16


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        seq: Its number; they count from 1 without a gap.
        at: When, in ISO 8601, UTC.
        kind: What, such as `escalated`, `taken` or `viewed`.
        who: The member of the team; `treehole` for what the program did itself.
        number: Of the case, if it is about one.
        details: What else is to be said; what JSON can hold.
        hash: Over all of it and the hash of the event before, in hexadecimal.
    """

    seq: int
    at: str
    kind: str
    who: str
    number: int | None
    details: dict[str, Any]
    hash: str

    @property
    def time(self) -> datetime:
        """When."""
        return datetime.fromisoformat(self.at)

    def line(self) -> bytes:
        """The event as a line of the trail."""
        told = {
            "seq": self.seq, "at": self.at, "kind": self.kind, "who": self.who,
            "case": self.number, "details": self.details, "hash": self.hash,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def chained(event: Event, before: str) -> Event:
    """An event with its hash.

    Args:
        event: Whatever stands in place of the hash.
        before: The hash of the event before it; `BEGINNING` for the first.
    """
    e = event
    told = json.dumps([before, e.seq, e.at, e.kind, e.who, e.number, e.details], sort_keys=True)
    return replace(event, hash=hashlib.sha256(told.encode()).hexdigest())


def broken_at(events: Iterable[Event]) -> int | None:
    """The number at which a chain of events is broken first; None if it is whole."""
    before, expected = BEGINNING, 1
    for event in events:
        if event.seq != expected or chained(event, before).hash != event.hash:
            return expected
        before, expected = event.hash, expected + 1
    return None


class Trail:
    """The file of the trail."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, events_after: Any) -> int:
        """Writes what is not there yet, to the disk.

        Several processes may do so at once. What a killed one left of a line is taken away.

        Args:
            events_after: Gives, for the last event that is there, or None, those that follow it.

        Returns:
            The number of the last event that is there now, 0 for none.

        Raises:
            OutputError: It cannot be written.
            InputError: Its last line is no event.
        """
        try:
            with self._held() as file:
                last = self._last(file)
                following = list(events_after(last))
                if following:
                    file.write(b"".join(event.line() for event in following))
                    file.flush()
                    os.fsync(file.fileno())
                    return int(following[-1].seq)
                return last.seq if last else 0
        except OSError as error:
            message = (
                f"{self.path} cannot be written ({error.strerror}); the queue itself is safe: "
                "make room, or give permission, and run the command again"
            )
            raise OutputError(message) from error

    def last(self) -> Event | None:
        """The last whole event, or None if there is none.

        Raises:
            InputError: It cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                return self._last(file, mend=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"{self.path} cannot be read: {error.strerror}"
            raise InputError(message) from error

    def events(self) -> Iterator[Event]:
        """All whole events, in order.

        Raises:
            InputError: It cannot be read, or a line in it is no event.
        """
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.endswith(b"\n"):  # the last may be under way, or be left of a kill
                        yield self._event(line, number)
        except OSError as error:
            message = f"{self.path} cannot be read: {error.strerror}"
            raise InputError(message) from error

    @contextmanager
    def _held(self) -> Iterator[BinaryIO]:
        """The file, opened for its own process alone."""
        descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _last(self, file: BinaryIO, *, mend: bool = True) -> Event | None:
        """The last whole event; with `mend`, whatever follows it is taken away."""
        end = _end_of_line(file, file.seek(0, os.SEEK_END))
        if mend:
            file.truncate(end)
        if not end:
            return None
        start = _end_of_line(file, end - 1)
        file.seek(start)
        return self._event(file.read(end - start), None)

    def _event(self, line: bytes, number: int | None) -> Event:
        try:
            told = json.loads(line)
            return Event(
                told["seq"], told["at"], told["kind"], told["who"],
                told["case"], told["details"], told["hash"],
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            place = f"line {number}" if number else "the last line"
            message = (
                f"{self.path}: {place} is no event of an audit trail; "
                "put back a copy of the file from a backup"
            )
            raise InputError(message) from error


def _end_of_line(file: BinaryIO, before: int) -> int:
    """Where the last line that ends before a place ends; 0 if none does."""
    while before:
        start = max(before - _STEP, 0)
        file.seek(start)
        found = file.read(before - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        before = start
    return 0
