"""The objective of pretraining: what an encoder is to guess, and what its guesses cost.

Hidden words, as in Devlin et al. 2019 ("BERT", NAACL). Only the hidden places are put through the
output layer, which is as large as the vocabulary. And [CLS], where the sentence vector is read, has
to say which tokens its sequence holds, in any order (Ma et al. 2024, "Drop your Decoder", SIGIR,
sec. 3.3), since guessing words teaches it nothing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from treehole.errors import InputError
from treehole.models.devices import autocast, mixed_seed
from treehole.models.masking import IGNORED, Masked, Tokens, mask_words
from treehole.models.token_files import flag

_MEASURING = 1 << 40
"""A step that never comes, from which the masks for measuring are drawn."""

_CHUNK = 1 << 24

Floats = npt.NDArray[np.float64]


class Objective:
    """What a model is to guess, on one device."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast,
        bits: int,
        seed: int,
        dtype: torch.dtype | None = None,
    ) -> None:
        """Prepares it.

        Args:
            model: A masked-language model, on the device.
            tokenizer: That of the tokens.
            bits: Bits a token has on disk; the highest says where a word begins.
            seed: What words are hidden is drawn from it.
            dtype: What is computed in; None for what is fast on the device.

        Raises:
            InputError: The model has no output layer that is known.
        """
        self.model = model
        self._device = next(model.parameters()).device
        self._flag = flag(bits)
        self._seed = seed
        self._dtype = dtype
        self._tokens, special = special_tokens(tokenizer, model.config.vocab_size)
        self._special = special.to(self._device)
        self._generator = torch.Generator(self._device)
        self._head = _output_layer(model)
        self._states: Any = model.base_model

    def compile(self) -> None:
        """Compile the model, which takes a minute and then is faster on a GPU."""
        self._states = torch.compile(self._states)

    def masked(self, batch: npt.NDArray[np.int64], number: int) -> Masked:
        """Sequences with words hidden, on the device.

        Args:
            batch: As `Sequences` cuts them, shape (sequences, tokens).
            number: Decides, with the seed, which words.
        """
        sent = torch.from_numpy(batch)
        if self._device.type == "cuda":
            sent = sent.pin_memory()
        words = sent.to(self._device, non_blocking=True)
        self._generator.manual_seed(mixed_seed(self._seed, number, 1))
        ids = words & (self._flag - 1)
        starts = words >= self._flag
        return mask_words(ids, starts, self._special[ids], self._tokens, self._generator)

    def costs(self, masked: Masked) -> tuple[Tensor, Tensor]:
        """The mean loss at the hidden places, and that of naming all tokens from [CLS], in nats."""
        with autocast(self._device, self._dtype):
            states = self._states(input_ids=masked.input_ids).last_hidden_state
            places = functional.pad(masked.places, (1, 0))  # [CLS] is at 0
            index = places[..., None].expand(-1, -1, states.shape[-1])
            logits = self._head(states.gather(1, index)).float()
        labels = masked.labels.flatten()
        total = functional.cross_entropy(
            logits[:, 1:].flatten(0, 1), labels, ignore_index=IGNORED, reduction="sum"
        )
        shown = masked.input_ids.gather(1, masked.places)
        hidden = torch.where(masked.labels == IGNORED, shown, masked.labels)
        stood = masked.input_ids.scatter(1, masked.places, hidden)
        surprise = -logits[:, 0].log_softmax(1).gather(1, stood)
        counted = ~self._special[stood]
        of_sequences = (surprise * counted).sum() / counted.sum().clamp(min=1)
        return total / (labels != IGNORED).sum().clamp(min=1), of_sequences

    @torch.no_grad()
    def losses(
        self, sequences: npt.NDArray[np.int64], batch: int, counts: Floats | None = None
    ) -> tuple[float, float]:
        """The mean loss on some sequences, and that of guessing by frequency alone, in nats.

        Args:
            sequences: As `Sequences` cuts them; always masked in the same way.
            batch: Sequences looked at together.
            counts: How often each token occurs, shape (vocabulary,); by default, all the same.
        """
        self.model.eval()
        counts = np.zeros(self.model.config.vocab_size) if counts is None else counts
        shares = (counts + 1) / (counts + 1).sum()
        surprise = torch.from_numpy(-np.log(shares)).to(self._device, torch.float32)
        total = torch.zeros(3, device=self._device)
        for number, start in enumerate(range(0, len(sequences), batch)):
            masked = self.masked(sequences[start : start + batch], _MEASURING + number)
            asked = masked.labels[masked.labels != IGNORED]
            loss = self.costs(masked)[0] * len(asked)
            total += torch.stack([loss, surprise[asked].sum(), torch.ones_like(loss) * len(asked)])
        own, blind, asked_in_all = total.tolist()
        self.model.train()
        return own / max(asked_in_all, 1.0), blind / max(asked_in_all, 1.0)


def special_tokens(tokenizer: PreTrainedTokenizerFast, size: int) -> tuple[Tokens, Tensor]:
    """The tokens that masking has to know of, and which are never hidden.

    Args:
        tokenizer: That of the texts.
        size: Tokens in the vocabulary of the model.

    Returns:
        The tokens, and for each of the vocabulary whether it is special, shape (size,).
    """
    numbers = list(tokenizer.all_special_ids)
    special = torch.zeros(size, dtype=torch.bool)
    special[numbers] = True
    return Tokens(tokenizer.mask_token_id, max(numbers) + 1, len(tokenizer)), special


def frequencies(tokens: npt.NDArray[Any], bits: int, size: int) -> Floats:
    """How often each token of the vocabulary occurs in a text as on disk; shape (size,)."""
    counts = np.zeros(size)
    for start in range(0, len(tokens), _CHUNK):
        ids = tokens[start : start + _CHUNK] & (flag(bits) - 1)
        counts += np.bincount(ids, minlength=size)
    return counts


def _output_layer(model: PreTrainedModel) -> nn.Module:
    for name in ("cls", "lm_head"):  # of BERT, of RoBERTa
        head = getattr(model, name, None)
        if isinstance(head, nn.Module):
            return head
    message = (
        f"{model.config.model_type} is no encoder that pretrain can continue; it continues those "
        "of BERT's and RoBERTa's kind"
    )
    raise InputError(message)
