"""Tallies: what each rule, concept and word did in a block of comments, counted.

What the counts mean is said in `treehole.analysis.coverage`. All counting is over *pairs* of a
comment and an item (a rule, a concept or a word), each pair once, so that an item counts once a
comment however often it stands there. Tallies of blocks add up to that of the whole; their size
follows from the knowledge and not from the number of comments.
"""

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from treehole.corpus.cleaning import INVISIBLE, CleanBatch
from treehole.corpus.levels import HIGH_RISK, LEVELS, UNKNOWN, Gold
from treehole.knowledge.scanner import Mentions
from treehole.pipeline.labeller import Labeller

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SHOWN_CHARACTERS = 300
"""Of a mistake's text; comments can be books, and tallies travel between processes."""

MISSED = 2
"""How many times its level error a missed comment of high risk costs."""

_SUMS = ("rules", "concepts", "comments", "held", "unjudged", "given", "levels", "risks")
_SHIFT = 32
_ITEM = (1 << _SHIFT) - 1
_NUMBER = re.compile(r"\d+")


class Count(IntEnum):
    """What is counted of an item; from KNOWN on of the comments it won."""

    REACHED = 0
    BELOW = 1
    """Comments that mention the concept or one below it."""
    WON = 2
    OVERLAPPED = 3
    CONFLICTED = 4
    RULED_OUT = 5
    REACHED_KNOWN = 6
    """Of those reached, those with a gold risk."""
    REACHED_HIGH = 7
    """Of those reached, those of high gold risk."""
    KNOWN = 8
    """With a gold risk."""
    RIGHT = 9
    """Given the risk that gold says."""
    FOUND = 10
    """Rightly given high risk."""
    LEVELS = 11
    """With a gold level."""
    EXACT = 12
    """Given the level that gold says."""
    ERROR = 13
    """Sum of |level given - gold level|."""
    BIAS = 14
    """Sum of level given - gold level."""


class Word(NamedTuple):
    """A word of evidence and where it stands in its comment."""

    ontology: str
    surface: str
    start: int
    end: int


@dataclass(frozen=True)
class Mistake:
    """A comment that did not get its gold level.

    Attributes:
        row: Which of all rows, from 1.
        comment_id: From the column of that name, if there is one.
        text: The comment, cut after `SHOWN_CHARACTERS`.
        gold: Its gold level, or `high` or `low`.
        level: The level given.
        rule: The rule that gave it; None if none held.
        evidence: The words that rule used.
        cost: See `costs`.
    """

    row: int
    comment_id: str | None
    text: str
    gold: str
    level: int
    rule: str | None
    evidence: tuple[Word, ...]
    cost: int

    @property
    def name(self) -> str:
        """What to call the comment."""
        return self.comment_id or f"row {self.row}"

    @property
    def rank(self) -> tuple[int, int]:
        """Sorts the most costly first, of one cost the first in the input."""
        return -self.cost, self.row


Group = tuple[str, int]
"""Whose mistakes: `rule` or `concept` and its number; rule -1 where no rule held."""


@dataclass
class Tally:
    """Counts over comments.

    Attributes:
        rules: Shape (rules, len(Count)).
        concepts: Shape (concepts, len(Count)).
        word_rows: For each concept and word the row in `words`.
        words: Shape (words, len(Count)).
        comments: How many.
        held: For how many any rule held that gives a level.
        unjudged: How many were too much to judge; they take no part in what is said of gold.
        given: Comments of each level given, shape (11,).
        levels: Comments of each gold level by level given, shape (11, 11).
        risks: Comments of low and high gold risk by risk given, shape (2, 2).
        mistakes: The most costly of each group, in order of rank.
    """

    rules: Ints
    concepts: Ints
    word_rows: dict[tuple[int, str], int]
    words: Ints
    comments: int
    held: int
    unjudged: int
    given: Ints
    levels: Ints
    risks: Ints
    mistakes: dict[Group, list[Mistake]] = field(default_factory=dict)

    def add(self, other: "Tally", most: int) -> None:
        """Add another tally; keep so many mistakes of each group."""
        rows = [self.word_rows.setdefault(key, len(self.word_rows)) for key in other.word_rows]
        new = np.zeros((len(self.word_rows) - len(self.words), len(Count)), np.int64)
        self.words = np.concatenate([self.words, new])
        self.words[rows] += other.words
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for group, found in other.mistakes.items():
            self.mistakes[group] = worst([*self.mistakes.get(group, ()), *found], most)


