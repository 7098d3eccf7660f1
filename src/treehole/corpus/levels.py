"""Risk levels, and those that people gave to comments (gold).

Levels go from 0 to 10 (Huang et al. 2019); high risk is level 6 and above.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treehole.errors import InputError, UsageError

LEVELS = range(11)

HIGH_RISK = 6
"""The lowest level of high risk."""

UNKNOWN = -1
"""Stands where nobody gave a level or a risk."""

_RISKS = {"high": 1, "low": 0, "irrelevant": 0, "高": 1, "低": 0, "无关": 0}
_SHOWN_CHARACTERS = 24

_TIERS = ("level", "label")
"""Columns of annotations by psychologists and by students, in this order."""

_RULES = "rules_all"
"""A column of labels that the rules gave: there, `level` is no correction."""

Bytes = npt.NDArray[np.int8]


def risk_of(level: int | None) -> str | None:
    """`high` or `low`; None for no level."""
    return None if level is None else "high" if level >= HIGH_RISK else "low"


@dataclass(frozen=True)
class Gold:
    """What people said of comments; arrays have the shape (comments,).

    Attributes:
        levels: 0 to 10, or `UNKNOWN`.
        high: 1 for high risk, 0 for low, or `UNKNOWN`; known wherever the level is.
    """

    levels: Bytes
    high: Bytes

    def __len__(self) -> int:
        return len(self.levels)


def require_column(schema: pa.Schema, column: str) -> None:
    """Check that an input has the column named.

    Raises:
        UsageError: It has not.
    """
    if column not in schema.names:
        message = f"there is no column {column}; name one of {', '.join(schema.names)} with --gold"
        raise UsageError(message)


def gold_column(schema: pa.Schema, named: str | None) -> str:
    """The column with what people said.

    Args:
        schema: The columns there are.
        named: The one that was asked for; None to look for that of an annotation tier.

    Raises:
        UsageError: There is none, or not the one asked for.
    """
    if named is not None:
        require_column(schema, named)
        return named
    found = next((column for column in _TIERS if column in schema.names), None)
    if found is None or _RULES in schema.names:
        message = "name the column with what people said, with --gold; there are " + ", ".join(
            schema.names
        )
        raise UsageError(message)
    return found


def read_gold(values: pa.ChunkedArray, column: str, first_row: int = 1) -> Gold:
    """Read the levels that people gave.

    Args:
        values: A level from 0 to 10, or `high`, `low` or `irrelevant` (高、低、无关), or nothing.
        column: What the column is called.
        first_row: The number of the first row, for the error.

    Raises:
        InputError: Something else stands there.
    """
    levels = np.full(len(values), UNKNOWN, dtype=np.int8)
    high = levels.copy()
    for index, value in enumerate(values.to_pylist()):
        text = "" if value is None else str(value).strip().lower()
        if text in _RISKS:
            high[index] = _RISKS[text]
        elif text and text != "nan":
            levels[index] = _level(text, column, first_row + index)
            high[index] = levels[index] >= HIGH_RISK
    return Gold(levels, high)


def _level(text: str, column: str, row: int) -> int:
    try:
        level = float(text)
    except ValueError:
        level = float("nan")
    if level not in LEVELS:
        message = (
            f"the column {column} holds “{text[:_SHOWN_CHARACTERS]}” in row {row}, where a level "
            "from 0 to 10 is expected, or high or low; name another column with --gold"
        )
        raise InputError(message)
    return int(level)
