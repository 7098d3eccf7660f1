"""Folds: parts of a dataset, each in turn held out, alike in risk, no writer in two of them."""

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from treehole.errors import InputError
from treehole.models.datasets import Dataset

Ints = npt.NDArray[np.int64]


def folds_of(dataset: Dataset, count: int, seed: int) -> Ints:
    """Which fold each comment is in, shape (comments,).

    Args:
        dataset: The comments.
        count: How many folds.
        seed: For chance.

    Raises:
        InputError: There are fewer writers than folds, or fewer comments of a risk than folds.
    """
    writers = len(np.unique(dataset.users))
    rarest = int(np.bincount(dataset.high.astype(int), minlength=2).min())
    if rarest == 0:
        only = "high" if dataset.high[0] else "low"
        message = f"all {len(dataset):,} comments are of {only} risk; a model needs both to learn"
        raise InputError(message)
    if min(writers, rarest) < count:
        message = (
            f"{len(dataset):,} comments by {writers:,} writers, {rarest:,} of the rarer risk, are "
            f"too few for {count} folds; use fewer with --folds, or more comments"
        )
        raise InputError(message)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    folds = np.zeros(len(dataset), dtype=np.int64)
    parts = splitter.split(np.zeros(len(dataset)), dataset.high, dataset.users)
    for number, (_, held_out) in enumerate(parts):
        folds[held_out] = number
    return folds
