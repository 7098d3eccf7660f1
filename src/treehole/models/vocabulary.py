"""The vocabulary of a character encoder, made from the texts it is to read.

Chinese needs no more: a word is its characters. Each character is a token. Those that are neither
Chinese nor punctuation (Latin letters, digits, kana, emoji) run together to words for BERT's
tokenizer, and are there twice: as the first of such a word and, with ## before it, as a later one.
So the tokenizer is plain BERT's, and any program that opens one can use it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from tokenizers import normalizers, pre_tokenizers
from transformers import BertTokenizerFast

from treehole.corpus.cleaning import CleanBatch, clean

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LARGEST = 7000
"""Tokens in a vocabulary, at most: what Chinese as it is written today needs."""

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_CODE_SPACE = 0x110000
_CONTINUING = "##"

Counts = npt.NDArray[np.int64]


class _Bracketed:
    """Emoji in brackets, as `corpus.cleaning` asks which of them are meaningful: all are."""

    def __contains__(self, noise: object) -> bool:
        return isinstance(noise, str) and noise.startswith("[")


def prepared(texts: Sequence[str]) -> list[str]:
    """Texts as encoders read them: folded, and without links and names, as the rules see them.

    But emoji in brackets, such as [泪], stay: what they mean is learned.
    """
    batch = cleaned(texts)
    return [batch.comment(index) for index in range(len(batch))]


def cleaned(texts: Sequence[str]) -> CleanBatch:
    """The same as `prepared`, as a batch."""
    return clean(texts, _Bracketed())


class CharacterCounts:
    """How often each character occurs in texts."""

    def __init__(self) -> None:
        self._counts: Counts = np.zeros(_CODE_SPACE, np.int64)

    def add(self, texts: Sequence[str]) -> None:
        """Count the characters of some more texts."""
        points, counts = np.unique(cleaned(texts).points, return_counts=True)
        self._counts[points] += counts

    def ranked(self, least: int) -> list[str]:
        """The characters that occur at least so often, the most frequent first."""
        points = np.flatnonzero(self._counts >= max(least, 1))
        order = np.argsort(-self._counts[points], kind="stable")
        return [chr(point) for point in points[order]]


def choose_vocabulary(counts: CharacterCounts, least: int = 5, largest: int = LARGEST) -> list[str]:
    """The tokens for texts with these characters.

    Args:
        counts: Those of the texts.
        least: How often a character has to occur to be a token.
        largest: Tokens, at most.

    Returns:
        Special tokens, printable ASCII, ## and each letter or digit, and the most frequent of all
        other characters, as many as there is room for.
    """
    tokens = dict.fromkeys(SPECIAL)
    for character in (*_PRINTABLE, *counts.ranked(least)):
        forms = _forms(character)
        if len(tokens) + len(forms) <= max(largest, len(SPECIAL) + len(_PRINTABLE)):
            tokens.update(dict.fromkeys(forms))
    return list(tokens)


def make_tokenizer(vocabulary: Sequence[str], length: int) -> BertTokenizerFast:
    """BERT's tokenizer with a vocabulary, for texts of so many tokens."""
    return BertTokenizerFast(
        vocab={token: number for number, token in enumerate(vocabulary)},
        do_lower_case=True,
        strip_accents=False,
        tokenize_chinese_chars=True,
        model_max_length=length,
    )


_NORMALIZER = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
_DIVIDER = pre_tokenizers.BertPreTokenizer()


def _forms(character: str) -> list[str]:
    """The tokens that BERT's tokenizer can make of a character: none, one, or two of each."""
    forms = []
    for small in _NORMALIZER.normalize_str(character).strip():
        words = _DIVIDER.pre_tokenize_str(_NORMALIZER.normalize_str(2 * small))
        forms += [small] if len(words) > 1 else [small, _CONTINUING + small]
    return forms
