"""Effects: how far the values of two groups of people lie apart, and how sure that is.

Nothing is taken for normally distributed: what is compared are ranks and medians, since most
features of users are skewed and have many zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control, mannwhitneyu, norm, t

from treehole.models.metrics import CONFIDENCE, Figure, Floats, interval

FEWEST = 5
"""Smaller groups are neither compared nor drawn: somebody in them could be recognised."""

_DRAWS = 10_000
_MOST_EXACT = 100
"""Values of each group for which the test may count all orders there are; more take too long."""


@dataclass(frozen=True)
class Effect:
    """How one group lies to another.

    Attributes:
        delta: Cliff's delta: how much more often, of one person of each group, that of the first
            has the greater value than that of the other; -1 to 1.
        medians: By how much the median of the first is above that of the other.
        p: How likely so great a difference is, either way, if both groups are alike; None where
            all values are the same.
    """

    delta: Figure
    medians: Figure
    p: float | None


def effect(first: Floats, other: Floats, seed: int) -> Effect | None:
    """Compare two groups; None if one has fewer than `FEWEST` values.

    The test is that of Mann & Whitney (1947), with its correction for ties.

    Args:
        first: The values of one group, shape (people,), none of them missing.
        other: Those of the other.
        seed: For the interval of the medians.
    """
    if min(len(first), len(other)) < FEWEST:
        return None
    first, other = np.sort(first), np.sort(other)
    p = None
    if min(first[0], other[0]) < max(first[-1], other[-1]):
        few = max(len(first), len(other)) <= _MOST_EXACT
        p = float(mannwhitneyu(first, other, method="auto" if few else "asymptotic").pvalue)
    return Effect(cliffs_delta(first, other), median_difference(first, other, seed), p)


def adjusted(ps: Sequence[float | None]) -> list[float | None]:
    """P-values as they are to be read where several were looked at (Benjamini & Hochberg 1995).

    Of the differences with a value below 0.05, no more than one in twenty is to be expected to be
    mere chance.

    Args:
        ps: Of each test; None where there was none.
    """
    known = [p for p in ps if p is not None]
    found = iter(false_discovery_control(known).tolist() if known else [])
    return [None if p is None else next(found) for p in ps]


def cliffs_delta(first: Floats, other: Floats) -> Figure:
    """Cliff's delta (Cliff 1993), also called the rank-biserial correlation, with its interval.

    The interval is the one that Feng & Cliff (2004, Journal of Modern Applied Statistical Methods
    3(2):322-332) found to hold its promise for skewed values and unequal groups: it takes no two
    groups to vary alike, and never leaves -1 to 1. Its quantile is that of t with the degrees of
    freedom of Brunner & Munzel (2000), which small groups need. Where all of one group lie above
    the other, it is that of Cliff (1996, Ordinal Methods for Behavioral Data Analysis, chapter 5).

    Args:
        first: The values of one group in ascending order, shape (people,), at least 2.
        other: Those of the other.
    """
    size, other_size = len(first), len(other)
    below, upto = np.searchsorted(other, first), np.searchsorted(other, first, "right")
    under, least = np.searchsorted(first, other), np.searchsorted(first, other, "right")
    mine = (below + upto) / other_size - 1  # how each of the first lies to all of the other
    theirs = 1 - (under + least) / size
    delta = float(mine.mean())
    pairs = size * other_size
    ties = int((upto - below).sum())
    if ties == pairs:
        return Figure(0.0, None, None)
    if abs(delta) == 1:
        fewer, z = min(size, other_size), norm.ppf((1 + CONFIDENCE) / 2)
        least_delta = (fewer - z**2) / (fewer + z**2)
        return Figure(delta, *sorted((delta, float(delta * least_delta))))
    spread = (pairs * (1 - delta**2) - ties) / ((size - 1) * (other_size - 1))
    of_mine, of_theirs = mine.var(ddof=1) / size, theirs.var(ddof=1) / other_size
    variance = (
        of_mine * (other_size - 1) / other_size + of_theirs * (size - 1) / size + spread / pairs
    )
    freedom = (of_mine + of_theirs) ** 2 / (
        of_mine**2 / (size - 1) + of_theirs**2 / (other_size - 1)
    )
    z = t.ppf((1 + CONFIDENCE) / 2, freedom)
    half = z * np.sqrt(variance * ((1 - delta**2) ** 2 + z**2 * variance))
    scale = 1 - delta**2 + z**2 * variance
    middle = delta - delta**3
    return Figure(delta, float((middle - half) / scale), float((middle + half) / scale))


def median_difference(first: Floats, other: Floats, seed: int) -> Figure:
    """The difference of the medians, with the percentile interval of the bootstrap.

    Args:
        first: The values of one group in ascending order, shape (people,).
        other: Those of the other.
        seed: For the draws.
    """
    chance = np.random.default_rng(seed)
    draws = _medians(first, chance) - _medians(other, chance)
    return Figure(float(np.median(first) - np.median(other)), *interval(draws))


def _medians(values: Floats, chance: np.random.Generator) -> Floats:
    """The medians of people drawn with replacement, without drawing them.

    The order statistics of such a draw stand where those of as many uniform numbers fall (Hutson &
    Ernst 2000, Journal of the Royal Statistical Society B 62:89-94), and these are beta variables.
    """
    size = len(values)
    rank = (size + 1) // 2
    place = chance.beta(rank, size - rank + 1, _DRAWS)
    medians = _at(values, place)
    if not size % 2:
        place += (1 - place) * chance.beta(1, size - rank, _DRAWS)
        medians = (medians + _at(values, place)) / 2
    return medians


def _at(values: Floats, places: Floats) -> Floats:
    """The values that stand at places from 0 to 1."""
    found: Floats = values[np.minimum((len(values) * places).astype(np.int64), len(values) - 1)]
    return found
