"""Judging: verdicts, memory, limits, and texts that mean harm."""

from collections.abc import Callable
from typing import Any

import judging
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loaded import Book, Found

Run = Callable[..., Any]

MIXED = [
    "有点难过",
    "今天下雨",
    "",
    "我想死",
    "我不想死",
    "我想跳楼",
    "明天去跳楼",
    "药已经吞下去了",
]
LEVELS = [1, 0, 0, 4, 0, 7, 9, 10]


def levels(found: list[Found]) -> list[int | None]:
    return [verdict.level for verdict in found]


def test_levels(shipped: Run) -> None:
    assert levels(shipped(judging.verdicts, MIXED)) == LEVELS


def test_no_comments(shipped: Run) -> None:
    assert shipped(judging.verdicts, []) == []
    assert levels(shipped(judging.verdicts, [""])) == [0]
    assert levels(shipped(judging.verdicts, ["", "\n", "今天下雨"])) == [0, 0, 0]


def test_the_highest_level_wins_and_all_rules_are_recorded(shipped: Run) -> None:
    [found] = shipped(judging.verdicts, ["有点难过，快要崩溃了，我想跳楼"])
    assert (found.level, found.rule) == (7, "method")
    assert found.held == (
        ("method", ((13, 15),)),
        ("clear_pain", ((6, 9),)),
        ("some_pain", ((2, 4),)),
    )


def test_what_is_ruled_out_is_recorded(shipped: Run) -> None:
    [found] = shipped(judging.verdicts, ["有点难过，我没勇气跳楼"])
    assert (found.level, found.rule) == (3, "restrained_wish")
    assert found.held == (("restrained_wish", ((9, 11),)), ("some_pain", ((2, 4),)))
    assert ("daunted", (6, 9), (9, 11)) in found.ruled_out


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_every_verdict_is_in_order(
    shipped: Run, book: Book, comments: st.SearchStrategy[str], data: st.DataObject
) -> None:
    comment = data.draw(comments)
    [found] = shipped(judging.verdicts, [comment])
    level = {rule.id: rule.level for rule in book.rules}
    held = [level[rule] for rule, _ in found.held]
    assert held == sorted(held, reverse=True)
    assert len({rule for rule, _ in found.held}) == len(held)
    assert (found.level, found.rule) == ((held[0], found.held[0][0]) if held else (0, None))
    assert all(level[rule] is None for rule, _, _ in found.ruled_out)
    spans = [span for _, used in found.held for span in used]
    spans += [span for _, *places in found.ruled_out for span in places]
    assert all(0 <= start < end <= len(comment) for start, end in spans)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_batches_of_any_split_give_the_same_verdicts(
    shipped: Run, comments: st.SearchStrategy[str], data: st.DataObject
) -> None:
    batch = data.draw(st.lists(comments, min_size=1, max_size=8))
    cuts = data.draw(st.lists(st.integers(0, len(batch)), max_size=3))
    whole = shipped(judging.verdicts, batch)
    assert shipped(judging.splits_of, batch, cuts) == whole
    assert shipped(judging.verdicts, batch[::-1]) == whole[::-1]


def test_a_full_memory_changes_nothing(apart: Run, shipped: Run) -> None:
    batches = [MIXED, MIXED[::-1], MIXED[:3], ["我想死" * 80, *MIXED], MIXED]
    found, kept = apart(judging.with_small_memory, batches)
    assert found == [shipped(judging.verdicts, batch) for batch in batches]
    assert kept <= 2 + len(set(MIXED))


# --- Limits ----------------------------------------------------------------------------------

COSTLY = "跳楼还是烧炭" * 200


@pytest.mark.parametrize("place", [0, 4, len(MIXED)])
def test_beyond_the_limit_there_is_no_level(apart: Run, place: int) -> None:
    batch = [*MIXED[:place], COSTLY, *MIXED[place:]]
    expected = [*LEVELS[:place], None, *LEVELS[place:]]
    assert apart(judging.levels_under_limit, 5_000, batch) == expected


def test_a_limit_that_nothing_keeps(apart: Run) -> None:
    found = apart(judging.levels_under_limit, 1, ["我想死", "今天下雨"])
    assert found == [None, 0]


def test_beyond_the_memory_there_is_no_level(apart: Run) -> None:
    batch = ["我想死", "想死，" * 60_000, "我想跳楼"]
    assert apart(judging.levels_under_stack_limit, 8_000_000, batch) == [4, None, 7]


def test_two_judges_in_one_process(spare: Run, shipped: Run) -> None:
    first = ["我想跳楼", "今晚就走", "明天去死", "有点难过"]
    second = ["好想和这个世界说再见", *MIXED]
    other, one, again = spare(judging.two_judges, first, second)
    assert other == one == shipped(judging.verdicts, second)
    assert again == shipped(judging.verdicts, first[::-1] + second)


# --- Hostile texts ---------------------------------------------------------------------------

HARMLESS = [
    "halt.", "halt", ":- shell('exit 1').", ":- halt.", "'", '"', "`", "\\", "\\x41\\", "''", "0'",
    "\0", "a\0b", "\n", "\r\n", "\u2028", "\x1e\x1f", "!", "=", "|", "learn",
    "token 65536 1 1 1 1 1",
    "limit 1", "plan 65536 0:0", "~w~n~a", "%s%n", "{x}", "[H|T]", "/*", "*/", "% ", "a:-b.", "$$",
    "\ud83d", "\udc00\ud83d", "\ufffe\uffff", "\U00010000\U0010ffff", "\u202e\u200b", "𠮷",
    "e\u0301",
    "' OR 1=1 --", "<script>", "../../etc/passwd", "EOF", "end_of_file.", "x" * 5_000,
]  # fmt: skip


def test_hostile_texts_are_texts(shipped: Run) -> None:
    assert levels(shipped(judging.verdicts, HARMLESS)) == [0] * len(HARMLESS)
    assert levels(shipped(judging.verdicts, MIXED)) == LEVELS


def test_hostile_texts_hide_nothing(shipped: Run) -> None:
    batch = [f"{text}。我想跳楼。{text}" for text in HARMLESS]
    assert levels(shipped(judging.verdicts, batch)) == [7] * len(batch)
    assert levels(shipped(judging.full_verdicts, batch)) == [7] * len(batch)


@pytest.mark.parametrize(
    ("repeated", "expected"),
    [
        ("我想死", {4, 5}),
        ("想死，", {4, 5}),
        ("跳楼", {7}),
        ("今晚跳楼\n", {10}),
        ("死", {3, 4, 5}),
        ("我", {0}),
        ("不", {0}),
        ("如果我死了，", {4}),
        ("跳楼还是烧炭", {6, 7, None}),
        ("跳楼不敢，割腕怕疼，", {3, 6, None}),
        ("他说明天", {0, None}),
        ("有没有人一起死", {6}),
        ("「", {0}),
        ("3月5日", {0}),
    ],
)
def test_a_very_long_text_gets_done(shipped: Run, repeated: str, expected: set[int | None]) -> None:
    long = repeated * (100_000 // len(repeated))
    found = shipped(judging.verdicts, ["有点难过", long, "我想跳楼"])
    assert levels(found)[::2] == [1, 7]
    assert found[1].level in expected
    assert shipped(judging.cleaned_length, long) == len(long)
