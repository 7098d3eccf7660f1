"""Scanning keeps to its contract, see `treehole.knowledge.scanner`."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehole.corpus.cleaning import INVISIBLE, CleanBatch
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.patterns import compile_pattern
from treehole.knowledge.scanner import Mentions, Scanner

Found = tuple[str, str, int, int]
"""A mention: its concept, its text, its first character, the one after its last."""

LABELS = {
    "雨": "wish:Rain", "大雨": "wish:HeavyRain", "想": "wish:Want", "想家": "wish:Homesick",
    "不想家": "wish:NotHomesick", "下": "space:Below", "家门口": "space:Door", "门": "space:Gate",
    "emo": "wish:Low", "yu": "wish:Rain", "7": "wish:Seven", "🕯": "wish:Candle",
    "[蜡烛]": "wish:Candle", "雨 天": "wish:RainyDay", "?": "wish:Doubt", "𠮷野": "space:Yoshino",
}  # fmt: skip
PATTERNS = {
    r"\d{1,2}月(?:\d{1,2}[日号])?": "time:Date",
    r"\d+楼": "space:Storey",
    "[三五]天后": "time:Days",
    "等[^,。\n]{1,4}之后": "time:After",
    "雨停了?": "wish:RainOver",
}
PIECES = (
    *LABELS, "3月", "13月", "12月5日", "3月5号", "20楼", "a8楼", "三天后", "等雨停之后", "雨停",
    "等", "之后", "music", "yu7", "a", "0", "家", "不", "大", "天", "的", "，", "。", " ", "\n",
    "\u200b", "\u200d", "\ufe0f", "🕯\ufe0f", "😭", "\ud83d", "\0", "[心]", "@小明 ", "ＥＭＯ",
    "雨\u200b停",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@pytest.fixture(scope="module")
def small(lexicon_of: Callable[..., Lexicon]) -> Scanner:
    return Scanner(lexicon_of(LABELS, PATTERNS))


def mentions(scanner: Scanner, texts: list[str]) -> list[list[Found]]:
    """The mentions of each comment, with places counted from its own beginning."""
    batch = scanner.clean(texts)
    found: list[list[Found]] = [[] for _ in texts]
    result = scanner.scan(batch)
    columns = (result.concepts, result.starts, result.ends, result.comments)
    for concept, start, end, comment in zip(*(c.tolist() for c in columns), strict=True):
        name = scanner.lexicon.concepts[concept].name
        begin = int(batch.starts[comment])
        found[comment].append((name, batch.text[start:end], start - begin, end - begin))
    return found


def names(scanner: Scanner, text: str) -> list[tuple[str, str]]:
    return [(name, surface) for name, surface, _, _ in mentions(scanner, [text])[0]]


# --- The contract, one by one ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不想家", ["不想家"]),
        ("不想，想家", ["想", "想家"]),
        ("大雨雨", ["大雨", "雨"]),
        ("想家门口", ["想家", "门"]),  # goes on after the mention
        ("雨 天，雨天", ["雨 天", "雨"]),
        ("想不通", ["想"]),
        ("", []),
        ("今天很好", []),
    ],
)
def test_the_longest_label_from_left_to_right(
    small: Scanner, text: str, expected: list[str]
) -> None:
    assert [surface for _, surface in names(small, text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大雨停", [("RainOver", "雨停")]),  # though the label 大雨 begins before
        ("下雨停了", [("Below", "下"), ("RainOver", "雨停了")]),
        ("等想家之后雨", [("After", "等想家之后"), ("Rain", "雨")]),
        ("12月5日想家", [("Date", "12月5日"), ("Homesick", "想家")]),
        ("7楼", [("Storey", "7楼")]),
        ("三天后五天后", [("Days", "三天后"), ("Days", "五天后")]),
    ],
)
def test_patterns_come_before_labels(
    small: Scanner, text: str, expected: list[tuple[str, str]]
) -> None:
    assert names(small, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("emo了", ["emo"]), ("我emo", ["emo"]), ("ＥＭＯ", ["emo"]), ("emo-yu", ["emo", "yu"]),
        ("emotion", []), ("demo", []), ("yu7", []), ("7yu", []), ("17", []), ("第7", ["7"]),
        ("13月", ["13月"]), ("113月", []), ("a3月", []), ("3月a", ["3月"]), ("x20楼", []),
        ("aéyu", ["yu"]),  # only the plain letters count
        ("e\u200bmo", ["e\u200bmo"]), ("demo\u200b", []), ("d\u200bemo", []), ("emo\u200bx", []),
    ],
)  # fmt: skip
def test_whole_words_where_letters_are_latin(
    small: Scanner, text: str, expected: list[str]
) -> None:
    assert [surface for _, surface in names(small, text)] == expected


def test_whole_words_end_with_the_comment(small: Scanner) -> None:
    assert mentions(small, ["x", "emo", "yu", "3月", "7"]) == [
        [], [("Low", "emo", 0, 3)], [("Rain", "yu", 0, 2)], [("Date", "3月", 0, 2)],
        [("Seven", "7", 0, 1)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u200b大\u200b\ufeff雨\u200b", [("HeavyRain", "大\u200b\u200b雨", 1, 5)]),
        ("🕯\ufe0f", [("Candle", "🕯", 0, 1)]),
        ("3\u200b月\u200b5日", [("Date", "3\u200b月\u200b5日", 0, 6)]),
        ("𠮷\u200d野", [("Yoshino", "𠮷\u200b野", 0, 3)]),
        ("\u200b\u200b", []),
    ],
)
def test_characters_without_width_are_skipped(
    small: Scanner, text: str, expected: list[Found]
) -> None:
    assert mentions(small, [text]) == [expected]


def test_emoji_in_brackets_that_are_labels(small: Scanner) -> None:
    assert small.meaningful_emoji == {"[蜡烛]"}
    assert names(small, "[蠟燭][心][蜡烛]") == [("Candle", "[蜡烛]"), ("Candle", "[蜡烛]")]


def test_nothing_reaches_from_one_comment_into_the_next(small: Scanner) -> None:
    assert mentions(small, ["大", "雨", "不", "想", "家", "3", "月"]) == [
        [], [("Rain", "雨", 0, 1)], [], [("Want", "想", 0, 1)], [], [], [],
    ]  # fmt: skip


def test_no_comments(small: Scanner) -> None:
    assert len(small.scan(small.clean([]))) == 0
    assert mentions(small, ["", "", ""]) == [[], [], []]


def test_selecting_mentions(small: Scanner) -> None:
    found = small.scan(small.clean(["雨", "想家", "门"]))
    assert found.select(np.array([True, False, True])).comments.tolist() == [0, 2]
    assert found.select(np.array([1])).starts.tolist() == [2]


# --- Any text --------------------------------------------------------------------------------


def reference(labels: dict[str, str], comment: str) -> list[tuple[str, int, int]]:
    """The contract read naively: concept and span of the mentions of one cleaned comment."""
    visible = [place for place, c in enumerate(comment) if ord(c) != INVISIBLE]
    text = "".join(comment[place] for place in visible)
    patterns = [(compile_pattern(pattern), name) for pattern, name in PATTERNS.items()]

    def whole(start: int, end: int) -> bool:
        def latin(place: int) -> bool:
            return 0 <= place < len(text) and text[place].isascii() and text[place].isalnum()

        return not any(latin(place - 1) and latin(place) for place in (start, end))

    def scan(options_at: Callable[[int], list[tuple[int, str]]]) -> list[tuple[str, int, int]]:
        found, place = [], 0
        while place < len(text):
            end, name = max(options_at(place), default=(place, ""))
            if end > place and whole(place, end):
                found.append((name, place, end))
            place = max(end, place + 1)
        return found

    taken = scan(
        lambda place: [(m.end(), name) for p, name in patterns if (m := p.match(text, place))]
    )
    free = [not any(start <= place < end for _, start, end in taken) for place in range(len(text))]
    labelled = scan(
        lambda place: [
            (place + len(label), name)
            for label, name in labels.items()
            if text.startswith(label, place) and all(free[place : place + len(label)])
        ]
    )
    both = sorted([*taken, *labelled], key=lambda mention: mention[1])
    return [(name.split(":")[1], visible[start], visible[end - 1] + 1) for name, start, end in both]


@settings(deadline=None, max_examples=300)
@given(st.lists(TEXTS, max_size=5))
def test_scanning_is_as_the_contract_says(small: Scanner, texts: list[str]) -> None:
    batch = small.clean(texts)
    found = [[(n, s, e) for n, _, s, e in comment] for comment in mentions(small, texts)]
    assert found == [reference(LABELS, batch.comment(index)) for index in range(len(texts))]


def check_places(batch: CleanBatch, found: Mentions) -> None:
    assert (found.starts < found.ends).all()
    assert (found.starts[1:] >= found.ends[:-1]).all()
    assert (found.starts >= batch.starts[found.comments]).all()
    assert (found.ends < batch.starts[found.comments + 1]).all()


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_the_shipped_lexicon_on_any_text(scanner: Scanner, data: st.DataObject) -> None:
    lexicon = scanner.lexicon
    pieces = st.sampled_from(lexicon.labels) | st.sampled_from(PIECES) | st.text(max_size=3)
    texts = data.draw(st.lists(st.lists(pieces, max_size=8).map("".join), max_size=5))
    batch = scanner.clean(texts)
    check_places(batch, scanner.scan(batch))
    found = mentions(scanner, texts)
    assert found == [mentions(scanner, [text])[0] for text in texts]
    owner = dict(zip(lexicon.labels, lexicon.label_concepts, strict=True))
    patterned = {lexicon.concepts[concept].name for _, concept in lexicon.patterns}
    for name, surface, _, _ in (mention for comment in found for mention in comment):
        label = surface.replace(chr(INVISIBLE), "")
        assert name in patterned or lexicon.concepts[owner[label]].name == name


def test_every_shipped_label_is_found(scanner: Scanner) -> None:
    lexicon = scanner.lexicon
    found = mentions(scanner, list(lexicon.labels))
    for label, concept, here in zip(lexicon.labels, lexicon.label_concepts, found, strict=True):
        assert here == [(lexicon.concepts[concept].name, label, 0, len(label))]
