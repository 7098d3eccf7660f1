"""JSON documents: the elements of one large array, or an object a line, one at a time.

Neither is ever in memory as a whole.
"""

import codecs
import io
import json
from collections.abc import Iterator
from typing import Any

import ijson

from treehole.corpus.encoding import detect_encoding, text_lines
from treehole.corpus.sources import Source
from treehole.errors import InputError

_HEAD = 1 << 12

_decode = json.JSONDecoder(strict=False).decode  # not strict: as in `treehole.corpus.jsonlines`


def json_documents(source: Source) -> Iterator[Any]:
    """Yields the elements of an array, or what stands on each line; None for a line of no JSON.

    Args:
        source: The source; what format it says to have does not matter.

    Raises:
        InputError: It is empty, is no JSON, or breaks off.
    """
    with source.open() as stream:
        encoding = detect_encoding(stream, source.name)
    with source.open() as stream:
        start = codecs.decode(stream.read(_HEAD), encoding, errors="replace").lstrip()
    if start.startswith("["):
        return _elements(source, encoding)
    if start.startswith("{"):
        return _lines(source, encoding)
    found = "is empty" if not start else "is no JSON"
    message = f"{source.name} {found}; expected one array of users, or one user a line"
    raise InputError(message)


def _elements(source: Source, encoding: str) -> Iterator[Any]:
    with io.TextIOWrapper(source.open(), encoding, errors="replace") as text:
        try:
            yield from ijson.items(_Utf8(text), "item", use_float=True)
        except ijson.JSONError:
            # What the parser says shows what stands there, and may be about people.
            message = f"{source.name} breaks off or is no JSON all through; fetch or make it again"
            raise InputError(message) from None


class _Utf8:
    """A text as the bytes that the parser takes; a damaged character does not end it."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text

    def read(self, size: int = -1) -> bytes:
        return self._text.read(size).encode("utf-8")


def _lines(source: Source, encoding: str) -> Iterator[Any]:
    for line in text_lines(source.open(), source.name, encoding, "\n"):
        if line.strip():
            try:
                yield _decode(line)
            except (ValueError, RecursionError):
                yield None
