"""Folds: parts of a dataset, each in turn held out, alike in risk, no writer in two of them."""

import numpy as np
import numpy.typing as npt

from treehole.errors import InputError
from treehole.models.datasets import Dataset

Ints = npt.NDArray[np.int64]


def folds_of(dataset: Dataset, count: int, seed: int) -> Ints:
    """Which fold each comment is in, shape (comments,).

    Writers are dealt like cards, there and back over the folds: those who wrote anything of high
    risk, then those who wrote of low risk alone, then those of ordinary comments, each time those
    who wrote most first. So each fold gets about as many of each sort, and a million writers take
    no longer than to be sorted.

    Args:
        dataset: The comments.
        count: How many folds.
        seed: For chance.

    Raises:
        InputError: All labels are of one risk, or they or their writers are too few for the folds.
    """
    _check(dataset, count)
    size = int(dataset.users.max()) + 1
    high = dataset.high > 0
    sorts = (high, ~high & ~dataset.ordinary, dataset.ordinary)
    owned = [np.bincount(dataset.users[sort], minlength=size) for sort in sorts]
    chance = np.random.default_rng(seed).permutation(size)
    order = np.lexsort((chance, *(-of_sort for of_sort in reversed(owned))))
    dealt_to = np.concatenate([np.arange(count), np.arange(count)[::-1]])
    folds = np.zeros(size, dtype=np.int64)
    wrote = [(of_sort > 0)[order] for of_sort in owned]
    for some in (wrote[0], wrote[1] & ~wrote[0], wrote[2] & ~wrote[1] & ~wrote[0]):
        folds[order[some]] = np.resize(dealt_to, some.sum())
    found = folds[dataset.users]
    for sort in sorts[:2]:
        if len(np.unique(found[sort])) < count:
            raise _too_few(dataset, count)
    return found


def _check(dataset: Dataset, count: int) -> None:
    labelled = dataset.high[~dataset.ordinary]
    rarest = int(np.bincount(labelled.astype(int), minlength=2).min())
    if rarest == 0:
        only = "high" if labelled[0] else "low"
        message = f"all {len(labelled):,} comments are of {only} risk; a model needs both to learn"
        raise InputError(message)
    if rarest < count:
        raise _too_few(dataset, count)


def _too_few(dataset: Dataset, count: int) -> InputError:
    """Each fold needs comments of either risk."""
    own = ~dataset.ordinary
    high = dataset.high > 0
    told = []
    for risk, some in (("high", high & own), ("low", ~high & own)):
        writers = len(np.unique(dataset.users[some]))
        plural = "" if writers == 1 else "s"
        told.append(f"{int(some.sum()):,} of {risk} risk by {writers:,} writer{plural}")
    return InputError(
        f"{' and '.join(told)} are too few for {count} folds; use fewer with --folds, or more "
        "comments"
    )
