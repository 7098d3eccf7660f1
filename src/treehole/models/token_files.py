"""Texts as tokens on disk: made once, mapped into memory, cut into sequences of one length.

A token takes two bytes (four where the vocabulary is large). Its highest bit says that a word
begins there. Each line ends in [SEP], and all lines stand end to end, so that nothing is padded.
Every hundredth document is held out, to measure on.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerFast

from treehole.corpus.writing import replacing, write_json
from treehole.errors import InputError
from treehole.models.masking import limit_words, word_starts
from treehole.models.vocabulary import prepared

TRAIN, HELD_OUT, COUNTS = "train.tokens", "held-out.tokens", "tokens.json"
HOLD_OUT_EVERY = 100
BATCH = 500
"""Documents turned into tokens at once."""

_HELD = 50
_SMALL = 1 << 15

Tokens = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Counted:
    """What is in the token files of a folder.

    Attributes:
        train: Tokens to train on.
        held_out: Tokens to measure on.
        documents: Documents in both.
        unknown: Tokens of both that are [UNK].
        bits: Bits a token.
    """

    train: int
    held_out: int
    documents: int
    unknown: int
    bits: int


def write_tokens(
    documents: Iterable[list[str]],
    tokenizer: PreTrainedTokenizerFast,
    folder: Path,
    report: Callable[[int], None],
) -> Counted:
    """Turn documents into tokens, and write them.

    Args:
        documents: Each as its lines.
        tokenizer: What makes the tokens.
        folder: Where to write.
        report: Told, now and then, how many tokens there are.

    Raises:
        InputError: There is too little text.
        OutputError: They cannot be written.
    """
    bits = 16 if len(tokenizer) <= _SMALL else 32
    unknown = tokenizer.unk_token_id
    lengths, held, unknowns, number = [0, 0], 0, 0, 0
    with replacing(folder / TRAIN) as train, replacing(folder / HELD_OUT) as held_out:
        streams: tuple[BinaryIO, BinaryIO] = (train, held_out)
        for group in _grouped(documents):
            for lines in tokenized(group, tokenizer):
                held = int(number % HOLD_OUT_EVERY == _HELD)
                number += 1
                lengths[held] += len(lines)
                unknowns += int((lines & (flag(bits) - 1) == unknown).sum())
                streams[held].write(lines.astype(f"<u{bits // 8}").tobytes())
            report(sum(lengths))
        if not lengths[0]:
            message = "the texts named hold no text; name others"
            raise InputError(message)
    counted = Counted(lengths[0], lengths[1], number, unknowns, bits)
    write_json(asdict(counted), folder / COUNTS)
    return counted


def _grouped(documents: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    remaining = iter(documents)
    return iter(lambda: list(islice(remaining, BATCH)), [])


def tokenized(
    documents: Sequence[list[str]], tokenizer: PreTrainedTokenizerFast
) -> Iterator[npt.NDArray[np.uint32]]:
    """The tokens of each document; the highest bit says where words begin."""
    bits = 16 if len(tokenizer) <= _SMALL else 32
    texts = prepared([line for document in documents for line in document])
    encodings = iter(tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False))
    remaining = iter(texts)
    end = np.array([tokenizer.sep_token_id | flag(bits)], np.uint32)
    for document in documents:
        parts = []
        for _ in document:
            encoding, text = next(encodings), next(remaining)
            parts += [_flagged(encoding, text, bits), end]
        yield np.concatenate(parts)


def _flagged(encoding: Any, text: str, bits: int) -> npt.NDArray[np.uint32]:
    ids = np.array(encoding.ids, np.uint32)
    if not len(ids):
        return ids
    begins = np.array(encoding.offsets, np.int64)[:, 0]
    return ids | (limit_words(word_starts(text)[begins]) * np.uint32(flag(bits)))


def flag(bits: int) -> int:
    """The highest bit of a token of so many bits."""
    return 1 << (bits - 1)


def read_counts(folder: Path) -> Counted | None:
    """What is in a folder's token files; None if they have not been made to their end."""
    try:
        return Counted(**json.loads((folder / COUNTS).read_text("utf-8")))
    except FileNotFoundError:
        return None


def open_tokens(folder: Path, name: str, counted: Counted) -> Tokens:
    """One of a folder's token files, mapped into memory; shape (tokens,)."""
    path = folder / name
    if not path.stat().st_size:
        return np.zeros(0, np.uint16)
    return np.memmap(path, dtype=f"<u{counted.bits // 8}", mode="r")


class Sequences:
    """Sequences of one length, in an order drawn anew each time round.

    Which sequence comes when depends on the seed alone, so that work can go on at any place. Each
    time round the text is cut at other places.
    """

    def __init__(self, tokens: Tokens, length: int, first: int, seed: int) -> None:
        """Prepares an order.

        Args:
            tokens: The text, shape (tokens,).
            length: Tokens of a sequence, the first of which is `first`.
            first: What each begins with: [CLS], with the highest bit set.
            seed: What the order is drawn from.
        """
        self._tokens = tokens
        self._body = min(length - 1, len(tokens))
        self._first = first
        self._seed = seed
        self._round = -1
        self._starts: npt.NDArray[np.int64] = np.zeros(0, np.int64)

    @property
    def a_round(self) -> int:
        """Sequences until each token has been seen."""
        return max(1, len(self._tokens) // self._body - 1)

    def at(self, place: int, count: int) -> npt.NDArray[np.int64]:
        """So many sequences from a place in the order on, shape (count, length)."""
        rounds, places = np.divmod(np.arange(place, place + count), self.a_round)
        starts = np.concatenate(
            [self._order(int(number))[places[rounds == number]] for number in np.unique(rounds)]
        )
        return self.cut(starts)

    def cut(self, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The sequences whose text begins at these tokens, shape (starts, length)."""
        body = self._tokens[starts[:, None] + np.arange(self._body)].astype(np.int64)
        return np.concatenate([np.full((len(starts), 1), self._first), body], axis=1)

    def in_order(self, most: int) -> npt.NDArray[np.int64]:
        """Sequences spread evenly over the text, none overlapping; at most so many."""
        every = np.arange(0, len(self._tokens) - self._body + 1, self._body)
        chosen = np.linspace(0, len(every) - 1, min(most, len(every))).astype(np.int64)
        return self.cut(every[chosen])

    def _order(self, number: int) -> npt.NDArray[np.int64]:
        if number != self._round:
            chance = np.random.default_rng([self._seed, number])
            shift = chance.integers(0, min(self._body, self._left()) + 1)
            self._starts = shift + self._body * chance.permutation(self.a_round)
            self._round = number
        return self._starts

    def _left(self) -> int:
        return len(self._tokens) - self._body * self.a_round
