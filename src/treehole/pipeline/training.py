"""The training job: labelled comments in, a model folder out.

Each tier trains the model that the paper trains from it, starting from the model of the tier
before: free labels the kind `bert`, the easy tier `finetune`, the hard tier `psychology-plus`. The
whole encoder is trained only for `bert`; there, what is done after each epoch is kept, and a run
that was stopped goes on.
"""

import json
import platform
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, precision_recall_fscore_support, roc_auc_score

import treehole
from treehole.corpus.levels import UNKNOWN, Gold
from treehole.corpus.reading import Corpus
from treehole.corpus.sources import Source
from treehole.corpus.writing import write_json, write_text
from treehole.errors import UsageError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.baselines import fit_baseline
from treehole.models.classifiers import RiskClassifier, RiskConfig
from treehole.models.datasets import Dataset, Tier, joined, ordinary_comments, read_dataset
from treehole.models.encoders import load_encoder
from treehole.models.folder import MANIFEST, TrainedModel, load_model, save_model
from treehole.models.folds import folds_of
from treehole.models.rule_features import rule_reader
from treehole.models.training import (
    Floats,
    History,
    Inputs,
    Ints,
    Lesson,
    Settings,
    Told,
    fit,
)

KIND_OF = {Tier.FREE: "bert", Tier.EASY: "finetune", Tier.HARD: "psychology-plus"}
"""What each tier trains (Fu et al. 2021, figure 2)."""

UNFINISHED = "unfinished"
"""The folder in a model's folder that keeps the state of a run."""


@dataclass(frozen=True)
class Job:
    """What to train, and from what.

    Attributes:
        tier: Who labelled the comments.
        data: Tables of comments with labels.
        out: The folder for the model.
        text_column: The column with the comments.
        gold: The column with the labels; None for that of the tier.
        ordinary: Tables of comments by people not at risk.
        users: The features of each writer, by name, in the order of the features.
        start: The folder of the model to start from, or None.
        encoder: The encoder to start from otherwise.
        kind: The kind of classifier; None for that of the tier.
        levels: Whether to learn levels too.
        with_rules: Whether to join what the rules saw.
        folds: Into so many parts the comments are divided, one of which is held out.
        settings: How to train.
        files: The knowledge, for what the rules saw.
        overwrite: Replace what the folder holds of another run.
    """

    tier: Tier
    data: Sequence[Source]
    out: Path
    text_column: str
    gold: str | None
    ordinary: Sequence[Source]
    users: dict[str, Any] = field(repr=False)
    start: Path | None
    encoder: str
    kind: str | None
    levels: bool
    with_rules: bool
    folds: int
    settings: Settings
    files: KnowledgeFiles
    overwrite: bool = False

    @property
    def own_kind(self) -> str:
        """The kind of classifier."""
        return self.kind or KIND_OF[self.tier]


def train(job: Job, told: Told) -> TrainedModel:
    """Train a model and write it.

    Raises:
        TreeholeError: Of several kinds; what was trained so far is kept.
    """
    dataset = _dataset(job)
    folds = folds_of(dataset, job.folds, job.settings.seed)
    manifest = _manifest(job, dataset)
    kept = job.out / UNFINISHED
    classifier, tokenizer = _classifier(job, dataset)
    _prepare(job, manifest, kept)
    inputs = _inputs(job, dataset, classifier.config)
    lesson = Lesson(dataset, folds == 0, inputs, None if classifier.config.frozen else kept)
    history, probabilities, levels = fit(classifier, tokenizer, lesson, job.settings, told)
    manifest |= {
        "epochs": history.best,
        "losses": [round(loss, 5) for loss in history.losses],
        "f1_by_epoch": [round(f1, 5) for f1 in history.f1],
        "high_weight": history.high_weight,
        "metrics": _metrics(lesson, history, probabilities, levels),
    }
    model = TrainedModel(classifier, tokenizer, manifest, str(job.out))
    save_model(model, job.out)
    shutil.rmtree(kept, ignore_errors=True)
    return model


def train_baseline(job: Job) -> dict[str, Any]:
    """Train a model without an encoder, to compare others with, and write it; its manifest.

    Raises:
        TreeholeError: Of several kinds.
    """
    dataset = _dataset(job)
    if (job.out / MANIFEST).exists() and not job.overwrite:
        raise _taken(job.out)
    gold = Gold(dataset.levels.astype(np.int8), dataset.high.astype(np.int8))
    fit_baseline(job.own_kind, dataset.texts, gold, job.files, job.settings.seed).save(job.out)
    manifest = _manifest(job, dataset) | {"encoder": None, "metrics": {}}
    write_json(manifest, job.out / MANIFEST)
    return manifest


def _taken(folder: Path) -> UsageError:
    return UsageError(
        f"{folder} holds a model; choose a new folder, or replace it with --overwrite"
    )


