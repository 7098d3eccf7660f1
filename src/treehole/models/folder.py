"""A trained model: a folder that says all of itself, and opens without a pickle.

It holds `config.json`, `model.safetensors`, the tokenizer, `training.json` (what it was trained on,
how, and how well it did) and a model card, `README.md`. `transformers.AutoModel.from_pretrained`
opens it once `treehole.models.classifiers` has been imported.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from treehole.corpus.levels import Bytes
from treehole.corpus.writing import write_json, write_text
from treehole.errors import InputError, OutputError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.card import card
from treehole.models.classifiers import RiskClassifier, RiskConfig, level_of
from treehole.models.devices import autocast, best_device
from treehole.models.encoders import WEIGHTS, encode, quiet
from treehole.models.rule_features import RuleReader, rule_reader
from treehole.models.scoring import Scores, read_config

MANIFEST = "training.json"
CARD = "README.md"


@dataclass(frozen=True)
class TrainedModel:
    """A classifier with its tokenizer.

    Attributes:
        classifier: On the CPU, in float32, ready to predict.
        tokenizer: That of its encoder.
        manifest: What it was trained on, how, and how well it did.
        name: What to call it to people.
    """

    classifier: RiskClassifier
    tokenizer: PreTrainedTokenizerFast
    manifest: dict[str, Any]
    name: str

    @property
    def config(self) -> RiskConfig:
        """What it is made of."""
        config: RiskConfig = self.classifier.config
        return config


class ClassifierScorer:
    """A trained model as what gives risks; see `treehole.models.scoring.Scorer`."""

    def __init__(self, model: TrainedModel, reader: RuleReader | None) -> None:
        """Take a model, and what reads comments by the rules if it knows what they saw."""
        self.name = model.name
        self.threshold = float(model.config.threshold)
        self._model = model
        self._reader = reader
        self._device = best_device()
        self._classifier = model.classifier.to(self._device).eval()

    @torch.inference_mode()
    def score(self, texts: Sequence[str]) -> Scores:
        """Probabilities and, if the model has the head for them, levels."""
        config = self._model.config
        probabilities = np.zeros(len(texts), np.float64)
        levels: Bytes | None = np.zeros(len(texts), np.int8) if config.levels else None
        seen = self._reader.features(texts, config.rule_names) if self._reader else None
        for batch in encode(self._model.tokenizer, texts, config.tokens):
            rules = None if seen is None else torch.from_numpy(seen[batch.rows]).to(self._device)
            with autocast(self._device):
                risk, level = self._classifier(
                    batch.input_ids.to(self._device), batch.attention_mask.to(self._device), rules
                )
            probabilities[batch.rows] = torch.sigmoid(risk.float()).cpu().numpy()
            if levels is not None:
                levels[batch.rows] = level_of(level).cpu().numpy()
        return Scores(probabilities, levels)


def save_model(model: TrainedModel, folder: Path) -> None:
    """Write a model; the manifest comes last, so that a folder without one is not whole.

    Raises:
        OutputError: It cannot be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        with quiet():
            model.classifier.save_pretrained(folder)
            model.tokenizer.save_pretrained(folder)
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror or error}; choose another folder"
        raise OutputError(message) from error
    write_text(card(model.manifest, model.config), folder / CARD)
    write_json(model.manifest, folder / MANIFEST)


def load_model(folder: Path) -> TrainedModel:
    """Open a model.

    Raises:
        InputError: There is none, it is not whole, of another kind or of a newer Treehole, or
            something in the folder is a pickle.
    """
    read_config(folder)
    for needed in (WEIGHTS, MANIFEST):
        if not (folder / needed).is_file():
            message = f"{folder} is no whole model: it has no {needed}; train or copy it again"
            raise InputError(message)
    with quiet():
        try:
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
            classifier = RiskClassifier.from_pretrained(folder, dtype=torch.float32)
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except Exception as error:  # transformers raises whatever its parts raise
            reason = " ".join(str(error).split())[:200]
            message = f"{folder} cannot be opened as a model: {reason}; train or copy it again"
            raise InputError(message) from error
    return TrainedModel(classifier.eval(), tokenizer, manifest, str(folder))


def load_scorer(folder: Path, files: KnowledgeFiles) -> ClassifierScorer:
    """Open a model as what gives risks.

    Raises:
        InputError: As `load_model`.
        KnowledgeError: The model knows the rules, and an ontology or rule file is wrong.
    """
    model = load_model(folder)
    return ClassifierScorer(model, rule_reader(files) if model.config.rule_names else None)
