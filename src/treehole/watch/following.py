"""Following: the files that were named, or lie in folders that were named, read as they grow."""

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from treehole.corpus.sources import STDIN, tables_below
from treehole.corpus.streams import unreadable
from treehole.errors import InputError, TreeholeError, UsageError
from treehole.watch.growing import GrowingFile, Position
from treehole.watch.rows import Columns, Row
from treehole.watch.whole_files import WholeFile, WholePosition, is_whole

_LOOK_AROUND = 1.0
"""Seconds between two looks for new files."""
_OPEN = 200
"""Files held open, about; of more, those that rest are closed."""
_REST = 60.0
"""Seconds without growth, after which a file rests."""

_log = logging.getLogger(__name__)

_File = GrowingFile | WholeFile


@dataclass(frozen=True)
class Batch:
    """Rows that were read, and how far the files have been read with them.

    Attributes:
        rows: In the order of each file.
        positions: For each file that was read on, what JSON can hold; None to forget it.
        passed_over: Lines that were too long to be read.
    """

    rows: list[Row]
    positions: dict[str, Any]
    passed_over: int


class Following:
    """Reads files as they grow.

    Attributes:
        failed: The files that could not be read, with the reason.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        columns: Columns,
        positions: Mapping[str, Any],
        *,
        once: bool = False,
        leave_out: Path | None = None,
    ) -> None:
        """Look for what was named.

        Args:
            inputs: Files, globs and folders, which need not be there yet.
            columns: What the columns are called.
            positions: How far files have been read before, as `Batch.positions` says.
            once: Files have their last lines, and must be there.
            leave_out: A folder not entered when a folder above it was named.

        Raises:
            UsageError: An input cannot be followed; or, named itself, lacks the comments' column.
            InputError: It must be there and is not; or, named itself, cannot be read.
        """
        self._inputs = [_checked(given) for given in inputs]
        self._columns = columns
        self._known = dict(positions)
        self._once = once
        self._leave_out = leave_out
        self._files: dict[str, _File] = {}
        self._looked = float("-inf")
        self._named = {_key(Path(given)) for given in self._inputs}
        self._missing: set[str] = set()
        self._left: dict[str, Any] = {}
        self._started = False
        self.failed: dict[str, str] = {}
        self._look_around()

    def read(self, most: int) -> Batch | None:
        """Read on in all files, those first that have not been read for longest.

        Args:
            most: Rows, about.

        Returns:
            None if there is nothing new.

        Raises:
            UsageError: A file that was named itself lacks the comments' column, at the start.
            InputError: It cannot be read, at the start.
        """
        if time.monotonic() - self._looked > _LOOK_AROUND:
            self._look_around()
        batch = Batch([], {}, 0)
        moved, passed_over = False, 0
        for path, file in list(self._files.items()):
            before, lines = file.position, file.passed_over
            rows = self._rows(path, file, most - len(batch.rows))
            passed_over += file.passed_over - lines
            if rows is None:
                continue
            moved = True
            batch.rows.extend(rows)
            self._files[path] = self._files.pop(path)  # the next one comes first next time
            if file.position != before:
                batch.positions[path] = file.position and file.position.as_json()
            if len(batch.rows) >= most:
                break
        self._started = self._started or not moved
        self._rest()
        if not moved:
            return None
        positions = {**self._left, **batch.positions}
        self._left = {}
        self._known.update(positions)
        return Batch(batch.rows, positions, passed_over)

    def _rows(self, path: str, file: _File, most: int) -> list[Row] | None:
        """The next rows of a file; one that cannot be read is said to be so, once."""
        try:
            rows = file.read(max(most, 1), final=self._once)
        except TreeholeError as error:
            if path in self._named and not self._started:
                raise
            self._fail(path, error)
            return None
        if rows is not None:
            self.failed.pop(path, None)
        return rows

    def _fail(self, path: str, error: TreeholeError) -> None:
        """Say once that something cannot be read; it is tried again."""
        if path not in self.failed:
            _log.warning("%s", error)
        self.failed[path] = str(error)

    def _look_around(self) -> None:
        """Look which files there are."""
        self._looked = time.monotonic()
        try:
            paths = [path for path in self._paths() if path not in self._files]
        except TreeholeError as error:
            if not self._started:
                raise
            self._fail(", ".join(self._inputs), error)
            return
        for path in paths:
            try:
                file = self._opened(path)
            except TreeholeError as error:
                if path in self._named and not self._started:
                    raise
                self._fail(path, error)
            else:
                self._files |= {path: file} if file else {}

    def _paths(self) -> Iterator[str]:
        for given in self._inputs:
            path = Path(given)
            try:
                is_folder, is_there = path.is_dir(), path.exists()
            except OSError as error:
                raise unreadable(given, error) from error
            if is_folder:
                yield from map(_key, tables_below(path, self._leave_out))
            elif is_there:
                yield _key(path)
            elif has_magic(given):
                found = map(Path, sorted(glob(given, recursive=True)))  # noqa: PTH207
                yield from (_key(match) for match in found if match.is_file())
            else:
                self._miss(given)

    def _miss(self, given: str) -> None:
        if self._once:
            message = f"{given} does not exist; check the path"
            raise InputError(message)
        if given not in self._missing and _key(Path(given)) not in self._files:
            self._missing.add(given)
            _log.warning("%s is not there yet; it is waited for", given)

    def _opened(self, path: str) -> _File | None:
        """A file to follow; None while it is empty."""
        found = Path(path)
        if not found.is_file():
            message = f"{path} is no regular file; have its content written to one"
            raise InputError(message)
        try:
            told = self._known.get(path) or self._adopted(found)
            if told is None and not found.stat().st_size:
                return None
            whole = is_whole(found)
        except OSError as error:
            raise unreadable(path, error) from error
        if whole:
            known = WholePosition.of_json(told) if told and "done" in told else None
            return WholeFile(found, self._columns, known)
        reached = Position.of_json(told) if told and "offset" in told else None
        return GrowingFile(found, self._columns, reached)

    def _adopted(self, found: Path) -> Any:
        """The position of a file that has another name by now."""
        inode = found.stat().st_ino
        for path, told in self._known.items():
            if told and told.get("inode") == inode and not _has_inode(path, inode):
                with found.open("rb") as file:
                    if not Position.of_json(told).is_in(file):
                        continue
                self._known[path] = self._left[path] = None
                if old := self._files.pop(path, None):
                    old.release()
                return told
        return None

    def _rest(self) -> None:
        """Close files that rest, if there are many."""
        if len(self._files) > _OPEN:
            for file in self._files.values():
                if isinstance(file, GrowingFile) and time.monotonic() - file.idle_since > _REST:
                    file.release()


def _key(path: Path) -> str:
    """The name of a file, from wherever it is looked at."""
    return os.path.normpath(path.absolute())


def _has_inode(path: str, inode: int) -> bool:
    try:
        return Path(path).stat().st_ino == inode
    except OSError:
        return False


def _checked(given: str) -> str:
    if given == STDIN or "://" in given:
        what = "standard input" if given == STDIN else "an address"
        message = f"{what} cannot be followed and gone on with; have it written to a file"
        raise UsageError(message)
    return given
