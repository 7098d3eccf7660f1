"""Byte streams from any storage, decompressed, with one kind of error."""

import io
import lzma
import os
import zlib
from typing import Any, BinaryIO

import pyarrow as pa
from fsspec.compression import compr

from treehole.errors import InputError

BUFFER = 1 << 20
"""Bytes read from storage at once."""


def open_stream(
    filesystem: Any, path: str, name: str, compression: str | None
) -> io.BufferedReader:
    """Opens a file of an fsspec filesystem for reading.

    Args:
        filesystem: The filesystem.
        path: Where the file is in it.
        name: What to call the file in errors.
        compression: What to undo, as fsspec names it, or None to read the bytes as stored.

    Returns:
        The stream, buffered; seekable only where nothing is decompressed.

    Raises:
        InputError: It cannot be opened; reading on raises the same where it breaks off.
    """
    try:
        stored = filesystem.open(path, "rb")
        stream = _decompressed(stored, compression) if compression else stored
    except Exception as error:
        raise unreadable(name, error) from error
    return guarded(stream, name, stored)


def guarded(stream: BinaryIO, name: str, stored: BinaryIO | None = None) -> io.BufferedReader:
    """Buffers a stream, and turns whatever reading it raises into InputError.

    Args:
        stream: The stream; closed with the result.
        name: What to call it in errors.
        stored: The stream below it, if there is one, to be closed too.

    Returns:
        A buffered stream.
    """
    return io.BufferedReader(_Guarded(stream, name, stored or stream), BUFFER)


def unreadable(name: str, error: Exception) -> InputError:
    """Says why a file cannot be read, and what to do about it."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"{name} does not exist; check the path")
    if isinstance(error, PermissionError):
        return InputError(f"{name} may not be read; ask for permission to read it")
    reason = one_line(error)
    # Errors of the operating system have a number, those of a decompressor have none.
    broken = isinstance(error, OSError) and error.errno is None
    if broken or isinstance(error, EOFError | zlib.error | lzma.LZMAError):
        return InputError(f"{name} breaks off or is damaged ({reason}); fetch or make it again")
    return InputError(f"{name} cannot be read: {reason}")


def one_line(error: BaseException) -> str:
    """Returns what an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _decompressed(stored: BinaryIO, compression: str) -> Any:
    # fsspec's own zstd reader takes a truncated file for a complete one.
    if compression == "zstd":
        return pa.CompressedInputStream(stored, "zstd")
    return compr[compression](stored, mode="rb")


class _Guarded(io.RawIOBase):
    """A stream that raises InputError, whatever the storage or the decompressor raises."""

    def __init__(self, stream: Any, name: str, stored: Any) -> None:
        self._stream = stream
        self._stored = stored
        self._name = name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream is self._stored and bool(self._stream.seekable())

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return int(self._stream.seek(offset, whence))
        except Exception as error:
            raise unreadable(self._name, error) from error

    def tell(self) -> int:
        return int(self._stream.tell())

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except Exception as error:
            raise unreadable(self._name, error) from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._stored.close()
        super().close()
