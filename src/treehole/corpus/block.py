"""Consecutive rows of an input, and what was wrong with each."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

CHUNK = 8192
"""Rows turned into a table at once, at most; Python objects are held for no more."""

REPLACEMENT = "\ufffd"

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""What no text may hold: half of an escaped pair, or the stand-in for undecodable bytes."""


class Damage(IntEnum):
    """What was wrong with a row as it was read."""

    NONE = 0
    ENCODING = 1
    """Bytes that its encoding does not allow were replaced by U+FFFD."""
    UNREADABLE = 2
    """It breaks its format; the raw line is its text, its other columns are null."""


@dataclass(frozen=True)
class Block:
    """Consecutive rows of the input.

    Attributes:
        table: The columns; `text` is of type string and never null.
        damage: A `Damage` for each row, as uint8.
    """

    table: pa.Table
    damage: pa.Array

    def __len__(self) -> int:
        return len(self.damage)

    def slice(self, start: int, length: int | None = None) -> "Block":
        """Returns `length` rows from `start` on, or all from there on, without copying."""
        return Block(self.table.slice(start, length), self.damage.slice(start, length))


def joined(blocks: Sequence[Block]) -> Block:
    """Returns one block with the rows of several of the same schema, in order."""
    if len(blocks) == 1:
        return blocks[0]
    table = pa.concat_tables([block.table for block in blocks]).combine_chunks()
    return Block(table, pa.concat_arrays([block.damage for block in blocks]))


def string_array(values: Sequence[str | None]) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Builds an Arrow column, in which U+FFFD replaces lone surrogates.

    Args:
        values: Strings, and None for null.

    Returns:
        The column, of type string, and for each row whether something in it was replaced.
    """
    try:
        return pa.array(values, pa.string()), np.zeros(len(values), bool)
    except UnicodeEncodeError:  # only lone surrogates cannot be encoded
        damaged = [bool(value and LONE_SURROGATE.search(value)) for value in values]
        sound = [value and LONE_SURROGATE.sub(REPLACEMENT, value) for value in values]
        return pa.array(sound, pa.string()), np.array(damaged)


def block_of_strings(
    columns: Mapping[str, Sequence[str | None]],
    text_column: str,
    unreadable: Collection[int],
) -> Block:
    """Builds a block from columns of Python strings.

    Args:
        columns: The values of each column; lone surrogates in them are damage.
        text_column: The column in which null becomes "".
        unreadable: Positions of the rows that broke their format.

    Returns:
        The block; all columns are of type string.
    """
    damage = np.zeros(len(columns[text_column]), np.uint8)
    arrays = {}
    for name, values in columns.items():
        arrays[name], damaged = string_array(values)
        damage[damaged] = Damage.ENCODING
    arrays[text_column] = pc.fill_null(arrays[text_column], "")
    damage[list(unreadable)] = Damage.UNREADABLE
    return Block(pa.table(arrays), pa.array(damage))
