"""Evaluations to be made in a process of their own."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from processes import Noted
from treehole.analysis.evaluation import Evaluation, Settings, evaluate_models
from treehole.corpus.sources import find_sources
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.scoring import Scorer, Scores, open_scorer

Judged = Sequence[tuple[str, str]]


class ByLength:
    """Takes long comments for risky ones, and says nothing of levels."""

    name = "length"
    threshold = 0.5

    def score(self, texts: Sequence[str], _features: object = None, /) -> Scores:
        return Scores(np.minimum(np.array([len(text) for text in texts]) / 20, 1.0), None)


class Broken(ByLength):
    """Gives no numbers."""

    name = "broken"

    def score(self, texts: Sequence[str], _features: object = None, /) -> Scores:
        return Scores(np.full(len(texts), np.nan), None)


_OTHERS: dict[str, type[ByLength]] = {"length": ByLength, "broken": Broken}


def evaluated(path: Path, models: Sequence[str], **settings: Any) -> tuple[Evaluation, Noted]:
    """Evaluate `rules` or one of the models here."""
    noted = Noted()
    files = KnowledgeFiles.locate()
    scorers: list[Scorer] = [
        _OTHERS[model]() if model in _OTHERS else open_scorer(model, files) for model in models
    ]
    asked = Settings(**{"gold": "people", "draws": 50, **settings})
    return evaluate_models(find_sources([str(path)]), scorers, files, asked, noted), noted


def write_gold(path: Path, judged: Judged) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "people"])
        writer.writerows(judged)
    return path