def worst(mistakes: Iterable[Mistake], most: int) -> list[Mistake]:
    """The most costly, in order."""
    return heapq.nsmallest(most, mistakes, key=lambda mistake: mistake.rank)


def costs(given: Ints, gold: Gold) -> Ints:
    """What each mistake costs: by how many levels it is wrong, doubled where high risk was missed.

    Where gold knows only high or low, the level error is that to the nearest level of that risk.

    Args:
        given: Levels, shape (comments,).
        gold: What is true of the same comments; where it is unknown the cost is 0.
    """
    high = gold.high == 1
    nearest = np.where(high, np.maximum(given, HIGH_RISK), np.minimum(given, HIGH_RISK - 1))
    error = np.abs(given - np.where(gold.levels == UNKNOWN, nearest, gold.levels))
    error *= np.where(high & (given < HIGH_RISK), MISSED, 1)
    return np.where(gold.high == UNKNOWN, 0, error)


@dataclass(frozen=True)
class Comments:
    """A block of comments.

    Attributes:
        texts: What they say.
        identifiers: What their `comment_id` is.
        gold: What people said of them.
        first_row: The number of the first among all rows, from 1.
    """

    texts: Sequence[str]
    identifiers: Sequence[str | None]
    gold: Gold
    first_row: int


def tally(labeller: Labeller, comments: Comments, most: int) -> Tally:
    """Judge a block of comments and count; keep so many mistakes of each group."""
    batch = labeller.scanner.clean(list(comments.texts))
    block = _Block(labeller, batch, comments.gold)
    found, used, out = block.found, block.used, block.ruled_out
    words = _Words(batch)
    found_words, used_words, out_words = (words.of(mentions) for mentions in (found, used, out))
    concepts = block.terms(
        found.concepts, used.concepts, out.concepts, len(labeller.lexicon.concepts)
    )
    block.count_below(concepts)
    rows = block.worst_rows(most)
    shown = {row: block.mistake(row, comments) for row in set(chain.from_iterable(rows.values()))}
    return Tally(
        rules=block.rules(),
        concepts=concepts,
        word_rows=words.rows,
        words=block.terms(found_words, used_words, out_words, len(words.rows)),
        comments=len(batch),
        held=int((block.held_high + block.held_low > 0).sum()),
        unjudged=int((~block.judged).sum()),
        given=np.bincount(block.given[block.judged], minlength=len(LEVELS)),
        levels=_crossed(block.gold.levels, block.given, len(LEVELS)),
        risks=_crossed(block.gold.high, block.given_high, 2),
        mistakes={group: [shown[row] for row in own] for group, own in rows.items()},
    )


class _Words:
    """Numbers for the words of a batch, as they come up.

    A word is what was matched, folded; numbers in it are shown as `#`, as patterns match many.
    """

    def __init__(self, batch: CleanBatch) -> None:
        self.rows: dict[tuple[int, str], int] = {}
        self._text = batch.text

    def of(self, mentions: Mentions) -> Ints:
        """The number of the word of each mention."""
        rows = self.rows
        keys = (
            (concept, self._word(self._text[start:end]))
            for concept, start, end in zip(
                mentions.concepts.tolist(),
                mentions.starts.tolist(),
                mentions.ends.tolist(),
                strict=True,
            )
        )
        return np.fromiter((rows.setdefault(k, len(rows)) for k in keys), np.int64, len(mentions))

    @staticmethod
    def _word(surface: str) -> str:
        if surface.isalpha():  # as nearly all are
            return surface
        return _NUMBER.sub("#", surface.replace(chr(INVISIBLE), ""))


