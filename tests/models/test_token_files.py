"""Texts as tokens on disk, and the sequences cut from them."""

from pathlib import Path

import numpy as np
import pytest
from calm import lines
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertTokenizerFast

from treehole.errors import InputError
from treehole.models.token_files import (
    HELD_OUT,
    TRAIN,
    Sequences,
    flag,
    open_tokens,
    read_counts,
    tokenized,
    write_tokens,
)
from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer

BITS = 16


@pytest.fixture(scope="module")
def tokenizer() -> BertTokenizerFast:
    counts = CharacterCounts()
    counts.add(lines(100))
    return make_tokenizer(choose_vocabulary(counts, least=1), 32)


def test_tokens_carry_where_words_begin(tokenizer: BertTokenizerFast) -> None:
    [tokens] = tokenized([["我们一起去", "ok了"]], tokenizer)
    ids, begins = tokens & (flag(BITS) - 1), tokens >= flag(BITS)
    read = tokenizer.convert_ids_to_tokens(ids.tolist())
    assert read == [*"我们一起去", "[SEP]", "o", "##k", "了", "[SEP]"]
    assert begins.tolist() == [1, 0, 1, 0, 1, 1, 1, 0, 1, 1]


def test_every_hundredth_document_is_held_out(tokenizer: BertTokenizerFast, tmp_path: Path) -> None:
    documents = [[line] for line in lines(1_200)]
    told: list[int] = []
    counted = write_tokens(documents, tokenizer, tmp_path, told.append)
    assert read_counts(tmp_path) == counted
    assert counted.documents == 1_200
    assert counted.unknown == 0
    held = open_tokens(tmp_path, HELD_OUT, counted)
    assert np.array_equal(held, np.concatenate(list(tokenized(documents[50::100], tokenizer))))
    assert len(open_tokens(tmp_path, TRAIN, counted)) == counted.train
    assert told[-1] == counted.train + counted.held_out


def test_texts_without_text_are_refused(tokenizer: BertTokenizerFast, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hold no text"):
        write_tokens([], tokenizer, tmp_path, lambda _: None)
    assert read_counts(tmp_path) is None
    assert not list(tmp_path.iterdir())


@given(st.integers(2, 400), st.integers(4, 40), st.integers(0, 3))
def test_sequences_lie_within_the_text(size: int, length: int, seed: int) -> None:
    text = np.arange(10, 10 + size, dtype=np.uint16)
    sequences = Sequences(text, length, 7, seed)
    found = sequences.at(0, 3 * sequences.a_round)
    assert (found[:, 0] == 7).all()
    assert (np.diff(found[:, 1:]) == 1).all()
    assert found[:, 1:].min() >= 10
    assert found[:, 1:].max() < 10 + size


def test_a_round_repeats_nothing_and_the_next_has_another_order() -> None:
    sequences = Sequences(np.arange(1_000, dtype=np.uint16), 11, 7, 0)
    rounds = [sequences.at(number * sequences.a_round, sequences.a_round) for number in (0, 1)]
    for found in rounds:
        assert len(np.unique(found[:, 1:])) == found[:, 1:].size
    assert not np.array_equal(*rounds)


@given(st.integers(0, 300), st.integers(1, 50))
def test_the_order_is_the_same_from_any_place_on(place: int, count: int) -> None:
    text = np.arange(1_000, dtype=np.uint16)
    from_start = Sequences(text, 11, 7, 5).at(0, place + count)
    assert np.array_equal(Sequences(text, 11, 7, 5).at(place, count), from_start[place:])


def test_sequences_in_order_are_spread_over_the_text() -> None:
    found = Sequences(np.arange(1_000, dtype=np.uint16), 11, 7, 0).in_order(5)
    assert found[:, 1].tolist() == [0, 240, 490, 740, 990]
