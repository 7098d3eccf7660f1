"""N-grams of characters: comments as weighted counts of them, and linear models of those.

An n-gram weighs (1 + log of how often it stands in the comment) times its inverse document
frequency, scaled to a length of 1 a comment (TF-IDF; Salton & Buckley 1988).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from treehole.corpus.cleaning import clean
from treehole.errors import InputError

Floats = npt.NDArray[np.float64]
Tensors = dict[str, npt.NDArray[Any]]

_LENGTHS = (1, 5)
_RARE = 2
"""N-grams in fewer comments are not learned."""


class Ngrams:
    """Weighs the n-grams of cleaned comments by TF-IDF."""

    def __init__(self, terms: Sequence[str] | None = None, idf: Floats | None = None) -> None:
        """Take terms that were learned before, or none to learn some."""
        self._vectorizer = TfidfVectorizer(
            analyzer="char",
            ngram_range=_LENGTHS,
            min_df=_RARE,
            sublinear_tf=True,
            lowercase=False,
            dtype=np.float32,
            vocabulary=None if terms is None else list(terms),
        )
        if idf is not None:
            self._vectorizer.idf_ = idf

    def learn(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Learn from comments which n-grams there are, and weigh those of the same comments.

        Raises:
            InputError: No n-gram stands in two comments.
        """
        try:
            return self._vectorizer.fit_transform(_cleaned(texts))
        except ValueError:  # of scikit-learn: no term is left
            message = "the comments have no character in common; more of them are needed"
            raise InputError(message) from None

    def weigh(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """The weights of the n-grams, shape (comments, terms)."""
        return self._vectorizer.transform(_cleaned(texts))

    @property
    def terms(self) -> list[str]:
        """The n-grams, in order of the columns."""
        return [str(term) for term in self._vectorizer.get_feature_names_out()]

    @property
    def idf(self) -> npt.NDArray[np.float32]:
        """The inverse document frequency of each."""
        return np.asarray(self._vectorizer.idf_, dtype=np.float32)


@dataclass(frozen=True)
class Linear:
    """A linear model: `weights` of shape (outputs, terms), `bias` and `classes` of (outputs,)."""

    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, fitted: Any, classes: Sequence[int]) -> "Linear":
        """What scikit-learn fitted."""
        # Safetensors writes memory as it lies, so rows must lie one after the other.
        weights = np.ascontiguousarray(np.atleast_2d(fitted.coef_), dtype=np.float32)
        bias = np.atleast_1d(fitted.intercept_).astype(np.float32)
        return cls(weights, bias, np.array(classes, np.int64))

    def __call__(self, vectors: sparse.csr_matrix) -> Floats:
        """What it says, shape (comments, outputs)."""
        return np.asarray(vectors @ self.weights.T + self.bias, dtype=np.float64)

    def tensors(self, name: str) -> Tensors:
        """All of it, by names that begin with `name`."""
        parts: Tensors = {"weights": self.weights, "bias": self.bias, "classes": self.classes}
        return {f"{name}.{part}": values for part, values in parts.items()}

    @classmethod
    def read(cls, tensors: Tensors, name: str) -> "Linear | None":
        """What `tensors` gave; None if there is none of this name."""
        if f"{name}.weights" not in tensors:
            return None
        return cls(*(tensors[f"{name}.{part}"] for part in ("weights", "bias", "classes")))


def _cleaned(texts: Sequence[str]) -> list[str]:
    batch = clean(texts)
    return [batch.comment(index) for index in range(len(batch))]
