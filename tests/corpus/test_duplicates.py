"""A duplicate is what the same user wrote before, white space aside."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehole.corpus.cleaning import INVISIBLE, clean
from treehole.corpus.duplicates import Seen

SAME = (
    "今天下雨", "今天 下雨", " 今天\u3000下\n雨 ", "今\u200b天下\ufeff雨\t", "今天下雨[心]",
    "今天下雨 https://t.cn/x1", "@小明 今天下雨",
)  # fmt: skip
TEXTS = st.sampled_from([*SAME, "书店", "書店", "ＯＫ", "ok", "", " ", "，", "下雨今天"])
USERS = st.sampled_from(["甲", "乙", "", None])


def duplicates(*batches: Sequence[tuple[str, str | None]]) -> list[list[bool]]:
    seen = Seen()
    return [
        seen.duplicates(clean([text for text, _ in batch]), [user for _, user in batch]).tolist()
        for batch in batches
    ]


def test_the_same_user_again() -> None:
    assert duplicates([("今天下雨", "甲"), ("今天下雨", "甲"), ("书店", "甲")]) == [
        [False, True, False]
    ]


def test_another_user_is_another_person() -> None:
    rows = [("今天下雨", "甲"), ("今天下雨", "乙"), ("今天下雨", None), ("今天下雨", "")]
    assert duplicates(rows, rows) == [[False] * 4, [True] * 4]


def test_without_users_only_the_text_counts() -> None:
    seen = Seen()
    assert seen.duplicates(clean(["今天下雨", "书店", "今天下雨"])).tolist() == [False, False, True]
    assert seen.duplicates(clean(["书店", "面馆"])).tolist() == [True, False]


def test_across_batches() -> None:
    assert duplicates([("书店", "甲")], [], [("面馆", "甲"), ("书店", "甲")], [("面馆", "甲")]) == [
        [False],
        [],
        [False, True],
        [True],
    ]


def test_the_text_and_the_user_are_told_apart() -> None:
    assert duplicates([("甲乙", "丙"), ("甲", "乙丙"), ("丙", "甲乙")]) == [[False] * 3]


@pytest.mark.parametrize("text", SAME[1:])
def test_white_space_and_noise_do_not_count(text: str) -> None:
    assert duplicates([(SAME[0], "甲"), (text, "甲")]) == [[False, True]]


@pytest.mark.parametrize("text", ["今天下雨。", "今天下雪", "今天下雨雨", "下雨", "今天。下雨"])
def test_other_characters_do(text: str) -> None:
    assert duplicates([(SAME[0], "甲"), (text, "甲")]) == [[False, False]]


def naive(rows: Sequence[tuple[str, str | None]]) -> list[bool]:
    seen: set[tuple[str, str | None]] = set()
    found = []
    for text, user in rows:
        cleaned = clean([text]).comment(0).replace(chr(INVISIBLE), "")
        key = ("".join(cleaned.split()), user)
        found.append(key in seen)
        seen.add(key)
    return found


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(st.tuples(TEXTS | st.text(max_size=2), USERS), max_size=8), max_size=8))
def test_any_split_into_batches_finds_the_same(batches: list[list[tuple[str, str | None]]]) -> None:
    rows = [row for batch in batches for row in batch]
    expected = naive(rows)
    assert [flag for batch in duplicates(*batches) for flag in batch] == expected
    assert duplicates(rows) == [expected]
    assert [batch[0] for batch in duplicates(*([row] for row in rows))] == expected


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 3000), max_size=60))
def test_many_batches_of_many_sizes(numbers: list[int]) -> None:
    seen, known = Seen(), set()
    for number in numbers:
        texts = [f"第{n}天" for n in range(number, number + number % 97)]
        assert seen.duplicates(clean(texts)).tolist() == [text in known for text in texts]
        known.update(texts)
