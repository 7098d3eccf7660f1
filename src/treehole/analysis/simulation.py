"""What a further label would do: its effect on comments whose levels people gave, measured.

Nothing is estimated: the comments that contain the word are scanned and judged anew, as they would
be with the label in an ontology. The rules stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from treehole.corpus.levels import HIGH_RISK, Gold
from treehole.knowledge.scanner import Ints
from treehole.pipeline.labeller import Labeller
from treehole.rules.judge import Judgement

FOUND_GAIN = 2.0
"""What it is worth to find one more comment of high risk."""

ALARM_COST = 1.0
"""What one more false alarm costs."""

LEVEL_COST = 0.1
"""What one level of error costs."""

_BLOCK = 5_000

Levels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """How well high risk is told, and how far the levels are off.

    Attributes:
        found: Comments of high risk called high.
        missed: Comments of high risk called low.
        alarms: Comments of low risk called high.
        passed: Comments of low risk called low.
        level_error: The sum of the differences of levels, where people gave levels.
        levels: How many of these there are.
    """

    found: int
    missed: int
    alarms: int
    passed: int
    level_error: int
    levels: int

    @classmethod
    def of(cls, gold: Gold, given: Levels) -> "Quality":
        """Compare the levels given with those that people gave."""
        high, low, called = gold.high == 1, gold.high == 0, given >= HIGH_RISK
        known = gold.levels >= 0
        return cls(
            int((high & called).sum()),
            int((high & ~called).sum()),
            int((low & called).sum()),
            int((low & ~called).sum()),
            int(np.abs(gold.levels[known] - given[known]).sum()),
            int(known.sum()),
        )

    def plus(self, effect: "Effect") -> "Quality":
        """What it becomes by an effect."""
        return Quality(
            self.found + effect.found,
            self.missed - effect.found,
            self.alarms + effect.alarms,
            self.passed - effect.alarms,
            self.level_error + effect.level_error,
            self.levels,
        )

    def minus(self, other: "Quality") -> tuple[float, float, float, float | None]:
        """By how much precision, recall, F1 and the mean error of the level differ."""
        own, others = self.mean_error, other.mean_error
        return (
            self.precision - other.precision,
            self.recall - other.recall,
            self.f1 - other.f1,
            None if own is None or others is None else own - others,
        )

    @property
    def precision(self) -> float:
        """Of the comments called high, the share that is."""
        return self.found / max(self.found + self.alarms, 1)

    @property
    def recall(self) -> float:
        """Of the comments of high risk, the share called high."""
        return self.found / max(self.found + self.missed, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.found / max(2 * self.found + self.missed + self.alarms, 1)

    @property
    def mean_error(self) -> float | None:
        """The mean absolute error of the level; None where nobody gave levels."""
        return self.level_error / self.levels if self.levels else None


@dataclass(frozen=True)
class Effect:
    """What changes.

    Attributes:
        found: Comments of high risk called high; also, by the same number, fewer are missed.
        alarms: Comments of low risk called high.
        level_error: The sum of the differences of levels.
        mended: Comments that come out better.
        harmed: Comments that come out worse.
    """

    found: int
    alarms: int
    level_error: int
    mended: int
    harmed: int

    @property
    def gain(self) -> float:
        """What it is worth: a comment found counts most, then a false alarm, then a level."""
        return (
            FOUND_GAIN * self.found
            - ALARM_COST * self.alarms
            - LEVEL_COST * self.level_error
        )  # fmt: skip


class Simulation:
    """Comments with gold, labelled by the knowledge as it is and as it might be.

    Attributes:
        labeller: The knowledge as it is.
        texts: The comments.
        given: The levels that it gives, shape (comments,); 0 for what is too much to judge.
        mentioned: Which comment mentions which concept, shape (pairs, 2), in order, each once.
    """

    def __init__(self, labeller: Labeller, texts: Sequence[str], gold: Gold) -> None:
        self.labeller = labeller
        self.given = np.zeros(len(texts), dtype=np.int8)
        self.texts = texts
        self._gold = gold
        pairs: list[npt.NDArray[np.int64]] = [np.zeros((0, 2), dtype=np.int64)]
        for start in range(0, len(texts), _BLOCK):
            batch = labeller.scanner.clean(list(texts[start : start + _BLOCK]))
            mentions = labeller.scanner.scan(batch)
            levels = _levels_of(labeller.judge.judge(batch, mentions))
            self.given[start : start + _BLOCK] = levels
            found = np.stack([mentions.comments + start, mentions.concepts], axis=1)
            pairs.append(np.unique(found, axis=0))
        self.mentioned: Ints = np.concatenate(pairs)

    def quality(self) -> Quality:
        """How good the knowledge as it is is."""
        return Quality.of(self._gold, self.given)

    def levels_with(
        self, rows: Ints, labels: Mapping[str, int], word: str = "", concepts: Sequence[int] = ()
    ) -> Levels:
        """The levels of some comments if there were further labels.

        Args:
            rows: The comments.
            labels: Labels with the number of their concept; see `Scanner.mentions_with`.
            word: One more label, tried with several concepts.
            concepts: These; each is tried by itself.

        Returns:
            The levels, shape (max(concepts, 1), rows).
        """
        tried = list(concepts) or [-1]
        texts = [self.texts[row] for row in rows.tolist()]
        size = max(_BLOCK // len(tried), 1)
        parts = [
            self._levels(texts[start : start + size], labels, word, tried)
            for start in range(0, len(texts), size)
        ]
        return np.concatenate([np.zeros((len(tried), 0), np.int8), *parts], axis=1)

    def _levels(
        self, texts: Sequence[str], labels: Mapping[str, int], word: str, concepts: Sequence[int]
    ) -> Levels:
        """The comments are laid out once for each concept, and all judged at once."""
        scanner = self.labeller.scanner
        open_concept = len(self.labeller.lexicon.concepts)
        added = {**labels, word: open_concept} if word else labels
        batch = scanner.clean(list(texts) * len(concepts))
        mentions = scanner.mentions_with(scanner.view(batch), added)
        tried = np.array(concepts)[mentions.comments // max(len(texts), 1)]
        is_open = mentions.concepts == open_concept
        filled = mentions.with_concepts(np.where(is_open, tried, mentions.concepts))
        levels = _levels_of(self.labeller.judge.judge(batch, filled))
        return levels.reshape(len(concepts), len(texts))

    def effect(self, rows: Ints, before: Levels, after: Levels) -> Effect:
        """What changes if some comments get other levels.

        Args:
            rows: The comments.
            before: Their levels.
            after: Their new levels.
        """
        gold = Gold(self._gold.levels[rows], self._gold.high[rows])
        old, new = Quality.of(gold, before), Quality.of(gold, after)
        better = costs(gold, before) - costs(gold, after)
        return Effect(
            new.found - old.found,
            new.alarms - old.alarms,
            new.level_error - old.level_error,
            int((better > 0).sum()),
            int((better < 0).sum()),
        )


class Examples:
    """The examples of the rules, which no further label may spoil."""

    def __init__(self, labeller: Labeller) -> None:
        self._labeller = labeller
        rules = labeller.rulebook.rules
        comments = list(dict.fromkeys(c for rule in rules for c in rule.holds + rule.fails))
        batch = labeller.scanner.clean(comments)
        self._comments = [batch.comment(index) for index in range(len(comments))]
        self._spoiled = [
            [
                (rule.number, comment in rule.fails)
                for rule in rules
                if comment in rule.holds or comment in rule.fails
            ]
            for comment in comments
        ]
        already = self._spoils(range(len(comments)), {})
        self._spoiled = [
            [pair for pair in pairs if (row, *pair) not in already]
            for row, pairs in enumerate(self._spoiled)
        ]

    def spoiled_by(self, word: str, concept: int) -> bool:
        """Whether some rule no longer does what it should if the word is a label of the concept.

        Args:
            word: Folded.
            concept: Its position in the lexicon.
        """
        rows = [row for row, comment in enumerate(self._comments) if word in comment]
        return bool(rows) and bool(self._spoils(rows, {word: concept}))

    def _spoils(self, rows: Sequence[int], labels: Mapping[str, int]) -> set[tuple[int, int, bool]]:
        """The examples that fail with further labels: row, rule, and whether it ought to fail."""
        scanner = self._labeller.scanner
        batch = scanner.clean([self._comments[row] for row in rows])
        mentions = scanner.mentions_with(scanner.view(batch), labels)
        verdicts = self._labeller.judge.judge(batch, mentions).verdicts
        return {
            (row, number, fails)
            for row, verdict in zip(rows, verdicts, strict=True)
            for number, fails in self._spoiled[row]
            if (number in verdict.holding) is fails
        }


def costs(gold: Gold, given: Levels) -> Floats:
    """What the level of each comment costs if it is wrong, shape (comments,)."""
    called = given >= HIGH_RISK
    risk = np.where(called != (gold.high == 1), np.where(called, ALARM_COST, FOUND_GAIN), 0.0)
    off = np.abs(gold.levels.astype(np.float64) - given)
    return risk + LEVEL_COST * np.where(gold.levels >= 0, off, 0)


def _levels_of(judgement: Judgement) -> Levels:
    """The levels given; 0 for what was too much to judge."""
    return np.array([verdict.level or 0 for verdict in judgement.verdicts], dtype=np.int8)
