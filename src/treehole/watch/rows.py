"""Rows of comments as the watch reads them: the columns that it looks at, and no others."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from treehole.corpus.block import REPLACEMENT, Block, Damage, block_of_strings
from treehole.corpus.jsonlines import object_in
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import COMMENT_ID, CREATED_AT, TEXT, USER_ID
from treehole.corpus.sources import Source
from treehole.errors import InputError

LONGEST_TEXT = 20_000
"""Characters of a comment that are looked at."""


@dataclass(frozen=True)
class Columns:
    """What the columns are called, where that may differ.

    Attributes:
        text: That of the comments.
        place: That of where a comment was sent from, such as `region_name`; None if there is none.
    """

    text: str = TEXT
    place: str | None = None


class Row(NamedTuple):
    """A comment as it was read."""

    text: str
    user: str | None
    comment_id: str | None
    created_at: Any
    """Whatever the input has: a string, a time, or None."""
    place: str | None
    """Where the platform says it was sent from."""
    origin: str
    """The file and the number of the row in it."""
    sound: bool
    """Whether it could be read, and in its encoding; else the raw line is the text."""


def rows_of(block: Block, columns: Columns, path: str, first: int) -> Iterator[Row]:
    """The rows of a block in which the comments are called `text`.

    Args:
        block: As `Corpus` gives them.
        columns: What else is called how.
        path: Of the file.
        first: The number of the first row in it.
    """
    table = block.table
    texts, users, ids, times, places = (
        table[name].to_pylist() if name in table.column_names else [None] * len(block)
        for name in (TEXT, USER_ID, COMMENT_ID, CREATED_AT, columns.place)
    )
    damages = block.damage.to_pylist()
    for i, text in enumerate(texts):
        sound = damages[i] == Damage.NONE and REPLACEMENT not in text
        yield Row(
            text[:LONGEST_TEXT], _named(users[i]), _named(ids[i]), times[i], _named(places[i]),
            f"{path}:{first + i}", sound,
        )  # fmt: skip


def parse_jsonl(lines: list[str], columns: Columns, path: str, first: int) -> list[Row]:
    """The rows of whole lines of JSONL; blank ones are skipped. Arguments as of `rows_of`."""
    lines = [line.rstrip("\r\n") for line in lines if line.strip()]
    found = [object_in(line) for line in lines]
    unreadable = [i for i, row in enumerate(found) if row is None or columns.text not in row]
    for i in unreadable:
        found[i] = {columns.text: lines[i]}
    named = {TEXT: columns.text, **{n: n for n in (USER_ID, COMMENT_ID, CREATED_AT)}}
    if columns.place:
        named[columns.place] = columns.place
    values = {name: [row.get(key) for row in found if row] for name, key in named.items()}
    return list(rows_of(block_of_strings(values, TEXT, unreadable), columns, path, first))


def parse_delimited(
    text: str, file_format: str, columns: Columns, path: str, first: int
) -> list[Row]:
    """The rows of a header and whole records; arguments as of `rows_of`.

    Raises:
        UsageError: The header does not name the column of the comments.
        InputError: It is no header.
    """
    corpus = Corpus([source_of(text.encode(), file_format, path)], text_column=columns.text)
    rows: list[Row] = []
    for block in corpus.blocks(max(text.count("\n"), 1)):
        rows += rows_of(block, columns, path, first + len(rows))
    return rows


def raw_row(line: str, path: str, number: int) -> Row:
    """A line that is no row, as one with the line as its text."""
    text = line.rstrip("\r\n")[:LONGEST_TEXT]
    return Row(text, None, None, None, None, f"{path}:{number}", sound=False)


def source_of(content: bytes, file_format: str, name: str) -> Source:
    """Some bytes as a source, as if they were a file."""
    return Source(name, file_format, None, len(content), name, _Held(content))


def require_text(lines: list[str], columns: Columns, path: str) -> None:
    """Check that a JSONL file has the column of the comments.

    Args:
        lines: Its first whole ones.
        columns: What is called how.
        path: Of the file.

    Raises:
        UsageError: None of the lines has it.
        InputError: They are no text.
    """
    if any(columns.text in (object_in(line) or {}) for line in lines):
        return
    sound = [line for line in lines if object_in(line) is not None]
    if not sound:
        message = f"{path} holds no JSON objects, one a line; check that it is JSONL"
        raise InputError(message)
    Corpus([source_of("".join(sound).encode(), "jsonl", path)], text_column=columns.text)


def _named(value: Any) -> str | None:
    """An identifier or a name as a string; None where there is none."""
    text = "" if value is None else str(value).strip()
    return text or None


class _Held:
    """A filesystem of one file, held in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self, _path: str, _mode: str) -> BinaryIO:
        return io.BytesIO(self._content)
