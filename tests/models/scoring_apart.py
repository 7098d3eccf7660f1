"""Models that read comments by the rules, to be run in a process of their own."""

from functools import cache
from pathlib import Path

import numpy as np
from calm_gold import judged

from treehole.corpus.levels import Gold
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.baselines import Stack, fit_baseline
from treehole.models.rule_features import Seen, rule_reader
from treehole.models.scoring import Scores, open_scorer


@cache
def _files() -> KnowledgeFiles:
    return KnowledgeFiles.locate()


def seen(texts: list[str]) -> tuple[Seen, tuple[str, ...], tuple[str, ...]]:
    """What the rules saw, the names of the features and of the rules."""
    reader = rule_reader(_files())
    return reader.read(texts), reader.names, reader.rule_ids


def features(texts: list[str], names: list[str]) -> np.ndarray:
    return rule_reader(_files()).features(texts, names)


def by_rules(texts: list[str]) -> Scores:
    return open_scorer("rules", _files()).score(texts)


def stacked(folder: Path, *, levels: bool = True) -> tuple[Scores, Scores, Scores]:
    """What a stack says of what it learned from; the same twice trained; the same once saved."""
    texts, gold = judged()
    if not levels:
        gold = Gold(np.full_like(gold.levels, -1), gold.high)
    one, other = (fit_baseline("stack", texts, gold, _files()) for _ in range(2))
    one.save(folder)
    return one.score(texts), other.score(texts), open_scorer(str(folder), _files()).score(texts)


def reopened_and_empty(folder: Path) -> tuple[int, bool]:
    """How much a saved stack says of no comment at all, and whether it gives levels."""
    scores = Stack.load(folder, rule_reader(_files())).score([])
    return len(scores.probabilities), scores.levels is not None
