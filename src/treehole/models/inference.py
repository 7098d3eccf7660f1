"""Inference: a classifier that only predicts, in the way that is fast on its device.

Where the device reckons faster in bfloat16 (`treehole.models.devices.fast_dtype`), the weights of
the encoder are converted once, rather than at each step as in training. The head is small and stays
in float32.
"""

import torch
from torch import Tensor

from treehole.models.classifiers import RiskClassifier
from treehole.models.devices import best_device, fast_dtype
from treehole.models.encoders import TokenBatch
from treehole.models.rule_features import Features

BATCH = 64
"""Comments computed at once: more would not fit a processor's cache."""


class Inference:
    """A classifier, made ready to predict.

    Attributes:
        dtype: The type that its encoder is computed in.
    """

    def __init__(self, classifier: RiskClassifier, dtype: torch.dtype | None = None) -> None:
        """Take a classifier over: its weights change their type and place.

        Args:
            classifier: A trained one.
            dtype: The type to compute in; by default, the fast one of the device.
        """
        self._device = best_device()
        self.dtype = dtype or fast_dtype(self._device)
        self._classifier = classifier.to(self._device).eval()
        self._classifier.encoder.to(self.dtype)

    @torch.inference_mode()
    def __call__(
        self, batch: TokenBatch, rules: Features | None = None, features: Features | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The logits of high risk, and of each level being exceeded, on the CPU in float32.

        Args:
            batch: Some of the comments.
            rules: What the rules saw of all comments, shape (all comments, rule names).
            features: Those of all writers, standardised, NaN where missing; (all comments, 10).
        """
        vectors = self._classifier.vectors(
            batch.input_ids.to(self._device), batch.attention_mask.to(self._device)
        )
        extras = (
            None if extra is None else torch.from_numpy(extra[batch.rows]).to(self._device)
            for extra in (rules, features)
        )
        risk, levels = self._classifier.head(vectors.float(), *extras)
        return risk.cpu(), None if levels is None else levels.cpu()
