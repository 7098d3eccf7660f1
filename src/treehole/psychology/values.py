"""What people write where a number, a yes or no, or a time is meant.

Tables of users come from crawlers, from pages and from spreadsheets. What is read here: numbers
as Weibo shows them (`1.2万`, `3亿`, `10万+`, `1,024`), truth as `true`, `1`, `是` or `原创`, and
times in ISO 8601, as Weibo's interface gives them (`Thu Jan 30 01:01:11 +0800 2020`), with slashes
or Chinese units, or as seconds or milliseconds since 1970. What says that there is nothing (`-`,
`无`, `None`) is missing; what is something else is missing too, and counted as unread.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from treehole.corpus.cleaning import fold

Floats = npt.NDArray[np.float64]

ABSENT = frozenset({"", "-", "--", "none", "null", "nan", "n/a", "无", "未知"})
"""What is written, in small letters, where there is nothing."""

_GREATEST = 1e15
"""Of numbers that count people or posts."""

_UNITS = {"": 1.0, "千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4, "亿": 1e8}
_NUMBER = re.compile(r"(\d+(?:\.\d*)?(?:e\+?\d+)?)\s*([千k万w亿]?)\+?")
_YES = frozenset({"true", "t", "1", "1.0", "yes", "y", "是", "原创"})
_NO = frozenset({"false", "f", "0", "0.0", "no", "n", "否", "转发"})
_EMPTY = ABSENT | {"0", "0.0", "[]", "{}", "false", '""'}

_WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\s+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})秒?)?)?"
)
_INTERFACE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4}) (\d{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE_DIGITS, _SECOND_DIGITS, _MILLISECOND_DIGITS = 8, 10, 13


class Moment(NamedTuple):
    """When something was written.

    Attributes:
        second: Since 1970, in UTC.
        hour: Of the day where the writer lives, 0 to 23; None where only the day is known.
    """

    second: int
    hour: int | None


def counts(column: pa.ChunkedArray) -> tuple[Floats, int]:
    """The numbers in a column, none of which may be negative.

    Args:
        column: Of numbers or strings.

    Returns:
        The numbers, NaN where there is none; and how many values could not be read as one.
    """
    kind = column.type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        numbers = column.cast(pa.float64(), safe=False).to_numpy()
        wrong = (numbers < 0) | (numbers > _GREATEST)  # NaN is neither
        return np.where(wrong, np.nan, numbers), int(wrong.sum())
    return _by_value(column, count)


def count(text: str) -> float | None:
    """The number that a text gives, NaN if it says that there is none, None if it is no number."""
    bare = fold(text).strip().replace(",", "").lower()
    if bare in ABSENT:
        return np.nan
    if not (found := _NUMBER.fullmatch(bare)):
        return None
    number = float(found[1]) * _UNITS[found[2]]
    return number if number <= _GREATEST else None


def truths(column: pa.ChunkedArray) -> tuple[Floats, int]:
    """The truth values in a column.

    Args:
        column: Of booleans, numbers or strings.

    Returns:
        1 for true, 0 for false, NaN for neither; and how many values could not be read.
    """
    return _by_value(_strings(column), _truth)


def _truth(text: str) -> float | None:
    bare = fold(text).strip().lower()
    if bare in _YES:
        return 1.0
    return 0.0 if bare in _NO else np.nan if bare in ABSENT else None


def present(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Whether each value of a column says that there is something: a list, a number or a text."""
    if types.is_list(column.type) or types.is_large_list(column.type):
        lengths = pc.fill_null(pc.list_value_length(column), 0)
        some: npt.NDArray[np.bool_] = lengths.to_numpy() > 0
        return some
    found, _ = _by_value(_strings(column), _something)
    something: npt.NDArray[np.bool_] = found == 1
    return something


def _something(text: str) -> float:
    return float(text.strip().lower() not in _EMPTY)


def _strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if types.is_string(column.type):
        return column
    try:
        return column.cast(pa.string())
    except pa.ArrowNotImplementedError:  # lists, objects and the like, which say nothing here
        texts = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])


def _by_value(column: pa.ChunkedArray, read: Callable[[str], float | None]) -> tuple[Floats, int]:
    """Reads each distinct value once, for there are few: most posts have no like, or one."""
    whole = _strings(column).combine_chunks()
    encoded = whole.dictionary_encode()
    values = [read(value) for value in encoded.dictionary.to_pylist()]
    # The last stands for null.
    numbers = np.array([np.nan if value is None else value for value in values] + [np.nan])
    unread = np.array([value is None for value in values] + [False])
    indices = pc.fill_null(encoded.indices, len(values)).to_numpy(zero_copy_only=False)
    return numbers[indices], int(unread[indices].sum())


def moments(column: pa.ChunkedArray, zone: ZoneInfo) -> tuple[list[Moment | None], int]:
    """The times in a column.

    Args:
        column: Of timestamps, dates, numbers or strings.
        zone: Where the writers live; that of times which name none.

    Returns:
        A moment for each value, None where there is none; and how many could not be read.
    """
    if types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    elif types.is_floating(column.type):  # whole numbers among which one was missing
        column = column.cast(pa.int64(), safe=False)
    values = column.to_pylist()
    found = [moment(value, zone) for value in values]
    unread = sum(
        one is None and not (value is None or str(value).strip().lower() in ABSENT)
        for one, value in zip(found, values, strict=True)
    )
    return found, unread


def moment(value: object, zone: ZoneInfo) -> Moment | None:
    """The time that a value gives.

    A midnight, to the second, that names no zone is what becomes of a bare date: it gives the day
    and no hour.

    Args:
        value: A datetime, a date, or a number or text that means one.
        zone: Where the writer lives; that of a time which names none.
    """
    if isinstance(value, datetime):
        written: datetime | None = value
    elif isinstance(value, date):
        written = datetime(value.year, value.month, value.day)
    else:
        written = None if value is None else _parsed(str(value).strip())
    if written is None:
        return None
    bare = written.tzinfo is None and not (written.hour or written.minute or written.second)
    try:
        there = written.replace(tzinfo=zone) if written.tzinfo is None else written.astimezone(zone)
        return Moment(int(there.timestamp() // 1), None if bare else there.hour)
    except OverflowError:  # in the year 1 or 9999
        return None


def _parsed(text: str) -> datetime | None:
    try:
        if text.isascii() and text.isdigit():
            return _from_digits(text)
        if found := _INTERFACE.fullmatch(text):
            month, day, hour, minute, second, offset, year = found.groups()
            number = _MONTHS.index(month) + 1
            iso = f"{year}-{number:02}-{int(day):02}T{hour}:{minute}:{second}{offset}"
            return datetime.fromisoformat(iso)
        if found := _WRITTEN.fullmatch(text):
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_digits(text: str) -> datetime | None:
    if len(text) == _DATE_DIGITS:
        return datetime.fromisoformat(text)
    if len(text) in {_SECOND_DIGITS, _MILLISECOND_DIGITS}:
        return datetime.fromtimestamp(int(text[:_SECOND_DIGITS]), UTC)
    return None
