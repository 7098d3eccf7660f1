"""Ordinary posts: how often a model raises an alarm where nobody is at risk.

Posts of people at large are taken to be of low risk, though nobody has judged them; a few may not
be. Tree-hole comments that people judged hold far more of high risk than there is in the world, so
this says more about the alarms of every day than precision does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from treehole.analysis.evaluation import ROWS
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import Source
from treehole.errors import InputError
from treehole.models.metrics import CONFIDENCE, Figure
from treehole.models.scoring import Scorer, scored
from treehole.pipeline.progress import Reporter


@dataclass(frozen=True)
class FalseAlarms:
    """What models make of ordinary posts.

    Attributes:
        comments: How many posts there are.
        called: How many of them each model calls high risk.
    """

    comments: int
    called: Sequence[int]

    @property
    def rates(self) -> list[Figure]:
        """The share that each calls high risk, with Wilson's interval (1927)."""
        return [_rate(called, self.comments) for called in self.called]


def count_false_alarms(
    sources: Sequence[Source], scorers: Sequence[Scorer], text_column: str, reporter: Reporter
) -> FalseAlarms:
    """Let all models score ordinary posts.

    Raises:
        UsageError: There is no such column.
        InputError: A source is damaged, or there is no post, or a model gives what is no
            probability.
    """
    corpus = Corpus(sources, text_column=text_column)
    reporter.expect(corpus.estimate_rows())
    comments, called = 0, np.zeros(len(scorers), np.int64)
    for block in corpus.blocks(ROWS):
        texts = block.table[TEXT].to_pylist()
        called += [
            int((scored(scorer, texts).probabilities >= scorer.threshold).sum())
            for scorer in scorers
        ]
        comments += len(texts)
        reporter.advance(len(texts))
    if not comments:
        message = "there is no ordinary post; name a file that has some with --ordinary"
        raise InputError(message)
    return FalseAlarms(comments, called.tolist())


def _rate(called: int, comments: int) -> Figure:
    bounds = binomtest(called, comments).proportion_ci(CONFIDENCE, method="wilson")
    return Figure(called / comments, float(bounds.low), float(bounds.high))
