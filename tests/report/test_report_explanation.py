"""A page shows one comment and why it has its level; nothing a person wrote becomes markup."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.analysis.explain import Explanation, Held, Mention, RuledOut
from treehole.report.explanation import page
from treehole.report.narration import Language, Narrator
from treehole.rules.derivation import Derivation, Named, Step

TEXT = "<b>没有</b>自杀&amp;，今晚走\n好困"
NOT = Mention("iri:Negation", "wish", "否定", "negation", "没有", 3, 5)
SUICIDE = Mention("iri:Suicide", "suicide", "自杀", "suicide", "自杀", 9, 11)
TONIGHT = Mention("iri:Tonight", "time", "今晚", "tonight", "今晚", 17, 19)
STEP = Step("rdfsSubclassOf", 17, 19, "今晚", [Named("iri:Tonight", "time", "今晚", "tonight")])
EXPLAINED = Explanation(
    text=TEXT,
    level=10,
    risk="high",
    mentions=[NOT, SUICIDE, TONIGHT],
    held=[Held("act", 10, "今晚就走。", [TONIGHT], Derivation("level_10.pl", 4, [STEP]))],
    ruled_out=[RuledOut(SUICIDE, "negation", "否定。", NOT, Derivation("context.pl", 9, []))],
    act_from="2026-05-01T22:30+08:00",
    act_until="2026-05-02T06:00+08:00",
)
NOTHING = Explanation("好困", 0, "low", [], [], [], None, None)
TOO_MUCH = Explanation("好困", None, None, [NOT], [], [], None, None)


def made(explanation: Explanation, language: str = "en") -> str:
    return page(explanation, Narrator(Language(language)), "abcdef")


def comment(text: str) -> str:
    """The comment as a reader sees it, with U+FFFD where HTML allows no character."""
    quote = re.search(r"<blockquote lang=\"zh\"><p>(.*?)</p></blockquote>", text, re.DOTALL)
    assert quote is not None
    return html.unescape(re.sub(r"</?(?:mark|s)\b[^>]*>", "", quote[1]))


def test_the_comment_stands_there_as_written() -> None:
    shown = made(EXPLAINED)
    assert comment(shown) == TEXT
    assert "<b>没有" not in shown
    assert '<mark class="wish" title="否定 (negation) (wish)">没有</mark>' in shown


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_any_comment_stands_there_as_written(text: str) -> None:
    assert comment(made(Explanation(text, 0, "low", [], [], [], None, None))) == text


def test_what_does_not_count_is_crossed_out_and_says_so() -> None:
    shown = made(EXPLAINED)
    [title] = re.findall(r'<s><mark class="suicide" title="([^"]*)">自杀</mark></s>', shown)[:1]
    assert title == "自杀 (suicide) (suicide) – does not count"
    assert '<s><mark class="time"' not in shown
    assert "自杀 does not count, because of 没有" in shown


def test_it_says_level_risk_time_rules_and_steps() -> None:
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", made(EXPLAINED)))
    for said in (
        "level 10 suicide may be ongoing (high risk)",
        "When the act may come 2026-05-01 22:30+08:00 – 2026-05-02 06:00+08:00",
        "今晚就走。 act",
        "10 act: 今晚就走。 (level_10.pl:4)",
        "“今晚”: tonight (time)",
        "level 10, by act: no rule that holds has a higher level",
        "Handle it with care",
        "knowledge abcdef",
    ):
        assert said in shown


def test_it_speaks_chinese() -> None:
    shown = made(EXPLAINED, "zh")
    assert '<html lang="zh">' in shown
    said = re.sub(r"<style>.*?</style>|<[^>]+>", "", shown, flags=re.DOTALL)
    said = said.replace(html.escape(TEXT), "")
    words = set(re.findall(r"[A-Za-z]{3,}", said))
    assert words <= {"act", "negation", "level", "context", "Treehole", "abcdef"}
    assert "等级 10" in said
    assert "请妥善对待" in said


def test_the_page_stands_alone() -> None:
    shown = made(EXPLAINED)
    assert not re.search(r"""(?:src|href|url)\s*[=(]|@import|https?:""", shown)
    assert "default-src 'none'" in html.unescape(shown)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("explanation", "key"), [(NOTHING, "no_mention"), (TOO_MUCH, "no_level")])
def test_nothing_held(explanation: Explanation, key: str, language: str) -> None:
    words = Narrator(Language(language)).words
    shown = made(explanation, language)
    assert words[key] in shown
    assert words["held_none"] in shown
    assert words["act_time"] not in shown
