"""Inputs: what a classifier is given of comments.

Tokens, if its encoder is trained; sentence vectors, worked out once, if the encoder is frozen.
Beside them what the rules saw, and the psychology features of the writers.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from treehole.models.classifiers import RiskClassifier
from treehole.models.devices import autocast
from treehole.models.encoders import TokenBatch, encode
from treehole.models.vectors import sentence_vectors

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Extras(NamedTuple):
    """What is known of comments beside their text, or None; each has a row a comment.

    Attributes:
        rules: What the rules saw, shape (comments, rule names).
        features: Psychology features, standardised, NaN where missing, shape (comments, 10).
    """

    rules: Floats | None = None
    features: Floats | None = None


class Inputs:
    """Comments as one classifier reads them, on the device it is on.

    Attributes:
        lengths: Of each comment, in tokens; 1 for all if the encoder is frozen.
    """

    def __init__(
        self,
        classifier: RiskClassifier,
        tokenizer: Any,
        texts: Sequence[str],
        extras: Extras,
        advance: Callable[[int], None],
    ) -> None:
        """Read the comments.

        Args:
            classifier: Whichever part of it is trained may change afterwards.
            tokenizer: That of its encoder.
            texts: The comments as written.
            extras: What is known of them beside.
            advance: Told how many more comments have been encoded.
        """
        self._classifier = classifier
        self._device = next(classifier.parameters()).device
        self._extras = extras
        self._tokens: list[Tensor] = []
        self._vectors: Tensor | None = None
        self.lengths: Ints = np.ones(len(texts), np.int64)
        if classifier.config.frozen:
            found = sentence_vectors(classifier, tokenizer, texts, advance)
            self._vectors = torch.from_numpy(found)
        else:
            batches = encode(tokenizer, texts, classifier.config.tokens)
            self._tokens = _by_row(batches, len(texts))
            self.lengths = np.array([len(tokens) for tokens in self._tokens])

    def logits(self, rows: Ints) -> tuple[Tensor, Tensor | None]:
        """What the classifier says of some comments, as `RiskClassifier.forward`."""
        rules, features = (self._part(extra, rows) for extra in self._extras)
        if self._vectors is not None:
            vectors = self._vectors[torch.from_numpy(rows)].to(self._device)
            logits: tuple[Tensor, Tensor | None] = self._classifier.head(vectors, rules, features)
            return logits
        longest = int(self.lengths[rows].max())
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(rows.tolist()):
            tokens = self._tokens[row]
            ids[place, : len(tokens)] = tokens
            mask[place, : len(tokens)] = 1
        with autocast(self._device):
            said = self._classifier(ids.to(self._device), mask.to(self._device), rules, features)
        return said[0].float(), None if said[1] is None else said[1].float()

    def _part(self, extra: Floats | None, rows: Ints) -> Tensor | None:
        return None if extra is None else torch.from_numpy(extra[rows]).to(self._device)


def _by_row(batches: Iterable[TokenBatch], count: int) -> list[Tensor]:
    """The tokens of each comment, without padding."""
    found: list[Tensor] = [torch.empty(0)] * count
    for batch in batches:
        lengths = batch.attention_mask.sum(1).tolist()
        for place, row in enumerate(batch.rows.tolist()):
            found[row] = batch.input_ids[place, : lengths[place]].clone()
    return found
