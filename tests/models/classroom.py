"""A small classifier, and comments of two kinds, invented."""

from pathlib import Path

import numpy as np
import torch

from treehole.models.classifiers import RiskClassifier, RiskConfig
from treehole.models.datasets import Dataset
from treehole.models.inputs import Extras, Inputs
from treehole.models.training import Ints, Lesson
from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer

SUNNY, GLOOMY = "今天天气很好，去公园走走", "今天很难过，一个人坐着"


class Classroom:
    """Comments, a tenth of which are ordinary, and what trains on them.

    Those of low risk are about the weather, those of high risk gloomy.
    """

    def __init__(self) -> None:
        self.texts = [f"{SUNNY}{n % 7}" for n in range(40)] + [
            f"{GLOOMY}{n % 5}" for n in range(20)
        ]
        counts = CharacterCounts()
        counts.add(self.texts)
        vocabulary = choose_vocabulary(counts, 1)
        self.tokenizer = make_tokenizer(vocabulary, 32)
        self._size = len(vocabulary)
        self.dataset = self.labelled(ordinary=0)

    def labelled(self, ordinary: int) -> Dataset:
        """The same comments; the first ones, which are sunny, are ordinary."""
        high = np.array([0] * 40 + [1] * 20, np.float32)
        is_ordinary = np.arange(60) < ordinary
        levels = np.where(is_ordinary, -1, np.where(high > 0, 8, 1))
        weights = np.ones(60, np.float32)
        return Dataset(
            self.texts, high, levels, weights, np.arange(60), [None] * 60, {}, is_ordinary
        )

    def classifier(self, kind: str) -> RiskClassifier:
        torch.manual_seed(3)
        encoder = {
            "model_type": "bert", "vocab_size": self._size, "hidden_size": 16,
            "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
        }  # fmt: skip
        return RiskClassifier(RiskConfig(kind=kind, encoder=encoder, levels=True))

    def inputs(self, classifier: RiskClassifier) -> Inputs:
        return Inputs(classifier, self.tokenizer, self.texts, Extras(), lambda _: None)

    def lesson(self, classifier: RiskClassifier, kept: Path | None = None) -> Lesson:
        held_out = np.arange(60) % 5 == 0
        rows: tuple[Ints, Ints] = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        return Lesson(self.dataset, self.inputs(classifier), *rows, kept)
