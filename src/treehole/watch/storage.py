"""The file of a queue: how it is opened, laid out, and what is said when it fails."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from treehole.errors import OutputError, TreeholeError
from treehole.watch.audit import Event

QUEUE = "queue.sqlite"
TRAIL = "audit.jsonl"

VERSION = 1
"""Of the tables."""

BESIDE = ("", "-wal", "-shm")
"""The endings of the files that SQLite keeps a queue in."""

_PATIENCE = 30.0
"""Seconds to wait for another process to end its change; one takes milliseconds."""

_SCHEMA = Path(__file__).with_name("schema.sql")
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")


class QueueError(TreeholeError):
    """The queue cannot be used as it is."""


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may look into; one that is there stays as it is.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder} cannot be made ({error.strerror}); choose another folder with --queue"
        raise OutputError(message) from error


def make_file(path: Path) -> None:
    """Make an empty file, and its folder, which only their owner may read.

    Raises:
        OutputError: They cannot be made.
    """
    make_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        message = f"{path} cannot be made ({error.strerror}); choose another folder with --queue"
        raise OutputError(message) from error


def connected(path: Path) -> sqlite3.Connection:
    """A connection to the file of a queue, which has every commit on the disk when it ends.

    Raises:
        QueueError: It is damaged, or held by another program.
        OutputError: It may not be written.
    """
    with explained(path.parent):
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables; in a transaction, so that all are there or none."""
    statement = ""
    for line in _SCHEMA.read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    connection.execute(f"PRAGMA user_version = {VERSION}")


def insert(connection: sqlite3.Connection, event: Event) -> None:
    """Put an event into the table of the trail."""
    details = json.dumps(event.details, ensure_ascii=False)
    row = (event.seq, event.at, event.kind, event.who, event.number, details, event.hash)
    connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def event_in(row: sqlite3.Row) -> Event:
    """The event that stands in a row of that table."""
    seq, at, kind, who, number, details, digest = row
    return Event(seq, at, kind, who, number, json.loads(details), digest)


def restoring(folder: Path) -> str:
    """The command that makes a queue again from its trail."""
    return f"treehole watch restore --queue {folder}"


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Say what is wrong with the queue in a folder, where SQLite fails in the block.

    Of a damaged file a copy is kept.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _explanation(folder, error) from error


def _explanation(folder: Path, error: sqlite3.Error) -> TreeholeError:
    path, name = folder / QUEUE, getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return QueueError(f"{path} is held by another program for too long; end that program")
    if name.startswith("SQLITE_FULL"):
        return OutputError(f"{path} cannot be written: the disk is full; make room, and go on")
    if name.startswith(_UNWRITABLE):
        cure = "ask for permission, look at the disk, or choose another folder with --queue"
        return OutputError(f"{path} cannot be written ({error}); {cure}")
    copy = keep_copy(folder)
    kept = f"a copy is kept as {copy}" if copy else "no copy could be made of it"
    return QueueError(
        f"{path} is damaged ({error}); {kept}; make it again from its audit trail: "
        f"{restoring(folder)}"
    )


def keep_copy(folder: Path) -> str | None:
    """Keep a copy of the queue in a folder, one however often it is asked for.

    Returns:
        The name of the copy; None if it cannot be made.
    """
    try:
        with (folder / QUEUE).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:8]
        copy = f"kept-{digest}.sqlite"
        for ending in BESIDE:
            source, target = folder / (QUEUE + ending), folder / (copy + ending)
            if source.exists() and not target.exists():
                shutil.copy2(source, target)
    except OSError:
        return None
    return copy
