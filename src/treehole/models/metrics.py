"""Metrics: how well a model's probabilities and levels agree with what people said.

Every figure is a function of how often each comment counts. With each counting once that is the
figure itself; with comments drawn anew it is one draw of the bootstrap. So there is one formula for
both, and all draws are worked out together.

Of high risk
    *f1*, *precision*, *recall* and *accuracy*, the four of Fu et al. 2021; *weighted_f1*, the mean
    of the F1 of high and of low risk by how many there are of each; *roc_auc* (Hanley & McNeil
    1982: how often a comment of high risk has the greater probability than one of low risk, ties by
    half); *pr_auc*, the average precision; *brier* (Brier 1950), the mean square of the
    probability's error; *calibration_error* (Guo et al. 2017, section 2): the mean distance of
    probability and frequency over `BINS` bins of equal width.
Of levels
    *level_weighted_f1*; *level_error*, the mean of |level - gold level|; *kappa*, Cohen's with
    quadratic weights (Cohen 1968).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.stats import binomtest

from treehole.corpus.levels import LEVELS, UNKNOWN, Bytes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.float64]
"""How often each comment counts, shape (draws, comments)."""

RISK_FIGURES = (
    "f1", "precision", "recall", "accuracy", "weighted_f1", "roc_auc", "pr_auc", "brier",
    "calibration_error",
)  # fmt: skip
LEVEL_FIGURES = ("level_weighted_f1", "level_error", "kappa")

SMALLER_IS_BETTER = frozenset(("brier", "calibration_error", "level_error"))

BINS = 15
"""Of the calibration error, as in Guo et al. 2017."""

CONFIDENCE = 0.95

_LEVELS = len(LEVELS)
_CELLS = 4_000_000
"""Counts worked on at once, so that memory does not grow with the number of draws."""


@dataclass(frozen=True)
class Outcome:
    """What a model said of comments, and what people said; arrays have the shape (comments,).

    Attributes:
        high: Whether people call it high risk.
        probabilities: Of high risk, 0 to 1.
        called: Whether the model calls it high risk.
        gold_levels: 0 to 10, or `UNKNOWN`.
        levels: Those of the model, 0 to 10; None if it gives none.
    """

    high: Flags
    probabilities: Floats
    called: Flags
    gold_levels: Bytes
    levels: Bytes | None

    def __len__(self) -> int:
        return len(self.high)

    @property
    def has_levels(self) -> bool:
        """Whether levels can be compared."""
        return self.levels is not None and bool((self.gold_levels != UNKNOWN).any())


@dataclass(frozen=True)
class Figure:
    """A figure with the interval in which it lies with a confidence of `CONFIDENCE`.

    The value is None where there is nothing to go by, as the recall where nothing is of high risk;
    the bounds are None too where nothing was drawn.
    """

    value: float | None
    low: float | None
    high: float | None


def figures(outcome: Outcome, counts: Counts | None = None) -> dict[str, Floats]:
    """All figures that the outcome allows.

    Args:
        outcome: Of at least one comment.
        counts: How often each comment counts, shape (draws, comments); by default once.

    Returns:
        By name, each of shape (draws,); NaN where there is nothing to go by.
    """
    counts = np.ones((1, len(outcome))) if counts is None else counts
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _of_decisions(outcome, counts) | _of_ranks(outcome, counts)
        found |= _of_probabilities(outcome, counts)
        if outcome.has_levels:
            assert outcome.levels is not None  # noqa: S101  has_levels says so
            found |= level_figures(outcome.gold_levels, outcome.levels, counts)
    return found


def draws(comments: int, times: int, seed: int) -> Iterator[Counts]:
    """Draw as many comments as there are with replacement, again and again.

    Args:
        comments: How many there are, at least 1.
        times: How often to draw.
        seed: Equal seeds give equal draws, so two models can be compared on the same ones.

    Yields:
        How often each comment was drawn, shape (draws, comments), in chunks of bounded size.
    """
    chance = np.random.default_rng(seed)
    step = max(1, _CELLS // comments)
    for start in range(0, times, step):
        size = min(step, times - start)
        rows = np.arange(size)[:, None] * comments
        drawn = rows + chance.integers(comments, size=(size, comments))
        counts = np.bincount(drawn.ravel(), minlength=size * comments)
        yield counts.reshape(size, comments).astype(np.float64)


def bootstrap(outcome: Outcome, times: int, seed: int) -> dict[str, Floats]:
    """All figures of comments drawn anew, each of shape (times,)."""
    parts = [figures(outcome, counts) for counts in draws(len(outcome), times, seed)]
    if not parts:
        return dict.fromkeys(figures(outcome), np.zeros(0))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def interval(values: Floats) -> tuple[float | None, float | None]:
    """The percentile interval of bootstrap draws (Efron & Tibshirani 1993, section 13.3).

    Draws in which the figure is NaN are left out.
    """
    values = values[~np.isnan(values)]
    if not len(values):
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail]).tolist()
    return low, high


def measured(outcome: Outcome, drawn: dict[str, Floats]) -> dict[str, Figure]:
    """All figures with their intervals.

    Args:
        outcome: Of at least one comment.
        drawn: `bootstrap` of it.
    """
    return {
        name: Figure(None if np.isnan(value[0]) else float(value[0]), *interval(drawn[name]))
        for name, value in figures(outcome).items()
    }


@dataclass(frozen=True)
class Difference:
    """By how much a figure of one model is above that of another.

    Attributes:
        value: The difference; None where a figure is unknown.
        low: The lower bound of its interval.
        high: The upper bound.
        p: How likely so great a difference is, either way, if there is none.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None


