"""Training: fits a classifier, stops when held-out comments gain nothing more, and keeps the best.

After each epoch the F1 of high risk is measured on the comments that are held out, and that of the
levels where they are learned; training ends when their mean has not risen for some epochs, and the
weights of the best one are kept. Where nothing is held out, there are as many epochs as are asked
for. Which comments are held out is the business of `treehole.models.cross_validation`.

A comment of the rarer risk counts more, by the square root of how much rarer it is; labels that are
trusted less count less (`treehole.models.datasets`).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from treehole.errors import TreeholeError
from treehole.models.checkpoints import load_checkpoint, save_checkpoint
from treehole.models.classifiers import RiskClassifier, level_loss, level_of
from treehole.models.datasets import Dataset
from treehole.models.devices import seed_all
from treehole.models.inputs import Inputs
from treehole.models.metrics import level_figures

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_BEST, _LAST = "best.safetensors", "last.safetensors"
_LEVEL_SHARE = 0.5
"""How much of the loss is about levels, where there is a head for them."""

_SAID_AT_ONCE = 256
_FASTER = 10
"""How much faster the dense unit learns than the encoder below it."""


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        epochs: Times that all comments are seen, at most.
        batch: Comments a step.
        learning_rate: Of AdamW; where the encoder is trained, that of the encoder.
        patience: Epochs without a gain after which training ends.
        seed: For chance.
        dropout: Share of units left out in training.
        weight_decay: By how much weights shrink at each step, in shares of the learning rate.
    """

    epochs: int
    batch: int
    learning_rate: float
    patience: int
    seed: int = 0
    dropout: float = 0.1
    weight_decay: float = 0.0


PAPER = Settings(epochs=5, batch=8, learning_rate=2e-5, patience=2)
"""For the kind `bert`, whose encoder is trained (Fu et al. 2021, Methods)."""

HEADS = Settings(
    epochs=100, batch=64, learning_rate=1e-3, patience=20, dropout=0.3, weight_decay=0.01
)
"""For the kinds whose encoder is frozen."""


@dataclass
class History:
    """How training went.

    Attributes:
        losses: Mean loss of each epoch.
        f1: F1 of high risk on the held-out comments after each epoch; empty if there are none.
        scores: What the best epoch is chosen by: that F1 or, with levels, its mean with theirs.
        best: The best epoch, counted from 1.
        threshold: The probability from which F1 is best there.
        high_weight: How much a comment of high risk counts.
    """

    losses: list[float] = field(default_factory=list)
    f1: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    best: int = 0
    threshold: float = 0.5
    high_weight: float = 1.0


class Step(NamedTuple):
    """How far training is.

    Attributes:
        epoch: Counted from 1.
        epochs: How many there are at most.
        seen: Comments seen in this one.
        comments: How many there are to see.
        loss: Its mean so far.
        best: The best F1 of earlier epochs.
        name: Of this training, where it is one of several, as in “fold 2 of 5”.
        number: Which of them it is, counted from 1.
        of: How many there are.
    """

    epoch: int
    epochs: int
    seen: int
    comments: int
    loss: float
    best: float
    name: str = ""
    number: int = 1
    of: int = 1

    @property
    def share(self) -> float:
        """What is done of all there may be to do."""
        own = (self.epoch - 1 + self.seen / self.comments) / self.epochs
        return (self.number - 1 + own) / self.of


Told = Callable[[Step], None]
"""Told of progress."""


@dataclass(frozen=True)
class Lesson:
    """What to learn from.

    Attributes:
        dataset: The comments.
        inputs: The same as the classifier reads them.
        learned: Rows of those that it learns from.
        held_out: Rows of those that are only measured on; ordinary ones among them count for
            nothing. Where there are none, the last epoch is the best.
        kept: A folder to keep the state in after each epoch, and to go on from.
    """

    dataset: Dataset
    inputs: Inputs
    learned: Ints
    held_out: Ints
    kept: Path | None = None


class Said(NamedTuple):
    """What a classifier says of comments.

    Attributes:
        probabilities: Of high risk, shape (comments,).
        levels: 0 to 10, the same shape; None without a head for them.
    """

    probabilities: Floats
    levels: Ints | None


