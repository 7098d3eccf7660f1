"""Masked-language modelling: the loop that teaches an encoder to guess hidden words.

As in Devlin et al. 2019 ("BERT", NAACL), without the task of telling whether two sentences follow
each other (Liu et al. 2019, "RoBERTa", sec. 4.2): AdamW, a rate that rises in the beginning and
then falls to nothing, gradients clipped. Nothing is dropped out: no text is read often enough to be
learned by heart (Geiping & Goldstein 2023, "Cramming", ICML, sec. 4.3). Since comments are short,
most steps read sequences cut into two or four.

Nothing depends on what went before but the weights and what AdamW remembers: each step draws its
sequences and its masks from the seed and its own number. So a run that was killed
goes on from its last checkpoint to the same weights.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from treehole.errors import TreeholeError
from treehole.models.checkpoints import load_checkpoint, save_checkpoint
from treehole.models.devices import seed_all
from treehole.models.interruption import Interruption, interruption
from treehole.models.masked_objective import Objective
from treehole.models.memory import enough_memory
from treehole.models.token_files import Sequences

WARM_UP = 0.06
"""Share of the work in which the rate rises."""

WEIGHT_DECAY, BETAS, EPSILON, CLIP = 0.01, (0.9, 0.98), 1e-6, 1.0
MEASURED = 512
"""Sequences held out that the loss is measured on, at most."""

_TOGETHER = 10
"""Steps on a GPU between two looks at what came of them."""

_POINTS, _MEASURE_EVERY = 100, 10
SHORTEST = 32
"""Tokens that are left of a sequence at least, where it is cut."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """How long to train, and how.

    Attributes:
        steps: Steps to take; None if time decides.
        seconds: Seconds to train; None if steps decide.
        batch: Sequences a step.
        learning_rate: The highest rate.
        seed: What all chance is drawn from.
        save_every: Seconds between two checkpoints.
        dtype: What is computed in; None for what is fast on the device.
        compiled: Compile the model, which takes a minute and then is faster on a GPU.
    """

    steps: int | None
    seconds: float | None
    batch: int
    learning_rate: float
    seed: int
    save_every: float
    dtype: torch.dtype | None = None
    compiled: bool = False

    def share(self, step: float, seconds: float) -> float:
        """How much of the work is done, 0 to 1."""
        if self.steps is not None:
            return min(step / self.steps, 1.0)
        return min(seconds / (self.seconds or 1.0), 1.0)

    def rate(self, share: float) -> float:
        """The rate when so much of the work is done."""
        return self.learning_rate * min(share / WARM_UP, (1 - share) / (1 - WARM_UP))


@dataclass
class Run:
    """How far a run is, as checkpoints keep it.

    Attributes:
        step: Steps taken.
        tokens: Tokens read.
        seconds: Seconds trained.
        loss: The sum of the losses since the last point of the curve,
        losses: and of how many steps.
        point: The hundredth of the work for which the curve has its last point.
        curve: For each hundredth of the work: tokens, seconds, the mean loss since the one before,
            and, at every tenth, the loss on what is held out.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    losses: int = 0
    point: int = 0
    curve: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    """What is told of a run.

    Attributes:
        share: How much of it is done, 0 to 1.
        tokens: Tokens read.
        speed: Tokens a second.
        loss: The mean loss of late, in nats.
        seconds_left: Until the end.
    """

    share: float
    tokens: int
    speed: float
    loss: float
    seconds_left: float


