"""The training job: labelled comments in, a model folder out.

Each tier trains the model that the paper trains from it, starting from the model of the tier
before: free labels the kind `bert`, the easy tier `finetune`, the hard tier `psychology-plus`. The
whole encoder is trained only for `bert`; there, what is done after each epoch is kept, and a run
that was stopped goes on. The others take seconds, so each of their folds is held out in turn, and
a run that was stopped begins anew.
"""

import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import treehole
from treehole.corpus.levels import UNKNOWN, Gold
from treehole.corpus.locking import LOCK, locked
from treehole.corpus.reading import Corpus
from treehole.corpus.sources import Source
from treehole.corpus.writing import write_json, write_text
from treehole.errors import InputError, UsageError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.baselines import fit_baseline
from treehole.models.classifiers import RiskClassifier, RiskConfig
from treehole.models.cross_validation import Course, Taught, teach
from treehole.models.datasets import Dataset, Tier, joined, ordinary_comments, read_dataset
from treehole.models.devices import best_device, fast_attention, seed_all
from treehole.models.encoders import load_encoder
from treehole.models.folder import TrainedModel, load_model, save_model
from treehole.models.folds import folds_of
from treehole.models.inputs import Extras, Inputs
from treehole.models.kinds import KINDS
from treehole.models.lineage import MANIFEST
from treehole.models.memory import enough_memory
from treehole.models.rule_features import rule_reader
from treehole.models.scoring import read_config
from treehole.models.training import Settings, Told
from treehole.pipeline.progress import progress
from treehole.psychology.table import Floats, Singles, features_of, standardised

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
        kind: The kind of model.
        levels: Whether to learn levels too.
        with_rules: Whether to join what the rules saw.
        folds: Into so many parts the comments are divided.
        cross_validate: Hold out each of them in turn, not only one; None to do so if the encoder
            is frozen.
        curve: For the learning curve: to learn from so many comments.
        by_confidence: Let free labels count by how far they are trusted.
        settings: How to train.
        files: The knowledge, for what the rules saw.
        overwrite: Replace what the folder holds of another run.
        quiet: Show no progress of encoding.
    """

    tier: Tier
    data: Sequence[Source]
    out: Path
    text_column: str
    gold: str | None
    ordinary: Sequence[Source]
    users: Mapping[str, Floats] = field(repr=False)
    start: Path | None
    encoder: str
    kind: str
    levels: bool
    with_rules: bool
    folds: int
    cross_validate: bool | None
    curve: Sequence[int]
    by_confidence: bool
    settings: Settings
    files: KnowledgeFiles
    overwrite: bool = False
    quiet: bool = False

    @property
    def held_out(self) -> range:
        """The folds that are held out in turn."""
        each = self.kind != "bert" if self.cross_validate is None else self.cross_validate
        return range(self.folds if each else 1)


def train(job: Job, told: Told) -> TrainedModel:
    """Train a model and write it.

    Raises:
        TreeholeError: Of several kinds; of the kind `bert`, what was trained so far is kept.
    """
    _check(job)
    cure = f"use a smaller --batch than {job.settings.batch}, a smaller encoder, or fewer comments"
    with enough_memory(cure):
        dataset = _dataset(job)
        folds = folds_of(dataset, job.folds, job.settings.seed)
        features = _features(job, dataset)
        manifest = _manifest(job, dataset, features)
        classifier, tokenizer = _classifier(job, features)
        with locked(job.out):
            kept = None if classifier.config.frozen else _prepared(job, manifest)
            classifier.to(best_device())
            if not classifier.config.frozen:
                classifier.encoder.set_attn_implementation(fast_attention(best_device()))
            inputs = _inputs(job, dataset, features, classifier, tokenizer)
            way = job.held_out, job.settings, job.curve, kept
            taught = teach(classifier, Course(dataset, inputs, folds, *way), told)
            classifier.to("cpu").eval()
            model = TrainedModel(classifier, tokenizer, manifest | _found(taught), str(job.out))
            save_model(model, job.out)
            shutil.rmtree(job.out / UNFINISHED, ignore_errors=True)
            (job.out / LOCK).unlink(missing_ok=True)
    return model


def _check(job: Job) -> None:
    """Refuse what cannot be trained, before anything is read.

    Raises:
        UsageError: Options do not go together, or the folder holds a model.
    """
    if (job.out / MANIFEST).exists() and not job.overwrite:
        message = f"{job.out} holds a model; choose a new folder, or replace it with --overwrite"
        raise UsageError(message)
    if job.start is not None and (kind := read_config(job.start)["kind"]) not in KINDS:
        message = f"{job.start} is of the kind {kind}, which has no encoder to start from"
        raise UsageError(message)
    if job.start is not None and job.start.resolve() == job.out.resolve():
        message = f"{job.out} is the model to start from; choose another --out"
        raise UsageError(message)
    if job.users and job.kind != "psychology-plus":
        message = f"--users is for the kind psychology-plus; {job.kind} knows no features"
        raise UsageError(message)
    if not 0 < job.settings.learning_rate <= 1:
        message = f"--learning-rate {job.settings.learning_rate:g}: give one above 0, at most 1"
        raise UsageError(message)
    if job.settings.batch == 1 and job.kind == "finetune":
        message = "--batch 1: the kind finetune needs 2 or more, as it norms by batch"
        raise UsageError(message)


def train_baseline(job: Job) -> dict[str, Any]:
    """Train a model without an encoder, to compare others with, and write it; its manifest.

    Raises:
        TreeholeError: Of several kinds.
    """
    _check(job)
    dataset = _dataset(job)
    gold = Gold(dataset.levels.astype(np.int8), dataset.high.astype(np.int8))
    fit_baseline(job.kind, dataset.texts, gold, job.files, job.settings.seed).save(job.out)
    manifest = _manifest(job, dataset) | {"encoder": None, "metrics": {}}
    write_json(manifest, job.out / MANIFEST)
    return manifest


def _prepared(job: Job, manifest: dict[str, Any]) -> Path:
    """The folder for the state of the run, which is begun anew or gone on with.

    Raises:
        UsageError: It holds the state of another run.
    """
    kept = job.out / UNFINISHED
    if job.overwrite:
        shutil.rmtree(kept, ignore_errors=True)
    begun = kept / MANIFEST
    if begun.exists() and begun.read_text("utf-8") != _text(manifest):
        message = (
            f"{job.out} holds an unfinished run with other data or settings; choose a new folder, "
            "or begin anew with --overwrite"
        )
        raise UsageError(message)
    write_text(_text(manifest), begun)
    return kept


def _text(manifest: dict[str, Any]) -> str:
    return json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)


def _dataset(job: Job) -> Dataset:
    corpus = Corpus(job.data, text_column=job.text_column)
    dataset = read_dataset(corpus, job.tier, job.gold, by_confidence=job.by_confidence)
    if job.levels and not (dataset.levels != UNKNOWN).any():
        message = "--levels needs comments with levels; these have only high and low"
        raise UsageError(message)
    if not job.ordinary:
        return dataset
    ordinary = ordinary_comments(Corpus(job.ordinary, text_column=job.text_column))
    return joined([dataset, ordinary])


def _classifier(job: Job, features: Floats | None) -> tuple[RiskClassifier, Any]:
    """An untrained classifier over the encoder to start from, and its tokenizer."""
    seed_all(job.settings.seed)
    if job.start is None:
        encoder = load_encoder(job.encoder)
        tokenizer, weights = encoder.tokenizer, encoder.model
    else:
        before = load_model(job.start)
        weights = before.classifier.encoder
        tokenizer = before.tokenizer
    config: Any = weights.config
    names = rule_reader(job.files).names if job.with_rules else ()
    classifier = RiskClassifier(
        RiskConfig(
            kind=job.kind,
            encoder=config.to_dict(),
            dropout=job.settings.dropout,
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
    """The features of each comment's writer, NaN where they are not known; None for none.

    Raises:
        InputError: They are known of no writer.
    """
    if not job.users:
        return None
    if not any(name in job.users for name in dataset.names):
        named = sum(name is not None for name in dataset.names)
        message = (
            f"of the {named:,} writers named in the data none is among the {len(job.users):,} of "
            "the features; user_id must name them alike in both tables"
        )
        raise InputError(message)
    return features_of(job.users, dataset.names)[dataset.users]


def _finite(figure: Any, features: Floats) -> list[float]:
    """A figure of each column; 0 for one in which nothing is known."""
    known = np.where(np.isnan(features).all(axis=0), 0, features)
    return [float(value) for value in figure(known, axis=0)]


def _inputs(
    job: Job,
    dataset: Dataset,
    features: Floats | None,
    classifier: RiskClassifier,
    tokenizer: Any,
) -> Inputs:
    """The comments as the classifier reads them."""
    rules = rule_reader(job.files).read(dataset.texts).features if job.with_rules else None
    extras = Extras(rules, _standardised(features, dataset, classifier.config))
    with progress("encode", quiet=job.quiet or not classifier.config.frozen) as reporter:
        reporter.expect(len(dataset))
        return Inputs(classifier, tokenizer, dataset.texts, extras, reporter.advance)


def _standardised(features: Floats | None, dataset: Dataset, config: RiskConfig) -> Singles | None:
    """Features with a mean of 0 and a standard deviation of 1.

    The writers of ordinary comments are as all writers are on average. Were their features missing,
    a model would learn that those whose features are missing are not at risk.
    """
    if features is None:
        return None
    found = standardised(features, config.feature_means, config.feature_scales)
    found[dataset.ordinary] = 0
    return found


def _found(taught: Taught) -> dict[str, Any]:
    """What is known of a model once it is trained."""
    histories = taught.validation.histories
    found = {
        "epochs": taught.history.best,
        "high_weight": taught.history.high_weight,
        "losses": [round(loss, 5) for loss in taught.history.losses],
        "trainings": [
            {"best_epoch": history.best, "f1_by_epoch": [round(f1, 5) for f1 in history.f1]}
            for history in histories
        ],
        "held_out": {"folds": len(histories), "comments": len(taught.validation.rows)},
        "threshold": taught.validation.threshold,
        **taught.validation.summary(),
    }
    if taught.curve:
        points = (*taught.curve, taught.validation)
        found["curve"] = [{"comments": point.learned, **point.metrics()} for point in points]
    return found


def _manifest(job: Job, dataset: Dataset, features: Floats | None = None) -> dict[str, Any]:
    """What is known of a model before it is trained."""
    return {
        "treehole": treehole.__version__,
        "name": job.out.name,
        "tier": job.tier.value,
        "kind": job.kind,
        "from": str(job.start) if job.start else None,
        "encoder": job.encoder if job.start is None else f"that of {job.start}",
        "knowledge_version": job.files.version if job.with_rules else None,
        "data": {
            "inputs": [
                {"name": source.name, "bytes": source.size, "sha256": source.fingerprint()}
                for source in (*job.data, *job.ordinary)
            ],
            "comments": len(dataset) - int(dataset.ordinary.sum()),
            "ordinary": int(dataset.ordinary.sum()),
            "high": int(dataset.high.sum()),
            "writers": len(np.unique(dataset.users[~dataset.ordinary])),
            "left_out": dataset.left_out,
            "confidence": _confidence(job, dataset),
            "features": None if features is None else _known(job, dataset),
        },
        "settings": asdict(job.settings)
        | {
            "folds": job.folds,
            "held_out": len(job.held_out),
            "curve": list(job.curve),
            "levels": job.levels,
            "with_rules": job.with_rules,
        },
        "python": platform.python_version(),
        "libraries": {n: metadata.version(n) for n in ("torch", "transformers", "numpy")},
    }


def _confidence(job: Job, dataset: Dataset) -> dict[str, float] | None:
    """How much free labels count; None where all labels count the same."""
    if job.tier is not Tier.FREE or not job.by_confidence:
        return None
    weights = dataset.weights[~dataset.ordinary].astype(np.float64)
    return {"least": round(float(weights.min()), 4), "mean": round(float(weights.mean()), 4)}


def _known(job: Job, dataset: Dataset) -> dict[str, int]:
    """Of how many writers features are known, and of how many they would be."""
    writers = set(np.unique(dataset.users[~dataset.ordinary]).tolist())
    known = {dataset.names[writer] for writer in writers} & set(job.users)
    return {
        "writers": len(known),
        "unknown": len(writers) - len(known),
        "not_in_data": len(job.users) - len(known),
    }
