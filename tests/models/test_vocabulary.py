"""The vocabulary of a character encoder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.models.vocabulary import (
    SPECIAL,
    CharacterCounts,
    choose_vocabulary,
    make_tokenizer,
    prepared,
)

MANY = "今後國ＡÉéß가カｶЖ😊❤️\u200b\x00\ud800 \n\t,。·1２#[]@/\xa0İŁ"
TEXT = "今天天气很好😊😊，ok123 カカ"


@pytest.fixture(scope="module")
def vocabulary() -> list[str]:
    counts = CharacterCounts()
    counts.add([TEXT])
    return choose_vocabulary(counts, least=1)


def test_special_tokens_come_first(vocabulary: list[str]) -> None:
    assert tuple(vocabulary[: len(SPECIAL)]) == SPECIAL
    assert len(set(vocabulary)) == len(vocabulary)


def test_only_what_runs_together_is_there_twice(vocabulary: list[str]) -> None:
    assert {"今", "a", "##a", "7", "##7", "😊", "##😊", "カ", "##カ", ",", "~"} <= set(vocabulary)
    assert not {"##今", "##,", " ", "\n", "A"} & set(vocabulary)


def test_no_known_character_is_unknown(vocabulary: list[str]) -> None:
    tokenizer = make_tokenizer(vocabulary, 64)
    tokens = tokenizer.tokenize(prepared([TEXT])[0])
    assert "[UNK]" not in tokens
    assert [token.removeprefix("##") for token in tokens] == list(
        TEXT.replace("，", ",").replace(" ", "")
    )


def test_the_most_frequent_characters_are_taken() -> None:
    counts = CharacterCounts()
    counts.add(["好好好天天气", "好"])
    ascii_only = len(choose_vocabulary(CharacterCounts()))
    assert choose_vocabulary(counts, least=1, largest=ascii_only + 2)[ascii_only:] == ["好", "天"]
    assert choose_vocabulary(counts, least=2)[ascii_only:] == ["好", "天"]


def test_emoji_in_brackets_are_read_and_links_are_not() -> None:
    [text] = prepared(["[泪]看 https://example.org/a @小明 "])
    assert text.split() == ["[泪]看"]


@given(st.lists(st.text(st.sampled_from(MANY), max_size=20), max_size=5))
def test_any_text_can_be_read(texts: list[str]) -> None:
    counts = CharacterCounts()
    counts.add(texts)
    tokenizer = make_tokenizer(choose_vocabulary(counts, least=1), 64)
    for text, ready in zip(texts, prepared(texts), strict=True):
        assert len(ready) == len(text)
        assert tokenizer.unk_token not in tokenizer.tokenize(ready)
