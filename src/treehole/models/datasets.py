"""Datasets: labelled comments to train on, of each tier.

- `free`: what `treehole label` wrote. `level` is by rules; how far it is trusted follows from its
  distance to the border of high risk.
- `easy`: annotations by students, `label`: high, low or irrelevant (or a `level`).
- `hard`: annotations by psychologists, `level`: 0 to 10.

Any other table of comments will do if the column with what people said is named. Left out of free
labels is what has a status that says not to train on it; of the others, what nobody labelled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from treehole.corpus.levels import HIGH_RISK, UNKNOWN, gold_column, read_gold
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT, USER_ID, Status
from treehole.errors import InputError

STATUS = "status"
LEAST_CONFIDENCE = 0.4
"""How much a free label at the border of high risk counts."""

_SURE_LEVELS = 4
"""A free label so many levels from the border counts in full."""

_LEFT_OUT = (
    Status.TOO_SHORT, Status.LIMIT_EXCEEDED, Status.DUPLICATE, Status.EMPTY, Status.UNREADABLE,
)  # fmt: skip
_BLOCK = 10_000

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Tier(StrEnum):
    """Who labelled, from the cheapest to the truest."""

    FREE = "free"
    EASY = "easy"
    HARD = "hard"


@dataclass(frozen=True)
class Dataset:
    """Comments with labels; arrays have the shape (comments,).

    Attributes:
        texts: The comments as written.
        high: 1 for high risk, else 0.
        levels: 0 to 10, or `UNKNOWN`.
        weights: How much each counts, up to 1.
        users: A number for each writer; those who are not named have one each.
        names: The writers, by that number; None for one who is not named.
        left_out: How many rows were left out, by reason.
        ordinary: Whether a comment was not labelled, but is by someone not at risk.
    """

    texts: Sequence[str]
    high: Floats
    levels: Ints
    weights: Floats
    users: Ints
    names: Sequence[str | None]
    left_out: dict[str, int]
    ordinary: Flags

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def has_levels(self) -> bool:
        """Whether every comment has a level."""
        return bool((self.levels != UNKNOWN).all())


def read_dataset(
    corpus: Corpus, tier: Tier, column: str | None = None, *, by_confidence: bool = True
) -> Dataset:
    """Read the comments of a tier.

    Args:
        corpus: The table.
        tier: Which tier it is.
        column: The one with the labels; None to look for that of the tier.
        by_confidence: Free labels count by `confidence`; else all the same.

    Raises:
        UsageError: There is no such column.
        InputError: Something else stands in it, or no comment is left.
    """
    column = column or ("level" if tier is Tier.FREE else gold_column(corpus.schema, None))
    rows = _Rows(by_confidence and tier is Tier.FREE)
    first = 1
    for block in corpus.blocks(_BLOCK):
        rows.add(block.table, tier, column, first)
        first += len(block)
    if not rows.texts:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in rows.left_out.items())
        message = f"no comment is left to train on ({reasons or 'there is none'})"
        raise InputError(message)
    return rows.dataset()


def ordinary_comments(corpus: Corpus) -> Dataset:
    """Comments by people not at risk: low risk, of unknown level.

    Args:
        corpus: The comments.
    """
    rows = _Rows()
    for block in corpus.blocks(_BLOCK):
        rows.add_ordinary(block.table)
    return replace(rows.dataset(), ordinary=np.ones(len(rows.texts), np.bool_))


def joined(datasets: Iterable[Dataset]) -> Dataset:
    """Several datasets as one."""
    parts = list(datasets)
    names = [name for part in parts for name in part.names]
    numbers: dict[str, int] = {}
    firsts = [0, *np.cumsum([len(part.names) for part in parts]).tolist()]
    same = np.arange(len(names))
    for number, name in enumerate(names):
        if name is not None:
            same[number] = numbers.setdefault(name, number)
    users = [
        same[part.users + first] for part, (first, _) in zip(parts, pairwise(firsts), strict=True)
    ]
    left_out: dict[str, int] = {}
    for part in parts:
        for reason, count in part.left_out.items():
            left_out[reason] = left_out.get(reason, 0) + count
    return Dataset(
        [text for part in parts for text in part.texts],
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate(users),
        names,
        left_out,
        np.concatenate([part.ordinary for part in parts]),
    )


class _Rows:
    """The rows gathered so far."""

    def __init__(self, by_confidence: bool = False) -> None:
        self._by_confidence = by_confidence
        self.texts: list[str] = []
        self.high: list[npt.NDArray[np.int8]] = []
        self.levels: list[npt.NDArray[np.int8]] = []
        self.users: list[int] = []
        self.names: list[str | None] = []
        self.left_out: dict[str, int] = {}
        self._numbers: dict[str, int] = {}

    def add(self, table: pa.Table, tier: Tier, column: str, first_row: int) -> None:
        gold = read_gold(_column(table, column), column, first_row)
        keep = gold.high != UNKNOWN
        self._leave_out("without a label", int((~keep).sum()))
        if tier is Tier.FREE and STATUS in table.column_names:
            for status in _LEFT_OUT:
                out = pc.equal(table[STATUS], status.value).fill_null(False).to_numpy()
                self._leave_out(status.value, int((out & keep).sum()))
                keep = keep & ~out
        chosen = table.filter(pa.array(keep))
        self.texts += chosen[TEXT].to_pylist()
        self.high.append(gold.high[keep])
        self.levels.append(gold.levels[keep])
        users = (
            chosen[USER_ID].to_pylist() if USER_ID in table.column_names else [None] * len(chosen)
        )
        self.users += map(self._user, users)

    def add_ordinary(self, table: pa.Table) -> None:
        self.texts += table[TEXT].to_pylist()
        self.high.append(np.zeros(len(table), np.int8))
        self.levels.append(np.full(len(table), UNKNOWN, np.int8))
        self.users += [self._user(None) for _ in range(len(table))]

    def _leave_out(self, reason: str, count: int) -> None:
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def _user(self, user: object) -> int:
        name = None if user is None else str(user)
        if name is not None and name in self._numbers:
            return self._numbers[name]
        self.names.append(name)
        if name is not None:
            self._numbers[name] = len(self.names) - 1
        return len(self.names) - 1

    def dataset(self) -> Dataset:
        none = np.zeros(0, np.int8)
        levels = np.concatenate([none, *self.levels]).astype(np.int64)
        high = np.concatenate([none, *self.high]).astype(np.float32)
        even = np.ones(len(levels), np.float32)
        weights = confidence(levels) if self._by_confidence else even
        users = np.array(self.users, dtype=np.int64)
        ordinary = np.zeros(len(levels), np.bool_)
        return Dataset(
            self.texts, high, levels, weights, users, self.names, self.left_out, ordinary
        )


def _column(table: pa.Table, column: str) -> pa.ChunkedArray:
    if column not in table.column_names:
        columns = ", ".join(table.column_names)
        message = f"there is no column {column} with the labels; there are {columns}"
        raise InputError(message)
    return table[column]


def confidence(levels: Ints) -> Floats:
    """How far to trust the risk that rules gave: the less, the nearer the level is to the border.

    Args:
        levels: 0 to 10, shape (comments,).
    """
    margin = np.abs(levels - (HIGH_RISK - 0.5)) + 0.5
    share = np.minimum(margin / _SURE_LEVELS, 1.0)
    weights: Floats = (LEAST_CONFIDENCE + (1 - LEAST_CONFIDENCE) * share).astype(np.float32)
    return weights
