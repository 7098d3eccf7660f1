"""CSV and TSV.

All columns are strings, whatever they look like: an identifier such as 001 must survive. An empty
cell is "" in the text column and null in the others. Blank lines are skipped.

- CSV: a cell that begins with a quote ends at the next one that is not doubled, and may hold
  commas and line ends; only a comma or the line's end may follow it. A quote inside a cell that
  does not begin with one is a character like others.
- TSV: a line is a row, whatever quotes it holds. A cell that begins and ends with a quote, and
  has only doubled ones between, is taken out of its quotes.

A row that breaks these rules, or has too many or too few cells, is unreadable: its raw line is
carried as its text. A CSV row whose quotes go wrong is given up after its first line, so that a
stray quote costs that line and not all lines up to the next quote.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from treehole.corpus.block import CHUNK, LONE_SURROGATE, REPLACEMENT, Block, block_of_strings
from treehole.corpus.encoding import LINE_LIMIT, detect_encoding, text_lines
from treehole.corpus.sources import Source
from treehole.errors import InputError

_Record = list[str] | str  # the cells of a row, or its raw lines where it is unreadable

_CLOSED_CELL = re.compile(r'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^,\r\n]*+)(?:,|\r?\n|\r|\Z)')
_CLOSED_QUOTE = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
_QUOTED_CELL = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')


class DelimitedReader:
    """Reads a CSV or TSV source.

    Attributes:
        schema: The columns, as the header names them; all are strings.
    """

    def __init__(self, source: Source, text_column: str) -> None:
        """Reads the header.

        Raises:
            InputError: The source is empty or no text, or its header does not name each column.
        """
        self._source = source
        self._text_column = text_column
        with source.open() as stream:
            self._encoding = detect_encoding(stream, source.name)
        self._columns = _column_names(next(self._records(), None), source.name)
        self.schema = pa.schema([(column, pa.string()) for column in self._columns])

    def blocks(self, rows: int) -> Iterator[Block]:
        """Yields the rows in order, at most `rows` a block.

        Raises:
            InputError: A quote is never closed, or the source breaks off.
        """
        records = islice(self._records(), 1, None)
        while batch := list(islice(records, min(rows, CHUNK))):
            yield self._block(batch)

    def _records(self) -> Iterator[_Record]:
        """Yields the header and the rows; what has another width than the header is unreadable."""
        name = self._source.name
        if self._source.format == "tsv":
            return _tsv_records(text_lines(self._source.open(), name, self._encoding, "\n"))
        return _csv_records(text_lines(self._source.open(), name, self._encoding, ""), name)

    def _block(self, batch: list[_Record]) -> Block:
        unreadable = {i: raw for i, raw in enumerate(batch) if isinstance(raw, str)}
        rows: list[Any] = batch
        for i, raw in unreadable.items():
            rows[i] = [raw if column == self._text_column else None for column in self._columns]
        columns = dict(zip(self._columns, zip(*rows, strict=True), strict=True))
        block = block_of_strings(columns, self._text_column, unreadable)
        return Block(self._with_nulls(block.table), block.damage)

    def _with_nulls(self, table: pa.Table) -> pa.Table:
        null = pa.scalar(None, pa.string())
        columns = {
            name: column
            if name == self._text_column
            else pc.if_else(pc.equal(column, ""), null, column)
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
        return pa.table(columns)


RECORD_LINES = 200
"""Lines of a CSV record in a file that still grows, at most; in more, its quote is a stray one."""


def whole_records(lines: Sequence[str]) -> list[int]:
    """How many lines each whole record of a CSV file that still grows has.

    A record whose quotes go wrong counts as one line, as it does for `DelimitedReader`.

    Args:
        lines: With their ends, from the beginning of a record on.

    Returns:
        Less in sum than there are lines if a quote opens that is not closed within `RECORD_LINES`
        lines: those that follow begin with its record.
    """
    lengths: list[int] = []
    first = 0
    while first < len(lines) and (length := _record_length(lines, first)):
        lengths.append(length)
        first += length
    return lengths


def _record_length(lines: Sequence[str], first: int) -> int:
    """The lines of the record that begins with a line; 0 if it is not whole yet."""
    text, length, start = lines[first], 1, 0
    while start < len(text) and '"' in text:
        if cell := _CLOSED_CELL.match(text, start):
            start = cell.end()
        elif _CLOSED_QUOTE.match(text, start):
            return 1
        elif length == RECORD_LINES or first + length == len(lines):
            return 0
        else:
            text += lines[first + length]
            length += 1
    return length


class _Recorder:
    """The lines of a text, of which those of the current record are kept for a second look."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.record: list[str] = []
        self.number = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        while line := self._again.pop() if self._again else next(self._lines, ""):
            self.number += 1
            self.record.append(line)
            yield line
        self.ended = True

    def raw(self) -> str:
        """Returns the lines of the current record as they stand in the file."""
        return "".join(self.record).rstrip("\r\n")

    def give_up(self) -> str:
        """Returns the first line of the current record; the others will be read again."""
        first, *others = self.record
        self._again.extend(reversed(others))
        self.number -= len(others)
        self.record.clear()
        return first.rstrip("\r\n")

    def open_quote(self) -> int:
        """Returns the number of the line on which the current record's last cell begins."""
        raw, start = "".join(self.record), 0
        while (cell := _CLOSED_CELL.match(raw, start)) and cell.end() > start:
            start = cell.end()
        ends = accumulate(map(len, self.record))
        within = next((i for i, end in enumerate(ends) if start < end), len(self.record) - 1)
        return self.number - len(self.record) + 1 + within


