"""Validation: what models said of comments held out of their training, and how right it was.

The threshold is the probability from which the F1 of high risk is best over all comments held out,
of whichever fold. Ordinary comments, which nobody labelled, have no say in it, and in no figure but
those that name them: otherwise a model would seem the better, the more of them it is given.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from treehole.models.datasets import Dataset
from treehole.models.metrics import Outcome, figures
from treehole.models.training import History, Ints, Said, best_threshold

Flags = npt.NDArray[np.bool_]

FALSE_ALARMS = "ordinary called high"
"""The share of ordinary comments held out that are called high risk."""

_NAMES = {
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
    "weighted_f1": "weighted F1",
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "level_weighted_f1": "level weighted F1",
    "level_error": "level error",
    "kappa": "quadratic kappa",
}
"""Of `treehole.models.metrics` what is told of a model, and by which name."""


@dataclass(frozen=True)
class Validation:
    """What models said of comments that they had not learned from.

    Attributes:
        dataset: All comments.
        rows: Which of them were held out, shape (held out,).
        folds: The fold of each, the same shape.
        said: What was said of each.
        histories: How the training of each model went.
        learned: How many labelled comments a model learned from, on average.
    """

    dataset: Dataset
    rows: Ints
    folds: Ints
    said: Said
    histories: Sequence[History]
    learned: int

    @cached_property
    def threshold(self) -> float:
        """The probability from which F1 is best."""
        own = ~self._ordinary
        high = self.dataset.high[self.rows[own]]
        return best_threshold(high, self.said.probabilities[own])[1]

    def summary(self) -> dict[str, Any]:
        """All that is told of how well the comments held out were judged.

        `metrics` are of all of them together; `over_folds` says the mean and the standard
        deviation of the same figures of each fold, where there are several; `with_ordinary` what
        they are if ordinary comments count too, as of low risk, where there are some.
        """
        found: dict[str, Any] = {"metrics": self.metrics()}
        folds = np.unique(self.folds)
        if len(folds) > 1:
            each = [self._metrics(self.folds == fold) for fold in folds]
            found["over_folds"] = {
                name: {"mean": statistics.mean(values), "sd": statistics.stdev(values)}
                for name in found["metrics"]
                if len(values := [fold[name] for fold in each if name in fold]) > 1
            }
        if self._ordinary.any():
            found["with_ordinary"] = self._figures(np.full(len(self.rows), True))
        return found

    def metrics(self) -> dict[str, float]:
        """The figures of all comments held out, by name."""
        return self._metrics(np.full(len(self.rows), True))

    @property
    def _ordinary(self) -> Flags:
        return self.dataset.ordinary[self.rows]

    def _metrics(self, some: Flags) -> dict[str, float]:
        found = self._figures(some & ~self._ordinary)
        ordinary = self.said.probabilities[some & self._ordinary]
        if len(ordinary):
            found[FALSE_ALARMS] = float((ordinary >= self.threshold).mean())
        return found

    def _figures(self, some: Flags) -> dict[str, float]:
        rows, levels = self.rows[some], self.said.levels
        probabilities = self.said.probabilities[some]
        outcome = Outcome(
            self.dataset.high[rows] > 0,
            probabilities.astype(np.float64),
            probabilities >= self.threshold,
            self.dataset.levels[rows].astype(np.int8),
            None if levels is None else levels[some].astype(np.int8),
        )
        found = figures(outcome)
        values = {name: float(found[key][0]) for key, name in _NAMES.items() if key in found}
        return {name: value for name, value in values.items() if not np.isnan(value)}