class MaskedLanguageTraining:
    """One run of training, on one device."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast,
        bits: int,
        plan: Plan,
        device: torch.device,
    ) -> None:
        """Prepares a run.

        Args:
            model: A masked-language model; trained in place.
            tokenizer: That of the tokens.
            bits: Bits a token has on disk; the highest says where a word begins.
            plan: How to train.
            device: Where to.
        """
        self.model = model.to(device)
        self.run = Run()
        self._plan = plan
        self._device = device
        self._objective = Objective(self.model, tokenizer, bits, plan.seed, plan.dtype)
        if plan.compiled:
            self._objective.compile()
        _drop_nothing(model)
        self._optimizer = _optimizer(model, plan.learning_rate)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            InputError: It is damaged, or of another model.
        """
        self.run = Run(**load_checkpoint(self.model, self._optimizer, path))

    def start_from(self, counts: Floats) -> None:
        """Let a new model guess by frequency, which it would otherwise have to learn first.

        Args:
            counts: How often each token occurs, shape (vocabulary,).
        """
        shares = (counts + 1) / (counts + 1).sum()
        with torch.no_grad():
            self.model.get_output_embeddings().bias.copy_(torch.from_numpy(np.log(shares)))

    def train(
        self,
        sequences: Sequences,
        held_out: npt.NDArray[np.int64],
        checkpoint: Path,
        report: Callable[[Progress], None],
    ) -> None:
        """Train to the end of the plan.

        Args:
            sequences: What to train on.
            held_out: Sequences to measure on, shape (sequences, tokens).
            checkpoint: Where to keep how far it is.
            report: Told of the progress about once a second, at most.

        Raises:
            KeyboardInterrupt: A person stopped it; a checkpoint has been written.
            TreeholeError: The loss is no number, or the memory does not suffice.
        """
        with enough_memory("try a smaller --batch or --length"), interruption() as stop:
            self._saved = time.monotonic()
            for progress in self._windows(sequences, stop):
                self._draw(progress.share, held_out)
                report(progress)
                if time.monotonic() - self._saved >= self._plan.save_every:
                    self._save(checkpoint)
            self._save(checkpoint)
            if stop.asked:
                raise KeyboardInterrupt

    def losses(
        self, sequences: npt.NDArray[np.int64], counts: Floats | None = None
    ) -> tuple[float, float]:
        """The mean loss on some sequences, and that by frequency alone; see `Objective.losses`."""
        return self._objective.losses(sequences, self._plan.batch, counts)

    def _windows(self, sequences: Sequences, stop: Interruption) -> Iterator[Progress]:
        """Take steps, a few at a time: a GPU is fast only where nobody waits for each step.

        Yields:
            How far the run is; `run` says the same.
        """
        together = _TOGETHER if self._device.type == "cuda" else 1
        plan, run, size = self._plan, self.run, self._plan.batch
        self.model.train()
        with ThreadPoolExecutor(1) as pool:
            upcoming = pool.submit(sequences.at, run.step * size, size)
            while plan.share(run.step, run.seconds) < 1 and not stop.asked:
                began, before, steps = time.monotonic(), run.tokens, 0
                total = torch.zeros((), device=self._device)
                while steps < together and plan.share(run.step, run.seconds) < 1:
                    batch = upcoming.result()
                    upcoming = pool.submit(sequences.at, (run.step + 1) * size, size)
                    total += self._step(batch)
                    run.step += 1
                    run.tokens += batch.size
                    steps += 1
                loss = float(total)  # waits for the device
                _check(loss, run.step)
                seconds = time.monotonic() - began
                run.seconds += seconds
                run.loss += loss
                run.losses += steps
                share = plan.share(run.step, run.seconds)
                left = run.seconds * (1 - share) / share
                yield Progress(
                    share, run.tokens, (run.tokens - before) / seconds, loss / steps, left
                )

    def _draw(self, share: float, held_out: npt.NDArray[np.int64]) -> None:
        """Draw a point of the curve, if one is due."""
        run, point = self.run, int(share * _POINTS)
        if point == run.point:
            return
        entry: dict[str, Any] = {
            "tokens": run.tokens,
            "seconds": round(run.seconds, 1),
            "loss": round(run.loss / run.losses, 4),
        }
        if len(held_out) and point // _MEASURE_EVERY > run.point // _MEASURE_EVERY:
            entry["held_out"] = round(self.losses(held_out)[0], 4)
        run.curve.append(entry)
        run.point, run.loss, run.losses = point, 0.0, 0

    def _save(self, path: Path) -> None:
        save_checkpoint(self.model, self._optimizer, asdict(self.run), path)
        self._saved = time.monotonic()

    def _step(self, batch: npt.NDArray[np.int64]) -> Tensor:
        plan, run = self._plan, self.run
        rate = plan.rate(plan.share(run.step + 0.5, run.seconds))
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        seed_all(plan.seed, run.step)
        masked = self._objective.masked(shortened(batch, run.step), run.step)
        loss, of_sequences = self._objective.costs(masked)
        (loss + of_sequences).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return loss.detach()


def _optimizer(model: PreTrainedModel, rate: float) -> torch.optim.AdamW:
    """AdamW; biases and the weights of layer norms are not decayed."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=BETAS, eps=EPSILON, fused=True)


def shortened(batch: npt.NDArray[np.int64], step: int) -> npt.NDArray[np.int64]:
    """Sequences cut into one, two or four, by turns, each of `SHORTEST` tokens at least.

    Args:
        batch: Shape (sequences, tokens).
        step: Whose turn it is.
    """
    parts = 1 << (step % 3)
    length = batch.shape[1] // parts
    if batch.shape[1] % parts or length < SHORTEST:
        return batch
    cut = batch.reshape(-1, length).copy()
    cut[:, 0] = batch[0, 0]
    return cut


def _drop_nothing(model: PreTrainedModel) -> None:
    """Switch dropout off; the configuration keeps its rate, for those who train on labels later."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def _check(loss: float, step: int) -> None:
    if not np.isfinite(loss):
        message = (
            f"the loss became {loss} at step {step:,}; begin again with --overwrite and a smaller "
            "--learning-rate"
        )
        raise TreeholeError(message)
