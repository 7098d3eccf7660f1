"""Coverage as a page and as CSV."""

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from treehole.analysis.coverage import (
    ConceptCoverage,
    Coverage,
    Figures,
    RuleCoverage,
    Summary,
    WordCoverage,
)
from treehole.analysis.tally import Mistake, Word
from treehole.corpus.writing import write_text
from treehole.errors import OutputError
from treehole.knowledge.lexicon import LexicalConcept
from treehole.report.coverage import (
    COLUMNS,
    figure_text,
    marked,
    page,
    shown_figures,
    write_table,
)
from treehole.rules.rulebook import Rule

NASTY = "<script>alert(1)</script> & 今晚"


def rule(number: int, level: int | None) -> Rule:
    reason = None if level else "negated"
    return Rule(number, f"rule_{number}", level, reason, "说了<b>。", Path("a.pl"), 7, (), ())


def concept(name: str) -> LexicalConcept:
    iri = f"https://w3id.org/treehole/wish#{name}"
    return LexicalConcept(iri, "wish", name, "愿望", "wish", (), {})


def figures(reached: int, *, gold: bool = True, **own: Any) -> Figures:
    share = 2 / 3 if gold else None
    made = Figures(
        reached,
        None,
        3,
        2,
        1,
        None,
        share,
        share,
        share,
        share,
        share,
        share,
        -share if share else None,
    )
    return replace(made, **own)


def mistake(text: str, *words: Word, rule: str | None = "rule_0") -> Mistake:
    return Mistake(4, None, text, "9", 5, rule, words, 8)


def invented(*, gold: bool = True) -> Coverage:
    nothing = [[0] * 11 for _ in range(11)]
    summary = Summary(
        comments=1200, reached=900, high=30, unjudged=1, given=[0] * 11, known=9 if gold else 0,
        levels=nothing, risks=[[5, 1], [1, 2]], precision=0.5, recall=0.5, f1=0.5,
        level_error=1.25 if gold else None, level_bias=0.5 if gold else None,
    )  # fmt: skip
    slip = mistake(NASTY, Word("time", "今晚", len(NASTY) - 2, len(NASTY)))
    word = WordCoverage("<i>想", figures(1100, gold=gold, ruled_out=4))
    dead = figures(0, gold=gold, with_subclasses=0)
    return Coverage(
        version="abc",
        gold="people" if gold else None,
        summary=summary,
        rules=[
            RuleCoverage(rule(0, 7), figures(1100, gold=gold), [slip] if gold else []),
            RuleCoverage(rule(1, None), figures(5, gold=gold, won=None), []),
            RuleCoverage(rule(2, 3), figures(0, gold=gold), []),
        ],
        concepts=[
            ConceptCoverage(concept("Wish"), figures(9, with_subclasses=9), [word], []),
            ConceptCoverage(concept("Unheard"), dead, [], []),
        ],
        mistakes=[slip] if gold else [],
    )


class Outline(HTMLParser):
    """Checks that tags close in order, and keeps identifiers, links and text."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.identifiers: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        named = dict(attrs)
        if "id" in named:
            self.identifiers.append(named["id"] or "")
        if "href" in named:
            self.links.append(named["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("gold", [True, False])
def test_the_page_is_whole(gold: bool) -> None:
    text = page(invented(gold=gold))
    outline = Outline(text)
    assert len(set(outline.identifiers)) == len(outline.identifiers)
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.identifiers)
    assert outline.tags.count("script") == 1
    assert ("Level by level" in text) == gold
    assert not re.search(r'(?:src|href)="(?!#)', text)


def test_what_people_wrote_is_escaped() -> None:
    text = page(invented())
    assert "<script>alert" not in text
    assert "<i>想" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <mark" in text
    assert '<mark class="time" title="time">今晚</mark>' in text


def test_what_was_never_reached_is_listed() -> None:
    text = page(invented())
    unused = text[text.index('id="unused"') : text.index('id="columns"')]
    assert "rule_2" in unused
    assert "Unheard" in unused
    assert "rule_0" not in unused
    assert text.index("rule_0") < text.index("rule_1")


def test_every_column_is_explained() -> None:
    text = page(invented())
    for name, meaning in COLUMNS.items():
        assert f"<dt>{name.replace('_', ' ')}</dt>" in text
        assert meaning.endswith(".")


def test_figures_that_ask_for_gold_are_left_out() -> None:
    names = ["reached", "precision", "level_error"]
    assert shown_figures(names, invented()) == names
    assert shown_figures(names, invented(gold=False)) == ["reached"]
    risks = replace(invented(), summary=replace(invented().summary, level_error=None))
    assert shown_figures(names, risks) == ["reached", "precision"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("reached", 12345, "12,345"),
        ("precision", 0.876, "0.88"),
        ("precision", 1.0, "1.00"),
        ("level_bias", 0.5, "+0.50"),
        ("level_bias", -0.5, "-0.50"),
        ("won", None, "–"),
    ],
)
def test_figures_for_people(name: str, value: float | None, text: str) -> None:
    assert figure_text(name, value) == text


@pytest.mark.parametrize(
    ("text", "words", "pieces"),
    [
        ("早上好", [], [("早上好", "")]),
        ("我想死", [("wish", 1, 3)], [("我", ""), ("想死", "wish")]),
        ("abcd", [("a", 0, 3), ("b", 1, 4)], [("abc", "a"), ("d", "b")]),
        ("abc…", [("a", 2, 9), ("b", 9, 11)], [("ab", ""), ("c…", "a")]),
    ],
)  # fmt: skip
def test_words_are_marked(
    text: str, words: list[tuple[str, int, int]], pieces: list[tuple[str, str]]
) -> None:
    found = mistake(text, *(Word(o, text[start:end], start, end) for o, start, end in words))
    assert list(marked(found)) == pieces
    assert "".join(piece for piece, _ in pieces) == text


def test_the_csv_has_plain_numbers(tmp_path: Path) -> None:
    path = tmp_path / "new" / "coverage.csv"
    write_table(invented(), path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["kind"] for row in rows] == ["rule"] * 3 + ["concept"] * 2 + ["word"]
    first, context, *_, word = rows
    assert (first["name"], first["level"], first["place"]) == ("rule_0", "7", "a.pl:7")
    assert (first["reached"], first["precision"], first["level_bias"]) == (
        "1100", "0.6667", "-0.6667",
    )  # fmt: skip
    assert (context["level"], context["won"]) == ("", "")
    assert (word["name"], word["concept"], word["ruled_out"]) == ("<i>想", "Wish", "4")


def test_a_full_disk_is_said(small_disk: Path) -> None:
    many = replace(invented(), mistakes=[mistake("早上好" * 100)] * 100)
    with pytest.raises(OutputError, match="the disk is full"):
        write_text(page(many), small_disk / "page.html")
    assert list(small_disk.iterdir()) == []
