"""Whole-word masks for masked-language modelling.

A model learns more from guessing a word than from guessing one of its characters, which the others
give away. So the characters of a word are masked together (Cui et al. 2021, "Pre-training with
whole word masking for Chinese BERT", IEEE/ACM TASLP 29, sec. 3.1), with words as jieba's dictionary
divides the text. 15 % of tokens are chosen; of these 80 % become [MASK], 10 % another token at
random, and 10 % stay (Devlin et al. 2019, "BERT", NAACL, sec. 3.1).

Every sequence has the same number of places to be guessed, so that nothing waits for a count: where
the last word chosen does not fit whole, its places are left out.
"""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import rjieba
import torch
from torch import Tensor

SHARE = 0.15
MASKED, RANDOM = 0.8, 0.1
LONGEST_WORD = 8
"""Tokens; what is longer, such as a run of Latin letters, is taken for several words."""

IGNORED = -100
"""The label of a place that is not to be guessed, as PyTorch's losses have it."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Masked:
    """Sequences with words hidden.

    Attributes:
        input_ids: The tokens to read, shape (sequences, tokens).
        places: Where there is something to guess, shape (sequences, places).
        labels: What stood there, or `IGNORED`; the same shape.
    """

    input_ids: Tensor
    places: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Tokens:
    """The tokens that masking has to know of.

    Attributes:
        mask: The number of [MASK].
        first: Random tokens are drawn from this number on,
        end: up to this one.
    """

    mask: int
    first: int
    end: int


def word_starts(text: str) -> Flags:
    """Whether a word begins at each character, and at the end; shape (characters + 1,)."""
    starts = np.zeros(len(text) + 1, bool)
    starts[list(accumulate(map(len, rjieba.cut(text)), initial=0))] = True
    return starts


def limit_words(starts: Flags) -> Flags:
    """Divide words of more than `LONGEST_WORD` tokens.

    Args:
        starts: Whether each token begins a word, shape (tokens,).
    """
    places = np.arange(len(starts))
    begun = np.maximum.accumulate(np.where(starts, places, 0))
    divided: Flags = (places - begun) % LONGEST_WORD == 0
    return divided


def mask_words(
    ids: Tensor, starts: Tensor, special: Tensor, tokens: Tokens, generator: torch.Generator
) -> Masked:
    """Hide words at random; all on the device of the tensors.

    Args:
        ids: The tokens, shape (sequences, tokens).
        starts: Whether each begins a word, the same shape.
        special: Whether each is one that is never hidden, such as [SEP]; the same shape.
        tokens: What to put in their place.
        generator: Draws; of the same device.
    """
    count, length = ids.shape
    device = ids.device
    words = starts.cumsum(1)
    draws = torch.rand(count, length + 1, generator=generator, device=device).gather(1, words)
    draws = draws.masked_fill(special, 2.0)  # last in every order
    places = max(1, round(SHARE * length))
    order = draws.argsort(dim=1, stable=True)
    chosen = order[:, :places]
    whole = words.gather(1, chosen) != words.gather(1, order[:, places : places + 1])
    valid = whole & ~special.gather(1, chosen)
    stood = ids.gather(1, chosen)
    dice = torch.rand(count, places, generator=generator, device=device)
    others = torch.randint(
        tokens.first, tokens.end, (count, places), generator=generator, device=device
    )
    shown = torch.where(dice < MASKED + RANDOM, others, stood)
    put = torch.where(dice < MASKED, tokens.mask, shown)
    hidden = ids.scatter(1, chosen, torch.where(valid, put, stood))
    return Masked(hidden, chosen, stood.masked_fill(~valid, IGNORED))
