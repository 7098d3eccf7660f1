"""Scanning with labels on trial, and finding words wherever they stand."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.scanner import Finder, Mentions, Scanner, View

LABELS = {"雨": "wish:Rain", "大雨": "wish:HeavyRain", "想家": "wish:Home", "yu": "wish:Rain"}
PATTERNS = {r"\d+楼": "space:Storey"}
WORDS = ["雨停", "停", "想", "家门", "大", "a", "雨大雨"]
PIECES = [*LABELS, *WORDS, "3楼", "，", "\u200b", "\n", "b"]
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=4)


@pytest.fixture(scope="module")
def lexicon(lexicon_of: Callable[..., Lexicon]) -> Lexicon:
    return lexicon_of(LABELS, PATTERNS)


def rows(found: Mentions) -> list[tuple[int, ...]]:
    return list(zip(*map(np.ndarray.tolist, vars(found).values()), strict=True))


@given(texts=TEXTS, words=st.lists(st.sampled_from(WORDS), unique=True))
def test_labels_on_trial_are_found_as_if_they_were_there(
    lexicon: Lexicon, texts: list[str], words: Sequence[str]
) -> None:
    on_trial = {word: 90 + number for number, word in enumerate(words)}
    owners = dict(zip(lexicon.labels, lexicon.label_concepts, strict=True)) | on_trial
    labels = sorted(owners)
    longer = Lexicon("", lexicon.concepts, labels, [owners[w] for w in labels], lexicon.patterns)
    scanner, other = Scanner(lexicon), Scanner(longer)
    view = scanner.view(scanner.clean(texts))
    found = scanner.mentions_with(view, on_trial)
    assert rows(found) == rows(other.scan(other.clean(texts)))
    assert rows(scanner.mentions_with(view, {})) == rows(scanner.mentions(view))


@given(texts=TEXTS)
def test_words_are_found_within_each_other(lexicon: Lexicon, texts: list[str]) -> None:
    batch = Scanner(lexicon).clean(texts)
    words = ["雨", "大雨", "雨大", "停"]
    found = rows(Finder(words).occurrences(View.of(batch)))
    expected = [
        (number, start)
        for number, word in enumerate(words)
        for start in range(len(batch.text))
        if batch.text[start:].replace("\u200b", "").startswith(word)
        and batch.text[start] != "\u200b"
    ]
    assert sorted((word, start) for word, start, _, _ in found) == expected
    for word, start, end, comment in found:
        assert batch.text[start:end].replace("\u200b", "") == words[word]
        assert batch.starts[comment] <= start < end < batch.starts[comment + 1]


def test_latin_words_are_found_whole(lexicon: Lexicon) -> None:
    batch = Scanner(lexicon).clean(["yu", "yun", "大yu雨"])
    assert Finder(["yu"]).occurrences(View.of(batch)).comments.tolist() == [0, 2]


def test_patterns_within(lexicon: Lexicon) -> None:
    scanner = Scanner(lexicon)
    assert scanner.has_pattern("在3楼")
    assert not scanner.has_pattern("楼")


def test_other_concepts(lexicon: Lexicon) -> None:
    scanner = Scanner(lexicon)
    found = scanner.scan(scanner.clean(["大雨，想家"]))
    other = found.with_concepts(found.concepts + 1)
    assert (other.concepts == found.concepts + 1).all()
    assert (other.starts == found.starts).all()
