"""Candidates: the comments of a table of predictions that people could be asked about.

Of two million comments only figures are kept, some tens of bytes each; the texts of those that are
chosen are read in a second pass.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from treehole.annotation.evidence import EvidenceReader
from treehole.corpus.block import REPLACEMENT, Block, Damage
from treehole.corpus.cleaning import clean
from treehole.corpus.duplicates import Seen
from treehole.corpus.levels import HIGH_RISK, LEVELS, UNKNOWN, Bytes
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import COMMENT_ID, TEXT, USER_ID, Status
from treehole.errors import InputError, UsageError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Advance = Callable[[int], None]
"""Told how many more rows were read."""

PROBABILITY, RISK, LEVEL, STATUS = "probability", "risk", "level", "status"
LONGEST_ID = 1_000
"""Characters of a comment_id; longer ones are some other column."""

_RULES = "rules_all"
"""A column of what `treehole label` writes, and nothing else does."""
_LEFT_OUT = (Status.DUPLICATE, Status.EMPTY, Status.UNREADABLE)
"""What is not worth a look. A comment that is short, or was too much for the rules, is."""
_EVEN = 0.5
_BLOCK = 20_000
_ROW, _RULES_LEVEL = "\0row", "\0rules"
"""Columns of our own; no input has such names."""
_NOTHING = pa.schema(
    [
        (COMMENT_ID, pa.string()),
        (_ROW, pa.int64()),
        (PROBABILITY, pa.float64()),
        (RISK, pa.bool_()),
        (LEVEL, pa.int8()),
        (_RULES_LEVEL, pa.int8()),
    ]
)
_HASH_BYTES = 8


@dataclass(frozen=True)
class Candidates:
    """The comments that people could be asked about; arrays have the shape (candidates,).

    Attributes:
        ids: Their comment_id, each once, as strings.
        rows: Where each stands in the table, from 0.
        probabilities: Of high risk, by the model; a tenth of the level where the rules are all
            there is.
        high: Whether the risk is high at the model's threshold.
        levels: By the model, or `UNKNOWN`.
        rules_levels: By the rules, or `UNKNOWN`; None if they were not asked.
        by_rules: Whether the rules are all there is, and no model.
        read: How many rows the table has.
        left_out: How many of them are no candidates, by reason.
    """

    ids: pa.Array
    rows: Ints
    probabilities: Floats
    high: Flags
    levels: Bytes
    rules_levels: Bytes | None
    by_rules: bool
    read: int
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def threshold(self) -> float:
        """Where the risk passes from low to high, as the predictions themselves show.

        The middle between the highest probability called low and the lowest called high; one half,
        or what comes nearest to it, where all are called the same.
        """
        lows, highs = self.probabilities[~self.high], self.probabilities[self.high]
        if not len(highs):
            return max(_EVEN, float(lows.max(initial=0.0)))
        if not len(lows):
            return min(_EVEN, float(highs.min()))
        return float(lows.max() + highs.min()) / 2

    @cached_property
    def urgency(self) -> Bytes:
        """The level by the model or, where it gives none, by the rules, as far as one is known."""
        if self.rules_levels is None:
            return self.levels
        return np.where(self.levels == UNKNOWN, self.rules_levels, self.levels)

    def ranks(self, seed: int) -> Ints:
        """A place for each in a shuffle that depends on the seed and the comment_id alone.

        So whatever is chosen by it does not depend on the order of the table.
        """
        key = seed.to_bytes(_HASH_BYTES, "little", signed=True)
        digests = b"".join(
            blake2b(name.encode(), digest_size=_HASH_BYTES, key=key).digest()
            for first in range(0, len(self), _BLOCK)
            for name in self.ids.slice(first, _BLOCK).to_pylist()
        )
        order = np.argsort(np.frombuffer(digests, np.uint64), kind="stable")
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        return ranks

    def at(self, positions: Ints) -> "Candidates":
        """Those at some positions."""
        return replace(
            self,
            ids=self.ids.take(pa.array(positions)),
            rows=self.rows[positions],
            probabilities=self.probabilities[positions],
            high=self.high[positions],
            levels=self.levels[positions],
            rules_levels=None if self.rules_levels is None else self.rules_levels[positions],
        )

    def without(self, known: pa.Array, reason: str) -> "Candidates":
        """Those that are not known already.

        Args:
            known: The comment_id of each that is, as strings.
            reason: Under which those are counted as left out.
        """
        keep = np.flatnonzero(~pc.is_in(self.ids, known).to_numpy(zero_copy_only=False))
        counts = Counter(self.left_out) + Counter({reason: len(self) - len(keep)})
        return replace(self.at(keep), left_out=dict(counts))


def has_levels(corpus: Corpus) -> bool:
    """Whether a model gave levels, by the first rows of its predictions; most give none.

    Args:
        corpus: The predictions.
    """
    if LEVEL not in corpus.schema.names:
        return False
    first = next(corpus.blocks(_BLOCK), None)
    return first is not None and not np.isnan(_numbers(first.table[LEVEL], LEVEL)).all()


def read_candidates(
    corpus: Corpus, rules: EvidenceReader | None = None, advance: Advance = lambda _: None
) -> Candidates:
    """Read what `treehole predict` or `treehole label` wrote.

    Of rows with the same comment_id, or without a status with the same text by the same user, the
    first counts.

    Args:
        corpus: The table.
        rules: Ask the rules for the level of every candidate.
        advance: Told of progress.

    Raises:
        UsageError: It has no predictions, or does not say which comment is which.
        InputError: Something else stands where a prediction should.
    """
    by_rules = is_by_rules(corpus.schema)
    gathered = _Gathered(by_rules, rules)
    for block in corpus.blocks(_BLOCK):
        gathered.add(block)
        advance(len(block))
    return gathered.candidates()


def rows_at(corpus: Corpus, rows: Ints, columns: Sequence[str]) -> pa.Table:
    """Some rows of a table, in the order asked for; a column it lacks is null.

    Args:
        corpus: The table.
        rows: Their places, each once, from 0.
        columns: Those wanted; all come as strings.
    """
    order = np.argsort(rows)
    wanted, first, parts = rows[order], 0, []
    schema = pa.schema([(column, pa.string()) for column in columns])
    for block in corpus.blocks(_BLOCK):
        start, end = np.searchsorted(wanted, [first, first + len(block)])
        chosen = block.table.take(pa.array(wanted[start:end] - first))
        parts.append(pa.table([_strings(chosen, column) for column in columns], schema=schema))
        first += len(block)
        if end == len(wanted):
            break
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_tables(parts or [schema.empty_table()]).take(pa.array(back))


def is_by_rules(schema: pa.Schema) -> bool:
    """Whether a table has labels by rules alone, and no predictions of a model.

    Args:
        schema: Its columns.

    Raises:
        UsageError: It has neither, or does not say which comment is which.
    """
    names = schema.names
    if COMMENT_ID not in names:
        message = (
            f"there is no column {COMMENT_ID}, by which a comment is known again; give the "
            "comments one, such as a running number, and predict them anew"
        )
        raise UsageError(message)
    if PROBABILITY in names and RISK in names:
        return False
    if LEVEL in names and _RULES in names:
        return True
    message = (
        f"there is no column {PROBABILITY}; name with --from what treehole predict or treehole "
        "label wrote"
    )
    raise UsageError(message)


def known_as(column: pa.ChunkedArray) -> pa.Array:
    """The comment_id of each row as the server knows it: a string, in which no NUL stands.

    PostgreSQL, on which a server may run, has no NUL in its texts.
    """
    names = pc.replace_substring(pc.cast(column, pa.string()), "\0", REPLACEMENT)
    return pa.concat_arrays(names.chunks) if names.num_chunks else pa.array([], pa.string())


class _Gathered:
    """What has been read so far."""

    def __init__(self, by_rules: bool, rules: EvidenceReader | None) -> None:
        self._by_rules = by_rules
        self._rules = rules
        self._seen = Seen()
        self._read = 0
        self._parts: list[pa.Table] = []
        self._left_out: Counter[str] = Counter()

    def add(self, block: Block) -> None:
        wanted = (COMMENT_ID, TEXT, USER_ID, STATUS, PROBABILITY, RISK, LEVEL)
        table = block.table.select([name for name in wanted if name in block.table.column_names])
        rows = np.arange(self._read, self._read + len(block))
        table = table.append_column(_ROW, pa.array(rows))
        self._read += len(block)
        table = self._keep(table, pc.equal(block.damage, Damage.UNREADABLE), Status.UNREADABLE)
        names = known_as(table[COMMENT_ID])
        table = table.set_column(table.schema.get_field_index(COMMENT_ID), COMMENT_ID, names)
        length = pc.fill_null(pc.utf8_length(names), 0)
        table = self._keep(table, pc.equal(length, 0), f"without a {COMMENT_ID}")
        length = pc.utf8_length(table[COMMENT_ID])
        table = self._keep(table, pc.greater(length, LONGEST_ID), f"with an overlong {COMMENT_ID}")
        for status in _LEFT_OUT if STATUS in table.column_names else ():
            table = self._keep(table, pc.equal(table[STATUS], status), status)
        blank = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(table[TEXT])), 0)
        table = self._keep(table, blank, Status.EMPTY)
        if STATUS not in table.column_names:
            table = self._keep(table, self._duplicates(table), Status.DUPLICATE)
        table = self._figures(table)
        table = self._keep(table, pc.is_null(table[PROBABILITY]), "without a prediction")
        if self._rules is not None:
            levels = self._rules.levels(table[TEXT].to_pylist())
            table = table.append_column(_RULES_LEVEL, pa.array(levels))
        self._parts.append(table.drop_columns([TEXT]))

    def candidates(self) -> Candidates:
        table = pa.concat_tables(self._parts) if self._parts else _NOTHING.empty_table()
        ids = pa.concat_arrays(table[COMMENT_ID].chunks or [pa.array([], pa.string())])
        everything = Candidates(
            ids,
            table[_ROW].to_numpy(),
            table[PROBABILITY].to_numpy(),
            table[RISK].to_numpy(),
            table[LEVEL].to_numpy(),
            table[_RULES_LEVEL].to_numpy() if self._rules else None,
            self._by_rules,
            self._read,
            {},
        )
        _, firsts = np.unique(pc.dictionary_encode(ids).indices.to_numpy(), return_index=True)
        left_out = self._left_out + Counter({"named twice": len(ids) - len(firsts)})
        return replace(everything.at(np.sort(firsts)), left_out=dict(left_out))

    def _keep(self, table: pa.Table, out: pa.ChunkedArray, reason: str) -> pa.Table:
        """The table without some rows, which are counted."""
        kept = table.filter(pc.invert(pc.fill_null(out, False)))
        self._left_out[str(reason)] += len(table) - len(kept)
        return kept

    def _duplicates(self, table: pa.Table) -> pa.Array:
        names = table.column_names
        users = pc.cast(table[USER_ID], pa.string()).to_pylist() if USER_ID in names else None
        batch = clean(table[TEXT].to_pylist(), frozenset())
        return pa.array(self._seen.duplicates(batch, users))

    def _figures(self, table: pa.Table) -> pa.Table:
        """The prediction of each row; a null probability is none."""
        level = _numbers(table[LEVEL], LEVEL) if LEVEL in table.column_names else None
        levels = np.full(len(table), np.nan) if level is None else level
        if self._by_rules:
            levels = np.where(np.isnan(levels), HIGH_RISK, levels)
            probability, high = levels / LEVELS[-1], levels >= HIGH_RISK
        else:
            probability = _numbers(table[PROBABILITY], PROBABILITY)
            high = pc.equal(table[RISK], "high").fill_null(False).to_numpy()
        if not ((levels >= LEVELS[0]) & (levels <= LEVELS[-1]) | np.isnan(levels)).all():
            raise _no_prediction(LEVEL)
        if not ((probability >= 0) & (probability <= 1) | np.isnan(probability)).all():
            raise _no_prediction(PROBABILITY)
        columns = {
            COMMENT_ID: table[COMMENT_ID],
            TEXT: table[TEXT],
            _ROW: table[_ROW],
            PROBABILITY: pa.array(probability, mask=np.isnan(probability)),
            RISK: pa.array(high),
            LEVEL: pa.array(np.nan_to_num(levels, nan=UNKNOWN).astype(np.int8)),
        }
        return pa.table(columns)


def _numbers(column: pa.ChunkedArray, name: str) -> Floats:
    """The figures of a column, NaN where there is none; CSV has them as texts."""
    if types.is_string(column.type):
        column = pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column)
    try:
        numbers: Floats = pc.cast(column, pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _no_prediction(name) from error
    return numbers


def _no_prediction(name: str) -> InputError:
    return InputError(
        f"the column {name} holds what is no {name}; name with --from what treehole predict or "
        "treehole label wrote"
    )


def _strings(table: pa.Table, column: str) -> pa.ChunkedArray:
    if column not in table.column_names:
        return pa.chunked_array([pa.nulls(len(table), pa.string())])
    return known_as(table[column]) if column == COMMENT_ID else pc.cast(table[column], pa.string())
