"""Training: fits a classifier, stops when held-out comments gain nothing more, and keeps the best.

One fold of comments is held out (`treehole.models.folds`). After each epoch the F1 of high risk is
measured there; training ends when it has not risen for some epochs, and the weights of the best one
are kept. So is the probability from which the F1 is best: the model's threshold.

A comment of the rarer risk counts more, by the square root of how much rarer it is; labels that are
trusted less count less (`treehole.models.datasets`).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from treehole.models.checkpoints import load_checkpoint, save_checkpoint
from treehole.models.classifiers import TOP_LEVEL, RiskClassifier, level_of
from treehole.models.datasets import Dataset
from treehole.models.devices import autocast, best_device, seed_all
from treehole.models.encoders import encode

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_BEST, _LAST = "best.safetensors", "last.safetensors"
_LEVEL_SHARE = 0.5
"""How much of the loss is about levels, where there is a head for them."""


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        epochs: Times that all comments are seen, at most.
        batch: Comments a step.
        learning_rate: Of Adam.
        patience: Epochs without a gain after which training ends.
        seed: For chance.
    """

    epochs: int
    batch: int
    learning_rate: float
    patience: int
    seed: int = 0


PAPER = Settings(epochs=5, batch=8, learning_rate=2e-5, patience=2)
"""For the kind `bert`, whose encoder is trained (Fu et al. 2021, Methods)."""

HEADS = Settings(epochs=200, batch=64, learning_rate=1e-3, patience=20)
"""For the kinds whose encoder is frozen."""


class Inputs(NamedTuple):
    """What a classifier is given beside the comments, or None; each has a row a comment.

    Attributes:
        rules: What the rules saw, shape (comments, rule names).
        features: Psychology features, standardised, NaN where missing, shape (comments, 10).
    """

    rules: Floats | None = None
    features: Floats | None = None


