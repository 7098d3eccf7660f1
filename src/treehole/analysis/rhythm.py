"""Rhythm: at which hours and on which days people write."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from treehole.analysis.effects import FEWEST
from treehole.models.metrics import CONFIDENCE, Figure, Floats

HOURS, DAYS = 24, 7

Ints = npt.NDArray[Any]


@dataclass(frozen=True)
class Profile:
    """When some comments were written.

    Attributes:
        comments: How many they are.
        writers: How many people wrote them.
        shares: Of the comments, by hour or day; empty where there are fewer writers than `FEWEST`.
    """

    comments: int
    writers: int
    shares: list[Figure]


def profile(writers: Ints, slots: Ints, size: int) -> Profile:
    """Count comments by the slot of time in which they were written.

    The intervals take into account that the comments of one person are alike: the variance is that
    of clusters of unequal size (Cochran 1977, Sampling Techniques, section 3.12). By it a number of
    comments is found that would tell as much if each had a writer of its own (Kish 1965), and of
    these Wilson's interval (1927) is taken, with the quantile of t, as Korn & Graubard (1998)
    propose for few clusters. Where nobody wrote, comments tell as much as on average; where all
    fell together, as much as their writers.

    Args:
        writers: Who wrote each comment, as a number, shape (comments,).
        slots: When, 0 to `size` - 1.
        size: How many slots there are.
    """
    comments = len(writers)
    numbers = np.unique(writers, return_inverse=True)[1]
    totals = np.bincount(numbers).astype(np.float64)
    people = len(totals) if comments else 0
    if people < FEWEST:
        return Profile(comments, people, [])
    cells, counts = np.unique(numbers * np.int64(size) + slots, return_counts=True)
    slot, total = cells % size, totals[cells // size]

    def by_slot(values: Floats) -> Floats:
        found: Floats = np.bincount(slot, values, size).astype(np.float64)
        return found

    shares = by_slot(counts) / comments
    squares = by_slot(counts**2.0) - 2 * shares * by_slot(counts * total)
    squares += shares**2 * (totals**2).sum()
    variance = squares * people / (people - 1) / comments**2
    return Profile(comments, people, _intervals(shares, variance, comments, people))


def _intervals(shares: Floats, variance: Floats, comments: int, people: int) -> list[Figure]:
    of_single = shares * (1 - shares) / comments
    average = variance.sum() / of_single.sum() if of_single.any() else comments / people
    effects = np.full(len(shares), average)
    np.divide(variance, of_single, out=effects, where=of_single > 0)
    size = comments / np.maximum(effects, 1)
    z = t.ppf((1 + CONFIDENCE) / 2, people - 1)
    middle = (shares + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z * np.sqrt(shares * (1 - shares) / size + (z / (2 * size)) ** 2) / (1 + z**2 / size)
    bounds = zip(shares, np.maximum(middle - half, 0), np.minimum(middle + half, 1), strict=True)
    return [Figure(*map(float, figure)) for figure in bounds]
