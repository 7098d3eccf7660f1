"""What a person names as input, as an ordered list of things to read."""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from glob import glob, has_magic
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from treehole.corpus.formats import (
    ENDINGS,
    compression_by_content,
    format_by_content,
    format_by_ending,
    is_parquet,
    refuse_foreign,
)
from treehole.corpus.streams import BUFFER, guarded, one_line, open_stream, unreadable
from treehole.corpus.writing import replacing
from treehole.errors import InputError, UsageError

STDIN = "-"
"""What people name standard input by."""

_HEAD = 1 << 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """One file or object that holds a table of comments.

    Attributes:
        name: What to call it to people; an address is shown without passwords and signatures.
        format: `csv`, `tsv`, `jsonl` or `parquet`.
        compression: As fsspec names it, or None.
        size: Bytes as stored; None where the server does not say.
        path: Where it is in its filesystem.
        filesystem: The fsspec filesystem.
    """

    name: str
    format: str
    compression: str | None
    size: int | None
    path: str = field(repr=False)
    filesystem: Any = field(repr=False)

    def open(self) -> BufferedReader:
        """Opens it for reading from its start, decompressed and buffered.

        Raises:
            InputError: It cannot be opened; reading on raises the same where it breaks off.
        """
        return open_stream(self.filesystem, self.path, self.name, self.compression)

    @property
    def is_local(self) -> bool:
        """Whether it lies on a disk of this machine."""
        return isinstance(self.filesystem, LocalFileSystem)

    def fingerprint(self) -> str:
        """Returns the SHA-256 of its bytes as stored, in hexadecimal; reads all of it.

        Raises:
            InputError: It cannot be read to its end.
        """
        with open_stream(self.filesystem, self.path, self.name, None) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def find_sources(
    inputs: Sequence[str],
    *,
    file_format: str | None = None,
    stdin: Path | None = None,
    leave_out: Path | None = None,
) -> list[Source]:
    """Finds what a person named.

    Formats are told by a file's ending and, where that says nothing, by its content. Local files
    are always looked into: a Parquet, gzip or zstd file is known whatever its name.

    Args:
        inputs: Files, globs (`**` too), folders, URLs that fsspec opens, and `-`. A folder means
            all files below it that have a known ending, sorted by path. Hidden files are left
            out unless named.
        file_format: The format of all, if names and contents are not to decide.
        stdin: Where `spool_stdin` put what `-` stands for; needed if that is among the inputs.
        leave_out: A folder not entered when a folder above it was named: that of the results, which
            would else be input the next time.

    Returns:
        The sources in the order they were named, each once.

    Raises:
        UsageError: The format is unknown, or nothing was named.
        InputError: An input does not exist, cannot be read, or is no table.
    """
    if file_format is not None and file_format not in ENDINGS:
        message = f"{file_format} is no format read here; choose from {', '.join(ENDINGS)}"
        raise UsageError(message)
    if not inputs:
        message = "no input was named; name files, folders, addresses, or - for standard input"
        raise UsageError(message)
    forced = ENDINGS[file_format] if file_format else None
    sources: dict[tuple[str, str], Source] = {}
    for given in inputs:
        for found in _find(given, stdin, leave_out):
            if found.key in sources:
                _log.warning("%s is named twice; it is read once", found.name)
            else:
                sources[found.key] = found.identify(forced)
    return list(sources.values())


def spool_stdin(stream: BinaryIO, folder: Path) -> Path:
    """Keeps standard input in a file, so that it can be hashed, and read again on resuming.

    Args:
        stream: Standard input, as bytes; closed at the end.
        folder: Where to keep it.

    Returns:
        The file's path, for `find_sources`.

    Raises:
        InputError: The stream breaks off.
        OutputError: It cannot be written there.
    """
    path = folder / "stdin"
    with guarded(stream, "standard input") as content, replacing(path) as copy:
        shutil.copyfileobj(content, copy, BUFFER)
    return path


@dataclass(frozen=True)
class _Found:
    """A file that is there, not yet looked into."""

    name: str
    size: int | None
    path: str
    filesystem: Any

    @property
    def is_local(self) -> bool:
        return isinstance(self.filesystem, LocalFileSystem)

    @property
    def key(self) -> tuple[str, str]:
        """The same for the same file, whatever it was called."""
        if self.is_local:
            return "file", str(Path(self.path).resolve())
        return str(self.filesystem.protocol), self.path

    def identify(self, forced: str | None) -> Source:
        """Tells format and compression; `forced` is the format if a person said which."""
        by_ending, compression = format_by_ending(_without_query(self.path))
        file_format = forced or by_ending
        # Looking into a remote object costs a request each: only where its name says nothing.
        if self.is_local or not file_format:
            compression = compression_by_content(self._head(None)) or compression
            file_format = self._format(self._head(compression), forced, by_ending)
        return Source(self.name, file_format, compression, self.size, self.path, self.filesystem)

    def _format(self, head: bytes, forced: str | None, by_ending: str | None) -> str:
        refuse_foreign(head, self.name)
        if forced and is_parquet(head) and forced != "parquet":
            message = f"{self.name} is Parquet, not {forced}; leave the format to be found"
            raise InputError(message)
        if is_parquet(head):
            return "parquet"
        return forced or by_ending or format_by_content(head, self.name)

    def _head(self, compression: str | None) -> bytes:
        with open_stream(self.filesystem, self.path, self.name, compression) as stream:
            return stream.read(_HEAD)