def _prepare(job: Job, manifest: dict[str, Any], kept: Path) -> None:
    """Refuse a folder that holds another model or another run, unless it is to be replaced."""
    if job.overwrite:
        shutil.rmtree(kept, ignore_errors=True)
    elif (job.out / MANIFEST).exists():
        raise _taken(job.out)
    begun = kept / MANIFEST
    if begun.exists() and begun.read_text("utf-8") != _text(manifest):
        message = (
            f"{job.out} holds an unfinished run with other data or settings; choose a new folder, "
            "or begin anew with --overwrite"
        )
        raise UsageError(message)
    write_text(_text(manifest), begun)


def _text(manifest: dict[str, Any]) -> str:
    return json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)


def _dataset(job: Job) -> Dataset:
    corpus = Corpus(job.data, text_column=job.text_column)
    dataset = read_dataset(corpus, job.tier, job.gold)
    if job.levels and not (dataset.levels != UNKNOWN).any():
        message = "--levels needs comments with levels; these have only high and low"
        raise UsageError(message)
    if not job.ordinary:
        return dataset
    ordinary = ordinary_comments(Corpus(job.ordinary, text_column=job.text_column))
    return joined([dataset, ordinary])


def _classifier(job: Job, dataset: Dataset) -> tuple[RiskClassifier, Any]:
    """An untrained classifier over the encoder to start from, and its tokenizer."""
    if job.start is None:
        encoder = load_encoder(job.encoder)
        tokenizer, weights = encoder.tokenizer, encoder.model
    else:
        before = load_model(job.start)
        weights = before.classifier.encoder
        tokenizer = before.tokenizer
    config: Any = weights.config
    names = rule_reader(job.files).names if job.with_rules else ()
    features = _features(job, dataset)
    classifier = RiskClassifier(
        RiskConfig(
            kind=job.own_kind,
            encoder=config.to_dict(),
            levels=job.levels,
            rule_names=names,
            feature_means=[] if features is None else _finite(np.nanmean, features),
            feature_scales=[] if features is None else _finite(np.nanstd, features),
            tokens=min(128, getattr(config, "max_position_embeddings", 128)),
        )
    )
    classifier.encoder.load_state_dict(weights.state_dict())
    return classifier, tokenizer


def _features(job: Job, dataset: Dataset) -> Floats | None:
    """The features of each comment's writer, NaN where they are not known; None for none."""
    if not job.users:
        return None
    unknown = np.full(len(next(iter(job.users.values()))), np.nan)
    rows = [unknown if name is None else job.users.get(name, unknown) for name in dataset.names]
    found: Floats = np.stack(rows)[dataset.users].astype(np.float32)
    return found


def _finite(figure: Any, features: Floats) -> list[float]:
    """A figure of each column; 0 for one in which nothing is known."""
    known = np.where(np.isnan(features).all(axis=0), 0, features)
    return [float(value) for value in figure(known, axis=0)]


def _inputs(job: Job, dataset: Dataset, config: RiskConfig) -> Inputs:
    rules = rule_reader(job.files).read(dataset.texts).features if job.with_rules else None
    features = _features(job, dataset)
    if features is not None:
        scales = np.maximum(config.feature_scales, 1e-6)
        features = ((features - config.feature_means) / scales).astype(np.float32)
    return Inputs(rules, features)


def _metrics(
    lesson: Lesson, history: History, probabilities: Floats, levels: Ints | None
) -> dict[str, float]:
    """How well the held-out comments are told."""
    high = lesson.dataset.high[lesson.held_out] > 0
    called = probabilities >= history.threshold
    precision, recall, f1, _ = precision_recall_fscore_support(
        high, called, average="binary", zero_division=0
    )
    found = {
        "F1": f1,
        "precision": precision,
        "recall": recall,
        "accuracy": accuracy_score(high, called),
        "ROC-AUC": roc_auc_score(high, probabilities),
    }
    known = lesson.dataset.levels[lesson.held_out] != UNKNOWN
    if levels is not None and known.any():
        gold = lesson.dataset.levels[lesson.held_out]
        found["mean level error"] = np.abs(levels - gold)[known].mean()
    return {name: float(value) for name, value in found.items()}


def _manifest(job: Job, dataset: Dataset) -> dict[str, Any]:
    """What is known of a model before it is trained."""
    return {
        "treehole": treehole.__version__,
        "name": job.out.name,
        "tier": job.tier.value,
        "kind": job.own_kind,
        "from": str(job.start) if job.start else None,
        "encoder": job.encoder if job.start is None else f"that of {job.start}",
        "knowledge_version": job.files.version if job.with_rules else None,
        "data": {
            "inputs": [
                {"name": source.name, "bytes": source.size, "sha256": source.fingerprint()}
                for source in (*job.data, *job.ordinary)
            ],
            "comments": len(dataset),
            "high": int(dataset.high.sum()),
            "writers": len(np.unique(dataset.users)),
            "left_out": dataset.left_out,
        },
        "settings": asdict(job.settings)
        | {"folds": job.folds, "levels": job.levels, "with_rules": job.with_rules},
        "python": platform.python_version(),
        "libraries": {n: metadata.version(n) for n in ("torch", "transformers", "numpy")},
    }