def difference(value: float | None, drawn: Floats, other_drawn: Floats) -> Difference:
    """The paired bootstrap: both models on the same draws (Efron & Tibshirani 1993, chapter 16).

    The p-value is twice the smaller share of draws on either side of no difference, each counted
    with one more draw, so that it is never 0 (Davison & Hinkley 1997, section 4.2).

    Args:
        value: The difference on all comments.
        drawn: The figure of one model on each draw, shape (draws,).
        other_drawn: That of the other on the same draws.
    """
    gaps = drawn - other_drawn
    gaps = gaps[~np.isnan(gaps)]
    if value is None or not len(gaps):
        return Difference(value, None, None, None)
    least = min((gaps <= 0).sum(), (gaps >= 0).sum())
    return Difference(value, *interval(gaps), min(1.0, 2 * (least + 1) / (len(gaps) + 1)))


@dataclass(frozen=True)
class Discordance:
    """On how many comments only one of two models is right.

    Attributes:
        comments: Of so many.
        first: Only the first is right.
        second: Only the second is.
        p: How likely so uneven a split is by chance; exact, two-sided.
    """

    comments: int
    first: int
    second: int
    p: float


def mcnemar(first_right: Flags, second_right: Flags) -> Discordance:
    """McNemar's test (1947) in its exact form, by the binomial distribution (Dietterich 1998).

    Args:
        first_right: Whether the one model is right, shape (comments,).
        second_right: Whether the other one is.
    """
    first = int((first_right & ~second_right).sum())
    second = int((second_right & ~first_right).sum())
    p = float(binomtest(first, first + second).pvalue) if first + second else 1.0
    return Discordance(len(first_right), first, second, p)


def _of_decisions(outcome: Outcome, counts: Counts) -> dict[str, Floats]:
    def total(which: Flags) -> Floats:
        return counts @ which.astype(np.float64)

    high, called = outcome.high, outcome.called
    found, missed = total(high & called), total(high & ~called)
    alarms, quiet = total(~high & called), total(~high & ~called)
    highs = found + missed
    of_high = np.where(highs > 0, 2 * found / (2 * found + missed + alarms), np.nan)
    of_low = 2 * quiet / (2 * quiet + missed + alarms)
    everything = counts.sum(axis=1)
    weighted = np.nan_to_num(of_high) * highs + np.nan_to_num(of_low) * (alarms + quiet)
    return {
        "f1": of_high,
        "precision": np.where(highs > 0, found / (found + alarms), np.nan),
        "recall": found / highs,
        "accuracy": (found + quiet) / everything,
        "weighted_f1": weighted / everything,
    }


