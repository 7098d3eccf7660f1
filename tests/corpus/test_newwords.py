"""New words: runs of words, and phrases that hold together and are free."""

import math
import re
from collections import Counter

import numpy as np
import pytest
import rjieba
from hypothesis import example, given
from hypothesis import strategies as st

from treehole.corpus import newwords
from treehole.corpus.cleaning import clean
from treehole.corpus.newwords import LONGEST, cohesive_phrases, is_complete, word_runs

TEXTS = st.lists(st.text(alphabet="天台月色，a\u200b ", max_size=14), max_size=12)
LEAST = {"cohesion": -math.inf, "entropy": 0.0}


def clauses(texts: list[str]) -> list[str]:
    joined = "\n".join(texts).replace("\u200b", "")
    return re.findall(r"[天台月色]+", joined)


def counted(texts: list[str]) -> Counter[str]:
    return Counter(
        clause[start:end]
        for clause in clauses(texts)
        for start in range(len(clause))
        for end in range(start + 1, len(clause) + 1)
    )


def entropy(phrase: str, texts: list[str], step: int) -> float:
    """Of the characters before (-1) or after (1) a phrase; each end of a clause is one of its own.

    Occurrences may overlap.
    """
    beside: Counter[object] = Counter()
    for number, clause in enumerate(clauses(texts)):
        for match in re.finditer(f"(?={phrase})", clause):
            place = match.start() - 1 if step < 0 else match.start() + len(phrase)
            inside = 0 <= place < len(clause)
            beside[clause[place] if inside else (number, match.start())] += 1
    total = beside.total()
    return -sum(n / total * math.log(n / total) for n in beside.values())


def cohesion(phrase: str, counts: Counter[str]) -> float:
    total = sum(n for gram, n in counts.items() if len(gram) == 1)
    return min(
        math.log(counts[phrase] * total / (counts[phrase[:cut]] * counts[phrase[cut:]]))
        for cut in range(1, len(phrase))
    )


TALK = ["今天天气很好，适合散步", "晚饭吃面", "地铁上人很多", "猫在窗台睡觉"]


@given(TEXTS, st.integers(1, 3))
@example(["台台天"] * 6, 1)  # the logarithms of which do not quite cancel
def test_phrases_are_counted_as_by_hand(texts: list[str], least: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(newwords, "_ALIGNED", 0.0)
        found = cohesive_phrases(clean(texts), least, **LEAST)
    by_hand = {g for g, n in counted(texts).items() if n >= least and 2 <= len(g) <= LONGEST}
    assert found == sorted(by_hand)


@given(TEXTS, st.floats(0, 1), st.floats(-1, 2))
def test_phrases_are_measured_as_by_hand(
    texts: list[str], least_entropy: float, least_cohesion: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(newwords, "_ALIGNED", 0.0)
        batch = clean(texts)
        found = cohesive_phrases(batch, 1, cohesion=least_cohesion, entropy=least_entropy)
    counts = counted(texts)
    for phrase in counts:
        if 2 <= len(phrase) <= LONGEST:
            measured = [
                cohesion(phrase, counts) - least_cohesion,
                entropy(phrase, texts, -1) - least_entropy,
                entropy(phrase, texts, 1) - least_entropy,
            ]
            if min(map(abs, measured)) > 1e-9:
                assert (phrase in found) == (min(measured) > 0)


@given(TEXTS)
def test_what_is_found_stands_in_the_text(texts: list[str]) -> None:
    batch = clean(texts)
    together = "\n".join(texts).replace("\u200b", "")
    for phrase in [*cohesive_phrases(batch, 1, **LEAST), *word_runs(batch, 1)]:
        assert phrase in together
        assert phrase.isalnum()
        assert len(phrase) > 1


def test_a_disguise_that_no_dictionary_has() -> None:
    before, after = "我他谁又真别", "了吗吧啊哦呢"
    texts = [f"{a}岚栖{b}，月色真好" for a, b in zip(before, after, strict=True)]
    assert not rjieba.has_word("岚栖")
    found = cohesive_phrases(clean(texts + TALK), 3)
    assert "岚栖" in found
    assert not any("岚栖" in phrase and phrase != "岚栖" for phrase in found)


def test_the_inside_of_a_word_is_no_phrase() -> None:
    texts = [f"{a}图书馆{b}" for a, b in zip("在去爱到出进", "里了呢吧吗啊", strict=True)]
    found = cohesive_phrases(clean(texts + TALK), 3)
    assert "图书馆" in found
    assert not {"图书", "书馆"} & set(found)


def test_runs_of_words() -> None:
    texts = ["我想看海，明天出发", "他想看海", "想看海 出发"]
    found = word_runs(clean(texts), 2)
    assert "出发" in found
    assert "想看海" in found or "看海" in found
    assert not any("，" in run or " " in run for run in found)
    assert word_runs(clean(texts), 4) == []


def test_comments_are_counted_not_occurrences() -> None:
    assert word_runs(clean(["出发出发出发"]), 2) == []


def test_many_runs_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newwords, "_MOST_RUNS", 20)
    texts = ["出发看海"] * 5 + [f"{a}{b}图书馆" for a in "天地日月山河" for b in "红黄蓝绿"]
    assert "图书馆" in word_runs(clean(texts), 5)
    assert "出发" in word_runs(clean(texts), 5)


@pytest.mark.parametrize(
    ("phrase", "complete"),
    [("出发", True), ("想看海", True), ("的", False), ("了看海", False), ("看海的", False),
     ("我们", False), ("三百", False), ("我和", False)],
)  # fmt: skip
def test_complete_phrases(phrase: str, complete: bool) -> None:
    assert is_complete(phrase) == complete


@pytest.mark.parametrize("texts", [[], [""], ["，。！"], ["abc 123"], ["\u200b"]])
def test_nothing_to_find(texts: list[str]) -> None:
    assert cohesive_phrases(clean(texts), 1) == []


def test_long_text_in_little_time() -> None:
    rng = np.random.default_rng(1)
    text = "".join(chr(0x4E00 + n) for n in rng.integers(0, 500, 50_000))
    assert len(cohesive_phrases(clean([text]), 3, **LEAST)) < 60_000