class _Block:
    """A judged block: which rules held where, and by which mentions.

    Attributes:
        found: All mentions.
        used: The mentions in the evidence of rules that held.
        ruled_out: The mentions that did not count.
        judged: Whether each comment could be judged.
        given: The level of each; 0 where it was not judged.
        given_high: Whether that is high risk.
        gold: What people said; unknown where the comment was not judged.
        held_high: How many rules for high risk held in each comment.
        held_low: How many for low risk.
    """

    def __init__(self, labeller: Labeller, batch: CleanBatch, gold: Gold) -> None:
        self._labeller, self._batch = labeller, batch
        self.found = labeller.scanner.scan(batch)
        judgement = labeller.judge.judge(batch, self.found)
        verdicts = judgement.verdicts
        self.judged = np.array([v.level is not None for v in verdicts], bool)
        self.given = np.array([v.level or 0 for v in verdicts], np.int64)
        self.given_high = self.given >= HIGH_RISK
        self.gold = Gold(
            np.where(self.judged, gold.levels, UNKNOWN), np.where(self.judged, gold.high, UNKNOWN)
        )
        self._winners = np.array([v.rule for v in verdicts], np.int64)
        self._is_high = np.array([(r.level or 0) >= HIGH_RISK for r in labeller.rulebook.rules])
        held = [entry for v in verdicts for entry in v.held]
        counts = _lengths(v.held for v in verdicts)
        self._held_in = np.repeat(np.arange(len(verdicts)), counts)
        self._held = np.array([rule for rule, _ in held], np.int64)
        high = np.bincount(self._held_in[self._is_high[self._held]], minlength=len(verdicts))
        self.held_high, self.held_low = high, counts - high
        self._used_by = np.repeat(np.arange(len(held)), _lengths(e for _, e in held))
        places = np.array([mention for _, evidence in held for mention in evidence], np.int64)
        self._used_in = self._held_in[self._used_by]
        self.used = judgement.mentions.select(places + judgement.firsts[self._used_in])
        self._won_by = (np.diff(self._held_in, prepend=-1) > 0)[self._used_by]
        out = [(c, rule, m) for c, v in enumerate(verdicts) for rule, _, m in v.ruled_out]
        self._out_in, self._out_by, places = np.array(out, np.int64).reshape(-1, 3).T
        self.ruled_out = judgement.mentions.select(places + judgement.firsts[self._out_in])

    def rules(self) -> Ints:
        """The counts of rules; a context rule reached a comment if it ruled something out."""
        counts = _zeros(len(self._is_high))
        self._reached(counts, self._held_in, self._held)
        self._reached(counts, *_distinct(self._out_in, self._out_by))
        high, low = self.held_high[self._held_in], self.held_low[self._held_in]
        _count(counts, Count.OVERLAPPED, self._held[high + low > 1])
        _count(counts, Count.CONFLICTED, self._held[(high > 0) & (low > 0)])
        won = np.flatnonzero(self._winners >= 0)
        self._won(counts, won, self._winners[won])
        return counts

    def terms(self, found: Ints, used: Ints, out: Ints, size: int) -> Ints:
        """The counts of concepts or of words.

        Args:
            found: The item of each mention found.
            used: The item of each mention used.
            out: The item of each mention ruled out.
            size: How many items there are.
        """
        counts = _zeros(size)
        self._reached(counts, *_distinct(self.found.comments, found))
        self._won(counts, *_distinct(self._used_in[self._won_by], used[self._won_by]))
        self._beside(counts, used)
        _count(counts, Count.RULED_OUT, _distinct(self._out_in, out)[1])
        return counts

    def count_below(self, counts: Ints) -> None:
        """Count for each concept the comments that mention it or one below it."""
        ancestors = self._labeller.lexicon.ancestors
        comments, concepts = _distinct(self.found.comments, self.found.concepts)
        above = [ancestors[concept] for concept in concepts.tolist()]
        every = np.fromiter(chain.from_iterable(above), np.int64)
        comments, concepts = _distinct(np.repeat(comments, _lengths(above)), every)
        _count(counts, Count.BELOW, concepts)

    def worst_rows(self, most: int) -> dict[Group, list[int]]:
        """The comments with the most costly mistakes of each group."""
        cost = costs(self.given, self.gold)
        every = np.arange(len(cost))
        own = self.used.concepts[self._won_by]
        found: dict[Group, list[int]] = {}
        for kind, (comments, items) in (
            ("rule", (every, self._winners)),
            ("concept", _distinct(self._used_in[self._won_by], own)),
        ):
            for item, rows in _most_costly(comments, items, cost, most):
                found[kind, item] = rows
        return found

    def mistake(self, row: int, comments: Comments) -> Mistake:
        """All about one comment that was given the wrong level."""
        text = comments.texts[row]
        only = slice(row, row + 1)
        known, winner = int(self.gold.levels[row]), int(self._winners[row])
        risk = "high" if self.gold.high[row] else "low"
        return Mistake(
            row=comments.first_row + row,
            comment_id=comments.identifiers[row],
            text=text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…",
            gold=risk if known == UNKNOWN else str(known),
            level=int(self.given[row]),
            rule=None if winner < 0 else self._labeller.rulebook.rules[winner].id,
            evidence=tuple(self._evidence(row, text)),
            cost=int(
                costs(self.given[only], Gold(self.gold.levels[only], self.gold.high[only]))[0]
            ),
        )

    def _evidence(self, row: int, text: str) -> Iterator[Word]:
        first = self._batch.starts[row]
        own = self.used.select((self._used_in == row) & self._won_by)
        spans = zip(own.concepts.tolist(), own.starts - first, own.ends - first, strict=True)
        for concept, start, end in sorted(spans, key=lambda span: span[1]):
            ontology = self._labeller.lexicon.concepts[concept].ontology
            yield Word(ontology, text[start:end], int(start), int(end))

    def _reached(self, counts: Ints, comments: Ints, items: Ints) -> None:
        _count(counts, Count.REACHED, items)
        _count(counts, Count.REACHED_KNOWN, items[self.gold.high[comments] != UNKNOWN])
        _count(counts, Count.REACHED_HIGH, items[self.gold.high[comments] == 1])

    def _won(self, counts: Ints, comments: Ints, items: Ints) -> None:
        _count(counts, Count.WON, items)
        high, given_high = self.gold.high[comments], self.given_high[comments]
        _count(counts, Count.KNOWN, items[high != UNKNOWN])
        _count(counts, Count.RIGHT, items[high == given_high])
        _count(counts, Count.FOUND, items[(high == 1) & given_high])
        levels = self.gold.levels[comments]
        items, comments = items[levels != UNKNOWN], comments[levels != UNKNOWN]
        error = self.given[comments] - self.gold.levels[comments]
        _count(counts, Count.LEVELS, items)
        _count(counts, Count.EXACT, items[error == 0])
        _count(counts, Count.ERROR, items, np.abs(error))
        _count(counts, Count.BIAS, items, error)

    def _beside(self, counts: Ints, used: Ints) -> None:
        """Count where a rule held by an item, and another rule held without it."""
        held, items = _distinct(self._used_by, used)
        high = self._is_high[self._held[held]]
        keys, which = np.unique(_key(self._held_in[held], items), return_inverse=True)
        comments, items = _pair(keys)
        with_high = np.bincount(which[high], minlength=len(keys))
        with_low = np.bincount(which[~high], minlength=len(keys))
        other_high = self.held_high[comments] > with_high
        other_low = self.held_low[comments] > with_low
        _count(counts, Count.OVERLAPPED, items[other_high | other_low])
        opposed = (with_high > 0) & other_low | (with_low > 0) & other_high
        _count(counts, Count.CONFLICTED, items[opposed])


