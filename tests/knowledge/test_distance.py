"""The gap between two mentions is what punctuation, or the lack of it, makes of it."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehole.corpus.cleaning import INVISIBLE, CleanBatch, break_classes
from treehole.knowledge.distance import (
    CLOSE_CHARACTERS,
    FINAL_CHARACTERS,
    GAPS,
    RUN_CHARACTERS,
    Places,
)
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.scanner import Mentions, Scanner

FIRST, TOUCHING, CLOSE, CLAUSE, NEXT_CLAUSE, SENTENCE, NEXT_SENTENCE, FARTHER = range(GAPS)


@pytest.fixture(scope="module")
def rain(lexicon_of: Callable[..., Lexicon]) -> Scanner:
    labels = {"雨": "wish:Rain", "雪": "wish:Snow", "？！": "wish:Shout", "……": "wish:Silence"}
    return Scanner(lexicon_of({label.replace("？！", "?!"): c for label, c in labels.items()}))


def measured(scanner: Scanner, texts: list[str]) -> tuple[CleanBatch, Mentions, Places]:
    batch = scanner.clean(texts)
    mentions = scanner.scan(batch)
    return batch, mentions, Places.of(batch, mentions)


def gaps(scanner: Scanner, *texts: str) -> list[int]:
    _, mentions, places = measured(scanner, list(texts))
    return places.gaps(mentions, np.arange(len(mentions))).tolist()


@pytest.mark.parametrize(
    ("between", "gap"),
    [
        ("", TOUCHING),
        ("的", CLOSE),
        ("的" * CLOSE_CHARACTERS, CLOSE),
        ("的" * (CLOSE_CHARACTERS + 1), CLAUSE),
        ("\u200b的", CLOSE),
        ("，", NEXT_CLAUSE),
        ("的， 的", NEXT_CLAUSE),
        ("，，，", NEXT_CLAUSE),
        ("——", NEXT_CLAUSE),
        ("—— 、", NEXT_CLAUSE),
        ("😭😭", NEXT_CLAUSE),
        ("❤️❤️", NEXT_CLAUSE),
        (" ", NEXT_CLAUSE),
        ("[心]", NEXT_CLAUSE),  # masked
        ("，的，", SENTENCE),
        ("，的，的，的，", SENTENCE),
        ("。", NEXT_SENTENCE),
        ("。。。", NEXT_SENTENCE),
        ("。\u200b。", NEXT_SENTENCE),
        ("。\n", NEXT_SENTENCE),
        ("！？", NEXT_SENTENCE),
        ("\n\n", NEXT_SENTENCE),
        ("，的。的，", NEXT_SENTENCE),
        ("。的。", FARTHER),
        ("。的。的！的\n", FARTHER),
    ],
)
def test_each_gap(rain: Scanner, between: str, gap: int) -> None:
    assert gaps(rain, f"雨{between}雪") == [FIRST, gap]


def test_each_comment_has_a_first(rain: Scanner) -> None:
    assert gaps(rain, "雨雪", "", "雪", "没有", "雨，雪") == [
        FIRST, TOUCHING, FIRST, FIRST, NEXT_CLAUSE,
    ]  # fmt: skip


def test_no_mentions(rain: Scanner) -> None:
    _, mentions, places = measured(rain, ["没有", ""])
    assert places.gaps(mentions, np.arange(0)).tolist() == []
    assert places.final.tolist() == []


@pytest.mark.parametrize("characters", [0, 7, RUN_CHARACTERS - 2])
def test_a_stretch_without_punctuation_is_one_clause(rain: Scanner, characters: int) -> None:
    gap = gaps(rain, f"雨{'的' * characters}雪")[1]
    assert gap in (TOUCHING, CLOSE, CLAUSE)


@pytest.mark.parametrize(
    ("before", "between", "gap"),
    [
        (0, RUN_CHARACTERS - 2, CLAUSE),  # 雪 is the sixteenth
        (0, RUN_CHARACTERS - 1, NEXT_CLAUSE),
        (0, 2 * RUN_CHARACTERS - 2, NEXT_CLAUSE),
        (0, 2 * RUN_CHARACTERS - 1, SENTENCE),
        (0, 9 * RUN_CHARACTERS, SENTENCE),
        (RUN_CHARACTERS - 1, 0, TOUCHING + 3),  # a clause ends between them
        (RUN_CHARACTERS - 1, 1, NEXT_CLAUSE),
        (RUN_CHARACTERS, 0, TOUCHING),
    ],
)
def test_a_long_stretch_ends_clauses(rain: Scanner, before: int, between: int, gap: int) -> None:
    text = f"{'的' * before}雨{'的' * between}雪"
    assert gaps(rain, text) == [FIRST, gap]
    assert gaps(rain, "没有，" + text) == [FIRST, gap]
    assert gaps(rain, "没有", text, "雨") == [FIRST, gap, FIRST]


def test_close_by_steps(rain: Scanner) -> None:
    _, mentions, places = measured(rain, ["雨的的雪的的雨的的的的雪"])
    assert places.gaps(mentions, np.array([0, 2])).tolist() == [FIRST, CLOSE]
    assert places.gaps(mentions, np.array([0, 3])).tolist() == [FIRST, CLAUSE]
    assert places.gaps(mentions, np.array([1, 2, 3])).tolist() == [FIRST, CLOSE, CLAUSE]
    assert places.gaps(mentions, np.array([3])).tolist() == [FIRST]


def test_punctuation_that_is_a_mention(rain: Scanner) -> None:
    assert gaps(rain, "雨？！") == [FIRST, TOUCHING]
    assert gaps(rain, "雨？！雪") == [FIRST, TOUCHING, NEXT_SENTENCE]
    assert gaps(rain, "雨……雪") == [FIRST, TOUCHING, NEXT_CLAUSE]


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("雨", True),
        ("雨的的", True),
        ("雨的的的", False),
        ("雨的的，的", True),
        ("雨的的的，", False),
        ("雨。", True),
        ("雨😭的的的", True),
        ("雨\n的的的", True),
        ("雨的 的的", True),
        ("雨" + "的" * (FINAL_CHARACTERS + 1) + "\n", False),
        ("的" * RUN_CHARACTERS + "雨的的的", False),
    ],
)
def test_final(rain: Scanner, text: str, final: bool) -> None:
    _, _, places = measured(rain, ["的", text, "的"])
    assert places.final.tolist() == [final]


# --- Any text --------------------------------------------------------------------------------

PIECES = (
    "雨",
    "雪",
    "的",
    "下一整天的",
    "，",
    "。",
    "……",
    "？！",
    " ",
    "\n",
    "😭",
    "\u200b",
    "[心]",
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.just("的" * 9), max_size=14).map("".join)


def naive_gap(batch: CleanBatch, first: int, second: int, mentions: Mentions) -> int:
    """The gap between two mentions next to each other in one comment."""
    classes = break_classes(batch).tolist()
    for place, character in enumerate(batch.text):
        if ord(character) == INVISIBLE and place not in batch.starts:
            classes[place] = classes[place - 1]
    start, end = int(mentions.starts[first]), int(mentions.starts[second])
    clauses = sentences = run = 0
    comment = int(batch.starts[mentions.comments[first]])
    for place in range(comment, end):
        kind, before = classes[place], classes[place - 1] if place > comment else 0
        run = 0 if kind else run + 1
        if place >= start:
            sentences += kind == 2 and before != 2
            clauses += (kind == 1 and before != 1) or (run > 0 and run % RUN_CHARACTERS == 0)
    between = end - int(mentions.ends[first])
    if sentences:
        return NEXT_SENTENCE if sentences == 1 else FARTHER
    if clauses:
        return NEXT_CLAUSE if clauses == 1 else SENTENCE
    if not between:
        return TOUCHING
    return CLOSE if between <= CLOSE_CHARACTERS else CLAUSE


@settings(deadline=None, max_examples=200)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_gaps_are_as_counted_one_by_one(rain: Scanner, texts: list[str]) -> None:
    batch, mentions, places = measured(rain, texts)
    everything = np.arange(len(mentions))
    found = places.gaps(mentions, everything).tolist()
    comments = mentions.comments.tolist()
    expected = [FIRST] * len(mentions)
    for first, second in pairwise(everything.tolist()):
        if comments[first] == comments[second]:
            expected[second] = naive_gap(batch, first, second, mentions)
    assert found == expected


@settings(deadline=None, max_examples=100)
@given(st.lists(TEXTS, max_size=4))
def test_neighbouring_comments_change_nothing(rain: Scanner, texts: list[str]) -> None:
    assert gaps(rain, *texts) == [gap for text in texts for gap in gaps(rain, text)]
    final = measured(rain, texts)[2].final.tolist()
    assert final == [f for text in texts for f in measured(rain, [text])[2].final.tolist()]


@settings(deadline=None, max_examples=100)
@given(TEXTS, st.data())
def test_leaving_mentions_out_never_brings_others_nearer(
    rain: Scanner, text: str, data: st.DataObject
) -> None:
    _, mentions, places = measured(rain, [text])
    everything = np.arange(len(mentions))
    full = places.gaps(mentions, everything)
    kept = np.array([data.draw(st.booleans()) for _ in everything], dtype=bool)
    chosen = everything[kept]
    few = places.gaps(mentions, chosen)
    for position, (before, here) in enumerate(pairwise(chosen.tolist()), 1):
        assert few[position] >= full[before + 1 : here + 1].max()
