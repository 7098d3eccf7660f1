"""Duplicates: tells which comments stood earlier in the input, in little memory.

Two comments are the same if their cleaned texts are, white space aside, and, where the input
names users, the same user wrote them: two people who write the same words are two people. Texts
are kept as 64-bit hashes; among two million comments the chance that any two differ and collide is
below one in a million, and all that would be lost is one comment for training: duplicates are
labelled like all others.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from treehole.corpus.cleaning import CleanBatch, decode, is_space

Hashes = npt.NDArray[np.int64]


class Seen:
    """The texts met so far in one run over an input."""

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def duplicates(
        self, batch: CleanBatch, users: Sequence[str | None] | None = None
    ) -> npt.NDArray[np.bool_]:
        """Whether each comment stood earlier, in this batch or before; remembers them all.

        Args:
            batch: Cleaned comments.
            users: Who wrote each; None where the input does not name users.
        """
        return self.again(_hashes(batch, users))

    def again(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Whether each hash stood earlier, in this batch or before; remembers them all.

        Args:
            hashes: Of 64 bits, shape (comments,).
        """
        distinct, first = np.unique(hashes, return_index=True)
        duplicate = np.ones(len(hashes), dtype=bool)
        duplicate[first] = False
        known = self._known(distinct)
        duplicate[first[known]] = True
        self._remember(distinct[~known])
        return duplicate

    def _known(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        known = np.zeros(len(hashes), dtype=bool)
        for run in self._runs:
            places = np.searchsorted(run, hashes)
            places[places == len(run)] = 0
            known |= run[places] == hashes
        return known

    def _remember(self, hashes: Hashes) -> None:
        """Add a sorted run; runs double in length, so that there are few of them."""
        while self._runs and len(self._runs[-1]) <= len(hashes):
            both = np.concatenate([self._runs.pop(), hashes])
            hashes = np.sort(both, kind="stable")  # a merge sort: linear on two sorted runs
        if len(hashes):
            self._runs.append(hashes)


def _hashes(batch: CleanBatch, users: Sequence[str | None] | None) -> Hashes:
    visible = ~is_space(batch.points)
    before = np.zeros(len(visible) + 1, dtype=np.int64)
    np.cumsum(visible, out=before[1:])
    text = decode(batch.points[visible])
    bounds = before[batch.starts].tolist()
    texts = (text[start:end] for start, end in pairwise(bounds))
    if users is None:
        return np.fromiter(map(hash, texts), np.int64, len(batch))
    return np.fromiter(map(hash, zip(users, texts, strict=True)), np.int64, len(batch))
