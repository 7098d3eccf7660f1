"""Searching for all patterns at once finds what searching for each would."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.patterns import PatternUnion, compile_pattern

MakeLexicon = Callable[..., Lexicon]

PATTERNS = {
    "等[^,。]{1,4}之后": "time:After",  # over any characters
    "从.{1,3}(?:来|回)": "space:From",
    "雨[^停]*停": "wish:Rain",
    "(?:等|从)(?:雨|月)": "wish:Since",
    r"\d{1,2}月(?:\d{1,2}[日号])?": "time:Date",  # times
    "[一二三十]{1,3}天(?:之后|后)": "time:Days",
    "三天后再说": "time:Days",
    "(?P<day>[1-9])号": "time:Day",
    "(?P<day>[一二三])号": "time:Day",
    "雨+": "wish:Rain",  # words
    "(?:大|小)雨": "wish:Rain",
    "大雨之后": "wish:Clear",
    r"\d+号楼": "space:House",
    "号楼门口": "space:House",
    "月[亮光]|月": "wish:Moon",
}
PIECES = (
    "等雨", "之后", "从月", "来", "回", "停", "大雨", "小雨", "雨", "1", "12月", "3月5", "日", "号",
    "楼", "三", "十二天", "后", "再说", "门口", "月亮", "月", "x", ",", "。", "\n", "🙂", "天",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def naive(patterns: list[Any], data: bytes) -> list[tuple[int, int]]:
    found, place = [], 0
    while place < len(data):
        matches = [match.end() for p in patterns if (match := p.match(data, place))]
        end = max(matches, default=place)
        if end > place:
            found.append((place, end))
        place = max(end, place + 1)
    return found


def surfaces(union: PatternUnion, text: str) -> list[str]:
    data = text.encode()
    return [data[start:end].decode() for start, end in union.spans(data)]


@settings(deadline=None, max_examples=250)
@given(TEXTS, st.sets(st.sampled_from(sorted(PATTERNS)), min_size=1, max_size=8))
def test_any_patterns_on_any_text(lexicon_of: MakeLexicon, text: str, chosen: set[str]) -> None:
    lexicon = lexicon_of({}, {pattern: PATTERNS[pattern] for pattern in chosen})
    union = PatternUnion(lexicon.patterns)
    data = text.encode()
    assert union.spans(data) == naive([compile_pattern(p) for p in sorted(chosen)], data)


@pytest.fixture(scope="module")
def shipped_union(lexicon: Lexicon) -> PatternUnion:
    return PatternUnion(lexicon.patterns)


@pytest.fixture(scope="module")
def shipped_each(lexicon: Lexicon) -> list[Any]:
    return [compile_pattern(pattern) for pattern, _ in lexicon.patterns]


SHIPPED_PIECES = (
    "等", "妈妈", "退休", "了", "之后", "3月5日", "12", "月", "号", "楼", "三", "天后", "晚上",
    "八点", "半", "下周", "周三", "十二点", "再过", "两个", "小时", "还有", "从", "买", "十", "片",
    "一起", "，", "\n", "今天", "年后",
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(SHIPPED_PIECES), max_size=12).map("".join))
def test_the_shipped_patterns(
    shipped_union: PatternUnion, shipped_each: list[Any], lexicon: Lexicon, text: str
) -> None:
    data = text.encode()
    found = shipped_union.spans(data)
    assert found == naive(shipped_each, data)
    for start, end in found:
        concept = shipped_union.concept(data[start:end])
        patterns = [
            p for p, (_, c) in zip(shipped_each, lexicon.patterns, strict=True) if c == concept
        ]
        assert any(pattern.fullmatch(data[start:end]) for pattern in patterns)


@pytest.mark.parametrize(
    ("patterns", "text", "expected"),
    [
        (["大雨", "雨之后"], "大雨之后", ["大雨"]),  # leftmost
        (["大雨", "大雨之后"], "大雨之后", ["大雨之后"]),  # longest
        (["大雨之后|大", "雨"], "大雨", ["大", "雨"]),
        (["等[^,]{1,4}后", "雨后天晴"], "等大雨后天晴", ["等大雨后"]),
        (["等[^,]{1,4}后", "等大雨后天"], "等大雨后天晴", ["等大雨后天"]),
        (["雨.{1,2}晴", "雨后", "晴天"], "雨后天晴天雨后", ["雨后天晴", "雨后"]),
        ([r"\d天", r"\d+"], "12天3", ["12", "3"]),
        ([], "大雨", []),
        (["大雨"], "", []),
    ],
)  # fmt: skip
def test_leftmost_then_longest(
    lexicon_of: MakeLexicon, patterns: list[str], text: str, expected: list[str]
) -> None:
    for concepts in (["wish:A"] * 3, ["time:A", "wish:B", "space:C"], ["wish:A", "time:B"] * 2):
        lexicon = lexicon_of({}, dict(zip(patterns, concepts, strict=False)))
        assert surfaces(PatternUnion(lexicon.patterns), text) == expected


def test_the_concept_of_a_surface(lexicon_of: MakeLexicon) -> None:
    lexicon = lexicon_of({}, PATTERNS)
    union = PatternUnion(lexicon.patterns)

    def name(surface: str) -> str:
        return lexicon.concepts[union.concept(surface.encode())].name

    assert name("大雨") == "Rain"
    assert name("大雨之后") == "Clear"
    assert name("等他回来之后") == "After"
    assert name("3月5日") == "Date"
    assert name("3号") == "Day"
    assert name("月") == "Moon"


def test_of_several_patterns_the_first_gives_the_concept(lexicon_of: MakeLexicon) -> None:
    lexicon = lexicon_of({}, {"雨": "wish:Short", "[雨雪]{1,2}": "wish:Long"})
    union = PatternUnion(lexicon.patterns)
    assert lexicon.patterns[0][0] == "[雨雪]{1,2}"
    assert lexicon.concepts[union.concept("雨".encode())].name == "Long"


@pytest.mark.parametrize("pattern", ["[一", "(", "*", "(?=一)", r"(一)\1", "一{2,1}", r"\q"])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        compile_pattern(pattern)


def test_the_longest_match() -> None:
    assert compile_pattern("雨|雨天").search("下雨天").group() == "雨天"
    assert compile_pattern(r"(?P<day>\d+)号|.号楼", capture=True).search("5号楼").group() == "5号楼"


def test_groups() -> None:
    pattern = compile_pattern(r"(?P<month>\d+)月(?:(?P<day>\d+)日)?", capture=True)
    assert pattern.fullmatch("3月5日").groupdict() == {"month": "3", "day": "5"}
    assert pattern.fullmatch("3月").groupdict() == {"month": "3", "day": None}
