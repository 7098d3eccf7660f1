"""The history: every version of an annotation that a pull saw; it only grows.

A row is a version. An annotation that was changed on the server has a row more, and so has one
that was deleted there: what it said last, with the event `deleted`. Rows stand in the order in
which they were seen. Annotators are pseudonyms.
"""

from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from treehole.corpus.streams import one_line
from treehole.corpus.writing import write_part
from treehole.errors import InputError


class Event(StrEnum):
    """What a pull found to have happened to an annotation since the one before."""

    MADE = "made"
    CHANGED = "changed"
    DELETED = "deleted"


_TIME = pa.timestamp("us", tz="UTC")

SPAN = pa.struct([("kind", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
"""Characters as Python counts them."""

HISTORY = pa.schema(
    [
        pa.field("comment_id", pa.string()),
        pa.field("project", pa.string()),  # when it was made: by this it is told from all others
        pa.field("task_id", pa.int64()),  # the server gives that of a deleted task to another
        pa.field("annotation_id", pa.string()),  # its number and when it was made: never reused
        pa.field("event", pa.string()),
        pa.field("seen_at", _TIME),
        pa.field("annotator", pa.string()),  # a pseudonym, `a-…`
        pa.field("created_at", _TIME),
        pa.field("updated_at", _TIME),
        pa.field("seconds", pa.float64()),  # of work on it
        pa.field("label", pa.string()),  # easy tier: high, low or irrelevant
        pa.field("level", pa.int8()),  # hard tier: 0 to 10
        pa.field("spans", pa.list_(SPAN)),
        pa.field("confidence", pa.string()),  # sure or unsure
        pa.field("help_now", pa.bool_()),
        pa.field("note", pa.string()),
        pa.field("skipped", pa.bool_()),
        pa.field("shown_model", pa.string()),
        pa.field("shown_label", pa.string()),
        pa.field("shown_level", pa.int8()),
        pa.field("shown_probability", pa.float32()),
        pa.field("accepted", pa.bool_()),  # null if skipped, unread, or nothing was shown
        pa.field("chosen_by", pa.string()),
        pa.field("unread", pa.string()),  # as the server has it, in JSON, if it cannot be read
    ]
)
"""The columns of a history."""


def current(history: pa.Table) -> pa.Table:
    """The annotations as they stand: the latest version of each that is not deleted.

    Those skipped are among them (`skipped`), and so are those that cannot be read (`unread`);
    neither has a label or a level.

    Args:
        history: With the columns of `HISTORY`, rows in the order in which they were seen.

    Returns:
        A row for each annotation, in the order in which they were first seen.
    """
    codes = history["annotation_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    _, from_end = np.unique(codes[::-1], return_index=True)
    latest = history.take(pa.array(len(codes) - 1 - from_end, pa.int64()))
    return latest.filter(pc.not_equal(latest["event"], Event.DELETED.value))


def read_history(path: Path) -> pa.Table:
    """Read a history; one that is not there is empty.

    Args:
        path: The file.

    Raises:
        InputError: It is damaged, or something else.
    """
    if not path.exists():
        return HISTORY.empty_table()
    try:
        with path.open("rb") as stream:  # Arrow opens no path that is not UTF-8
            table = pq.ParquetFile(stream, page_checksum_verification=True).read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, one_line(error)) from error
    if table.schema.names != HISTORY.names:
        raise _damaged(path, "it has other columns than a history")
    return table.cast(HISTORY)


def write_history(history: pa.Table, path: Path) -> None:
    """Write a history in place of the one it has grown from; whole or not at all.

    Args:
        history: With the columns of `HISTORY`.
        path: The file.

    Raises:
        OutputError: It cannot be written there.
    """
    write_part(history.cast(HISTORY), path)


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(
        f"{path} is damaged ({reason}), and is left as it is; restore it from a backup, or move it "
        "away: the next pull then starts a new history from what the server has"
    )
