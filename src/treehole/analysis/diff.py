"""Comparing two versions of the knowledge: which comments change level, and through what.

SWI-Prolog holds one rule book a process, so the comments are read twice. First the new version
judges them, as it is the one more likely to have a mistake in it, and what it says is kept in a
temporary folder; then the old one does, and each block is compared where it is judged. Of the
comments that do not change nothing is kept but counts.
"""

import csv
import heapq
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treehole.analysis.causes import NOTHING, Cause, Reading, Side, causes_of, mentions_of
from treehole.analysis.comparison import (
    GOLD_HIGH,
    GOLD_LOW,
    GOLD_UNKNOWN,
    GOLDS,
    STATES,
    UNJUDGED,
    Change,
    Comparison,
    Counts,
    effect_of,
)
from treehole.corpus.levels import UNKNOWN, Gold, read_gold, require_column
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import COMMENT_ID, TEXT
from treehole.corpus.sources import Source
from treehole.corpus.writing import replacing, write_text
from treehole.knowledge.lexicon import load_lexicon
from treehole.knowledge.lexicon_changes import LexiconChanges, lexicon_changes
from treehole.knowledge.revisions import Version
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller
from treehole.pipeline.progress import Reporter
from treehole.pipeline.workers import run_all
from treehole.rules.rule_changes import RuleChange, rule_changes

_ROWS = 5_000
"""Comments a block."""

CSV_COLUMNS = (
    "row", "comment_id", "text", "move", "old_level", "new_level", "old_rule", "new_rule",
    "old_words", "new_words", "causes", "gold", "effect",
)  # fmt: skip

Shown = Callable[[str], AbstractContextManager[Reporter]]
"""Shows the progress of what it is told."""


@dataclass(frozen=True)
class Settings:
    """How to compare.

    Attributes:
        text_column: The column with the comments.
        gold: The column with what people said, if any.
        workers: Processes that judge.
        most: How many changes to keep, the most important; None for all.
        csv: Where to write all of them.
    """

    text_column: str = TEXT
    gold: str | None = None
    workers: int = 1
    most: int | None = None
    csv: Path | None = None


def compare(
    sources: Sequence[Source], old: Version, new: Version, settings: Settings, shown: Shown
) -> Comparison:
    """Compare what two versions of the knowledge say of comments.

    Raises:
        TreeholeError: Of several kinds; a `KnowledgeError` names a file of the version at fault.
    """
    corpus = Corpus(sources, text_column=settings.text_column)
    if settings.gold is not None:
        require_column(corpus.schema, settings.gold)
    words = lexicon_changes(load_lexicon(old.files), load_lexicon(new.files))
    rules = rule_changes(old.files.rules, new.files.rules)
    comparison = Comparison(old.name, new.name, words, rules, settings.gold)
    blocks = partial(_blocks, corpus, settings.gold)
    with (
        tempfile.TemporaryDirectory(prefix="treehole-") as temporary,
        _csv_file(settings.csv) as add,
    ):
        folder = Path(temporary)
        with shown(f"label by {new.name}") as reporter:
            reporter.expect(corpus.estimate_rows())
            for rows in run_all(_make_reader, (new.files, folder), blocks(), settings.workers):
                reporter.advance(rows)
        with shown(f"compare with {old.name}") as reporter:
            reporter.expect(corpus.estimate_rows())
            arguments = (old.files, new.files, folder, words, rules)
            for found in _in_order(run_all(_make_comparer, arguments, blocks(), settings.workers)):
                reporter.advance(int(found.counts.sum()))
                add(found.changes)
                _count(comparison, found, settings.most)
    comparison.changes.sort(key=lambda change: change.importance)
    return comparison


def _count(comparison: Comparison, found: "_Found", most: int | None) -> None:
    comparison.counts += found.counts
    for change in found.changes:
        comparison.other_rule += change.move == "other rule"
        for cause in change.causes:
            tally = comparison.causes.setdefault(cause, Counter())
            tally[change.move] += 1
            if change.effect:
                tally[change.effect] += 1
    kept = [*comparison.changes, *found.changes]
    if most is not None:
        kept = heapq.nsmallest(most, kept, key=lambda change: change.importance)
    comparison.changes = kept


# Blocks


class _Block(NamedTuple):
    """A block on its way to a worker; rows are counted from 0."""

    number: int
    texts: list[str]
    ids: list[Any] | None
    gold: npt.NDArray[np.int64]


class _Found(NamedTuple):
    """What a worker found in a block."""

    number: int
    counts: Counts
    changes: list[Change]


def _blocks(corpus: Corpus, column: str | None) -> Iterator[_Block]:
    for number, block in enumerate(corpus.blocks(_ROWS)):
        table = block.table
        ids = table[COMMENT_ID].to_pylist() if COMMENT_ID in table.column_names else None
        gold = _gold(table, column, number * _ROWS + 1)
        yield _Block(number, table[TEXT].to_pylist(), ids, gold)


def _gold(table: pa.Table, column: str | None, first_row: int) -> npt.NDArray[np.int64]:
    if column is None:
        return np.full(len(table), GOLD_UNKNOWN)
    gold: Gold = read_gold(table[column], column, first_row)
    levels, high = gold.levels.astype(np.int64), gold.high
    risk = np.select([high == 1, high == 0], [GOLD_HIGH, GOLD_LOW], GOLD_UNKNOWN)
    return np.where(levels == UNKNOWN, risk, levels)


def _in_order(results: Iterable[_Found]) -> Iterator[_Found]:
    """Results that come in almost the order of their numbers, in that order."""
    early: dict[int, _Found] = {}
    following = 0
    for result in results:
        early[result.number] = result
        while following in early:
            yield early.pop(following)
            following += 1


