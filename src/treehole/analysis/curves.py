"""Curves of a model's probabilities: what is found at each threshold and for each amount of work.

Comments of the same probability are in no order: where a curve passes through them, it says what is
to be expected if they are taken as chance has it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from treehole.models.metrics import BINS, Flags, Floats, bin_of

POINTS = 200
"""Points of a curve at most."""

SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
COUNTS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""Of the comments read, for the table of the review load."""

_STEPS = 20
"""Of the table of thresholds."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Bin:
    """Comments of about the same probability.

    Attributes:
        probability: Its mean.
        high_share: How many are of high risk.
        comments: How many there are.
    """

    probability: float
    high_share: float
    comments: int


@dataclass(frozen=True)
class Load:
    """What is found if people read the comments of greatest probability.

    Attributes:
        comments: How many they read.
        share: Of all comments.
        found: How many of those are of high risk, as is to be expected.
        found_share: Of all of high risk.
    """

    comments: int
    share: float
    found: float
    found_share: float


@dataclass(frozen=True)
class Cut:
    """What a threshold makes of the comments; None where there is nothing to go by.

    Attributes:
        threshold: From this probability on, the risk is high.
        called: How many comments are called high.
        precision: Of high risk.
        recall: Of high risk.
        f1: Of high risk.
    """

    threshold: float
    called: int
    precision: float | None
    recall: float | None
    f1: float | None


class Ranking:
    """Comments by their probability, the greatest first."""

    def __init__(self, high: Flags, probabilities: Floats) -> None:
        """Rank comments.

        Args:
            high: Whether people call each high risk, shape (comments,).
            probabilities: Of high risk, shape (comments,).
        """
        self._high, self._probabilities = high, probabilities
        order = np.argsort(-probabilities, kind="stable")
        last = np.diff(probabilities[order], append=-np.inf) < 0  # of each group of ties
        self._read = np.concatenate([[0], np.flatnonzero(last) + 1])
        self._found = np.concatenate([[0], high[order].cumsum()[last]])
        self._highs = int(high.sum())

    def precision_recall(self) -> list[Point]:
        """Recall and precision, from the greatest threshold to the smallest."""
        if not self._highs:
            return []
        recall = self._found[1:] / self._highs
        return _thinned(recall, self._found[1:] / self._read[1:])

    def roc(self) -> list[Point]:
        """The shares found of low and of high risk."""
        lows = len(self._high) - self._highs
        if not self._highs or not lows:
            return []
        return _thinned((self._read - self._found) / lows, self._found / self._highs)

    def review_curve(self) -> list[Point]:
        """The share of comments read, and of those of high risk the share found."""
        if not self._highs:
            return []
        return _thinned(self._read / len(self._high), self._found / self._highs)

    def loads(self) -> list[Load]:
        """What is found by how much work, for some shares and some numbers of comments."""
        total = len(self._high)
        sizes = {round(share * total) for share in SHARES} | {n for n in COUNTS if n < total}
        return [self._load(size) for size in sorted(sizes - {0})] if self._highs else []

    def _load(self, size: int) -> Load:
        found = float(np.interp(size, self._read, self._found))
        return Load(size, size / len(self._high), found, found / self._highs)

    def calibration(self) -> list[Bin]:
        """Probability and frequency in bins of equal width, those that hold a comment."""
        bins = bin_of(self._probabilities)
        counts = np.bincount(bins, minlength=BINS)
        means = np.bincount(bins, self._probabilities, BINS)
        highs = np.bincount(bins, self._high, BINS)
        return [
            Bin(float(means[i] / counts[i]), float(highs[i] / counts[i]), int(counts[i]))
            for i in np.flatnonzero(counts).tolist()
        ]

    def cuts(self) -> list[Cut]:
        """What thresholds make of the comments."""
        thresholds = [step / _STEPS for step in range(1, _STEPS)]
        return [self._cut(threshold) for threshold in thresholds]

    def _cut(self, threshold: float) -> Cut:
        called = self._probabilities >= threshold
        found, size = int((called & self._high).sum()), int(called.sum())
        f1 = 2 * found / (size + self._highs) if self._highs else None
        return Cut(threshold, size, _ratio(found, size), _ratio(found, self._highs), f1)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _thinned(across: npt.NDArray[np.float64], up: npt.NDArray[np.float64]) -> list[Point]:
    """Points of a curve, few enough to be drawn."""
    keep = np.unique(np.linspace(0, len(across) - 1, POINTS).astype(np.int64))
    return list(zip(across[keep].tolist(), up[keep].tolist(), strict=True))
