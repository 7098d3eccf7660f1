"""Comments from any number of sources, as one table in blocks."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

import pyarrow as pa
from pyarrow import types

from treehole.corpus.block import Block, Damage, joined
from treehole.corpus.delimited import DelimitedReader
from treehole.corpus.jsonlines import JsonLinesReader
from treehole.corpus.parquet import ParquetReader, decoded, is_text
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import Source
from treehole.corpus.streams import BUFFER
from treehole.errors import InputError, UsageError

__all__ = ["INPUT_TEXT", "Block", "Corpus", "Damage"]

INPUT_TEXT = "input_text"
"""What an input's own `text` column is called where another one holds the comments."""

_SHOWN_COLUMNS = 20
_SHOWN_CHARACTERS = 24


class Reader(Protocol):
    """What reads one source, whatever its format."""

    schema: pa.Schema

    def __init__(self, source: Source, text_column: str) -> None: ...

    def blocks(self, rows: int) -> Iterator[Block]:
        """Yields the rows in order, at most `rows` a block, with columns named as in the source."""
        ...


_READERS: dict[str, type[Reader]] = {
    "csv": DelimitedReader,
    "tsv": DelimitedReader,
    "jsonl": JsonLinesReader,
    "parquet": ParquetReader,
}


class Corpus:
    """The rows of several sources, one after the other, in one fixed schema.

    Columns of CSV, TSV and JSONL are all strings: an identifier such as 001 must survive. Parquet
    columns keep their types. A column that has different types in different sources is a string
    in all of them; one that a source lacks is null there.

    Attributes:
        schema: The columns of all sources in order of first appearance. The text column is called
            `text`, whatever its name; a `text` column that is not it is called `input_text`.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        text_column: str = TEXT,
        cure: str = "Name the one that holds the comments with --text-column",
    ) -> None:
        """Looks into all sources, so that what is wrong with one shows before work begins.

        JSONL sources are read to their end once, for their keys.

        Args:
            sources: What to read, in this order.
            text_column: The column that holds the comments.
            cure: What to do where there is no such column, as a sentence without its stop.

        Raises:
            UsageError: A source has no such column, or it holds no text.
            InputError: A source cannot be read, or is not what its name says.
        """
        self._parts = [_Part(source, text_column, cure) for source in sources]
        self.schema = _union([part.schema for part in self._parts])

    def estimate_rows(self) -> int | None:
        """Returns about how many rows there are; None where only a download could tell.

        Parquet files say it themselves; of other files the lines are counted.
        """
        counts = [part.estimate_rows() for part in self._parts]
        return None if None in counts else sum(count or 0 for count in counts)

    def blocks(self, rows: int) -> Iterator[Block]:
        """Yields the rows of all sources in order; may be called again.

        Args:
            rows: Rows a block, at least 1; the last block may have fewer.

        Yields:
            Blocks in `schema`; they run across the bounds of sources.

        Raises:
            InputError: A source turns out damaged.
        """
        if rows < 1:
            message = f"a block needs at least one row, not {rows}"
            raise ValueError(message)
        return _regrouped((b for part in self._parts for b in part.blocks(rows, self.schema)), rows)


class _Part:
    """A source as a part of the corpus."""

    def __init__(self, source: Source, text_column: str, cure: str) -> None:
        self._source = source
        self._reader = _READERS[source.format](source, text_column)
        columns = self._reader.schema.names
        if text_column not in columns:
            message = (
                f"{source.name} has no column {text_column}; it has {_listed(columns)}. {cure}"
            )
            raise UsageError(message)
        renamed = {TEXT: INPUT_TEXT, text_column: TEXT}
        names = [renamed.get(column, column) for column in columns]
        doubled = [name for name, count in Counter(names).items() if count > 1]
        if doubled:
            message = f"{source.name}: two columns are called {doubled[0]}; rename one"
            raise InputError(message)
        kinds = [
            pa.string() if n == TEXT else k
            for n, k in zip(names, self._reader.schema.types, strict=True)
        ]
        self.schema = pa.schema(list(zip(names, kinds, strict=True)))

    def estimate_rows(self) -> int | None:
        if isinstance(self._reader, ParquetReader):
            return self._reader.count_rows()
        if not self._source.is_local:
            return None
        with self._source.open() as stream:
            return sum(chunk.count(b"\n") for chunk in iter(partial(stream.read, BUFFER), b""))

    def blocks(self, rows: int, schema: pa.Schema) -> Iterator[Block]:
        for block in self._reader.blocks(rows):
            table = block.table.rename_columns(self.schema.names)
            yield Block(_fitted(table, schema), block.damage)


def _listed(columns: Sequence[str]) -> str:
    # Without a header the first row would be listed: a comment is not to end up in a log whole.
    shown = [column[:_SHOWN_CHARACTERS] for column in columns[:_SHOWN_COLUMNS]]
    more = ["…"] if len(columns) > _SHOWN_COLUMNS else []
    return ", ".join(shown + more) or "none"


def _union(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """Returns all columns in order of first appearance; where types differ, they are strings."""
    kinds: dict[str, pa.DataType] = {}
    for schema in schemas:
        for field in schema:
            known = kinds.setdefault(field.name, field.type)
            if types.is_null(known):
                kinds[field.name] = field.type
            elif known != field.type and not types.is_null(field.type):
                kinds[field.name] = pa.string()
    return pa.schema(list(kinds.items()))


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Returns the table in another schema that has all its columns."""
    columns = [
        _converted(table[field.name], field.type)
        if field.name in table.column_names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _converted(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if types.is_string(kind) and is_text(column.type):
        return pa.chunked_array([decoded(chunk)[0] for chunk in column.chunks], kind)
    try:
        return column.cast(kind)
    except pa.ArrowNotImplementedError:  # lists, structures and the like
        values = [_json_text(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(values, kind)])


def _json_text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _regrouped(blocks: Iterable[Block], rows: int) -> Iterator[Block]:
    """Joins and cuts blocks so that each has `rows` rows, but for the last."""
    held: list[Block] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block)
        while count >= rows:
            whole = joined(held)
            yield whole.slice(0, rows)
            count -= rows
            held = [whole.slice(rows)] if count else []
    if count:
        yield joined(held)
