"""Groups: how a model did on some of the comments, those of one level, length or rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from treehole.corpus.levels import LEVELS, UNKNOWN
from treehole.models.metrics import Outcome

LENGTHS = (10, 20, 40, 80, 160)
"""Bounds of the groups by length, in characters, each the last of its group."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """How a model did on some of the comments; None where there is nothing to go by.

    Attributes:
        name: What they have in common.
        comments: How many they are.
        high: How many of them people call high risk.
        called: How many of them the model calls high risk.
        accuracy: The share whose risk is right.
        precision: Of high risk.
        recall: Of high risk.
        f1: Of high risk.
        level_error: The mean of |level - gold level|.
    """

    name: str
    comments: int
    high: int
    called: int
    accuracy: float
    precision: float | None
    recall: float | None
    f1: float | None
    level_error: float | None


def groups(outcome: Outcome, numbers: Ints, names: Sequence[str]) -> list[Group]:
    """How the model did on each group that has a comment.

    Args:
        outcome: Of all comments.
        numbers: The group of each, shape (comments,); below 0 for none.
        names: What the groups are called.
    """

    def total(which: npt.NDArray[np.bool_], weights: Ints | None = None) -> list[float]:
        chosen = which & (numbers >= 0)
        weights = None if weights is None else weights[chosen]
        sums: list[float] = np.bincount(numbers[chosen], weights, len(names)).tolist()
        return sums

    every = np.ones(len(outcome), bool)
    high, called = outcome.high, outcome.called
    known = outcome.gold_levels != UNKNOWN
    errors = [0.0] * len(names)
    if outcome.levels is not None:
        error = np.abs(outcome.levels.astype(np.int64) - outcome.gold_levels)
        errors = total(known, error)
    else:
        known = ~every
    columns = (total(every), total(high), total(called), total(high & called), total(known), errors)
    rows = zip(names, *columns, strict=True)
    return [_group(name, *counts) for name, *counts in rows if counts[0]]


def groups_by_level(outcome: Outcome) -> list[Group]:
    """By the level that people gave."""
    return groups(outcome, outcome.gold_levels.astype(np.int64), list(map(str, LEVELS)))


def groups_by_length(outcome: Outcome, lengths: Ints) -> list[Group]:
    """By the number of characters.

    Args:
        outcome: Of all comments.
        lengths: Of each, shape (comments,).
    """
    firsts = [0, *(bound + 1 for bound in LENGTHS)]
    between = [f"{first}–{last}" for first, last in zip(firsts, LENGTHS, strict=False)]
    numbers = np.searchsorted(LENGTHS, lengths)
    return groups(outcome, numbers, [*between, f"{firsts[-1]} and more"])


def _group(  # noqa: PLR0913, PLR0917  counts of one group
    name: str, comments: float, high: float, called: float, found: float, known: float, error: float
) -> Group:
    return Group(
        name=name,
        comments=int(comments),
        high=int(high),
        called=int(called),
        accuracy=(comments - high - called + 2 * found) / comments,
        precision=_ratio(found, called),
        recall=_ratio(found, high),
        f1=_ratio(2 * found, high + called) if high else None,
        level_error=_ratio(error, known),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
