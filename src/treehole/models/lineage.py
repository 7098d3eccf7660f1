"""Lineage: what a model was trained on, and the models that it began from.

A model's folder says so in `training.json`. A comment that a model, or one of those before it, has
learned from tells little of how good it is: so files are compared by their content.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from treehole.corpus.sources import Source
from treehole.errors import InputError
from treehole.models.scoring import RULES

MANIFEST = "training.json"


@dataclass(frozen=True)
class Training:
    """How a model was trained.

    Attributes:
        folder: The model's.
        kind: Of the model.
        tier: Who labelled the comments.
        comments: How many of them it was trained on.
        high: How many of those are of high risk.
        ordinary: How many comments by people not at risk it learned from as well.
        with_rules: Whether it is told what the rules saw.
        encoder: The encoder it began with, or None if it has none, or has that of `start`.
        start: The folder of the model it began from, as it was named then; or None.
        left_out: How many comments took no part, by reason.
        inputs: The files it learned from: the SHA-256 of each, and its name.
        curve: How good it is with fewer comments: figures by name, the count as `comments`.
    """

    folder: Path
    kind: str
    tier: str
    comments: int
    high: int
    ordinary: int
    with_rules: bool
    encoder: str | None
    start: Path | None
    left_out: Mapping[str, int]
    inputs: Mapping[str, str]
    curve: Sequence[Mapping[str, float]]


class Overlap(NamedTuple):
    """A model that learned from a file.

    Attributes:
        model: The name of the model that is measured.
        source: The name of the file it is measured on.
        learner: The folder of the model that learned from it: the same, or one before it.
    """

    model: str
    source: str
    learner: str


def read_training(folder: Path) -> Training | None:
    """How the model in a folder was trained; None if it does not say.

    Raises:
        InputError: What it says cannot be read.
    """
    path = folder / MANIFEST
    try:
        return _training(folder, json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"{path} cannot be read; train or copy the model again"
        raise InputError(message) from error


def lineage(folder: Path) -> list[Training]:
    """How a model was trained, then the one it began from, and so on, as far as they are there.

    A folder that is no longer where it was named is looked for beside the model that names it.

    Raises:
        InputError: What one of them says cannot be read.
    """
    found: list[Training] = []
    training = read_training(folder)
    while training and all(training.folder.resolve() != t.folder.resolve() for t in found):
        found.append(training)
        training = _before(training)
    return found


def lineages(models: Sequence[str]) -> list[list[Training]]:
    """The lineage of each model; that of the rules is empty.

    Raises:
        InputError: As `lineage`.
    """
    return [[] if model == RULES else lineage(Path(model)) for model in models]


def overlaps(
    names: Sequence[str], trained: Sequence[Sequence[Training]], sources: Sequence[Source]
) -> list[Overlap]:
    """Which of the files each model has learned from, itself or one it began from.

    Args:
        names: What the models are called.
        trained: Their lineages.
        sources: What they are measured on; read once more if any model says what it learned from.

    Raises:
        InputError: A source cannot be read.
    """
    if not any(trained):
        return []
    prints = {source.fingerprint(): source.name for source in sources}
    return [
        Overlap(name, prints[digest], str(training.folder))
        for name, lineage_ in zip(names, trained, strict=True)
        for training in lineage_
        for digest in training.inputs
        if digest in prints
    ]


def _before(training: Training) -> Training | None:
    if training.start is None:
        return None
    named = read_training(training.start)
    return named or read_training(training.folder.parent / training.start.name)


def _training(folder: Path, said: dict[str, Any]) -> Training:
    data = said["data"]
    start = said.get("from")
    return Training(
        folder=folder,
        kind=str(said["kind"]),
        tier=str(said["tier"]),
        comments=int(data["comments"]),
        high=int(data["high"]),
        ordinary=int(data.get("ordinary", 0)),
        with_rules=bool(said.get("settings", {}).get("with_rules")),
        encoder=None if start else said.get("encoder"),
        start=Path(start) if start else None,
        left_out=dict(data.get("left_out", {})),
        inputs={str(entry["sha256"]): str(entry["name"]) for entry in data["inputs"]},
        curve=[_step(step) for step in said.get("curve") or ()],
    )


def _step(said: dict[str, Any]) -> dict[str, float]:
    """A step of a learning curve, without the figures that were not to be had."""
    step = {name: float(value) for name, value in said.items() if value is not None}
    if step["comments"] < 1:
        message = "a step of the learning curve has no comments"
        raise ValueError(message)
    return {name: value for name, value in step.items() if math.isfinite(value)}
