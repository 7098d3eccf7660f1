"""Restoring: a queue made again from its audit trail."""

from pathlib import Path

from treehole.corpus.locking import locked
from treehole.errors import InputError, OutputError
from treehole.watch.audit import Trail, broken_at
from treehole.watch.projection import apply
from treehole.watch.storage import (
    BESIDE,
    QUEUE,
    TRAIL,
    QueueError,
    connected,
    explained,
    insert,
    keep_copy,
    lay_out,
    make_file,
)

_NEW = "restored.sqlite"


def restore(folder: Path) -> tuple[int, str | None]:
    """Make the queue in a folder again from the trail that lies there.

    Cases, states, notes, alerts, what the webhook was told and how far inputs had been read at the
    last alert come back. Inputs are read on from there, and no alert is raised twice. What the
    trail does not say is lost: trends begin anew, but for comments of high risk.

    Args:
        folder: Where both are.

    Returns:
        How many events there were, and the name of the copy of the old file, if there was one.

    Raises:
        InputError: There is no trail, or it cannot be read.
        QueueError: The trail was changed, or a watch is at work here.
        OutputError: The queue cannot be written.
    """
    trail = Trail(folder / TRAIL)
    if not trail.path.exists():
        message = f"{folder} has no {TRAIL}; put back a copy of it, or of {QUEUE}, from a backup"
        raise InputError(message)
    with locked(folder):
        events = list(trail.events())
        if (broken := broken_at(events)) is not None:
            message = f"{trail.path} was changed at event {broken:,} or before; put back a copy"
            raise QueueError(message)
        if not events:
            message = f"{trail.path} is empty; put back a copy of it, or of {QUEUE}, from a backup"
            raise InputError(message)
        new = folder / _NEW
        _remove(new)
        make_file(new)
        connection = connected(new)
        try:
            with explained(folder):
                connection.execute("BEGIN")
                lay_out(connection)
                for event in events:
                    insert(connection, event)
                    apply(connection, event)
                connection.execute("COMMIT")
                connection.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
        finally:
            connection.close()
        copy = keep_copy(folder) if (folder / QUEUE).exists() else None
        _remove(folder / QUEUE)
        try:
            new.replace(folder / QUEUE)
        except OSError as error:
            message = f"{folder / QUEUE} cannot be written ({error.strerror})"
            raise OutputError(message) from error
    return len(events), copy


def _remove(path: Path) -> None:
    """Take a queue away, and what SQLite keeps beside it."""
    for ending in reversed(BESIDE):
        path.with_name(path.name + ending).unlink(missing_ok=True)