def _csv_records(lines: Iterator[str], name: str) -> Iterator[_Record]:
    # One limit for all readers of the process; as it comes, 128 KiB, it is less than people paste.
    csv.field_size_limit(LINE_LIMIT)
    recorder = _Recorder(lines)
    reader = csv.reader(recorder, strict=True)
    width = 0
    while True:
        try:
            for cells in reader:
                if not width and any(map(str.strip, cells)):
                    width = len(cells)
                if cells and len(cells) == width:
                    yield cells
                elif (raw := recorder.raw()).strip():
                    yield raw
                recorder.record.clear()
        except csv.Error as error:
            if recorder.ended or sum(map(len, recorder.record)) > LINE_LIMIT:
                message = (
                    f"{name}:{recorder.open_quote()}: the quote that opens here is never closed; "
                    "close it, or double it if it is part of the text"
                )
                raise InputError(message) from error
            yield recorder.give_up()
        else:
            return


def _tsv_records(lines: Iterator[str]) -> Iterator[_Record]:
    width = 0
    for line in lines:
        raw = line.removesuffix("\n").removesuffix("\r")
        cells = raw.split("\t")
        if not width and raw.strip():
            width = len(cells)
        if not raw or len(cells) != width:
            if raw.strip():
                yield raw
        elif '"' in raw:
            yield [_unquoted(cell) for cell in cells]
        else:
            yield cells


def _unquoted(cell: str) -> str:
    quoted = _QUOTED_CELL.fullmatch(cell)
    return quoted[1].replace('""', '"') if quoted else cell


def _column_names(header: _Record | None, name: str) -> list[str]:
    if header is None:
        message = f"{name} is empty; expected a line that names the columns, and rows below it"
        raise InputError(message)
    if isinstance(header, str) or any("\0" in cell for cell in header):
        message = f"{name}: the first line does not name columns; save the table as CSV in UTF-8"
        raise InputError(message)
    # A second byte order mark is what files joined from several begin with.
    stripped = [LONE_SURROGATE.sub(REPLACEMENT, cell).strip("\ufeff \t\r\n") for cell in header]
    if "" in stripped:
        message = f"{name}: column {stripped.index('') + 1} has no name; give it one"
        raise InputError(message)
    doubled = [column for column, count in Counter(stripped).items() if count > 1]
    if doubled:
        message = f"{name}: two columns are called {doubled[0][:40]}; rename one"
        raise InputError(message)
    return stripped