def fit(
    classifier: RiskClassifier, lesson: Lesson, settings: Settings, told: Told
) -> tuple[History, Said]:
    """Train a classifier in place, on the device it is on.

    Args:
        classifier: Its encoder is trained too unless its kind says otherwise.
        lesson: What to learn from.
        settings: How to train.
        told: Told of progress.

    Returns:
        How it went, and what the classifier says of the held-out comments.

    Raises:
        TreeholeError: Its weights are no longer numbers.
    """
    dataset, inputs, kept = lesson.dataset, lesson.inputs, lesson.kept
    measured = lesson.held_out[~dataset.ordinary[lesson.held_out]]
    part = trained_part(classifier)
    optimizer = _optimizer(classifier, settings)
    history = History(high_weight=high_weight(dataset.high[lesson.learned]))
    targets = _Targets(dataset, history.high_weight, next(part.parameters()).device)
    best = copied(part)
    if kept and (kept / _LAST).exists():
        if (kept / _BEST).exists():
            load_checkpoint(classifier, optimizer, kept / _BEST)
            best = copied(part)
        history = History(**load_checkpoint(classifier, optimizer, kept / _LAST))
    for epoch in range(len(history.losses) + 1, settings.epochs + 1):
        if len(measured) and epoch > 1 and epoch - 1 - history.best >= settings.patience:
            break
        so_far = max(history.f1, default=0.0)
        loss = _learn(classifier, lesson, targets, optimizer, _Epoch(epoch, settings, so_far, told))
        if not math.isfinite(loss):
            raise _diverged(epoch, settings)
        history.losses.append(loss)
        if not len(measured):
            history.best = epoch
        elif _gained(history, dataset, measured, said(classifier, inputs, measured)):
            best = copied(part)
            if kept:
                save_checkpoint(classifier, optimizer, asdict(history), kept / _BEST)
        if kept:
            save_checkpoint(classifier, optimizer, asdict(history), kept / _LAST)
    if len(measured):
        part.load_state_dict(best)
    return history, said(classifier, inputs, lesson.held_out)


class _Epoch(NamedTuple):
    """One time through all comments: its number, how, the best F1 so far, and who is told."""

    number: int
    settings: Settings
    f1: float
    told: Told


def _learn(
    classifier: RiskClassifier,
    lesson: Lesson,
    targets: "_Targets",
    optimizer: torch.optim.Optimizer,
    epoch: _Epoch,
) -> float:
    """Read all comments to learn from once; the mean loss."""
    number, settings, f1, told = epoch
    seed_all(settings.seed, number)
    classifier.train()
    if classifier.config.frozen:
        classifier.encoder.eval()
    trained = list(trained_part(classifier).parameters())
    chance = np.random.default_rng((settings.seed, number))
    seen, total = 0, 0.0
    for rows in batches_of(lesson.learned, lesson.inputs.lengths, settings.batch, chance):
        loss = targets.loss(rows, *lesson.inputs.logits(rows))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        seen += len(rows)
        total += float(loss.detach()) * len(rows)
        told(Step(number, settings.epochs, seen, len(lesson.learned), total / seen, f1))
    return total / max(seen, 1)


def _optimizer(classifier: RiskClassifier, settings: Settings) -> torch.optim.AdamW:
    """AdamW; what is new learns faster than an encoder that has learned before."""
    rate, head = settings.learning_rate, list(classifier.head.parameters())
    groups: list[dict[str, Any]] = [{"params": head, "lr": rate}]
    if not classifier.config.frozen:
        groups[0]["lr"] = _FASTER * rate
        groups.append({"params": list(classifier.encoder.parameters()), "lr": rate})
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay)


def _gained(history: History, dataset: Dataset, measured: Ints, found: Said) -> bool:
    """Note how well the comments are told after one more epoch; whether it is the best so far."""
    f1, threshold = best_threshold(dataset.high[measured], found.probabilities)
    history.f1.append(f1)
    history.scores.append(f1)
    if found.levels is not None:
        of_levels = level_figures(dataset.levels[measured], found.levels)["level_weighted_f1"]
        history.scores[-1] = (f1 + np.nan_to_num(float(of_levels[0]))) / 2
    if history.scores[-1] <= max(history.scores[:-1], default=-1.0):
        return False
    history.best, history.threshold = len(history.f1), threshold
    return True