@contextmanager
def _csv_file(path: Path | None) -> Iterator[Callable[[list[Change]], None]]:
    """A function that adds changes to a CSV file, which is there when the block has ended."""
    if path is None:
        yield lambda _: None
        return
    with replacing(path) as stream:

        def add(rows: Iterable[Sequence[Any]]) -> None:
            text = io.StringIO(newline="")
            csv.writer(text).writerows(rows)
            stream.write(text.getvalue().encode())

        stream.write(b"\xef\xbb\xbf")  # by which spreadsheets know UTF-8
        add([CSV_COLUMNS])
        yield lambda changes: add(map(_csv_row, changes))


def _csv_row(change: Change) -> list[Any]:
    cells = {
        **change._asdict(),
        "move": change.move,
        "old_words": "、".join(change.old_words),
        "new_words": "、".join(change.new_words),
        "causes": "; ".join(cause.sentence for cause in change.causes),
    }
    return [cells[column] for column in CSV_COLUMNS]


# Judging


def _make_reader(files: KnowledgeFiles, folder: Path) -> Callable[[_Block], int]:
    """Load the knowledge; the function returned keeps what it says of a block, in the folder."""
    labeller = Labeller(files)

    def read(block: _Block) -> int:
        readings = _readings(labeller, block.texts)
        write_text(json.dumps(readings), _kept(folder, block.number))
        return len(block.texts)

    return read


def _kept(folder: Path, number: int) -> Path:
    return folder / f"{number}.json"


def _load(path: Path) -> dict[int, Reading]:
    return {
        int(row): Reading(
            level,
            rules,
            [(start, end) for start, end in evidence],
            [(rule, tuple(cue), tuple(mention)) for rule, cue, mention in ruled_out],
        )
        for row, (level, rules, evidence, ruled_out) in json.loads(path.read_bytes()).items()
    }


def _readings(labeller: Labeller, texts: list[str]) -> dict[int, Reading]:
    """What there is to say of comments, by row; of those not named, nothing."""
    view = labeller.scanner.view(labeller.scanner.clean(texts))
    rows = labeller.sieve.candidates(view)
    view = view.select(rows)
    mentions = labeller.scanner.mentions(view)
    labeller.sieve.observe(view.batch, mentions)
    judgement = labeller.judge.judge(view.batch, mentions)
    found = judgement.mentions
    offsets = view.batch.starts[found.comments]
    spans = list(
        zip((found.starts - offsets).tolist(), (found.ends - offsets).tolist(), strict=True)
    )
    names = [rule.id for rule in labeller.rulebook.rules]
    readings = {}
    judged = zip(rows.tolist(), judgement.firsts.tolist(), judgement.verdicts, strict=True)
    for row, first, verdict in judged:
        if verdict.level != 0 or verdict.ruled_out:
            readings[row] = Reading(
                verdict.level,
                [names[number] for number, _ in verdict.held],
                [spans[first + i] for i in verdict.held[0][1]] if verdict.held else [],
                [
                    (names[number], spans[first + cue], spans[first + mention])
                    for number, cue, mention in verdict.ruled_out
                ],
            )
    return readings


def _make_comparer(
    old: KnowledgeFiles,
    new: KnowledgeFiles,
    folder: Path,
    words: LexiconChanges,
    rules: Mapping[str, RuleChange],
) -> Callable[[_Block], _Found]:
    """Load the old knowledge; the function returned compares it with what was kept of the new."""
    labeller = Labeller(old)
    other = Scanner(load_lexicon(new))

    def work(block: _Block) -> _Found:
        before, after = _readings(labeller, block.texts), _load(_kept(folder, block.number))
        counts = _counts(block, before, after)
        rows = [
            row
            for row in sorted(before.keys() | after.keys())
            if _differ(before.get(row, NOTHING), after.get(row, NOTHING))
        ]
        texts = [block.texts[row] for row in rows]
        mentions = zip(mentions_of(labeller.scanner, texts), mentions_of(other, texts), strict=True)
        changes = []
        for row, (was, now) in zip(rows, mentions, strict=True):
            sides = Side(before.get(row, NOTHING), was), Side(after.get(row, NOTHING), now)
            changes.append(_change(block, row, *sides, causes_of(*sides, words, rules)))
        return _Found(block.number, counts, changes)

    return work


def _differ(old: Reading, new: Reading) -> bool:
    return old.level != new.level or old.rule != new.rule


def _counts(block: _Block, before: dict[int, Reading], after: dict[int, Reading]) -> Counts:
    levels = np.zeros((2, len(block.texts)), dtype=np.int64)
    for side, readings in enumerate((before, after)):
        for row, reading in readings.items():
            levels[side, row] = UNJUDGED if reading.level is None else reading.level
    cells = np.ravel_multi_index((block.gold, levels[0], levels[1]), (GOLDS, STATES, STATES))
    counts = np.bincount(cells, minlength=GOLDS * STATES * STATES)
    return counts.reshape(GOLDS, STATES, STATES)


def _change(block: _Block, row: int, before: Side, after: Side, causes: list[Cause]) -> Change:
    old, new = before.reading, after.reading
    text, gold = block.texts[row], int(block.gold[row])
    identifier = block.ids[row] if block.ids else None
    return Change(
        row=block.number * _ROWS + row + 1,
        comment_id=None if identifier is None else str(identifier),
        text=text,
        old_level=old.level,
        new_level=new.level,
        old_rule=old.rule,
        new_rule=new.rule,
        old_words=[text[start:end] for start, end in old.evidence],
        new_words=[text[start:end] for start, end in new.evidence],
        causes=causes,
        gold={GOLD_LOW: "low", GOLD_HIGH: "high", GOLD_UNKNOWN: None}.get(gold, gold),
        effect=effect_of(gold, old.level, new.level),
    )
