"""A file that is read as a whole: Parquet, compressed, or in UTF-16.

How far it was read is counted in rows, so that reading goes on where it was.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from treehole.corpus.encoding import marked_encoding
from treehole.corpus.formats import compression_by_content, format_by_ending, is_parquet
from treehole.corpus.reading import Block, Corpus
from treehole.corpus.sources import find_sources
from treehole.corpus.streams import unreadable
from treehole.errors import TreeholeError, UsageError
from treehole.watch.rows import Columns, Row, rows_of

_HEAD = 4096

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WholePosition:
    """How far a file has been read.

    Attributes:
        rows: Rows read.
        size: Bytes it has.
        changed: When it was last changed, in nanoseconds since 1970.
        head: A digest of its beginning.
        head_size: Of how many bytes.
        done: Whether it was read to its end.
    """

    rows: int
    size: int
    changed: int
    head: str
    head_size: int
    done: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the queue."""
        return asdict(self)

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> "WholePosition":
        """What `as_json` gave."""
        return cls(**told)


def is_whole(path: Path) -> bool:
    """Whether a file is of those that are read as a whole.

    Raises:
        InputError: It cannot be read.
    """
    file_format, compression = format_by_ending(path.name)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise unreadable(str(path), error) from error
    wide = (marked_encoding(head) or "").startswith(("utf-16", "utf-32"))
    packed = compression or compression_by_content(head)
    return file_format == "parquet" or bool(packed) or is_parquet(head) or wide


class WholeFile:
    """Reads a file as a whole.

    Attributes:
        path: Where it is.
        position: How far it was read; None at its beginning.
        passed_over: As of files that grow; always 0.
    """

    passed_over = 0

    def __init__(self, path: Path, columns: Columns, position: WholePosition | None = None) -> None:
        self.path = path
        self.position = position
        self._columns = columns
        self._blocks: Iterator[Block] | None = None
        self._refused: tuple[int, int] | None = None

    def read(self, most: int, *, final: bool = False) -> list[Row] | None:
        """Read on.

        Args:
            most: Rows, at most.
            final: The file is complete; else one that breaks off is waited for.

        Returns:
            The rows; None if there is nothing new.

        Raises:
            InputError: It is no table of comments, or cannot be read.
            UsageError: It has no column with the comments.
        """
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return None
        now = (there.st_size, there.st_mtime_ns)
        if self._blocks is None:
            known = self.position
            done = known is not None and known.done and (known.size, known.changed) == now
            if done or self._refused == now:
                return None
            try:
                self._open(now, most)
            except OSError as error:
                raise unreadable(str(self.path), error) from error
            except TreeholeError as error:
                self._refused = now
                if final or isinstance(error, UsageError):
                    raise
                _log.warning("%s cannot be read yet, or is damaged; it is tried again", self.path)
                return None
        return self._read_on()

    def release(self) -> None:
        """Let go of the file; reading on opens it again."""
        self._blocks = None

    def _open(self, now: tuple[int, int], most: int) -> None:
        position = self.position
        if position is None or self._head(position.head_size) != position.head:
            size = min(now[0], _HEAD)
            position = WholePosition(0, *now, self._head(size), size)
        self.position = replace(position, size=now[0], changed=now[1], done=False)
        sources = find_sources([str(self.path)])
        blocks = Corpus(sources, text_column=self._columns.text).blocks(most)
        self._blocks = _after(blocks, position.rows)

    def _read_on(self) -> list[Row] | None:
        if self._blocks is None or self.position is None:
            return None
        block = next(self._blocks, None)
        if block is None:
            self._blocks = None
            self.position = replace(self.position, done=True)
            return []
        rows = list(rows_of(block, self._columns, str(self.path), self.position.rows))
        self.position = replace(self.position, rows=self.position.rows + len(rows))
        return rows

    def _head(self, size: int) -> str:
        with self.path.open("rb") as file:
            return hashlib.blake2b(file.read(size), digest_size=8).hexdigest()


def _after(blocks: Iterator[Block], rows: int) -> Iterator[Block]:
    """The blocks without their first rows."""
    for block in blocks:
        if rows < len(block):
            return chain([block.slice(rows)], blocks)
        rows -= len(block)
    return iter(())
