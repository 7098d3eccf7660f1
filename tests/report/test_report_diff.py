"""A comparison in Markdown: right, and safe to publish, whatever people wrote."""

import html
import re
from collections import Counter
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from treehole.analysis.causes import Cause
from treehole.analysis.comparison import Change, Comparison
from treehole.knowledge.lexicon_changes import LexiconChanges
from treehole.report.diff import headline, markdown, page, shortened
from treehole.rules.rule_changes import RuleChange

CAUSE = Cause("word", "下雨", "“下雨” is now wish:Rain")
HOSTILE = "@someone a|b\n\n# [x](http://e.org) <img src=x> `c` **d** #12 \\| &lt; </details> |"


def change(**parts: Any) -> Change:
    known: dict[str, Any] = {
        "row": 3,
        "comment_id": "c3",
        "text": "下雨了",
        "old_level": 7,
        "new_level": 2,
        "old_rule": "stormy",
        "new_rule": None,
        "old_words": ["下雨"],
        "new_words": [],
        "causes": [CAUSE],
        "gold": 8,
        "effect": "wrong",
    }
    return Change(**(known | parts))


def comparison(*changes: Change, gold: str | None = "level", **parts: Any) -> Comparison:
    words = LexiconChanges(labels={"下雨": (None, "wish:Rain")}, moved=("wish:Rain", "wish:Snow"))
    rules = {"stormy": RuleChange("stormy", 7, 7, "clauses")}
    found = Comparison("HEAD~1 (abc1234)", ".", words, rules, gold, **parts)
    found.counts[0, 0, 0] = 1_000
    for each in changes:
        found.counts[each.gold or 0, each.old_level or 0, each.new_level or 0] += 1
        for cause in each.causes:
            found.causes.setdefault(cause, Counter())[each.move] += 1
    found.changes = list(changes)
    return found


def rendered(text: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(text)


def cells(page: str) -> list[list[str]]:
    """The text of the cells of all tables."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    return [
        [html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(
            r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        for row in rows
    ]  # fmt: skip


def test_headlines() -> None:
    assert headline(comparison(gold=None)) == "None of 1,000 comments changes level."
    one = comparison(change(), gold=None, other_rule=1)
    assert headline(one) == (
        "1 of 1,001 comments changes level: 0 into high risk, 1 out of it. "
        "1 keeps its level by another rule."
    )
    two = comparison(change(), change(old_level=2, new_level=7))
    assert headline(two) == (
        "2 of 1,002 comments change level: 1 into high risk, 1 out of it; "
        "1 for the better, 1 for the worse."
    )


def test_what_a_pull_request_shows() -> None:
    text = markdown(comparison(change(), change(row=9, comment_id=None, old_level=1)))
    assert text.startswith("**2 of 1,002 comments change level: 0 into high risk, 1 out of it;")
    assert "Differing: 1 label, 2 concepts, 1 rule." in text
    found = cells(rendered(text))
    assert ["against level", "before", "after"] in found
    assert ["mean level error", "0.008", "0.012"] in found
    assert ["old ↓ new →", "0", "1", "2", "7"] in found
    assert ["7", "", "", "1", ""] in found
    assert [CAUSE.sentence, "1", "1", "", ""] in found
    row = ["row 3 c3", "7 → 2", "stormy 下雨", "–", CAUSE.sentence, "8", "wrong"]
    assert row in found
    assert ["row 9", "1 → 2", *row[2:]] in found
    assert "<summary>All 2 changes</summary>" in text


def test_what_is_not_shown_is_counted() -> None:
    found = comparison(change(), change(row=4))
    found.changes = found.changes[:1]
    found.causes = {Cause("word", str(n), f"{n} is new"): Counter({"up": 1}) for n in range(40)}
    text = markdown(found)
    assert "<summary>The 1 most important of 2 changes</summary>" in text
    assert "and 10 more causes." in text
    found.changes = []
    assert "<details>" not in markdown(found)


def test_comments_are_left_out_unless_asked_for() -> None:
    found = comparison(change(text="今天又下雨了"))
    assert "今天" not in markdown(found)
    assert "今天又下雨了" in markdown(found, texts=True)


def test_a_book_is_cut() -> None:
    assert shortened("雨 \n" * 1000) == ("雨 " * 250) + "…"
    assert shortened("下\n雨") == "下 雨"


def test_the_page_shows_all_of_it() -> None:
    found = comparison(change(text=HOSTILE, comment_id="<b>"), change(row=9, old_level=1))
    text = page(found)
    assert html.escape(headline(found), quote=False) in text
    assert "<b>&lt;b&gt;" not in text
    assert "<img" not in text
    assert ["7", "", "", "1", ""] in cells(text)
    assert ["mean level error", "0.008", "0.012"] in cells(text)
    assert "7 → 2" in text
    assert "stormy <b>下雨</b> → no rule" in " ".join(text.split())
    assert "src=" not in re.sub(r"<blockquote.*?</blockquote>", "", text, flags=re.DOTALL)


def test_a_page_without_changes_or_gold() -> None:
    text = page(comparison(gold=None))
    assert "None of 1,000 comments changes level." in text
    assert "<table" not in text
    assert "in distress" not in text


@given(st.text(max_size=60))
@example(HOSTILE)
@example("\u202e\u2066\r\n\x00\x1b[31m\u2028 @a")
def test_nothing_that_people_wrote_is_markup(text: str) -> None:
    cause = Cause("word", text, f"“{text}” is new")
    one = change(text=text, comment_id=text, old_words=[text], causes=[cause])
    plain = markdown(comparison(one), texts=True)
    assert "@" not in plain
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", plain)
    harmless = change(text="x", comment_id="x", old_words=["x"], causes=[CAUSE])
    like = rendered(markdown(comparison(harmless), texts=True))
    page = rendered(plain)
    assert [len(row) for row in cells(page)] == [len(row) for row in cells(like)]
    if text:
        assert re.findall("<[^>]*>", page) == re.findall("<[^>]*>", like)
        # What is notified or linked is looked for outside of code only.
        outside = re.sub(r"<code>[^<]*</code>", "", page)
        assert outside == re.sub(r"<code>[^<]*</code>", "", like)
