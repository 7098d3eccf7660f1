"""Corrections: comments whose levels people gave, with what they marked in them.

A table of them has, besides the comments,

- a column with what people said, a level from 0 to 10, or high, low or irrelevant;
- if it likes, `user_id`: who wrote the comment;
- if it likes, `spans`: what the annotator marked as the reason, a list of structures `start`, `end`
  and, if it likes, `label`, where start and end count characters of the comment as written and the
  end is one after the last. In CSV and JSONL it may be a string that holds such a list as JSON, as
  in `[{"start": 3, "end": 7}]`. Nothing, or an empty list, where nothing was marked.

Comments of which people said nothing are left out. Beside them may stand ordinary comments, by
people not at risk: nobody read these one by one, but they count as low risk.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treehole.corpus.levels import UNKNOWN, Gold, read_gold
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT, USER_ID
from treehole.errors import InputError
from treehole.pipeline.progress import Reporter

SPANS = "spans"
"""The column with what annotators marked."""

_BLOCK = 5_000

Span = tuple[int, int]


@dataclass(frozen=True)
class Corrections:
    """Comments that people gave levels to.

    Attributes:
        texts: The comments as written.
        gold: What people said; `high` is known for all.
        users: A number for each writer; those who are not named have one each.
        spans: What annotators marked, for each comment first character and end.
        names_users: Whether any writer is named.
    """

    texts: Sequence[str]
    gold: Gold
    users: npt.NDArray[np.int64]
    spans: Sequence[Sequence[Span]]
    names_users: bool

    def __len__(self) -> int:
        return len(self.texts)


def read_corrections(
    corpus: Corpus, column: str, reporter: Reporter, ordinary: Corpus | None = None
) -> Corrections:
    """Read all comments that people gave levels to.

    Args:
        corpus: The comments.
        column: The one with what people said.
        reporter: Told of progress.
        ordinary: Comments by people not at risk, taken as low risk of unknown level.

    Raises:
        InputError: Something else stands there, or in `spans`; or nobody said anything.
    """
    gathered = _Gathered()
    reporter.expect(corpus.estimate_rows())
    row = 1
    for block in corpus.blocks(_BLOCK):
        gathered.add(block.table, column, row)
        row += len(block)
        reporter.advance(len(block))
    if not gathered.texts:
        message = f"nobody gave a level or a risk in the column {column}; name another with --gold"
        raise InputError(message)
    for block in ordinary.blocks(_BLOCK) if ordinary else ():
        gathered.add_ordinary(block.table)
        reporter.advance(len(block))
    return gathered.corrections()


@dataclass
class _Gathered:
    texts: list[str] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    users: list[int] = field(default_factory=list)
    spans: list[tuple[Span, ...]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def add(self, table: pa.Table, column: str, first_row: int) -> None:
        gold = read_gold(table[column], column, first_row)
        rows = np.flatnonzero(gold.high != UNKNOWN)
        chosen = table.take(pa.array(rows))
        texts = chosen[TEXT].to_pylist()
        self.texts += texts
        self.levels += gold.levels[rows].tolist()
        self.high += gold.high[rows].tolist()
        self.users += map(self._user, _values(chosen, USER_ID))
        self.spans += [
            _spans(cell, len(text), first_row + row)
            for cell, text, row in zip(
                _values(chosen, SPANS), texts, rows.tolist(), strict=True
            )
        ]  # fmt: skip

    def add_ordinary(self, table: pa.Table) -> None:
        self.texts += table[TEXT].to_pylist()
        self.levels += [UNKNOWN] * len(table)
        self.high += [0] * len(table)
        self.users += map(self._user, _values(table, USER_ID))
        self.spans += [()] * len(table)

    def _user(self, user: object) -> int:
        """A number from 0 for someone named, and one below for someone who is not."""
        if user is None:
            return -1 - len(self.texts) - len(self.users)
        return self.numbers.setdefault(str(user), len(self.numbers))

    def corrections(self) -> Corrections:
        gold = Gold(np.array(self.levels, np.int8), np.array(self.high, np.int8))
        users = np.array(self.users, dtype=np.int64)
        return Corrections(self.texts, gold, users, self.spans, bool(self.numbers))


def _values(table: pa.Table, column: str) -> list[Any]:
    if column not in table.column_names:
        return [None] * len(table)
    values: list[Any] = table[column].to_pylist()
    return values


def _spans(cell: object, length: int, row: int) -> tuple[Span, ...]:
    try:
        entries = json.loads(cell) if isinstance(cell, str) and cell.strip() else cell
    except ValueError:
        raise _malformed(row, "that is no JSON") from None
    if not entries:
        return ()
    if not isinstance(entries, list):
        raise _malformed(row, "that is no list")
    return tuple(_span(entry, length, row) for entry in entries)


def _span(entry: object, length: int, row: int) -> Span:
    bounds = (entry.get("start"), entry.get("end")) if isinstance(entry, dict) else (None, None)
    start, end = bounds
    if type(start) is not int or type(end) is not int:
        raise _malformed(row, "an entry without start and end as whole numbers")
    if not 0 <= start < end <= length:
        raise _malformed(row, f"{start} to {end} in a comment of {length} characters")
    return start, end


def _malformed(row: int, what: str) -> InputError:
    message = (
        f"the column {SPANS} holds, in row {row}, {what}; "
        'expected is a list such as [{"start": 3, "end": 7}], or nothing'
    )
    return InputError(message)