def _diverged(epoch: int, settings: Settings) -> TreeholeError:
    return TreeholeError(
        f"training ran away in epoch {epoch}: the loss is no number any more; use a smaller "
        f"--learning-rate than {settings.learning_rate:g}"
    )


def trained_part(classifier: RiskClassifier) -> nn.Module:
    """What of a classifier is trained."""
    part: nn.Module = classifier.head if classifier.config.frozen else classifier
    return part


def copied(part: nn.Module) -> dict[str, Tensor]:
    """The weights of a module as they are now, on the CPU."""
    return {name: value.detach().cpu().clone() for name, value in part.state_dict().items()}


@torch.inference_mode()
def said(classifier: RiskClassifier, inputs: Inputs, rows: Ints) -> Said:
    """What a classifier says of some comments."""
    classifier.eval()
    risks, levels = [torch.zeros(0)], [torch.zeros(0, dtype=torch.long)]
    for start in range(0, len(rows), _SAID_AT_ONCE):
        risk, level = inputs.logits(rows[start : start + _SAID_AT_ONCE])
        risks.append(torch.sigmoid(risk).cpu())
        if level is not None:
            levels.append(level_of(level).cpu())
    known = torch.cat(levels).numpy() if classifier.config.levels else None
    return Said(torch.cat(risks).numpy(), known)


class _Targets:
    """What the classifier should say, and what it costs to say otherwise."""

    def __init__(self, dataset: Dataset, high_weight: float, device: torch.device) -> None:
        high = torch.from_numpy(dataset.high)
        weights = torch.from_numpy(dataset.weights) * torch.where(high > 0, high_weight, 1.0)
        self._high, self._weights = high.to(device), weights.to(device)
        self._levels = torch.from_numpy(dataset.levels).to(device)

    def loss(self, rows: Ints, risk: Tensor, levels: Tensor | None) -> Tensor:
        """The mean loss of some comments."""
        chosen = torch.from_numpy(rows).to(risk.device)
        weights = self._weights[chosen]
        of_risk = functional.binary_cross_entropy_with_logits(
            risk, self._high[chosen], reduction="none"
        )
        loss = (of_risk * weights).sum() / weights.sum()
        if levels is None:
            return loss
        known = self._levels[chosen] >= 0
        of_levels = level_loss(levels, self._levels[chosen])
        counted = weights * known
        return loss + _LEVEL_SHARE * (of_levels * counted).sum() / counted.sum().clamp(min=1e-6)


def batches_of(rows: Ints, lengths: Ints, size: int, chance: np.random.Generator) -> Iterator[Ints]:
    """The rows in batches of like length, in an order of chance.

    A batch of one row is left over at times, from which batch norm cannot learn: it is left out.

    Args:
        rows: Which comments.
        lengths: Of all comments, in tokens.
        size: Rows a batch.
        chance: For the order.
    """
    shuffled = chance.permutation(rows)
    pool = size * 50
    parts = []
    for start in range(0, len(shuffled), pool):
        part = shuffled[start : start + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        parts += [part[i : i + size] for i in range(0, len(part), size)]
    for number in chance.permutation(len(parts)).tolist():
        if len(parts[number]) == size or len(parts[number]) > 1 or len(parts) == 1:
            yield parts[number]


def best_threshold(high: Floats, probabilities: Floats) -> tuple[float, float]:
    """The best F1 of high risk, and the probability from which it is had.

    Args:
        high: 1 for high risk, else 0, shape (comments,).
        probabilities: Of high risk.
    """
    order = np.argsort(-probabilities, kind="stable")
    found = np.cumsum(high[order])
    called = np.arange(1, len(order) + 1)
    f1 = 2 * found / np.maximum(called + high.sum(), 1)
    last_of_equals = np.append(np.diff(probabilities[order]) != 0, True)
    f1 = np.where(last_of_equals, f1, -1)
    place = int(np.argmax(f1))
    following = probabilities[order[place + 1]] if place + 1 < len(order) else 0.0
    threshold = (float(probabilities[order[place]]) + float(following)) / 2
    return max(float(f1[place]), 0.0), threshold


def high_weight(high: Floats) -> float:
    """How much a comment of high risk counts, by how rare it is.

    Args:
        high: 1 for high risk, else 0, shape (comments,).
    """
    share = float(high.mean())
    return math.sqrt((1 - share) / share) if 0 < share < 1 else 1.0
