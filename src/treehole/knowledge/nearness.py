"""Nearness: which concepts a new word may belong to.

Two signs, each between 0 and 1:

- *Form*: the word has characters in common with a label, such as 跳下楼 with 跳楼. Words are
  vectors of their character n-grams, weighted by how few labels have them (TF-IDF); a concept is as
  near as its nearest label, by the cosine.
- *Context*: it stands in comments that mention the same concepts. Words and concepts are vectors of
  the concepts mentioned beside them, weighted by positive pointwise mutual information (Turney and
  Pantel, "From frequency to meaning", Journal of Artificial Intelligence Research 37, 2010, sec.
  4.2), compared by the cosine.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from treehole.knowledge.lexicon import Lexicon

FORM_SHARE = 0.7
"""How much form counts; context counts the rest."""

_GRAMS = 3
"""The longest n-grams."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Nearness:
    """Compares words with the concepts of a lexicon."""

    def __init__(self, lexicon: Lexicon, mentioned: Ints) -> None:
        """Learn from labels and comments.

        Args:
            lexicon: The concepts and their labels.
            mentioned: Which comment mentions which concept, shape (pairs, 2), in the order of the
                comments, each pair once.
        """
        self._concepts = len(lexicon.concepts)
        self._label_concepts = np.array(lexicon.label_concepts, dtype=np.int64)
        postings: dict[str, list[tuple[int, int]]] = {}
        for number, label in enumerate(lexicon.labels):
            for gram, count in Counter(_grams(label)).items():
                postings.setdefault(gram, []).append((number, count))
        self._rarity = {
            gram: float(np.log((1 + len(lexicon.labels)) / len(found)))
            for gram, found in postings.items()
        }
        self._postings = {gram: np.array(found) for gram, found in postings.items()}
        squares = np.zeros(len(lexicon.labels))
        for gram, found in self._postings.items():
            squares[found[:, 0]] += (found[:, 1] * self._rarity[gram]) ** 2
        self._lengths = np.sqrt(squares)
        self._mentioned = mentioned
        self._beside = self._together()
        self._vectors = self._informative(self._beside)

    def nearest(self, word: str, comments: Ints) -> Floats:
        """How near each concept is, shape (concepts,).

        Args:
            word: The word, folded.
            comments: Those that it stands in, sorted.
        """
        return FORM_SHARE * self.form(word) + (1 - FORM_SHARE) * self.context(comments)

    def form(self, word: str) -> Floats:
        """How much the form of a word is that of a label of each concept, shape (concepts,)."""
        similar = np.zeros(len(self._label_concepts))
        own = {gram: n * self._rarity.get(gram, 0.0) for gram, n in Counter(_grams(word)).items()}
        for gram, weight in own.items():
            if gram in self._postings:
                found = self._postings[gram]
                similar[found[:, 0]] += weight * found[:, 1] * self._rarity[gram]
        length = np.sqrt(sum(weight**2 for weight in own.values())) or 1.0
        nearest = np.zeros(self._concepts)
        np.maximum.at(nearest, self._label_concepts, similar / (self._lengths * length))
        return nearest

    def context(self, comments: Ints) -> Floats:
        """How much the company of a word is that of each concept, shape (concepts,)."""
        bounds = self._mentioned[:, 0].searchsorted(np.stack([comments, comments + 1]))
        ranges = [np.arange(first, end) for first, end in bounds.T.tolist()]
        beside = self._mentioned[np.concatenate([np.zeros(0, np.int64), *ranges]), 1]
        counts = np.bincount(beside, minlength=self._concepts).astype(np.float64)
        similar: Floats = self._vectors @ self._informative(counts[None])[0]
        return similar

    def _together(self) -> Floats:
        """How many comments mention each two concepts, shape (concepts, concepts)."""
        together = np.zeros((self._concepts, self._concepts))
        _, first = np.unique(self._mentioned[:, 0], return_index=True)
        for concepts in np.split(self._mentioned[:, 1], first[1:]):
            together[np.ix_(concepts, concepts)] += 1
        np.fill_diagonal(together, 0)
        return together

    def _informative(self, counts: Floats) -> Floats:
        """Counts as positive pointwise mutual information, in vectors of length 1."""
        share = self._beside.sum(axis=0) / max(self._beside.sum(), 1)
        expected = counts.sum(axis=1, keepdims=True) * share
        with np.errstate(divide="ignore", invalid="ignore"):
            information = np.nan_to_num(np.log(counts / expected), nan=0.0, neginf=0.0, posinf=0.0)
        information = np.maximum(information, 0)
        lengths = np.linalg.norm(information, axis=1, keepdims=True)
        vectors: Floats = information / np.where(lengths > 0, lengths, 1)
        return vectors


def _grams(word: str) -> Iterator[str]:
    for length in range(1, _GRAMS + 1):
        for start in range(len(word) - length + 1):
            yield word[start : start + length]
