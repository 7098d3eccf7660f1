"""Coverage: what each rule, concept and word did on many comments, and how right it was.

The table that weak supervision asks for first (`LFAnalysis` of Snorkel, Ratner et al. 2017:
coverage, overlaps, conflicts, empirical accuracy), where a labelling function is a rule with a
sentence, or a concept with its words. Every row of the input counts, also duplicates.

A rule that gives a level
    *reached* the comments it held for, and *won* those whose level it gave: of the rules that hold,
    the highest level wins. Of those it reached, it *overlapped* where another such rule held as
    well, and *conflicted* where one of them gives the other risk (high, low).
A context rule
    *reached* the comments in which it ruled a mention out. Context rules are asked about a mention
    only where a rule for a level looks for it.
A concept, and likewise a word
    *reached* the comments that mention it, counted or not; *with subclasses* those that mention it
    or a concept below it. It *won* those in which it stands in the evidence of the rule that gave
    the level. It *overlapped* where a rule held by it and another rule held without it, and
    *conflicted* where the two are of different risk. It was *ruled out* where a context rule said
    that a mention of it does not count.

With gold, of the comments that people judged:

- high share: of those it reached, the share of high gold risk;
- precision: of those it won, the share whose risk is the one that gold says;
- recall: for a rule, the share of all comments of its risk that it won; for a concept or word, the
  share of all comments of high risk that were found to be so with it in the evidence;
- level precision: of those it won, the share that has exactly the gold level;
- level recall: for a rule, the share of all comments of its level that it won;
- level error: the mean of |level given - gold level| over those it won; level bias: the same with
  its sign, so above 0 where levels are given too high.

Levels ask for a gold level; where gold is only high or low they are unknown. A mistake costs as
many levels as it is wrong by, and double where a comment of high risk was called low (see
`treehole.analysis.tally.costs`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from treehole.analysis.tally import Comments, Count, Ints, Mistake, Tally, tally, worst
from treehole.corpus.levels import HIGH_RISK, LEVELS, UNKNOWN, Gold, read_gold, require_column
from treehole.corpus.reading import Block, Corpus
from treehole.corpus.schema import COMMENT_ID, TEXT
from treehole.corpus.sources import Source
from treehole.errors import InputError
from treehole.knowledge.lexicon import LexicalConcept
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller
from treehole.pipeline.progress import Reporter
from treehole.pipeline.workers import run_all
from treehole.rules.rulebook import Rule

ROWS_A_BLOCK = 10_000
WORDS_SHOWN = 10
"""Words kept of a concept, those that reached most."""


@dataclass(frozen=True)
class Settings:
    """How coverage is to be measured.

    Attributes:
        text_column: The column with the comments.
        gold: The column with what people said; None for none.
        workers: Processes that label.
        mistakes: How many of the most costly mistakes to keep, overall and of each item.
    """

    text_column: str = TEXT
    gold: str | None = None
    workers: int = 1
    mistakes: int = 5


@dataclass(frozen=True)
class Figures:
    """What an item did; None where a figure has no meaning or nothing to go by."""

    reached: int
    with_subclasses: int | None
    won: int | None
    overlapped: int | None
    conflicted: int | None
    ruled_out: int | None
    high_share: float | None
    precision: float | None
    recall: float | None
    level_precision: float | None
    level_recall: float | None
    level_error: float | None
    level_bias: float | None


@dataclass(frozen=True)
class RuleCoverage:
    """A rule, what it did, and its most costly mistakes."""

    rule: Rule
    figures: Figures
    mistakes: Sequence[Mistake]


@dataclass(frozen=True)
class WordCoverage:
    """A word of a concept and what it did."""

    word: str
    figures: Figures


@dataclass(frozen=True)
class ConceptCoverage:
    """A concept, what it did, its words, and its most costly mistakes."""

    concept: LexicalConcept
    figures: Figures
    words: Sequence[WordCoverage]
    mistakes: Sequence[Mistake]


@dataclass(frozen=True)
class Summary:
    """What holds of all comments.

    Attributes:
        comments: How many there are.
        reached: For how many a rule for a level held.
        high: How many were given high risk.
        unjudged: How many were too much to judge; they take no part in the figures of gold.
        given: How many were given each level, shape (11,).
        known: How many have a gold risk.
        levels: Comments of each gold level by level given, shape (11, 11).
        risks: Comments of low and high gold risk by risk given, shape (2, 2).
        precision: Of high risk.
        recall: Of high risk.
        f1: Of high risk.
        level_error: Mean of |level given - gold level|.
        level_bias: Mean of level given - gold level.
    """

    comments: int
    reached: int
    high: int
    unjudged: int
    given: Sequence[int]
    known: int
    levels: Sequence[Sequence[int]]
    risks: Sequence[Sequence[int]]
    precision: float | None
    recall: float | None
    f1: float | None
    level_error: float | None
    level_bias: float | None


@dataclass(frozen=True)
class Coverage:
    """What the knowledge did on some comments.

    Attributes:
        version: The knowledge version.
        gold: The column with what people said, or None.
        summary: What holds of all comments.
        rules: Those that won most first; those that never reached a comment last.
        concepts: Likewise; those of which neither they nor any below was mentioned last.
        mistakes: The most costly of all.
    """

    version: str
    gold: str | None
    summary: Summary
    rules: Sequence[RuleCoverage]
    concepts: Sequence[ConceptCoverage]
    mistakes: Sequence[Mistake]


@dataclass(frozen=True)
class _Done:
    """What a worker found in a block, and by what knowledge."""

    tally: Tally
    rules: Sequence[Rule]
    concepts: Sequence[LexicalConcept]


def measure(
    sources: Sequence[Source], files: KnowledgeFiles, settings: Settings, reporter: Reporter
) -> Coverage:
    """Judge all comments of `sources` and count what each rule and concept did.

    Raises:
        UsageError: There is no such column.
        InputError: A source is damaged, or the gold column holds something else, or nothing.
        KnowledgeError: An ontology or rule file is wrong.
    """
    corpus = Corpus(sources, text_column=settings.text_column)
    if settings.gold:
        require_column(corpus.schema, settings.gold)
    reporter.expect(corpus.estimate_rows())
    tasks = _tasks(corpus, settings.gold)
    results = run_all(_make_work, (files, settings.mistakes), tasks, settings.workers)
    whole = next(results)  # there is one task at least
    reporter.advance(whole.tally.comments)
    for done in results:
        reporter.advance(done.tally.comments)
        whole.tally.add(done.tally, settings.mistakes)
    if settings.gold and whole.tally.comments and not whole.tally.risks.any():
        message = f"the column {settings.gold} is empty in every row; name another with --gold"
        raise InputError(message)
    return _coverage(whole, files.version, settings)


def _tasks(corpus: Corpus, gold: str | None) -> Iterator[Comments]:
    """All rows in blocks; an empty one if there is no row."""
    row = 1
    for block in corpus.blocks(ROWS_A_BLOCK):
        yield _comments(block, gold, row)
        row += len(block)
    if row == 1:
        yield Comments([], [], _no_gold(0), row)


def _comments(block: Block, gold: str | None, row: int) -> Comments:
    table = block.table
    identifiers: list[str | None] = [None] * len(block)
    if COMMENT_ID in table.column_names:
        identifiers = pc.cast(table[COMMENT_ID], pa.string()).to_pylist()
    said = read_gold(table[gold], gold, row) if gold else _no_gold(len(block))
    return Comments(table[TEXT].to_pylist(), identifiers, said, row)


def _no_gold(rows: int) -> Gold:
    nothing = np.full(rows, UNKNOWN, np.int8)
    return Gold(nothing, nothing)


def _make_work(files: KnowledgeFiles, most: int) -> Callable[[Comments], _Done]:
    """Load the knowledge; the function returned counts in a block."""
    labeller = Labeller(files)

    def work(comments: Comments) -> _Done:
        counts = tally(labeller, comments, most)
        return _Done(counts, labeller.rulebook.rules, labeller.lexicon.concepts)

    return work


def _coverage(done: _Done, version: str, settings: Settings) -> Coverage:
    counts = done.tally
    high = int(counts.risks[1].sum())
    words = _words(counts, high)
    rules = [
        RuleCoverage(rule, _of_rule(rule, counts), counts.mistakes.get(("rule", rule.number), ()))
        for rule in done.rules
    ]
    concepts = [
        ConceptCoverage(
            concept,
            _of_term(row, high, with_subclasses=int(row[Count.BELOW])),
            words.get(number, ()),
            counts.mistakes.get(("concept", number), ()),
        )
        for number, (concept, row) in enumerate(zip(done.concepts, counts.concepts, strict=True))
    ]
    by_rule = [m for (kind, _), own in counts.mistakes.items() if kind == "rule" for m in own]
    return Coverage(
        version=version,
        gold=settings.gold,
        summary=_summary(counts),
        rules=sorted(rules, key=_rule_rank),
        concepts=sorted(concepts, key=_concept_rank),
        mistakes=worst(by_rule, settings.mistakes),
    )


def _rule_rank(entry: RuleCoverage) -> tuple[bool, bool, int, int, int]:
    figures, rule = entry.figures, entry.rule
    won = figures.won or 0
    return not figures.reached, rule.level is None, -won, -figures.reached, rule.number


def _concept_rank(entry: ConceptCoverage) -> tuple[bool, int, int, int, str]:
    figures = entry.figures
    below = figures.with_subclasses or 0
    return not below, -(figures.won or 0), -figures.reached, -below, entry.concept.iri


def _words(counts: Tally, high: int) -> dict[int, list[WordCoverage]]:
    """The words of each concept that reached most."""
    words: dict[int, list[WordCoverage]] = {}
    for (concept, word), row in counts.word_rows.items():
        words.setdefault(concept, []).append(WordCoverage(word, _of_term(counts.words[row], high)))
    return {
        concept: sorted(own, key=lambda w: (-w.figures.reached, w.word))[:WORDS_SHOWN]
        for concept, own in words.items()
    }


def _of_rule(rule: Rule, counts: Tally) -> Figures:
    row = counts.rules[rule.number]
    if rule.level is None:
        return _figures(row, won=None, overlapped=None, conflicted=None, ruled_out=None)
    risk = int(rule.level >= HIGH_RISK)
    return _figures(
        row,
        ruled_out=None,
        recall=_ratio(row[Count.RIGHT], counts.risks[risk].sum()),
        level_recall=_ratio(row[Count.EXACT], counts.levels[rule.level].sum()),
    )


def _of_term(row: Ints, high: int, **own: int) -> Figures:
    """The figures of a concept or word, where so many comments are of high gold risk."""
    return _figures(row, recall=_ratio(row[Count.FOUND], high), **own)


def _figures(row: Ints, **own: float | None) -> Figures:
    """The figures that follow from the counts of an item alone, and its own."""
    figures: dict[str, Any] = {
        "reached": int(row[Count.REACHED]),
        "with_subclasses": None,
        "won": int(row[Count.WON]),
        "overlapped": int(row[Count.OVERLAPPED]),
        "conflicted": int(row[Count.CONFLICTED]),
        "ruled_out": int(row[Count.RULED_OUT]),
        "high_share": _ratio(row[Count.REACHED_HIGH], row[Count.REACHED_KNOWN]),
        "precision": _ratio(row[Count.RIGHT], row[Count.KNOWN]),
        "recall": None,
        "level_precision": _ratio(row[Count.EXACT], row[Count.LEVELS]),
        "level_recall": None,
        "level_error": _ratio(row[Count.ERROR], row[Count.LEVELS]),
        "level_bias": _ratio(row[Count.BIAS], row[Count.LEVELS]),
    }
    return Figures(**{**figures, **own})


def _summary(counts: Tally) -> Summary:
    (_, false), (missed, found) = counts.risks.tolist()
    distance = np.arange(len(LEVELS)) - np.arange(len(LEVELS))[:, None]
    known = counts.levels.sum()
    return Summary(
        comments=counts.comments,
        reached=counts.held,
        high=int(counts.given[HIGH_RISK:].sum()),
        unjudged=counts.unjudged,
        given=counts.given.tolist(),
        known=int(counts.risks.sum()),
        levels=counts.levels.tolist(),
        risks=counts.risks.tolist(),
        precision=_ratio(found, found + false),
        recall=_ratio(found, found + missed),
        f1=_ratio(2 * found, 2 * found + false + missed),
        level_error=_ratio((counts.levels * np.abs(distance)).sum(), known),
        level_bias=_ratio((counts.levels * distance).sum(), known),
    )


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