def _find(given: str, stdin: Path | None, leave_out: Path | None) -> Iterable[_Found]:
    if given == STDIN:
        if stdin is None:
            message = "standard input has to be spooled first"
            raise ValueError(message)
        return [_local(stdin, "standard input")]
    if "://" in given:
        return _find_remote(given, leave_out)
    return _find_local(given, leave_out)


def _find_local(given: str, leave_out: Path | None) -> list[_Found]:
    path = Path(given)
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except OSError as error:
        raise unreadable(given, error) from error
    if is_folder:
        files = tables_below(path, leave_out)
        if not files:
            raise _no_tables(given)
    elif is_there or not has_magic(given):
        files = [path]
    else:
        # Path.glob would find hidden files too.
        matches = sorted(glob(str(path), recursive=True))  # noqa: PTH207
        files = [match for match in map(Path, matches) if not match.is_dir()]
        if not files:
            raise _no_match(given)
    return [_local(file) for file in files]


def tables_below(folder: Path, leave_out: Path | None = None) -> list[Path]:
    """All files below a folder that have a known ending, sorted; see `find_sources`.

    Args:
        folder: Hidden folders in it are not entered, and hidden files left out.
        leave_out: A folder not entered.

    Raises:
        InputError: A folder cannot be read.
    """
    return sorted(file for file in _files_below(folder, leave_out) if _is_table(file.name))


def _files_below(folder: Path, leave_out: Path | None) -> Iterator[Path]:
    """Yields all files below a folder; links are followed, hidden folders are not entered."""
    left_out = leave_out.resolve() if leave_out else None

    def refuse(error: OSError) -> None:
        raise unreadable(str(error.filename), error) from error

    visited = set()  # a link may lead back
    for top, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        real = Path(top).resolve()
        if real in visited or (real == left_out and Path(top) != folder):
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(top, file) for file in files)


def _is_table(name: str) -> bool:
    return not name.startswith(".") and format_by_ending(name)[0] is not None


def _local(path: Path, name: str | None = None) -> _Found:
    # A name on disk need not be text; what is shown and written down must be.
    shown = name or os.fsencode(path).decode("utf-8", errors="replace")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(shown, error) from error
    if not path.is_file():
        message = f"{shown} is no regular file; pipe its content in and name - as the input"
        raise InputError(message)
    return _Found(shown, size, str(path.absolute()), LocalFileSystem())


def _find_remote(url: str, leave_out: Path | None) -> list[_Found]:
    shown = _without_secrets(url)
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        if not isinstance(filesystem, LocalFileSystem):
            entries = _list_remote(filesystem, path)
    except ImportError as error:
        message = f"{shown} needs a package that is not installed: {one_line(error)}"
        raise InputError(message) from error
    except Exception as error:  # filesystems raise what their client libraries raise
        raise _unreachable(url, error) from error
    if isinstance(filesystem, LocalFileSystem):
        return _find_local(path, leave_out)
    if not entries:
        raise _no_match(shown) if has_magic(path) else _no_tables(shown)
    return [
        _Found(
            _without_secrets(filesystem.unstrip_protocol(entry["name"])),
            entry.get("size"),
            entry["name"],
            filesystem,
        )
        for entry in entries
    ]


def _list_remote(filesystem: Any, path: str) -> list[dict[str, Any]]:
    """Returns fsspec's description of each file that a remote path, folder or glob means."""
    try:
        info = filesystem.info(path)
    except FileNotFoundError:
        if not has_magic(path):
            raise
        entries = filesystem.glob(path, detail=True).values()
    else:
        if info["type"] != "directory":
            return [{**info, "name": path}]
        below = filesystem.find(path, detail=True).values()
        entries = [entry for entry in below if _is_table(entry["name"].rpartition("/")[2])]
    files = [entry for entry in entries if entry["type"] != "directory"]
    visible = [entry for entry in files if not _is_hidden(entry["name"], path)]
    return sorted(visible, key=lambda entry: str(entry["name"]))


def _is_hidden(path: str, named: str) -> bool:
    """Says whether `path` has a hidden part that `named`, a folder or glob, does not spell."""
    parts = set(path.split("/")) - set(named.split("/"))
    return any(part.startswith(".") for part in parts)


def _unreachable(url: str, error: Exception) -> InputError:
    shown = _without_secrets(url)
    # http tells a missing page from a missing server only in the cause.
    cause = error.__cause__ or error
    if isinstance(cause, FileNotFoundError):
        return InputError(f"{shown} does not exist; check the address")
    reason = one_line(cause).replace(url, shown)
    return InputError(f"{shown} cannot be reached: {reason}; check the address and the network")


def _no_match(pattern: str) -> InputError:
    return InputError(f"no file matches {pattern}; check the pattern")


def _no_tables(folder: str) -> InputError:
    endings = ", ".join(f".{ending}" for ending in ENDINGS)
    return InputError(f"{folder} holds no file that ends in {endings}; name the files themselves")


def _without_secrets(url: str) -> str:
    """Takes passwords, and the signatures that follow a `?` in http addresses, out of a URL."""
    return _without_query(re.sub(r"://[^/@]*@", "://", url))


def _without_query(url: str) -> str:
    return re.sub(r"^(https?://[^?]*)\?.*", r"\1", url)
