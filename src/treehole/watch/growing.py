"""A file that grows: CSV, TSV or JSONL, to which another program adds lines.

It is read by whole lines, and of CSV by whole records, from where reading has got to. What is at
the end without a line end is waited for, unless nothing has come for a while or the file has ended;
an object of JSON is taken only if it is whole.

That a file is the one that was read before is told by its content: by digests of its beginning and
of what stands before the place that was reached. If another one is in its place, the old one is
read to its end first: it is still open, or found in the same folder under another name (rotation).
If it is the same one, but shorter or with other content, it is read from its beginning.
"""

import hashlib
import io
import logging
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from treehole.corpus.delimited import RECORD_LINES, whole_records
from treehole.corpus.encoding import detect_encoding
from treehole.corpus.formats import format_by_content, format_by_ending, refuse_foreign
from treehole.corpus.jsonlines import object_in
from treehole.corpus.streams import unreadable
from treehole.errors import InputError
from treehole.watch.rows import (
    Columns,
    Row,
    parse_delimited,
    parse_jsonl,
    raw_row,
    require_text,
)

QUIET = 5.0
"""Seconds after which what has no line end, or no closing quote, is taken as it is."""

_READ = 1 << 20
_LONGEST = 1 << 22
"""Bytes of a line; a longer one is no comment, and passed over."""
_HEAD = 1024
_TAIL = 256
_MARK = b"\xef\xbb\xbf"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Position:
    """How far a file has been read.

    Attributes:
        inode: Of the file.
        offset: Bytes read.
        rows: Rows read.
        prints: Digests of its beginning and of what stands before `offset`.
        format: `csv`, `tsv` or `jsonl`.
        encoding: Of its text; None while all of it was ASCII.
        header: Of CSV and TSV, the line that names the columns.
        skipping: Within a line that is too long.
    """

    inode: int
    offset: int
    rows: int
    prints: tuple[str, str]
    format: str
    encoding: str | None = None
    header: str | None = None
    skipping: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the queue."""
        return {**asdict(self), "prints": list(self.prints)}

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> "Position":
        """What `as_json` gave."""
        return cls(**{**told, "prints": tuple(told["prints"])})

    def is_in(self, file: BinaryIO) -> bool:
        """Whether an open file is the one that was read so far, or a copy of it that went on."""
        return _prints(file, self.offset) == self.prints


class GrowingFile:
    """Reads a file that grows.

    Attributes:
        path: Where it is.
        position: How far it was read; None at its beginning.
        idle_since: When it was last seen to grow, by the monotonic clock.
        passed_over: Lines that were too long.
    """

    def __init__(self, path: Path, columns: Columns, position: Position | None = None) -> None:
        self.path = path
        self.position = position
        self.idle_since = time.monotonic()
        self.passed_over = 0
        self._columns = columns
        self._file: BinaryIO | None = None
        self._size = -1
        self._waiting = (-1, 0.0)

    def read(self, most: int, *, final: bool = False) -> list[Row] | None:
        """Read on.

        Args:
            most: Rows, about; of CSV at least those that one record may span.
            final: The file has its last line, whether that has an end or not.

        Returns:
            The rows, which may be none; None if there is nothing new.

        Raises:
            InputError: It is no table of comments, or cannot be read.
            UsageError: It has no column with the comments.
        """
        try:
            leaving = self._turn_to()
            if self._file is None:
                return None
            quiet = time.monotonic() - self.idle_since > QUIET
            rows = self._read_on(self._file, most, final=final or leaving or quiet)
            if rows is None and leaving:
                return self._turn_away()
        except OSError as error:
            raise unreadable(str(self.path), error) from error
        return rows

    def release(self) -> None:
        """Let go of the file; reading on opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _turn_to(self) -> bool:
        """Have the right file open; whether it is one that has left its place."""
        there = _stat(self.path)
        if self._file is None:
            if there is None:
                return False
            self._file, self._size = self._found(there), -1
        elif there and not self._is_open(there):
            self._go_on_elsewhere()
        size = os.fstat(self._file.fileno()).st_size
        if size != self._size:
            self._size, self.idle_since = size, time.monotonic()
            if self.position and not self.position.is_in(self._file):
                _log.warning("%s was cut or written anew; it is read from its start", self.path)
                self.position = None
        return there is None or not self._is_open(there)

    def _is_open(self, there: os.stat_result) -> bool:
        """Whether the file of the name is the one that is open."""
        if self._file is None:
            return False
        mine = os.fstat(self._file.fileno())
        return (there.st_ino, there.st_dev) == (mine.st_ino, mine.st_dev)

    def _found(self, there: os.stat_result) -> BinaryIO:
        """The file to read: that of the name, or the one that had the name before."""
        file = self.path.open("rb")
        if self.position is None or self.position.is_in(file):
            return file
        if there.st_ino != self.position.inode:
            if earlier := self._moved():
                file.close()
                return earlier
            message = "%s was replaced; what else the file before it held is not read"
            _log.warning(message, self.path)
            self.position = None
        return file

    def _moved(self) -> BinaryIO | None:
        """The file that was read before, under the other name that it has in its folder now."""
        position = self.position
        if position is None:
            return None
        for entry in os.scandir(self.path.parent or Path()):
            if entry.inode() == position.inode and entry.is_file():
                file = Path(entry).open("rb")  # noqa: SIM115  it stays open if it is the one
                if position.is_in(file):
                    return file
                file.close()
        return None

    def _go_on_elsewhere(self) -> None:
        """Change to the file that took the place of the one that is open, if it is its copy."""
        file = self.path.open("rb")
        if self._file and self.position and self.position.is_in(file):
            self._file.close()
            self._file, self._size = file, -1
        else:
            file.close()

    def _turn_away(self) -> list[Row] | None:
        """Leave a file that has been read to its end for the one in its place, if there is one."""
        self.release()
        if _stat(self.path) is None:
            return None
        self.position, self._size = None, -1
        return []

    def _read_on(self, file: BinaryIO, most: int, *, final: bool) -> list[Row] | None:
        data = self._ahead(file)
        end = data.rfind(b"\n") + 1
        if (self.position and self.position.skipping) or (not end and len(data) >= _LONGEST):
            return self._skip(data) if data else None
        lines = [line + b"\n" for line in data[:end].split(b"\n")[:-1]]
        ended = self._offset + len(data) >= self._size
        if final and ended and data[end:] and self._is_complete(data[end:]):
            lines.append(data[end:])
        if not lines:
            return None
        if self.position is None:
            return self._begin(lines, final=final)
        return self._take(lines[: max(most, 2 * RECORD_LINES)], final=final, full=not ended)

    @property
    def _offset(self) -> int:
        return self.position.offset if self.position else 0

    def _ahead(self, file: BinaryIO) -> bytes:
        """What follows, in part."""
        data = os.pread(file.fileno(), _READ, self._offset)
        if len(data) == _READ and b"\n" not in data:
            data = os.pread(file.fileno(), _LONGEST, self._offset)
        return data

    def _is_complete(self, rest: bytes) -> bool:
        """Whether a last line without an end can be taken as one."""
        if self._format([rest]) != "jsonl":
            return True
        return object_in(rest.removeprefix(_MARK).decode("utf-8", "replace")) is not None

    def _format(self, lines: list[bytes]) -> str:
        if self.position:
            return self.position.format
        name = str(self.path)
        refuse_foreign(lines[0], name)
        return format_by_ending(name)[0] or format_by_content(lines[0], name)

    def _begin(self, lines: list[bytes], *, final: bool) -> list[Row] | None:
        """Read what a file begins with: a mark, and the header of CSV and TSV."""
        name, file_format = str(self.path), self._format(lines)
        encoding = _encoding(lines, name, None)
        texts = _decoded(lines, encoding)
        texts[0] = texts[0].removeprefix("\ufeff")
        size, header = (len(_MARK) if lines[0].startswith(_MARK) else 0), None
        if file_format == "jsonl":
            require_text(texts, self._columns, name)
        else:
            first = next((i for i, text in enumerate(texts) if text.strip()), len(texts))
            used = _first_record(texts[first:], file_format)
            if not used and not final:
                return None
            header = "".join(texts[first : first + (used or 1)]).rstrip("\r\n") + "\n"
            parse_delimited(header, file_format, self._columns, name, 0)
            size = sum(map(len, lines[: first + (used or 1)]))
        self.position = Position(0, 0, 0, ("", ""), file_format, encoding, header)
        self._advance(size, 0)
        return []

    def _take(self, lines: list[bytes], *, final: bool, full: bool) -> list[Row] | None:
        position = self.position
        if position is None:
            return None
        encoding = _encoding(lines, str(self.path), position.encoding)
        texts = _decoded(lines, encoding)
        name, first = str(self.path), position.rows
        if position.format == "jsonl":
            rows = parse_jsonl(texts, self._columns, name, first)
        else:
            lengths = whole_records(texts) if position.format == "csv" else [1] * len(texts)
            count = sum(lengths)
            if not count and not (final or full or self._waited_for(position.offset)):
                return None
            rows = self._records(texts, lengths) if count else [raw_row(texts[0], name, first)]
            lines = lines[: count or 1]
        self.position = replace(position, encoding=encoding)
        self._advance(sum(map(len, lines)), len(rows))
        return rows

    def _waited_for(self, offset: int) -> bool:
        """Whether a record that begins at a place has been waited for long enough."""
        if self._waiting[0] != offset:
            self._waiting = (offset, time.monotonic())
        return time.monotonic() - self._waiting[1] > QUIET

    def _records(self, texts: list[str], lengths: list[int]) -> list[Row]:
        """The rows of records that have so many lines each."""
        position, name = self.position, str(self.path)
        if position is None or position.header is None:
            return []
        try:
            content = position.header + "".join(texts[: sum(lengths)])
            return parse_delimited(content, position.format, self._columns, name, position.rows)
        except InputError:  # a quote for which the reader of whole files would give a file up
            if len(lengths) == 1:
                return [raw_row(text, name, position.rows) for text in texts]
        rows: list[Row] = []
        for i, length in enumerate(lengths):
            first = sum(lengths[:i])
            rows += self._records(texts[first : first + length], [length])
        return [row._replace(origin=f"{name}:{position.rows + i}") for i, row in enumerate(rows)]

    def _skip(self, data: bytes) -> list[Row]:
        """Pass over a line that is too long."""
        end = data.find(b"\n") + 1
        if self.position is None:
            message = f"{self.path}: the first line has no end; check that this is a text table"
            raise InputError(message)
        if not self.position.skipping:
            self.passed_over += 1
            _log.warning("%s: a line of more than %d MiB is passed over", self.path, _LONGEST >> 20)
        self.position = replace(self.position, skipping=not end)
        self._advance(end or len(data), 0)
        return []

    def _advance(self, size: int, rows: int) -> None:
        """Note that so much was read."""
        if self.position and self._file:
            offset = self.position.offset + size
            self.position = replace(
                self.position,
                inode=os.fstat(self._file.fileno()).st_ino,
                offset=offset,
                rows=self.position.rows + rows,
                prints=_prints(self._file, offset),
            )


def _prints(file: BinaryIO, offset: int) -> tuple[str, str]:
    """Digests of what a file begins with, and of what stands before a place in it."""
    number = file.fileno()
    head = os.pread(number, min(offset, _HEAD), 0)
    tail = os.pread(number, min(offset, _TAIL), max(offset - _TAIL, 0))
    return _digest(head), _digest(tail)


def _digest(data: bytes) -> str:
    return f"{len(data)}-{hashlib.blake2b(data, digest_size=8).hexdigest()}"


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _first_record(texts: list[str], file_format: str) -> int:
    """How many lines the first record has; 0 if it is not whole yet."""
    if file_format == "tsv":
        return min(len(texts), 1)
    lengths = whole_records(texts[:RECORD_LINES])
    return lengths[0] if lengths else 0


def _encoding(lines: list[bytes], name: str, known: str | None) -> str | None:
    """The encoding of a text, told by the first of its lines that are not ASCII."""
    data = b"".join(lines)
    if known or data.isascii():
        return known
    return detect_encoding(io.BytesIO(data), name).removesuffix("-sig")


def _decoded(lines: list[bytes], encoding: str | None) -> list[str]:
    return [line.decode(encoding or "ascii", "replace") for line in lines]