def _zeros(items: int) -> Ints:
    return np.zeros((items, len(Count)), np.int64)


def _count(counts: Ints, what: Count, items: Ints, weights: Ints | None = None) -> None:
    """Add one, or the weight, to a count of each item."""
    counts[:, what] += np.bincount(items, weights, minlength=len(counts)).astype(np.int64)


def _lengths(sequences: Iterable[Sized]) -> Ints:
    return np.fromiter(map(len, sequences), np.int64)


def _key(comments: Ints, items: Ints) -> Ints:
    return comments << _SHIFT | items


def _pair(keys: Ints) -> tuple[Ints, Ints]:
    return keys >> _SHIFT, keys & _ITEM


def _distinct(comments: Ints, items: Ints) -> tuple[Ints, Ints]:
    """Each pair once, in order."""
    return _pair(np.unique(_key(comments, items)))


def _crossed(rows: npt.NDArray[Any], columns: npt.NDArray[Any], size: int) -> Ints:
    """How often each pair occurs, shape (size, size), where the first is known."""
    known = rows != UNKNOWN
    pairs = rows[known].astype(np.int64) * size + columns[known]
    return np.bincount(pairs, minlength=size * size).reshape(size, size)


def _most_costly(
    comments: Ints, items: Ints, cost: Ints, most: int
) -> Iterator[tuple[int, list[int]]]:
    """For each item the comments that cost most, of one cost the first."""
    wrong = cost[comments] > 0
    comments, items = comments[wrong], items[wrong]
    order = np.lexsort((comments, -cost[comments], items))
    comments = comments[order]
    found, first = np.unique(items[order], return_index=True)
    for item, start, end in zip(
        found.tolist(), first.tolist(), [*first[1:].tolist(), len(comments)], strict=False
    ):
        yield item, comments[start : min(end, start + most)].tolist()
