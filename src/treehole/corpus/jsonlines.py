"""JSONL: one JSON object a line.

The columns are the keys of all objects, and all are strings: a string is carried as it is, null
(or a missing key) as null, anything else as its JSON text. A line that is no object is an
unreadable row: the raw line is carried as its text. Blank lines are skipped.
"""

import json
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa

from treehole.corpus.block import CHUNK, LONE_SURROGATE, Block, block_of_strings
from treehole.corpus.encoding import detect_encoding, text_lines
from treehole.corpus.sources import Source
from treehole.errors import InputError

COLUMN_LIMIT = 1000
"""Different keys in a file; more means that keys are data, and would fill the memory."""

_Object = dict[str, str | None]

_STRING_OR_NULL = {str, type(None)}

# Not strict: a tab or line end that a sloppy writer did not escape does no harm.
_decode = json.JSONDecoder(strict=False).decode
_encode = json.JSONEncoder(ensure_ascii=False).encode


class JsonLinesReader:
    """Reads a JSONL source.

    Attributes:
        schema: The keys of all objects in order of first appearance; all are strings.
    """

    def __init__(self, source: Source, text_column: str) -> None:
        """Reads all of the source once, for its keys.

        Raises:
            InputError: The source is empty or no text, has too many keys, or breaks off.
        """
        self._source = source
        self._text_column = text_column
        with source.open() as stream:
            self._encoding = detect_encoding(stream, source.name)
        self._keys = self._all_keys()
        self.schema = pa.schema([(key, pa.string()) for key in self._keys])

    def blocks(self, rows: int) -> Iterator[Block]:
        """Yields the rows in order, at most `rows` a block.

        Raises:
            InputError: The source breaks off.
        """
        lines = self._lines()
        while batch := list(islice(lines, min(rows, CHUNK))):
            yield self._block(batch)

    def _lines(self) -> Iterator[str]:
        stream = self._source.open()
        for line in text_lines(stream, self._source.name, self._encoding, "\n"):
            if line.strip():
                yield line.rstrip("\r\n")

    def _all_keys(self) -> dict[str, None]:
        keys: dict[str, None] = {}
        line = None
        for line in self._lines():
            row = object_in(line)
            if row is None or row.keys() <= keys.keys() or _has_broken_key(row):
                continue
            keys |= dict.fromkeys(row)
            if len(keys) > COLUMN_LIMIT:
                message = (
                    f"{self._source.name} has more than {COLUMN_LIMIT} different keys; "
                    "use the same keys on every line"
                )
                raise InputError(message)
        if line is None:
            message = f"{self._source.name} is empty; expected one JSON object a line"
            raise InputError(message)
        return keys

    def _block(self, lines: list[str]) -> Block:
        rows, unreadable = [], []
        for i, line in enumerate(lines):
            row = object_in(line)
            # A key that is in no column is one that was left out for being broken.
            if row is None or not row.keys() <= self._keys.keys():
                unreadable.append(i)
                row = {self._text_column: line}
            rows.append(row)
        columns = {key: [row.get(key) for row in rows] for key in self._keys}
        return block_of_strings(columns, self._text_column, unreadable)


def object_in(line: str) -> _Object | None:
    """Returns a line's object with its values as columns carry them, or None if it is none."""
    try:
        value = _decode(line)
        if not isinstance(value, dict):
            return None
        if set(map(type, value.values())) <= _STRING_OR_NULL:
            return value
        return {key: _carried(item) for key, item in value.items()}
    except (ValueError, RecursionError):
        return None


def _carried(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else _encode(value)


def _has_broken_key(row: _Object) -> bool:
    return any(LONE_SURROGATE.search(key) for key in row)
