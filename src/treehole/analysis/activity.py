"""Activity: who wrote comments of which risk, and when; what is kept of labelled comments.

About twenty bytes a comment are kept, and its text only if it is one person's whose comments are
to be shown.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from treehole.corpus.duplicates import Seen
from treehole.corpus.levels import UNKNOWN, Bytes, Gold, read_gold, require_column
from treehole.corpus.pseudonyms import identities
from treehole.corpus.schema import CREATED_AT, TEXT, USER_ID
from treehole.errors import InputError, UsageError
from treehole.knowledge.calendar import HOME_ZONE
from treehole.psychology.values import moments

RISK, LEVEL = "risk", "level"
"""The columns that `treehole label` and `treehole predict` write."""

WRITTEN_BY = "Give what treehole label or treehole predict wrote"
"""What to do where labels lack something."""

COMMENT = np.dtype(
    [("writer", "i4"), ("second", "i8"), ("hour", "i1"), ("level", "i1"), ("high", "i1")]
)
"""What is kept of a comment.

`writer` is the number of the user, `second` the time in seconds since 1970 or `UNDATED`, `hour`
that of the day, or `UNKNOWN` where only the day is known; `level` and `high` are as in
`treehole.corpus.levels.Gold`.
"""

UNDATED = np.iinfo(np.int64).min

Kept = npt.NDArray[np.void]
Ints = npt.NDArray[np.int64]

_DAY, _QUARTER = 86_400, 900
_THURSDAY = 3
"""The first day of 1970."""
_FIRST, _LAST = 0, 32_503_680_000
"""Of 1970 and of 2999: years for which a zone says something."""


@dataclass(frozen=True)
class Settings:
    """What is asked for.

    Attributes:
        gold: The column with what people said, by which the risk goes instead of that of rules or
            a model.
        zone: Where the people live.
        user: Whose comments are to be shown over time, or None.
        with_text: Whether their texts are to be shown too.
        now: What was written later is from a clock that is wrong; the present if None.
    """

    gold: str | None = None
    zone: ZoneInfo = HOME_ZONE
    user: str | None = None
    with_text: bool = False
    now: datetime | None = None


@dataclass
class Counts:
    """How many comments there are, and what is special about some.

    Attributes:
        comments: All that were read.
        nameless: Without a user; left out.
        repeated: The same words by the same user at the same time as before; left out.
        unjudged: Of unknown risk.
        undated: Without a time.
        day_only: With a day, but no hour.
        in_future: Later than now; taken to be without a time.
    """

    comments: int = 0
    nameless: int = 0
    repeated: int = 0
    unjudged: int = 0
    undated: int = 0
    day_only: int = 0
    in_future: int = 0


class Activity:
    """The comments, as they come.

    Attributes:
        column: By which their risk goes.
        places: The number of each writer.
        counts: How many there are.
        texts: Those of the user asked for, in the order of their comments; empty unless wanted.
    """

    def __init__(self, schema: pa.Schema, settings: Settings) -> None:
        """Look at the columns.

        Raises:
            UsageError: One is missing.
        """
        self.column, self._level = _columns(schema, settings.gold)
        self.places: dict[str, int] = {}
        self.counts = Counts()
        self.texts: list[str] = []
        self._settings = settings
        self._now = int((settings.now or datetime.now(UTC)).timestamp())
        self._seen = Seen()
        self._kept: list[Kept] = []

    def add(self, table: pa.Table) -> None:
        """Take in some comments.

        Raises:
            InputError: A risk or a level is none.
        """
        row = self.counts.comments + 1
        self.counts.comments += len(table)
        risk = _gold(table[self.column], self.column, row)
        levels = _gold(table[self._level], self._level, row).levels if self._level else risk.levels
        names = identities(table[USER_ID]).combine_chunks()
        kept = np.zeros(len(table), COMMENT)
        kept["level"], kept["high"] = levels, risk.high
        kept["writer"] = self._numbers(names)
        self._add_times(kept, table)
        named = names.is_valid().to_numpy(zero_copy_only=False)
        self.counts.nameless += int((~named).sum())
        self._keep(kept[named], table[TEXT].filter(pa.array(named)).to_pylist())

    def comments(self) -> Kept:
        """All that are kept, as `COMMENT`."""
        return np.concatenate([np.zeros(0, COMMENT), *self._kept])

    def of_user(self, user: str) -> Kept:
        """Those of one user.

        Raises:
            UsageError: There is none.
        """
        if user not in self.places:
            message = "--user: there is no comment by that user; copy the user_id from the labels"
            raise UsageError(message)
        every = self.comments()
        own: Kept = every[every["writer"] == self.places[user]]
        return own

    def _numbers(self, names: pa.Array) -> Ints:
        encoded = names.dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        numbers = [self.places.setdefault(name, len(self.places)) for name in distinct]
        found: Ints = np.array([*numbers, UNKNOWN])[_indices(encoded)]
        return found

    def _add_times(self, kept: Kept, table: pa.Table) -> None:
        """Set `second` and `hour`."""
        if CREATED_AT in table.column_names:
            found, _ = moments(table[CREATED_AT], self._settings.zone)
        else:
            found = [None] * len(table)
        kept["second"] = [UNDATED if one is None else one.second for one in found]
        kept["hour"] = [UNKNOWN if one is None or one.hour is None else one.hour for one in found]

    def _keep(self, kept: Kept, texts: list[str]) -> None:
        """Keep comments, each once, and count what is special about them."""
        dated = kept["second"] != UNDATED
        repeated = np.zeros(len(kept), bool)
        rows = zip(kept["writer"].tolist(), kept["second"].tolist(), texts, strict=True)
        hashes = np.fromiter(map(hash, rows), np.int64, len(kept))
        repeated[dated] = self._seen.again(hashes[dated])
        future = (kept["second"] > self._now) & ~repeated
        kept["second"][future], kept["hour"][future] = UNDATED, UNKNOWN
        wanted = self.places.get(self._settings.user or "")
        if self._settings.with_text and wanted is not None:
            own = np.flatnonzero((kept["writer"] == wanted) & ~repeated)
            self.texts += [texts[index] for index in own.tolist()]
        kept = kept[~repeated]
        undated = kept["second"] == UNDATED
        counts = self.counts
        counts.repeated += int(repeated.sum())
        counts.in_future += int(future.sum())
        counts.undated += int(undated.sum()) - int(future.sum())
        counts.day_only += int((~undated & (kept["hour"] == UNKNOWN)).sum())
        counts.unjudged += int((kept["high"] == UNKNOWN).sum())
        self._kept.append(kept)


def days_of_week(seconds: Ints, zone: ZoneInfo) -> Ints:
    """The day of the week of each time, 0 for Monday.

    Args:
        seconds: Since 1970, in UTC.
        zone: Where the day is to be known.
    """
    quarters, places = np.unique(seconds // _QUARTER, return_inverse=True)  # no zone changes within
    starts = np.clip(quarters * _QUARTER, _FIRST, _LAST).tolist()
    offsets = [datetime.fromtimestamp(start, zone).utcoffset() for start in starts]
    shifts = np.array([offset.total_seconds() if offset else 0 for offset in offsets], np.int64)
    found: Ints = ((seconds + shifts[places]) // _DAY + _THURSDAY) % 7
    return found


def _columns(schema: pa.Schema, gold: str | None) -> tuple[str, str | None]:
    """The columns with the risk and with the level; None if the risk's has the level, if any."""
    names = schema.names
    if USER_ID not in names:
        message = f"the labels have no column {USER_ID}, which says who wrote each comment"
        raise UsageError(message)
    if gold:
        require_column(schema, gold)
        return gold, None
    if RISK in names:
        return RISK, LEVEL if LEVEL in names else None
    if LEVEL in names:
        return LEVEL, None
    message = f"the labels have no column {RISK}. {WRITTEN_BY}, or name one with --gold"
    raise UsageError(message)


def _gold(column: pa.ChunkedArray, name: str, first_row: int) -> Gold:
    """Reads each distinct level or risk once, for there are few."""
    encoded = column.combine_chunks().dictionary_encode()
    try:
        distinct = read_gold(pa.chunked_array([encoded.dictionary]), name)
    except InputError:
        return read_gold(column, name, first_row)  # which says in which row
    places = _indices(encoded)
    return Gold(_with_unknown(distinct.levels)[places], _with_unknown(distinct.high)[places])


def _with_unknown(values: Bytes) -> Bytes:
    return np.append(values, np.int8(UNKNOWN))


def _indices(encoded: Any) -> Ints:
    """Where each value stands in the dictionary; -1 for null."""
    indices: Ints = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return indices
