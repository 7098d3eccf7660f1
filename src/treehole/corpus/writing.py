"""Files that are there whole or not at all."""

import csv
import errno
import io
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from treehole.errors import OutputError

TEMPORARY = ".partial"

_CURES = {
    errno.ENOSPC: "the disk is full; make room, or choose another disk",
    errno.EDQUOT: "your share of the disk is used up; make room, or choose another disk",
    errno.EACCES: "you may not write there; choose another folder, or ask for permission",
    errno.EPERM: "you may not write there; choose another folder, or ask for permission",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOENT: "no folder can be made there; choose another one",
    errno.ENOTDIR: "a file stands where a folder is needed; choose another name",
    errno.EEXIST: "a file stands where a folder is needed; choose another name",
    errno.EISDIR: "a folder of that name is there; choose another name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_part(table: pa.Table, path: Path) -> None:
    """Writes a table as Parquet, compressed with zstd.

    Equal tables give equal bytes, however their columns are cut into chunks.

    Args:
        table: Any table.
        path: The file to make or replace; folders missing above it are made.

    Raises:
        OutputError: It cannot be written there.
    """
    with replacing(path) as stream:
        # Parquet gives up a column's dictionary once it outgrows a page, so columns of few
        # distinct values keep theirs and the others do not, whatever their names or nesting.
        pq.write_table(
            table.combine_chunks(),
            stream,
            compression="zstd",
            use_dictionary=True,
            write_page_checksum=True,
        )


def write_json(obj: Any, path: Path) -> None:
    """Writes an object as JSON, indented, with keys in the order they have.

    Args:
        obj: What the `json` module can write.
        path: The file to make or replace; folders missing above it are made.

    Raises:
        OutputError: It cannot be written there.
    """
    write_text(json.dumps(obj, ensure_ascii=False, indent=2) + "\n", path)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]], path: Path) -> None:
    """Writes a table as CSV, in UTF-8 with a mark by which spreadsheets know it.

    Args:
        header: The names of the columns.
        rows: A value for each column; None is an empty cell.
        path: The file to make or replace; folders missing above it are made.

    Raises:
        OutputError: It cannot be written there.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    write_text("\ufeff" + text.getvalue(), path)


def write_text(text: str, path: Path) -> None:
    """Writes a text in UTF-8.

    Args:
        text: All of it.
        path: The file to make or replace; folders missing above it are made.

    Raises:
        OutputError: It cannot be written there.
    """
    with replacing(path) as stream:
        stream.write(text.encode("utf-8"))


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Opens a file for writing that takes its name only once it is complete and on disk.

    Until then it is a hidden file in the same folder, which is removed if the block fails. To a
    device or a pipe the content is written as it comes.

    Args:
        path: The file to make or replace; folders missing above it are made.

    Yields:
        A stream to write the content to.

    Raises:
        OutputError: It cannot be written there.
    """
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex[:8]}{TEMPORARY}"
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if path.exists() and not path.is_file():  # a device or a pipe, such as /dev/stdout
            with path.open("wb") as stream:
                yield stream
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        cure = _CURES.get(error.errno or 0, error.strerror or str(error))
        message = f"{path} cannot be written: {cure}"
        raise OutputError(message) from error


def sweep(folder: Path) -> None:
    """Removes what an earlier, killed run left half-written in a folder.

    Call it before the first file is written, not while others write there.

    Args:
        folder: The folder; it need not exist.

    Raises:
        OutputError: A leftover cannot be removed.
    """
    for leftover in folder.glob(f".*{TEMPORARY}"):
        try:
            leftover.unlink(missing_ok=True)
        except OSError as error:
            message = f"{leftover} cannot be removed: {error.strerror}; remove it by hand"
            raise OutputError(message) from error
