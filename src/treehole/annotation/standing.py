"""Standing: what is known of a project on the server, and what a look at it brings that is new.

What was found is put on disk in this order: the history, then which tasks need not be read again. A
pull that is killed between the two reads these tasks once more, and finds nothing new in them.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from treehole.annotation.history import HISTORY, Event, current, read_history, write_history
from treehole.annotation.tasks import Task
from treehole.annotation.versions import CONTENT, SHOWN, Reader, Row, comment_of, moment, text_of
from treehole.annotation.workspace import Workspace
from treehole.corpus.pseudonyms import Pseudonyms
from treehole.corpus.writing import write_part

log = logging.getLogger(__name__)

FIELDS = "id,updated_at,total_annotations,cancelled_annotations"
"""What to list of a task, so that `signature` can tell whether something happened to it."""

CHECKPOINT = 2000
"""After so many tasks, what was found is put on disk; more seldom if the history is long."""

SEEN = pa.schema(
    [
        ("project", pa.string()),
        ("task_id", pa.int64()),
        ("signature", pa.string()),
        ("comment_id", pa.string()),
        ("text", pa.string()),
    ]
)
"""The tasks that pulls have read, as they were then."""

ANNOTATOR = "a"
"""What the pseudonyms of annotators begin with."""

_KEY = "annotation_id"
_SHARE = 4
"""A history is written again once a quarter as many tasks were read as it has rows."""


@dataclass
class Changes:
    """What happened since the pull before.

    Attributes:
        tasks: How many the server has.
        read: How many of these were read in full.
        made: New annotations.
        changed: Annotations that were changed.
        deleted: Annotations that were deleted, alone or with their task.
        skipped: How many of the new and the changed ones are skips.
    """

    tasks: int = 0
    read: int = 0
    made: int = 0
    changed: int = 0
    deleted: int = 0
    skipped: int = 0


class Standing:
    """What is known of a project; on disk as of the last `save`."""

    def __init__(self, workspace: Workspace, name: str, reader: Reader, people: Pseudonyms) -> None:
        self.changes = Changes()
        self._workspace, self._name = workspace, name
        self._reader, self._people = reader, people
        self._now = datetime.now(UTC)
        self._history = read_history(workspace.history(name))
        self._written = len(self._history)
        self._seen = seen_tasks(workspace, name)
        self._own = pc.field("project") == reader.project  # not of one that was there before it
        own = self._seen.filter(self._own)
        self._signatures = dict(_columns(own, "task_id", "signature"))
        self._notes: dict[int, Row | None] = {}
        """Of the tasks since the last `save`; None for one that is gone."""
        self._rows = {key: row for row, key in enumerate(self._history[_KEY].to_pylist())}
        """Where the latest version of each annotation stands."""
        self._standing: dict[int, set[str]] = {}
        """The annotations that each task has."""
        self._found: set[str] = set()
        """Those met in this pull: one that a task has lost may have moved to another."""
        mine = current(self._history).filter(self._own)
        for task, key in _columns(mine, "task_id", _KEY):
            self._standing.setdefault(task, set()).add(key)
        unread = mine.filter(pc.field("unread").is_valid())
        self._unread = set(unread["task_id"].to_pylist())

    def asks_for(self, task: Task) -> bool:
        """Whether something may have happened to a task, or to the form it was answered in.

        Args:
            task: With the fields `FIELDS`.
        """
        number = task["id"]
        if number in self._unread:
            return True
        answered = task["total_annotations"] or task["cancelled_annotations"]
        if not answered and number not in self._standing:
            return False
        return self._signatures.get(number) != signature(task)

    def take(
        self, tasks: Sequence[Task], numbers: Sequence[int], listed: Mapping[int, str]
    ) -> None:
        """Note the tasks `numbers` as the server has them; one that it has not is gone."""
        rows = [row for task in tasks for row in self._reader.versions(task)]
        before = self._latest(row[_KEY] for row in rows)
        self._append([news for row in rows if (news := self._news(row, before.get(row[_KEY])))])
        self._found.update(row[_KEY] for row in rows)
        self._delete(key for number in numbers for key in self._standing.pop(number, ()))
        for row in rows:
            self._standing.setdefault(row["task_id"], set()).add(row[_KEY])
        for task in tasks:
            number = task["id"]
            self._notes[number] = self._note(task, listed[number])
        self.changes.read += len(numbers)

    def drop_all_but(self, listed: Mapping[int, str]) -> None:
        """Note that all other tasks are gone, and their annotations with them."""
        gone = [task for task in self._standing if task not in listed]
        self._delete(key for task in gone for key in self._standing.pop(task))
        self._notes |= dict.fromkeys(task for task in self._signatures if task not in listed)

    @property
    def is_due(self) -> bool:
        """Whether so much was read that it should be saved."""
        return len(self._notes) >= max(CHECKPOINT, len(self._history) // _SHARE)

    def save(self) -> None:
        """Put the history on disk, and then which tasks need not be read again."""
        path = self._workspace.history(self._name)
        if len(self._history) > self._written or not path.exists():
            write_history(self._history, path)
            self._written = len(self._history)
        if self._notes:
            noted = pa.array(self._notes, pa.int64())
            kept = self._seen.filter(~(self._own & pc.field("task_id").isin(noted)))
            added = [note for note in self._notes.values() if note is not None]
            self._seen = pa.concat_tables([kept, pa.Table.from_pylist(added, schema=SEEN)])
            write_part(self._seen, self._workspace.seen(self._name))
            self._notes = {}

    def _note(self, task: Task, signature: str) -> Row:
        return {
            "project": self._reader.project,
            "task_id": task["id"],
            "signature": signature,
            "comment_id": comment_of(task),
            "text": text_of(task),
        }

    def _news(self, row: Row, before: Row | None) -> Row | None:
        """A version as a row of the history; None if it stands there already."""
        if before is None:
            name = row["annotator"] or self._people.of(row[_KEY], ANNOTATOR)
            return row | {"event": Event.MADE.value, "annotator": name}
        row["annotator"] = before["annotator"]  # although the account may be gone by now
        if row["shown_model"] is None:  # nor does what was shown change if it is taken away
            same = all(row[said] == before[f"shown_{said}"] for said in ("label", "level"))
            read = not row["skipped"] and row["unread"] is None and before["accepted"] is not None
            row |= {name: before[name] for name in SHOWN} | {"accepted": same if read else None}
        if before["event"] == Event.DELETED.value:
            return row | {"event": Event.MADE.value}
        differs = any(row[name] != before[name] for name in CONTENT)
        return row | {"event": Event.CHANGED.value} if differs else None

    def _latest(self, keys: Iterable[str]) -> dict[str, Row]:
        places = [self._rows[key] for key in keys if key in self._rows]
        rows = self._history.take(pa.array(places, pa.int64())).to_pylist()
        return {row[_KEY]: row for row in rows}

    def _delete(self, keys: Iterable[str]) -> None:
        rows = self._latest(key for key in keys if key not in self._found)
        self._append([row | {"event": Event.DELETED.value} for row in rows.values()])

    def _append(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        for place, row in enumerate(rows, len(self._history)):
            self._rows[row[_KEY]] = place
            row["seen_at"] = self._now
            event = row["event"]
            self.changes.made += event == Event.MADE
            self.changes.changed += event == Event.CHANGED
            self.changes.deleted += event == Event.DELETED
            self.changes.skipped += row["skipped"] and event != Event.DELETED
        added = pa.Table.from_pylist(rows, schema=HISTORY)
        self._history = pa.concat_tables([self._history, added])


def signature(task: Task) -> str:
    """What changes as soon as something happens to a task.

    Args:
        task: With the fields `FIELDS`.
    """
    changed = moment(task["updated_at"]).isoformat()
    return f"{changed} {task['total_annotations']} {task['cancelled_annotations']}"


def seen_tasks(workspace: Workspace, name: str) -> pa.Table:
    """The tasks that pulls have read; none if they are not known, and then all are read again.

    Args:
        workspace: Of the campaign.
        name: Of the project.
    """
    path = workspace.seen(name)
    if not path.exists():
        return SEEN.empty_table()
    try:
        with path.open("rb") as stream:  # Arrow opens no path that is not UTF-8
            return pq.ParquetFile(stream, page_checksum_verification=True).read().cast(SEEN)
    except (pa.ArrowException, OSError, ValueError):
        log.warning("%s is damaged; all tasks are read again, and it is made anew", path)
        return SEEN.empty_table()


def _columns(table: pa.Table, *names: str) -> Iterable[tuple[int, str]]:
    return zip(*(table[name].to_pylist() for name in names), strict=True)
