"""The report on models: what it says first, and the page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from invented_evaluation import EVALUATION, MODEL, OTHER

from treehole.analysis.evaluation import Evaluation
from treehole.analysis.ordinary import FalseAlarms
from treehole.models.lineage import Overlap, Training
from treehole.report.model_report import Report, answers, in_short, of_hundred, page

BERT = Training(
    Path("/far/models/<i>bert"), "bert", "free", 9_000, 800, 0, False, "/far/enc", None,
    {"too_short": 12}, {}, (),
)  # fmt: skip
WORDS = replace(
    BERT, folder=Path("words"), tier="hard", kind="psychology-plus", comments=1_234,
    with_rules=True, encoder=None, start=BERT.folder, curve=({"comments": 100.0, "F1": 0.7},),
)  # fmt: skip
REPORT = Report(
    EVALUATION,
    ["/home/someone/gold.csv"],
    [[WORDS, BERT], []],
    [Overlap("words", "/home/someone/gold.csv", "/far/bert")],
    FalseAlarms(2_000, [3, 0]),
    ["posts.jsonl"],
)


def test_what_it_says_first() -> None:
    assert in_short(REPORT) == [
        "Of 100 comments of high risk <b>words</b> finds 92.",
        "Of 100 alarms that it raises 96 are right.",
        "On 1,000 ordinary posts it raises 1.5 false alarms (range 0.5–4.4).",
        "People who read only the 5 % that it ranks first find 13 of 100 comments of high risk; "
        "no ranking could find more than 13.",
    ]
    first, rules = answers(REPORT)
    assert (first.false, first.false_range, first.right_where_rare) == ("1.5", "0.5–4.4", "68–95")
    assert (rules.false, rules.false_range) == ("0.0", "0.0–1.9")


def test_what_there_is_no_answer_to() -> None:
    one_risk = replace(MODEL, risks=[[390, 10], [0, 0]], loads=[])
    bare = Report(Evaluation("abc", "people", 400, 400, 0, 0, [one_risk], []), ["-"], [[]])
    assert in_short(bare) == []
    assert {*answers(bare)[0][1:]} == {"–", ""}


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.874, "87"), (0, "0"), (1, "100"), (0.996, "99.6"), (0.002, "0.2"), (None, "–")],
)
def test_neither_all_nor_none_is_said_of_less_or_more(share: float | None, said: str) -> None:
    assert of_hundred(share) == said


class Tables(HTMLParser):
    """Counts the cells of each row of each table, and takes what is marked up by nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[int]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.rows.append([])
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in {"td", "th"}:
            self.rows[-1][-1] += int(dict(attrs).get("colspan") or 1)
        if tag not in {"meta", "line", "polyline", "circle"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def even(content: str) -> Iterator[bool]:
    """Of each table whether its rows are of one length, but for those of breakdowns."""
    tables = Tables()
    tables.feed(content)
    assert tables.open == []
    return (len(set(rows[2:])) <= 1 for rows in tables.rows)


def test_the_page() -> None:
    content = page(REPORT)
    assert content.startswith("<!doctype html>")
    assert "<b>words</b>" not in content
    assert "&lt;i&gt;bert" in content
    assert content.count('<svg class="chart"') == 3 + 2 + 1  # curves, calibration, learning
    assert 'class="n best">0.812' in content
    assert 'class="n best">0.100' in content  # the smaller Brier score
    assert "12 more comments have no gold" in content
    assert "<b>Not new to it:</b> bert learned from gold.csv" in content
    assert "/home/someone" not in content
    assert "/far/" not in content
    assert "1,234" in content
    assert "12 too_short" in content
    assert not re.search(r'(?:src|href)="(?!#)|https?:|url\(', content)  # it loads nothing
    anchors = set(re.findall(r'href="#([\w-]+)"', content))
    assert anchors <= set(re.findall(r'id="([\w-]+)"', content))
    assert all(even(content))


def test_figures_of_the_paper_stand_beside_ours() -> None:
    hard = page(REPORT).split("Hard annotations")[1].split("</table>")[0]
    assert re.findall(r'"n">([\d.]+ %|–)', hard)[:4] == ["80.75 %", "75.41 %", "77.98 %", "–"]
    assert "words" in hard
    assert "rules" not in hard
    easy = page(REPORT).split("Easy annotations")[1].split("</table>")[0]
    assert "no model here was trained on such annotations" in easy


def test_the_page_of_one_model_and_one_risk() -> None:
    bare = replace(
        OTHER,
        risks=[[390, 10], [0, 0]],
        precision_recall=[],
        roc=[],
        review=[],
        loads=[],
        by_level=[],
    )
    content = page(Report(Evaluation("abc", "people", 400, 400, 0, 0, [bare], []), ["-"], [[]]))
    assert content.count('<svg class="chart"') == 1  # calibration
    assert "All are of low risk" in content
    for left_out in ("curves", "differences", "load", "learning", "ordinary"):
        assert f'id="{left_out}"' not in content
        assert f'href="#{left_out}"' not in content
    assert 'class="n best"' not in content
    assert all(even(content))
