"""Cleaning gives one form of each character, takes out the noise, and moves nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehole.corpus import cleaning
from treehole.corpus.cleaning import (
    LONG_UNITS,
    SHORT_WORDS,
    CleanBatch,
    batch_of,
    break_classes,
    clean,
    count_units,
    count_words,
    decode,
    fold,
    is_space,
    is_word_character,
    too_short,
)

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=12)  # lone surrogates, too
PIECES = (
    "今天下雨", "書店", "ＡＢＣ", "Hello", "１２", "\0", "\ud83d", "𠮷", "🕯️", "👨\u200d👩", "\n",
    "\r\n", "\u2028", " ", "\u3000", "\u200b", "https://t.cn/x1", "＠", "@小明 ", "回复@小明:",
    "//@小明:好", "[心]", "[蜡烛]", "&nbsp;", "网页链接", "：", "，", "。", "[", "]", "&", ";", "@",
)  # fmt: skip
NOISY = st.lists(st.sampled_from(PIECES) | ANYTHING, max_size=8).map("".join)
CANDLE = frozenset({"[蜡烛]"})

common = settings(deadline=None, max_examples=150)


def cleaned(text: str) -> str:
    return clean([text]).comment(0)


def comments(batch: CleanBatch) -> list[str]:
    return [batch.comment(index) for index in range(len(batch))]


# --- Folding ---------------------------------------------------------------------------------


@common
@given(NOISY)
def test_folding_is_done_character_by_character(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))
    assert len(fold(text)) == len(text)


def test_folding_all_of_unicode_twice_is_folding_it_once() -> None:
    everything = "".join(map(chr, range(0x110000)))
    once = fold(everything)
    assert len(once) == len(everything)
    assert fold(once) == once
    assert once.encode()  # no surrogate is left


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡｂＣ１２３！？：＠", "abc123!?:@"),
        ("Hello WORLD", "hello world"),
        ("愛讓憂鬱的臺灣貓睡著", "爱让忧郁的台湾猫睡着"),
        ("妳還好嗎", "你还好吗"),
        ("一\t二\0三\u3000四\u00a0五\u2009六", "一 二 三 四 五 六"),
        ("一\n二\r三\u2028四\u2029五\x85六", "一\n二\n三\n四\n五\n六"),
        ("\ud83d\udfff", "\ufffd\ufffd"),
        ("𠮷🕯😭é", "𠮷🕯😭é"),
        ("一\u200b二\u200d三\ufeff四\ufe0f五\u00ad六\u2066七", "\u200b".join("一二三四五六七")),
        ("今天下雨，没带伞。", "今天下雨,没带伞。"),
        ("", ""),
    ],
)  # fmt: skip
def test_one_form_of_each_character(text: str, folded: str) -> None:
    assert fold(text) == folded


# --- Masking ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "noise"),
    [
        ("看这个 https://t.cn/A6abc?x=1 真好", ["https://t.cn/a6abc?x=1"]),
        ("看这个HTTP://T.CN/x，真好", ["http://t.cn/x,"]),
        ("网页链接 转发微博 查看图片", ["网页链接", "转发微博", "查看图片"]),
        ("@小明 一起去吃面", ["@小明"]),
        ("＠小明：一起去吃面", ["@小明:"]),
        ("去吃面@小明", ["@小明"]),
        ("去吃面@a-b·c\n好", ["@a-b·c"]),
        ("@小明@小红 去吃面", ["@小明", "@小红"]),
        ("回复@小明:面很好吃", ["回复@小明:"]),
        ("回复@小明（号主）：面很好吃", ["回复@小明(号主):"]),
        ("好吃//@小明:面很好吃//@小红:是", ["//@小明:面很好吃//@小红:是"]),
        ("好吃//@小明:面\n第二行", ["//@小明:面"]),
        ("面[馋嘴]很好吃[赞]", ["[馋嘴]", "[赞]"]),
        ("面&nbsp;很&lt;好&gt;吃&#39;&AMP;", ["&nbsp;", "&lt;", "&gt;", "&#39;", "&amp;"]),
    ],
)
def test_noise_is_masked_with_spaces(text: str, noise: list[str]) -> None:
    expected = fold(text)
    for piece in noise:
        assert expected.count(piece) == 1
        expected = expected.replace(piece, " " * len(piece))
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "今天下雨,没带伞。",
        "三点@五点之间,都可以",
        "他说:好//她说:不好",
        "[这一句话写在方括号里面]",
        "[有 空格]",
        "[]",
        "面 & 饭; 汤",
        "&这不是实体;",
        "http不是链接",
        "回复我一下",
        "链接在网页里",
    ],
)
def test_what_is_not_noise_stays(text: str) -> None:
    assert cleaned(text) == text


def test_meaningful_emoji_stay() -> None:
    assert clean(["点[蜡烛]了[心]"], CANDLE).comment(0) == "点[蜡烛]了   "
    assert clean(["点[蠟燭]了"], CANDLE).comment(0) == "点[蜡烛]了"
    assert cleaned("点[蜡烛]了") == "点    了"


@common
@given(NOISY)
def test_cleaning_moves_nothing(text: str) -> None:
    result = cleaned(text)
    assert len(result) == len(text)
    assert all(new in (old, " ") for new, old in zip(result, fold(text), strict=True))


@common
@given(NOISY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    # Of a mention only the beginning may be known as such: after other noise is gone.
    once = clean([text.replace("@", "").replace("＠", "")], CANDLE).comment(0)
    assert clean([once], CANDLE).comment(0) == once


# --- Batches ---------------------------------------------------------------------------------


@common
@given(st.lists(NOISY, max_size=6))
def test_a_batch_is_its_comments(texts: list[str]) -> None:
    batch = clean(texts, CANDLE)
    assert len(batch) == len(texts)
    assert comments(batch) == [clean([text], CANDLE).comment(0) for text in texts]
    assert batch.text == "".join(comment + cleaning.SEPARATOR for comment in comments(batch))
    assert decode(batch.points) == batch.text
    assert batch.starts[-1] == len(batch.text)


@common
@given(st.lists(NOISY, max_size=6))
def test_a_batch_from_its_text(texts: list[str]) -> None:
    batch = clean(texts)
    again = batch_of(batch.text, batch.starts)
    assert again.text == batch.text
    assert np.array_equal(again.points, batch.points)
    assert np.array_equal(again.starts, batch.starts)


@common
@given(st.lists(st.tuples(NOISY, st.booleans()), max_size=6))
def test_selecting_comments(marked: list[tuple[str, bool]]) -> None:
    batch = clean([text for text, _ in marked])
    chosen = np.flatnonzero(np.array([keep for _, keep in marked], dtype=bool))
    few, direct = batch.select(chosen), clean([text for text, keep in marked if keep])
    assert few.text == direct.text
    assert np.array_equal(few.points, direct.points)
    assert np.array_equal(few.starts, direct.starts)


# --- Characters and words --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        ("天a7é", 0),
        (" \t，,、；：~…—-（）【】“”'·.", 1),
        ("😭👍☀✨🕯", 1),
        ("\ud800", 1),
        ("\n\r。！!？?\u2028", 2),
        ("\u200b\u200d\ufe0f", 0),
    ],
)
def test_what_ends_clauses_and_sentences(characters: str, expected: int) -> None:
    batch = clean([characters])
    assert break_classes(batch).tolist() == [expected] * len(characters) + [2]


def test_kinds_of_characters() -> None:
    points = clean(["天a7é，😭 \u200b。"]).points
    assert is_word_character(points).tolist() == [True] * 4 + [False] * 6
    assert is_space(points).tolist() == [False] * 6 + [True, True, False, True]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", 0),
        ("，。！😭[心]", 0),
        ("今天下雨", 4),
        ("hello world", 2),
        ("我ok了", 3),
        ("１２３点", 2),
        ("a1b2", 1),
        ("it's", 2),
        ("ありがとう", 5),
        ("@小明 好", 1),
    ],
)
def test_counting_units(text: str, units: int) -> None:
    others = ["x", text, "今天x"]  # neighbours change nothing
    assert count_units(clean(others)).tolist() == [1, units, 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("，。 😭", 0), ("今天天气很好", 3), ("我 喜欢 hello", 3), ("北京的冬天！", 3)],
)
def test_counting_words(text: str, words: int) -> None:
    assert count_words(text) == words


WORDS = st.sampled_from(
    ["今天", "天气", "很好", "我", "的", "ok", "7", "，", "。", "😭", " ", "图书馆"]
)


@common
@given(st.lists(st.lists(WORDS, max_size=14).map("".join), max_size=6))
def test_short_comments_have_five_words_or_fewer(texts: list[str]) -> None:
    batch = clean(texts)
    units = count_units(batch)
    words = np.array([count_words(comment) for comment in comments(batch)], dtype=np.int64)
    assert (words <= units).all()
    short = too_short(batch, units)
    judged = units <= LONG_UNITS
    assert np.array_equal(short[judged], words[judged] <= SHORT_WORDS)
    assert not short[~judged].any()
