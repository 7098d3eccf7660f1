"""Evaluation: how well models find the comments of high risk, side by side, and where they fail.

The comments are read once, a block at a time, and each model scores each block; of a comment only
what the models and people said of it is kept. What the figures mean is said in
`treehole.models.metrics`, what the curves in `treehole.analysis.curves`. Comments of which people
said nothing take no part; duplicates do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from treehole.analysis.curves import Bin, Cut, Load, Point, Ranking
from treehole.analysis.groups import Group, Ints, groups, groups_by_length, groups_by_level
from treehole.corpus.levels import LEVELS, UNKNOWN, Bytes, gold_column, read_gold
from treehole.corpus.reading import Block, Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import Source
from treehole.errors import InputError, UsageError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.metrics import (
    Difference,
    Discordance,
    Figure,
    Flags,
    Floats,
    Outcome,
    bootstrap,
    difference,
    mcnemar,
    measured,
)
from treehole.models.rule_features import RuleReader, rule_reader
from treehole.models.scoring import RULES, Scorer, open_scorer, scored
from treehole.pipeline.prediction import users_of, writers
from treehole.pipeline.progress import Reporter
from treehole.psychology.table import features_of

NO_RULE, TOO_MUCH = "no rule held", "too much to judge"
"""Groups of comments that no rule gave a level."""

ROWS = 2_000
"""Comments read and scored at once."""


@dataclass(frozen=True)
class Settings:
    """How models are to be evaluated.

    Attributes:
        gold: The column with what people said; None to look for that of an annotation tier.
        text_column: The column with the comments.
        draws: Of the bootstrap; 0 for no intervals and no tests of differences.
        seed: For those draws.
        users: The table with the features of writers, or none.
    """

    gold: str | None = None
    text_column: str = TEXT
    draws: int = 1_000
    seed: int = 1
    users: Sequence[Source] = ()


@dataclass(frozen=True)
class ModelEvaluation:
    """How a model did.

    Attributes:
        name: What it is called.
        threshold: From this probability on, it calls the risk high.
        figures: By name.
        risks: Comments of low and high gold risk by the model's risk, shape (2, 2).
        levels: Comments of each gold level by the model's level, shape (11, 11); None if one of
            them is unknown of all.
        precision_recall: Points of recall and precision.
        roc: Points of the share of low and of high risk that is called high.
        review: Points of the share read and the share of high risk found.
        calibration: Probability and frequency.
        loads: What is found by how much reading.
        cuts: What other thresholds would make of it.
        by_level: For each gold level.
        by_length: For each length.
        by_rule: For each rule that gave a comment its level, those with most comments first.
    """

    name: str
    threshold: float
    figures: dict[str, Figure]
    risks: Sequence[Sequence[int]]
    levels: Sequence[Sequence[int]] | None
    precision_recall: Sequence[Point]
    roc: Sequence[Point]
    review: Sequence[Point]
    calibration: Sequence[Bin]
    loads: Sequence[Load]
    cuts: Sequence[Cut]
    by_level: Sequence[Group]
    by_length: Sequence[Group]
    by_rule: Sequence[Group]


@dataclass(frozen=True)
class Pair:
    """Two models on the same comments.

    Attributes:
        first: The name of the one.
        second: The name of the other.
        found: Comments of high risk that only one of them finds.
        spared: Comments of low risk that only one of them calls low.
        right: Comments of which only one of them has the risk right.
        differences: Figures of the first less those of the second, by name.
    """

    first: str
    second: str
    found: Discordance
    spared: Discordance
    right: Discordance
    differences: dict[str, Difference]


@dataclass(frozen=True)
class Evaluation:
    """How models did on the same comments.

    Attributes:
        version: The knowledge version, by which the rules went.
        gold: The column with what people said.
        comments: How many there are.
        known: Of how many people gave the risk; the others take no part.
        high: How many of these are of high risk.
        draws: Of the bootstrap.
        models: In the order they were named.
        pairs: The first model with each of the others.
    """

    version: str
    gold: str
    comments: int
    known: int
    high: int
    draws: int
    models: Sequence[ModelEvaluation]
    pairs: Sequence[Pair]


def open_scorers(models: Sequence[str], files: KnowledgeFiles) -> list[Scorer]:
    """Open several models, each named after its folder, or as it was typed where two are alike.

    Raises:
        UsageError: One is named twice.
        InputError: One cannot be opened.
    """
    places = [model if model == RULES else str(Path(model).resolve()) for model in models]
    for number, place in enumerate(places):
        if place in places[:number]:
            message = f"the model {models[number]} is named twice"
            raise UsageError(message)
    scorers = [open_scorer(model, files) for model in models]
    names = [Path(place).name for place in places]
    for model, name, scorer in zip(models, names, scorers, strict=True):
        scorer.name = name if names.count(name) == 1 else model
    return scorers


def evaluate_models(
    sources: Sequence[Source],
    scorers: Sequence[Scorer],
    files: KnowledgeFiles,
    settings: Settings,
    reporter: Reporter,
) -> Evaluation:
    """Score all comments of `sources` by all models, and compare with what people said.

    Raises:
        UsageError: There is no such column.
        InputError: A source is damaged, the gold column holds something else, or nothing, or a
            model gives what is no probability.
    """
    corpus = Corpus(sources, text_column=settings.text_column)
    gold = gold_column(corpus.schema, settings.gold)
    reporter.expect(corpus.estimate_rows())
    reader = rule_reader(files)
    rows = _Rows(scorers, reader, users_of(scorers, settings.users, corpus))
    row = 1
    for block in corpus.blocks(ROWS):
        rows.add(block, gold, row)
        row += len(block)
        reporter.advance(len(block))
    return rows.evaluation(gold, row - 1, settings)


class _Rows:
    """What is kept of the comments."""

    def __init__(
        self,
        scorers: Sequence[Scorer],
        reader: RuleReader,
        users: Mapping[str, Floats] | None,
    ) -> None:
        self._scorers, self._reader, self._users = scorers, reader, users
        self._high: list[Flags] = []
        self._levels: list[Bytes] = []
        self._lengths: list[Ints] = []
        self._rules: list[Ints] = []
        self._probabilities: list[list[Floats]] = [[] for _ in scorers]
        self._given: list[list[Bytes | None]] = [[] for _ in scorers]

    def add(self, block: Block, column: str, first_row: int) -> None:
        gold = read_gold(block.table[column], column, first_row)
        known = np.flatnonzero(gold.high != UNKNOWN)
        if not len(known):
            return
        texts: list[str] = block.table[TEXT].take(known).to_pylist()
        self._high.append(gold.high[known] == 1)
        self._levels.append(gold.levels[known])
        self._lengths.append(np.fromiter(map(len, texts), np.int64, len(texts)))
        seen = self._reader.read(texts)
        self._rules.append(np.where(seen.levels == UNKNOWN, -2, seen.rules))
        features = None
        if self._users is not None:
            features = features_of(self._users, writers(block.table).take(known).to_pylist())
        for number, scorer in enumerate(self._scorers):
            scores = scored(scorer, texts, features)
            self._probabilities[number].append(scores.probabilities.astype(np.float64))
            self._given[number].append(scores.levels)

    def evaluation(self, gold: str, comments: int, settings: Settings) -> Evaluation:
        if not self._high:
            message = f"the column {gold} is empty in every row; name another with --gold"
            if not comments:
                message = "there is no comment to evaluate on; name a file that has some"
            raise InputError(message)
        outcomes = [self._outcome(number) for number in range(len(self._scorers))]
        drawn = [bootstrap(outcome, settings.draws, settings.seed) for outcome in outcomes]
        figures = [measured(o, d) for o, d in zip(outcomes, drawn, strict=True)]
        names = [scorer.name for scorer in self._scorers]
        pairs = [
            _pair(
                (names[0], names[other]),
                (outcomes[0], outcomes[other]),
                (figures[0], figures[other]),
                (drawn[0], drawn[other]),
            )
            for other in range(1, len(outcomes))
        ]
        models = zip(self._scorers, outcomes, figures, strict=True)
        return Evaluation(
            version=self._reader.version,
            gold=gold,
            comments=comments,
            known=len(outcomes[0]),
            high=int(outcomes[0].high.sum()),
            draws=settings.draws,
            models=[self._model(*model) for model in models],
            pairs=pairs,
        )

    def _outcome(self, number: int) -> Outcome:
        probabilities = np.concatenate(self._probabilities[number])
        given = [levels for levels in self._given[number] if levels is not None]
        return Outcome(
            high=np.concatenate(self._high),
            probabilities=probabilities,
            called=probabilities >= self._scorers[number].threshold,
            gold_levels=np.concatenate(self._levels),
            levels=np.concatenate(given) if given else None,
        )

    def _model(
        self, scorer: Scorer, outcome: Outcome, figures: dict[str, Figure]
    ) -> ModelEvaluation:
        ranking = Ranking(outcome.high, outcome.probabilities)
        rules = np.concatenate(self._rules)
        by_rule = groups(outcome, rules + 2, [TOO_MUCH, NO_RULE, *self._reader.rule_ids])
        return ModelEvaluation(
            name=scorer.name,
            threshold=scorer.threshold,
            figures=figures,
            risks=_crossed(outcome.high.astype(np.int64), outcome.called.astype(np.int64), 2),
            levels=_level_table(outcome),
            precision_recall=ranking.precision_recall(),
            roc=ranking.roc(),
            review=ranking.review_curve(),
            calibration=ranking.calibration(),
            loads=ranking.loads(),
            cuts=ranking.cuts(),
            by_level=groups_by_level(outcome),
            by_length=groups_by_length(outcome, np.concatenate(self._lengths)),
            by_rule=sorted(by_rule, key=lambda group: -group.comments),
        )


def _pair(
    names: tuple[str, str],
    outcomes: tuple[Outcome, Outcome],
    figures: tuple[dict[str, Figure], dict[str, Figure]],
    drawn: tuple[dict[str, Floats], dict[str, Floats]],
) -> Pair:
    high = outcomes[0].high
    called, other_called = outcomes[0].called, outcomes[1].called
    return Pair(
        *names,
        found=mcnemar(called[high], other_called[high]),
        spared=mcnemar(~called[~high], ~other_called[~high]),
        right=mcnemar(called == high, other_called == high),
        differences={
            name: difference(
                _less(figures[0][name].value, figures[1][name].value),
                drawn[0][name],
                drawn[1][name],
            )
            for name in figures[0]
            if name in figures[1]
        },
    )


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _level_table(outcome: Outcome) -> list[list[int]] | None:
    if outcome.levels is None or not outcome.has_levels:
        return None
    known = outcome.gold_levels != UNKNOWN
    levels = outcome.levels[known].astype(np.int64)
    return _crossed(outcome.gold_levels[known].astype(np.int64), levels, len(LEVELS))


def _crossed(rows: Ints, columns: Ints, size: int) -> list[list[int]]:
    """How often each pair occurs, shape (size, size)."""
    counts = np.bincount(rows * size + columns, minlength=size * size)
    table: list[list[int]] = counts.reshape(size, size).tolist()
    return table
