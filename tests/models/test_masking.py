"""Whole-word masks."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from treehole.models.masking import (
    IGNORED,
    LONGEST_WORD,
    SHARE,
    Masked,
    Tokens,
    limit_words,
    mask_words,
    word_starts,
)

TOKENS = Tokens(mask=4, first=5, end=90)
LENGTH = 128


def sequences(count: int = 400, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(seed)
    ids = torch.randint(5, 90, (count, LENGTH), generator=chance)
    ids[:, 0] = 2
    ids[torch.rand(ids.shape, generator=chance) < 0.05] = 3
    special = ids < 5
    starts = (torch.rand(ids.shape, generator=chance) < 0.6) | special
    starts[:, 1:] |= special[:, :-1]
    return ids, starts, special


def mask(seed: int = 1) -> Masked:
    return mask_words(*sequences(), TOKENS, torch.Generator().manual_seed(seed))


def test_words_are_divided_as_the_dictionary_has_them() -> None:
    assert np.flatnonzero(word_starts("我们一起去公园")).tolist() == [0, 2, 4, 5, 7]
    assert word_starts("").tolist() == [True]


@given(st.text())
def test_words_of_any_text_cover_it(text: str) -> None:
    starts = word_starts(text)
    assert len(starts) == len(text) + 1
    assert starts[0]
    assert starts[-1]


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_no_word_is_too_long(begun: list[bool]) -> None:
    starts = limit_words(np.array([True, *begun]))
    assert starts[np.flatnonzero([True, *begun])].all()
    assert np.diff([*np.flatnonzero(starts), len(starts)]).max() <= LONGEST_WORD


def test_about_a_seventh_is_hidden() -> None:
    asked = (mask().labels != IGNORED).sum(1) / LENGTH
    assert SHARE - 0.02 < asked.mean() <= SHARE + 0.005
    assert asked.min() > SHARE / 2


def test_words_are_hidden_whole_or_not_at_all() -> None:
    ids, starts, special = sequences()
    masked = mask()
    hidden = torch.zeros_like(special).scatter(1, masked.places, masked.labels != IGNORED)
    words = starts.cumsum(1)
    for row in range(len(ids)):
        chosen = set(words[row][hidden[row]].tolist())
        assert chosen.isdisjoint(words[row][~hidden[row] & ~special[row]].tolist())
    assert not (hidden & special).any()


def test_what_stood_there_is_asked_for_and_all_else_stays() -> None:
    ids, _, _ = sequences()
    masked = mask()
    asked = masked.labels != IGNORED
    assert (ids.gather(1, masked.places)[asked] == masked.labels[asked]).all()
    changed = ids != masked.input_ids
    hidden = torch.zeros_like(changed).scatter(1, masked.places, asked)
    assert not (changed & ~hidden).any()


def test_most_become_mask_some_another_token_and_some_stay() -> None:
    masked = mask()
    asked = masked.labels != IGNORED
    put, stood = masked.input_ids.gather(1, masked.places)[asked], masked.labels[asked]
    shares = [(put == TOKENS.mask).float().mean(), (put == stood).float().mean()]
    assert abs(shares[0] - 0.8) < 0.02
    assert abs(shares[1] - 0.1) < 0.02
    assert not ((put < TOKENS.first) & (put != TOKENS.mask)).any()


def test_the_seed_decides() -> None:
    assert torch.equal(mask(1).input_ids, mask(1).input_ids)
    assert not torch.equal(mask(1).input_ids, mask(2).input_ids)


def test_a_sequence_of_nothing_but_special_tokens_asks_nothing() -> None:
    ids = torch.full((2, 16), 3)
    every = torch.ones_like(ids, dtype=torch.bool)
    masked = mask_words(ids, every, every, TOKENS, torch.Generator())
    assert torch.equal(masked.input_ids, ids)
    assert (masked.labels == IGNORED).all()
