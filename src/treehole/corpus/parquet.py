"""Parquet: columns keep their types, except the text column, which becomes a string.

Where that column holds identities (`user_id`), whole numbers will do as well.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from treehole.corpus.block import Block, Damage, string_array
from treehole.corpus.encoding import MARKING
from treehole.corpus.schema import USER_ID
from treehole.corpus.sources import Source
from treehole.corpus.streams import BUFFER, one_line
from treehole.errors import InputError, UsageError

_CHUNK = 1 << 16  # rows decoded at once, at most

_STRING_TYPES = (types.is_string, types.is_large_string, types.is_string_view)
_TEXT_TYPES = (
    *_STRING_TYPES,
    types.is_binary,
    types.is_large_binary,
    types.is_binary_view,
    types.is_fixed_size_binary,
    types.is_null,
)


class ParquetReader:
    """Reads a Parquet source.

    Attributes:
        schema: The columns and their types as stored, without metadata.
    """

    def __init__(self, source: Source, text_column: str) -> None:
        """Reads the schema.

        Raises:
            InputError: The source is no Parquet file, or a damaged one.
            UsageError: The text column is neither of strings nor of bytes.
        """
        self._source = source
        self._text_column = text_column
        with self._opened() as file:
            stored = file.schema_arrow
        self.schema = pa.schema([(field.name, field.type) for field in stored])
        index = self.schema.get_field_index(text_column)
        if index >= 0 and not self._can_be_text(self.schema.types[index]):
            message = (
                f"{source.name}: column {text_column} is of type {self.schema.types[index]}, not "
                "string; name the one that holds the comments with --text-column"
            )
            raise UsageError(message)

    def _can_be_text(self, kind: pa.DataType) -> bool:
        return is_text(kind) or (self._text_column == USER_ID and types.is_integer(kind))

    def count_rows(self) -> int:
        """Returns how many rows the file says it has."""
        with self._opened() as file:
            rows: int = file.metadata.num_rows
            return rows

    def blocks(self, rows: int) -> Iterator[Block]:
        """Yields the rows in order, at most `rows` a block.

        Raises:
            InputError: The source is damaged.
        """
        with self._opened() as file:
            missing = file.metadata.num_rows
            for batch in file.iter_batches(min(rows, _CHUNK)):
                missing -= batch.num_rows
                yield self._block(batch)
        if missing:
            reason = f"{missing} of its rows are not there"
            raise self._damaged(reason)

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        try:
            with self._seekable() as stream:
                # Otherwise all columns of a row group, or each of them, are read into memory whole.
                in_pieces = {"pre_buffer": False, "buffer_size": BUFFER}
                yield pq.ParquetFile(stream, **in_pieces, page_checksum_verification=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(one_line(error)) from error

    def _damaged(self, reason: str) -> InputError:
        name = self._source.name
        return InputError(f"{name} is no Parquet file or a damaged one ({reason}); make it again")

    def _seekable(self) -> BinaryIO:
        """Opens the source; Parquet is read from its end, so what is compressed is unpacked."""
        stream = self._source.open()
        if stream.seekable():
            return stream
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            with stream:
                shutil.copyfileobj(stream, unpacked, BUFFER)
        except OSError as error:
            unpacked.close()
            message = f"{self._source.name} cannot be unpacked: {error.strerror}; do it by hand"
            raise InputError(message) from error
        return unpacked

    def _block(self, batch: pa.RecordBatch) -> Block:
        damage = np.zeros(batch.num_rows, np.uint8)
        columns = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            wanted = name == self._text_column
            if wanted and types.is_integer(column.type):
                column = column.cast(pa.string())  # noqa: PLW2901
            columns[name] = column
            if wanted or not _is_sound(column):
                strings, damaged = decoded(column)
                damage[damaged] = Damage.ENCODING
                columns[name] = pc.fill_null(strings, "") if wanted else strings.cast(column.type)
        return Block(pa.table(columns), pa.array(damage))


def decoded(column: pa.Array) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Turns a column of strings or bytes, or a dictionary of them, into valid strings.

    Args:
        column: Of any type that `is_text` allows; what claims to be a string need not be valid.

    Returns:
        The strings, in which U+FFFD replaces what is not UTF-8, and for each row whether it does.
    """
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    stored = column.cast(pa.binary())
    try:
        return stored.cast(pa.string()), np.zeros(len(column), bool)
    except pa.ArrowInvalid:
        values = stored.to_pylist()
        return string_array([value and value.decode(errors=MARKING) for value in values])


def is_text(kind: pa.DataType) -> bool:
    """Says whether a column of this type can hold the comments."""
    if types.is_dictionary(kind):
        kind = kind.value_type
    return any(accepts(kind) for accepts in _TEXT_TYPES)


def _is_sound(column: pa.Array) -> bool:
    """Says whether what claims to be a string is UTF-8; neither Parquet nor Arrow sees to that."""
    strings = column.dictionary if types.is_dictionary(column.type) else column
    if not any(is_string(strings.type) for is_string in _STRING_TYPES):
        return True
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
