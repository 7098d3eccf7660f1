"""Cross-validation: the folds are held out in turn, so that a model judges only what is new to it.

Each training starts from the same weights. Once every fold has been held out, the model is trained
on all comments, for the median of the epochs that were best: it is measured by its siblings, each
of which knows one fold less. Where only one fold is held out, since training takes long, the model
is the one that was trained on the others.

A learning curve says what fewer labels would have brought: the same folds are held out, and the
models learn from a part of the others.
"""

import json
import shutil
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from treehole.corpus.writing import write_json
from treehole.errors import UsageError
from treehole.models.classifiers import RiskClassifier
from treehole.models.datasets import Dataset
from treehole.models.inputs import Inputs
from treehole.models.training import (
    History,
    Ints,
    Lesson,
    Said,
    Settings,
    Step,
    Told,
    copied,
    fit,
    trained_part,
)
from treehole.models.validation import Validation

_OUTCOME = "outcome.json"
_WHOLE = "all"


@dataclass(frozen=True)
class Course:
    """What to learn from, and in which way.

    Attributes:
        dataset: The comments.
        inputs: The same as the classifier reads them.
        folds: The fold of each comment, shape (comments,).
        held_out: Which folds are held out in turn.
        curve: For the learning curve: to learn from so many labelled comments.
        settings: How to train.
        kept: A folder to keep the state of unfinished trainings in, and to go on from.
    """

    dataset: Dataset
    inputs: Inputs
    folds: Ints
    held_out: Sequence[int]
    settings: Settings
    curve: Sequence[int] = ()
    kept: Path | None = None

    def __post_init__(self) -> None:
        """Check that there are as many comments as the curve asks for.

        Raises:
            UsageError: There are fewer.
        """
        own = ~self.dataset.ordinary
        least = min(int((own & (self.folds != fold)).sum()) for fold in self.held_out)
        if max(self.curve, default=0) > least:
            message = (
                f"--curve {max(self.curve)}: with a fold held out there are {least:,} comments to "
                "learn from; choose fewer (all of them are measured in any case)"
            )
            raise UsageError(message)

    @property
    def trainings(self) -> int:
        """How many there are in all."""
        in_turn = len(self.held_out)
        return in_turn * (1 + len(self.curve)) + (in_turn > 1)


@dataclass(frozen=True)
class Taught:
    """How it went.

    Attributes:
        history: Of the model itself.
        validation: What is known of how good it is.
        curve: The same of models that learned from less, by how much.
    """

    history: History
    validation: Validation
    curve: Sequence[Validation]


def teach(classifier: RiskClassifier, course: Course, told: Told) -> Taught:
    """Train a classifier in place, and find out how good it is.

    Args:
        classifier: It is left with the weights and the threshold of the model.
        course: What to learn from.
        told: Told of progress.

    Raises:
        TreeholeError: Of several kinds.
    """
    trainings = _Trainings(classifier, course, told)
    curve = [trainings.in_turn(size) for size in course.curve]
    validation = trainings.in_turn()
    history = validation.histories[0]
    if len(course.held_out) > 1:
        epochs = statistics.median_low(history.best for history in validation.histories)
        history = trainings.on_all(epochs)
    classifier.config.threshold = validation.threshold
    return Taught(history, validation, curve)


class _Trainings:
    """One training after another, all from the same weights."""

    def __init__(self, classifier: RiskClassifier, course: Course, told: Told) -> None:
        self._classifier = classifier
        self._course = course
        self._told = told
        self._start = copied(trained_part(classifier))
        self._done = 0

    def in_turn(self, size: int | None = None) -> Validation:
        """Hold out the folds in turn, and learn from so many of the other comments, or all."""
        course = self._course
        found = [self._without(fold, size) for fold in course.held_out]
        rows = [np.flatnonzero(course.folds == fold) for fold in course.held_out]
        said = [outcome[1] for outcome in found]
        levels = [part.levels for part in said if part.levels is not None]
        return Validation(
            course.dataset,
            np.concatenate(rows),
            course.folds[np.concatenate(rows)],
            Said(
                np.concatenate([part.probabilities for part in said]),
                np.concatenate(levels) if levels else None,
            ),
            [outcome[0] for outcome in found],
            size or round(statistics.mean(map(self._labelled, course.held_out))),
        )

    def on_all(self, epochs: int) -> History:
        """Learn from all comments."""
        everything = np.arange(len(self._course.dataset))
        return self._fit(everything, everything[:0], _WHOLE, "all comments", epochs)[0]

    def _labelled(self, fold: int) -> int:
        """How many labelled comments there are with a fold held out."""
        course = self._course
        return int((~course.dataset.ordinary & (course.folds != fold)).sum())

    def _without(self, fold: int, size: int | None) -> tuple[History, Said]:
        course = self._course
        learned = np.flatnonzero(course.folds != fold)
        name = f"fold {course.held_out.index(fold) + 1} of {len(course.held_out)}"
        if size is not None:
            learned = sample(course.dataset, learned, size, course.settings.seed)
            name += f", {size:,} comments"
        held_out = np.flatnonzero(course.folds == fold)
        place = f"{size or _WHOLE}-{fold}"
        if size is None and len(course.held_out) == 1:  # this is the model: its weights are needed
            return self._fit(learned, held_out, place, name)
        outcome = course.kept and course.kept / place / _OUTCOME
        if outcome and outcome.exists():
            self._done += 1
            return _read(outcome)
        found = self._fit(learned, held_out, place, name)
        if outcome:
            shutil.rmtree(outcome.parent, ignore_errors=True)
            _write(found, outcome)
        return found

    def _fit(
        self, learned: Ints, held_out: Ints, place: str, name: str, epochs: int | None = None
    ) -> tuple[History, Said]:
        course = self._course
        self._done += 1
        number, of = self._done, course.trainings

        def told(step: Step) -> None:
            self._told(step._replace(name=name, number=number, of=of))

        trained_part(self._classifier).load_state_dict(self._start)
        settings = replace(course.settings, epochs=epochs or course.settings.epochs)
        kept = course.kept and course.kept / place
        lesson = Lesson(course.dataset, course.inputs, learned, held_out, kept)
        return fit(self._classifier, lesson, settings, told)


def sample(dataset: Dataset, rows: Ints, size: int, seed: int) -> Ints:
    """Some of the rows, as rich in high risk as all of them; ordinary comments are all kept.

    A smaller sample is part of a larger one, as if people had labelled on.

    Args:
        dataset: The comments.
        rows: Those to choose from.
        size: How many labelled ones to choose: 2 or more, and no more than there are.
        seed: For chance.
    """
    labelled = np.random.default_rng(seed).permutation(rows[~dataset.ordinary[rows]])
    high = dataset.high[labelled] > 0
    count = int(np.clip(round(size * float(high.mean())), 1, size - 1))
    chosen = [labelled[high][:count], labelled[~high][: size - count]]
    return np.sort(np.concatenate([*chosen, rows[dataset.ordinary[rows]]]))


def _write(found: tuple[History, Said], path: Path) -> None:
    history, said = found
    levels = None if said.levels is None else said.levels.tolist()
    kept = {"history": asdict(history), "levels": levels}
    write_json(kept | {"probabilities": said.probabilities.tolist()}, path)


def _read(path: Path) -> tuple[History, Said]:
    kept = json.loads(path.read_text("utf-8"))
    levels = None if kept["levels"] is None else np.array(kept["levels"], np.int64)
    said = Said(np.array(kept["probabilities"], np.float32), levels)
    return History(**kept["history"]), said
