"""The labeller: a block of comments in, the same rows with their labels out."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from treehole.corpus.block import Damage
from treehole.corpus.cleaning import CleanBatch, count_units, too_short
from treehole.corpus.levels import HIGH_RISK
from treehole.corpus.schema import CREATED_AT, TEXT, Status
from treehole.knowledge.calendar import Calendar, Interval, parse_moment
from treehole.knowledge.lexicon import Lexicon, load_lexicon
from treehole.knowledge.scanner import Ints, Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.judge import INFERENCE_LIMIT, Judge, Judgement
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import RuleBook
from treehole.rules.sieve import Sieve

EVIDENCE = pa.list_(
    pa.struct(
        [
            ("concept", pa.string()),
            ("ontology", pa.string()),
            ("surface", pa.string()),
            ("start", pa.int32()),
            ("end", pa.int32()),
        ]
    )
)

LABEL_COLUMNS = pa.schema(
    [
        ("level", pa.int8()),
        ("risk", pa.string()),
        ("rule", pa.string()),
        ("rules_all", pa.list_(pa.string())),
        ("evidence", EVIDENCE),
        ("act_from", pa.string()),
        ("act_until", pa.string()),
        ("status", pa.string()),
    ]
)
"""What a label adds to a comment. `start` and `end` count characters of the original text."""

_STATUSES = [
    Status.OK,
    Status.LIMIT_EXCEEDED,
    Status.UNREADABLE,
    Status.DAMAGED,
    Status.EMPTY,
    Status.DUPLICATE,
    Status.TOO_SHORT,
]

INPUT_PREFIX = "input_"
"""Put before the name of an input column that is named like one of these."""


def output_schema(columns: pa.Schema) -> pa.Schema:
    """The schema of the labelled rows of an input with these columns."""
    return pa.schema([*carried(columns, LABEL_COLUMNS), *LABEL_COLUMNS])


def carried(columns: pa.Schema, added: pa.Schema) -> list[pa.Field]:
    """The columns of an input, renamed where one that is added has the same name."""
    taken = set(columns.names)
    fields = []
    for field in columns:
        name = field.name
        if name in added.names:
            name = INPUT_PREFIX + name
            while name in taken:
                name = INPUT_PREFIX + name
        fields.append(field.with_name(name))
    return fields


class Labeller:
    """Scans and judges comments by one version of the knowledge."""

    def __init__(self, files: KnowledgeFiles, inference_limit: int = INFERENCE_LIMIT) -> None:
        """Load the knowledge.

        Raises:
            KnowledgeError: An ontology or rule file is wrong.
            PrologError: SWI-Prolog is missing.
        """
        self.lexicon: Lexicon = load_lexicon(files)
        self.scanner = Scanner(self.lexicon)
        prolog = Prolog()
        self.rulebook = RuleBook(prolog, files, self.lexicon)
        self.sieve = Sieve(self.lexicon, self.rulebook)
        self.judge = Judge(prolog, self.rulebook, inference_limit)
        self.calendar = Calendar(self.lexicon)
        self._is_time = np.array([c.ontology == "time" for c in self.lexicon.concepts])
        self._iris = pa.array([c.iri for c in self.lexicon.concepts], pa.string())
        self._ontologies = pa.array([c.ontology for c in self.lexicon.concepts], pa.string())
        self._rule_ids = pa.array([rule.id for rule in self.rulebook.rules], pa.string())

    def label(
        self,
        table: pa.Table,
        batch: CleanBatch,
        damage: npt.NDArray[np.uint8],
        duplicate: npt.NDArray[np.bool_],
    ) -> pa.Table:
        """Label a block.

        Args:
            table: The comments; has a column `text`.
            batch: The same texts, cleaned.
            damage: A `Damage` for each row.
            duplicate: Whether each row stood earlier.

        Returns:
            The columns of `table` and `LABEL_COLUMNS`, see `output_schema`.
        """
        view = self.scanner.view(batch)
        rows = self.sieve.candidates(view)
        view = view.select(rows)
        candidates = view.batch
        mentions = self.scanner.mentions(view)
        self.sieve.observe(candidates, mentions)
        judgement = self.judge.judge(candidates, mentions)
        levels = _levels(judgement, rows, len(batch))
        columns = [
            levels,
            _risks(levels),
            self._rule_ids.take(_rule_numbers(judgement, rows, len(batch))),
            self._all_rules(judgement, rows, len(batch)),
            self._evidence(table, candidates, judgement, rows),
            *self._act_times(table, candidates, judgement, rows),
            _statuses(batch, levels, damage, duplicate),
        ]
        return pa.table([*table.columns, *columns], schema=output_schema(table.schema))

    def _all_rules(self, judgement: Judgement, rows: Ints, size: int) -> pa.Array:
        held = [v.held for v in judgement.verdicts]
        numbers = [number for rules in held for number, _ in rules]
        return pa.ListArray.from_arrays(
            _offsets(map(len, held), rows, size), self._rule_ids.take(pa.array(numbers, pa.int32()))
        )

    def _evidence(
        self, table: pa.Table, candidates: CleanBatch, judgement: Judgement, rows: Ints
    ) -> pa.Array:
        used = [v.held[0][1] if v.held else () for v in judgement.verdicts]
        counts = np.fromiter(map(len, used), np.int64, len(used))
        comments = np.repeat(np.arange(len(used)), counts)
        indexes = np.fromiter(chain.from_iterable(used), np.int64, len(comments))
        places = judgement.firsts[comments] + indexes
        mentions = judgement.mentions
        concepts = pa.array(mentions.concepts[places])
        starts = mentions.starts[places] - candidates.starts[comments]
        ends = mentions.ends[places] - candidates.starts[comments]
        texts = table[TEXT].take(pa.array(rows[comments])).to_pylist()
        surfaces = [
            text[start:end]
            for text, start, end in zip(texts, starts.tolist(), ends.tolist(), strict=True)
        ]
        values = pa.StructArray.from_arrays(
            [
                self._iris.take(concepts),
                self._ontologies.take(concepts),
                pa.array(surfaces, pa.string()),
                pa.array(starts, pa.int32()),
                pa.array(ends, pa.int32()),
            ],
            fields=list(EVIDENCE.value_type),
        )
        return pa.ListArray.from_arrays(_offsets(counts, rows, len(table)), values)

    def _act_times(
        self, table: pa.Table, candidates: CleanBatch, judgement: Judgement, rows: Ints
    ) -> tuple[pa.Array, pa.Array]:
        starts: list[str | None] = [None] * len(table)
        ends: list[str | None] = [None] * len(table)
        if CREATED_AT in table.column_names:
            written = table[CREATED_AT]
            for index in self._with_time(judgement):
                row = int(rows[index])
                moment = parse_moment(written[row].as_py())
                if moment and (found := self.act_time(candidates, judgement, index, moment)):
                    starts[row], ends[row] = found.isoformat()
        return pa.array(starts, pa.string()), pa.array(ends, pa.string())

    def _with_time(self, judgement: Judgement) -> list[int]:
        """The comments of high risk that mention a time."""
        mentions = judgement.mentions
        found = np.unique(mentions.comments[self._is_time[mentions.concepts]])
        verdicts = judgement.verdicts
        return [index for index in found.tolist() if (verdicts[index].level or 0) >= HIGH_RISK]

    def act_time(
        self, batch: CleanBatch, judgement: Judgement, row: int, written: datetime
    ) -> Interval | None:
        """When the act may come: the first time in the evidence of a rule for high risk.

        The rules are asked from the strongest down.
        """
        mentions, first = judgement.mentions, int(judgement.firsts[row])
        for number, evidence in judgement.verdicts[row].held:
            if (self.rulebook.rules[number].level or 0) < HIGH_RISK:
                break
            for index in evidence:
                place = first + index
                surface = batch.text[mentions.starts[place] : mentions.ends[place]]
                concept = int(mentions.concepts[place])
                if found := self.calendar.resolve(concept, surface, written):
                    return found
        return None


def _levels(judgement: Judgement, rows: Ints, size: int) -> pa.Array:
    levels = np.zeros(size, dtype=np.int8)
    unknown = np.zeros(size, dtype=bool)
    given = [v.level for v in judgement.verdicts]
    levels[rows] = [level or 0 for level in given]
    unknown[rows] = [level is None for level in given]
    return pa.array(levels, mask=unknown)


def _risks(levels: pa.Array) -> pa.Array:
    return pc.if_else(pc.greater_equal(levels, HIGH_RISK), "high", "low")


def _rule_numbers(judgement: Judgement, rows: Ints, size: int) -> pa.Array:
    numbers = np.full(size, -1, dtype=np.int32)
    numbers[rows] = [v.rule for v in judgement.verdicts]
    return pa.array(numbers, mask=numbers < 0)


def _offsets(counts: Iterable[int], rows: Ints, size: int) -> pa.Array:
    """Where the lists of each row begin, of which those not in `rows` are empty."""
    offsets = np.zeros(size + 1, dtype=np.int32)
    offsets[rows + 1] = np.fromiter(counts, np.int32, len(rows))
    return pa.array(np.cumsum(offsets, dtype=np.int32))


def _statuses(
    batch: CleanBatch,
    levels: pa.Array,
    damage: npt.NDArray[np.uint8],
    duplicate: npt.NDArray[np.bool_],
) -> pa.Array:
    """One status a row; where several fit, the one that stands first here."""
    units = count_units(batch)
    statuses = np.select(
        [
            levels.is_null().to_numpy(zero_copy_only=False),
            damage == Damage.UNREADABLE,
            damage == Damage.ENCODING,
            (units == 0) & (levels.fill_null(0).to_numpy() == 0),
            duplicate,
            too_short(batch, units),
        ],
        list(range(1, len(_STATUSES))),
        default=0,
    )
    return pa.array(_STATUSES).take(pa.array(statuses))
