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
from treehole.errors import InputError, OutputError, TreeholeError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.card import card
from treehole.models.classifiers import RiskClassifier, RiskConfig, level_of
from treehole.models.encoders import WEIGHTS, encode, quiet
from treehole.models.inference import BATCH, Inference
from treehole.models.lineage import MANIFEST
from treehole.models.memory import enough_memory
from treehole.models.rule_features import RuleReader, rule_reader
from treehole.models.scoring import Floats, Scores, Traits, read_config
from treehole.psychology.table import standardised

TOKENIZER = "tokenizer.json"
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

    def __init__(
        self, model: TrainedModel, reader: RuleReader | None, dtype: torch.dtype | None = None
    ) -> None:
        """Take a model over.

        Args:
            model: Not to be used for anything else from now on; see `Inference`.
            reader: Reads comments by the rules, if the model knows what they saw.
            dtype: The type to compute in; by default, the fast one of the device.
        """
        self.name = model.name
        self.threshold = float(model.config.threshold)
        self._config = model.config
        self._tokenizer = model.tokenizer
        self._reader = reader
        self._inference = Inference(model.classifier, dtype)
        self.traits = Traits(
            knowledge_version=reader.version if reader else None,
            precision=str(self._inference.dtype).removeprefix("torch."),
            with_features=bool(model.config.feature_means),
            notes=_notes(model, reader),
        )

    def score(self, texts: Sequence[str], features: Floats | None = None, /) -> Scores:
        """Probabilities and, if the model has the head for them, levels."""
        config = self._config
        probabilities = np.zeros(len(texts), np.float64)
        levels: Bytes | None = np.zeros(len(texts), np.int8) if config.levels else None
        rules = self._reader.features(texts, config.rule_names) if self._reader else None
        known = None
        if features is not None and self.traits.with_features:
            known = standardised(features, config.feature_means, config.feature_scales)
        for batch in encode(self._tokenizer, texts, config.tokens, BATCH):
            risk, level = self._inference(batch, rules, known)
            probabilities[batch.rows] = torch.sigmoid(risk).numpy()
            if levels is not None and level is not None:
                levels[batch.rows] = level_of(level).numpy()
        return Scores(probabilities, levels)


def _notes(model: TrainedModel, reader: RuleReader | None) -> list[str]:
    """Whether the knowledge has changed since the model was trained."""
    learned = model.manifest.get("knowledge_version")
    if reader is None or learned in {None, reader.version}:
        return []
    gone = len(set(model.config.rule_names) - set(reader.names))
    return [
        f"{model.name} was trained with the knowledge version {learned} and is used with "
        f"{reader.version}; of the {len(model.config.rule_names):,} figures it knows of what the "
        f"rules see, {gone:,} are no longer there and count as 0"
    ]


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
        # safetensors lets nobody but the owner read
        (folder / WEIGHTS).chmod((folder / TOKENIZER).stat().st_mode)
    except Exception as error:  # safetensors and tokenizers have errors of their own
        reason = " ".join(str(error).split())[:200]
        message = f"{folder} cannot be written: {reason}; make room there, or choose another folder"
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
    for needed in (WEIGHTS, TOKENIZER, MANIFEST):
        if not (folder / needed).is_file():
            message = f"{folder} is no whole model: it has no {needed}; train or copy it again"
            raise InputError(message)
    manifest = _manifest(folder / MANIFEST)
    with quiet():
        try:
            with enough_memory("end other programs, or use a smaller model"):
                classifier, loaded = RiskClassifier.from_pretrained(
                    folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True
                )
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        except TreeholeError:
            raise
        except Exception as error:  # transformers raises whatever its parts raise
            reason = " ".join(str(error).split())[:200]
            message = f"{folder} cannot be opened as a model: {reason}; train or copy it again"
            raise InputError(message) from error
    if loaded["missing_keys"]:  # which transformers would make up by chance
        message = (
            f"{folder} is no whole model: {len(loaded['missing_keys']):,} of its weights are not "
            f"in {WEIGHTS}; train or copy it again"
        )
        raise InputError(message)
    if len(tokenizer) > classifier.encoder.config.vocab_size:
        message = f"{folder} has the {TOKENIZER} of another model; train or copy it again"
        raise InputError(message)
    return TrainedModel(classifier.eval(), tokenizer, manifest, str(folder))


def _manifest(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        message = f"{path} cannot be read; train or copy the model again"
        raise InputError(message) from error


def load_scorer(folder: Path, files: KnowledgeFiles) -> ClassifierScorer:
    """Open a model as what gives risks.

    Raises:
        InputError: As `load_model`.
        KnowledgeError: The model knows the rules, and an ontology or rule file is wrong.
    """
    model = load_model(folder)
    return ClassifierScorer(model, rule_reader(files) if model.config.rule_names else None)