@dataclass
class History:
    """How training went.

    Attributes:
        losses: Mean loss of each epoch.
        f1: F1 of high risk on the held-out comments after each epoch.
        best: The best epoch, counted from 1.
        threshold: The probability from which F1 is best there.
        high_weight: How much a comment of high risk counts.
    """

    losses: list[float] = field(default_factory=list)
    f1: list[float] = field(default_factory=list)
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
    """

    epoch: int
    epochs: int
    seen: int
    comments: int
    loss: float
    best: float

    @property
    def share(self) -> float:
        """What is done of all there may be to do."""
        return (self.epoch - 1 + self.seen / self.comments) / self.epochs


Told = Callable[[Step], None]
"""Told of progress."""


class _Comments:
    """Comments as a classifier reads them: tokens, or the vectors of a frozen encoder."""

    def __init__(
        self, classifier: RiskClassifier, tokenizer: Any, texts: Sequence[str], inputs: Inputs
    ) -> None:
        self._classifier = classifier
        self._device = next(classifier.parameters()).device
        self._inputs = inputs
        config = classifier.config
        self._frozen = config.frozen
        batches = encode(tokenizer, texts, config.tokens)
        if self._frozen:
            self._vectors = self._all_vectors(batches, len(texts))
            self.lengths = np.ones(len(texts), np.int64)
        else:
            self._tokens = self._all_tokens(batches, len(texts))
            self.lengths = np.array([len(tokens) for tokens in self._tokens])

    def logits(self, rows: Ints) -> tuple[Tensor, Tensor | None]:
        """What the classifier says of some comments."""
        rules, features = (self._part(part, rows) for part in self._inputs)
        if self._frozen:
            vectors = self._vectors[torch.from_numpy(rows)].to(self._device)
            logits: tuple[Tensor, Tensor | None] = self._classifier.head(vectors, rules, features)
            return logits
        longest = int(self.lengths[rows].max())
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(rows.tolist()):
            tokens = self._tokens[row]
            ids[place, : len(tokens)] = tokens
            mask[place, : len(tokens)] = 1
        with autocast(self._device):
            said = self._classifier(ids.to(self._device), mask.to(self._device), rules, features)
        return said[0].float(), None if said[1] is None else said[1].float()

    def _part(self, part: Floats | None, rows: Ints) -> Tensor | None:
        return None if part is None else torch.from_numpy(part[rows]).to(self._device)

    @staticmethod
    def _all_tokens(batches: Iterator[Any], count: int) -> list[Tensor]:
        found: list[Tensor] = [torch.empty(0)] * count
        for batch in batches:
            lengths = batch.attention_mask.sum(1).tolist()
            for place, row in enumerate(batch.rows.tolist()):
                found[row] = batch.input_ids[place, : lengths[place]].clone()
        return found

    @torch.inference_mode()
    def _all_vectors(self, batches: Iterator[Any], count: int) -> Tensor:
        self._classifier.eval()
        size = self._classifier.encoder.config.hidden_size
        found = torch.zeros((count, size))
        for batch in batches:
            with autocast(self._device):
                vectors = self._classifier.vectors(
                    batch.input_ids.to(self._device), batch.attention_mask.to(self._device)
                )
            found[torch.from_numpy(batch.rows)] = vectors.float().cpu()
        return found.clone()


@dataclass(frozen=True)
class Lesson:
    """What to learn from.

    Attributes:
        dataset: The comments.
        held_out: Which of them are only measured on, shape (comments,).
        inputs: What the classifier is given beside them.
        kept: A folder to keep the state in after each epoch, and to go on from.
    """

    dataset: Dataset
    held_out: npt.NDArray[np.bool_]
    inputs: Inputs = Inputs()  # noqa: RUF009  it cannot be changed
    kept: Path | None = None


def fit(
    classifier: RiskClassifier, tokenizer: Any, lesson: Lesson, settings: Settings, told: Told
) -> tuple[History, Floats, Ints | None]:
    """Train a classifier in place.

    Args:
        classifier: Its encoder is trained too unless its kind says otherwise.
        tokenizer: That of the encoder.
        lesson: What to learn from.
        settings: How to train.
        told: Told of progress.

    Returns:
        How it went; of the held-out comments the probabilities of high risk, shape (held out,),
        and the levels, or None without a head for them.
    """
    device = best_device()
    classifier.to(device)
    if classifier.config.frozen:
        classifier.encoder.requires_grad_(requires_grad=False)
    dataset, kept = lesson.dataset, lesson.kept
    comments = _Comments(classifier, tokenizer, dataset.texts, lesson.inputs)
    train, test = np.flatnonzero(~lesson.held_out), np.flatnonzero(lesson.held_out)
    history = History(high_weight=high_weight(dataset.high[train]))
    trained = [p for p in classifier.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=settings.learning_rate)
    targets = _Targets(dataset, history.high_weight, device)
    best = _copied(classifier)
    if kept and (kept / _LAST).exists():
        history = History(**load_checkpoint(classifier, optimizer, kept / _BEST))
        best = _copied(classifier)
        history = History(**load_checkpoint(classifier, optimizer, kept / _LAST))
    for epoch in range(len(history.f1) + 1, settings.epochs + 1):
        if history.f1 and len(history.f1) - history.best >= settings.patience:
            break
        seed_all(settings.seed, epoch)
        classifier.train()
        if classifier.config.frozen:
            classifier.encoder.eval()
        chance = np.random.default_rng((settings.seed, epoch))
        seen, total = 0, 0.0
        for rows in batches_of(train, comments.lengths, settings.batch, chance):
            loss = targets.loss(rows, *comments.logits(rows))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            seen += len(rows)
            total += float(loss.detach()) * len(rows)
            so_far = total / seen, max(history.f1, default=0.0)
            told(Step(epoch, settings.epochs, seen, len(train), *so_far))
        history.losses.append(total / max(seen, 1))
        probabilities, _ = _said(classifier, comments, test)
        f1, threshold = best_threshold(dataset.high[test], probabilities)
        history.f1.append(f1)
        if f1 > max(history.f1[:-1], default=-1.0):
            history.best, history.threshold = epoch, threshold
            best = _copied(classifier)
            if kept:
                save_checkpoint(classifier, optimizer, asdict(history), kept / _BEST)
        if kept:
            save_checkpoint(classifier, optimizer, asdict(history), kept / _LAST)
    classifier.load_state_dict(best)
    classifier.config.threshold = history.threshold
    said = _said(classifier, comments, test)
    classifier.to("cpu").eval()
    return history, *said


class _Targets:
    """What the classifier should say, and what it costs to say otherwise."""

    def __init__(self, dataset: Dataset, high_weight: float, device: torch.device) -> None:
        high = torch.from_numpy(dataset.high)
        weights = torch.from_numpy(dataset.weights) * torch.where(high > 0, high_weight, 1.0)
        self._high, self._weights = high.to(device), weights.to(device)
        steps = torch.arange(TOP_LEVEL)
        levels = torch.from_numpy(dataset.levels)
        self._exceeded = (levels[:, None] > steps).float().to(device)
        self._known = (levels >= 0).float().to(device)

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
        of_levels = functional.binary_cross_entropy_with_logits(
            levels, self._exceeded[chosen], reduction="none"
        ).mean(dim=1)
        counted = weights * self._known[chosen]
        return loss + _LEVEL_SHARE * (of_levels * counted).sum() / counted.sum().clamp(min=1e-6)


def batches_of(rows: Ints, lengths: Ints, size: int, chance: np.random.Generator) -> Iterator[Ints]:
    """The rows in batches of like length, in an order of chance.

    A batch of one row is left out where there are more: batch norm cannot learn from it.

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
        if len(parts[number]) > 1 or len(parts) == 1:
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


def _copied(classifier: RiskClassifier) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone() for name, value in classifier.state_dict().items()}


@torch.inference_mode()
def _said(
    classifier: RiskClassifier, comments: _Comments, rows: Ints
) -> tuple[Floats, Ints | None]:
    """Probabilities and levels of some comments."""
    classifier.eval()
    risks, levels = [], []
    for start in range(0, len(rows), 256):
        risk, level = comments.logits(rows[start : start + 256])
        risks.append(torch.sigmoid(risk).cpu())
        if level is not None:
            levels.append(level_of(level).cpu())
    found = torch.cat(risks).numpy() if risks else np.zeros(0, np.float32)
    return found, torch.cat(levels).numpy() if levels else None