def _of_ranks(outcome: Outcome, counts: Counts) -> dict[str, Floats]:
    order = np.argsort(-outcome.probabilities, kind="stable")
    ranked = outcome.probabilities[order]
    firsts = np.flatnonzero(np.diff(ranked, prepend=np.inf))  # of each group of ties
    counts = counts[:, order]
    high = np.add.reduceat(counts * outcome.high[order], firsts, axis=1)
    low = np.add.reduceat(counts, firsts, axis=1) - high
    highs, lows = high.sum(axis=1), low.sum(axis=1)
    found = high.cumsum(axis=1)
    alarms = low.cumsum(axis=1)
    below = lows[:, None] - alarms
    precision = found / np.maximum(found + alarms, 1)
    return {
        "roc_auc": (high * (below + low / 2)).sum(axis=1) / (highs * lows),
        "pr_auc": (high * precision).sum(axis=1) / highs,
    }


def _of_probabilities(outcome: Outcome, counts: Counts) -> dict[str, Floats]:
    error = outcome.probabilities - outcome.high
    everything = counts.sum(axis=1)
    in_bins = _grouped(bin_of(outcome.probabilities), BINS, error)
    distance = np.abs((in_bins @ counts.T).T).sum(axis=1)
    return {
        "brier": counts @ error**2 / everything,
        "calibration_error": distance / everything,
    }


def bin_of(probabilities: Floats) -> npt.NDArray[np.int64]:
    """The bin of each probability, 0 to `BINS` - 1."""
    return np.minimum((probabilities * BINS).astype(np.int64), BINS - 1)


def level_figures(
    gold_levels: npt.NDArray[Any], levels: npt.NDArray[Any], counts: Counts | None = None
) -> dict[str, Floats]:
    """The figures of levels, over the comments whose gold level is known.

    Args:
        gold_levels: 0 to 10, or `UNKNOWN`, shape (comments,).
        levels: Those of a model, 0 to 10, the same shape.
        counts: How often each comment counts, shape (draws, comments); by default once.

    Returns:
        By name, each of shape (draws,); NaN where no level is known.
    """
    counts = np.ones((1, len(levels))) if counts is None else counts
    known = gold_levels != UNKNOWN
    cells = gold_levels[known].astype(np.int64) * _LEVELS + levels[known]
    table = (_grouped(cells, _LEVELS**2, np.ones(len(cells))) @ counts[:, known].T).T
    table = table.reshape(-1, _LEVELS, _LEVELS)  # draw, gold, given
    everything = table.sum(axis=(1, 2))
    golds, given = table.sum(axis=2), table.sum(axis=1)
    right = table.diagonal(axis1=1, axis2=2)
    gap = np.abs(np.arange(_LEVELS)[:, None] - np.arange(_LEVELS))
    with np.errstate(divide="ignore", invalid="ignore"):  # a level that nobody gave, or knows
        f1 = np.nan_to_num(2 * right / (golds + given))
        expected = np.einsum("dg,dl,gl->d", golds, given, gap**2) / everything
        return {
            "level_weighted_f1": (f1 * golds).sum(axis=1) / everything,
            "level_error": (table * gap).sum(axis=(1, 2)) / everything,
            "kappa": 1 - (table * gap**2).sum(axis=(1, 2)) / expected,
        }


def _grouped(groups: npt.NDArray[np.int64], size: int, values: Floats) -> Any:
    """A sparse matrix of shape (size, comments) that sums values by group."""
    columns = np.arange(len(groups))
    return sparse.csr_array((values, (groups, columns)), shape=(size, len(groups)))
