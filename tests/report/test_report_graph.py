"""Pictures and pages of the ontologies: everything is there, nothing overlaps, all is escaped."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from treehole.knowledge.hierarchy import Hierarchy
from treehole.knowledge.version import KnowledgeFiles
from treehole.report.graph import ROWS, draw, page

SVG = "{http://www.w3.org/2000/svg}"
HEAD = """\
@prefix : <https://w3id.org/treehole/{}#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix when: <https://w3id.org/treehole/time#> .
"""
WEATHER = """
:Weather a owl:Class ; rdfs:label "天气"@zh, "weather"@en ; skos:prefLabel "天儿"@zh .
:Rain a owl:Class ; rdfs:subClassOf :Weather ; rdfs:label "雨"@zh, "rain"@en ;
    skos:definition "<script>alert(1)</script> & 雨"@zh ;
    skos:prefLabel "下雨"@zh ;
    skos:altLabel "小雨"@zh, "大雨"@zh, "</svg><b>雨"@zh, "雨\\u0001天"@zh ;
    when:pattern "下<一>雨" .
:Snow a owl:Class ; rdfs:subClassOf :Weather ; rdfs:label "雪"@zh, "snow"@en .
:Sleet a owl:Class ; rdfs:subClassOf :Rain, :Snow ; rdfs:label "雨夹雪"@zh, "sleet"@en .
"""


@pytest.fixture
def weather(tmp_path: Path) -> Hierarchy:
    for name in ("suicide", "time", "space", "wish"):
        text = HEAD.format(name) + (WEATHER if name == "wish" else "")
        (tmp_path / f"{name}.ttl").write_text(text, "utf-8")
    return Hierarchy.read(tmp_path)


@pytest.fixture(scope="module")
def whole() -> Hierarchy:
    return Hierarchy.read(KnowledgeFiles.locate().ontology)


@pytest.fixture
def drawn(weather: Hierarchy) -> Callable[..., ET.Element]:
    def drawn(name: str | None = "weather", **options: Any) -> ET.Element:
        chosen: dict[str, Any] = {"depth": None, "labels": 6, "language": "both", **options}
        return ET.fromstring(draw(weather, name, **chosen))

    return drawn


def names(picture: ET.Element) -> list[str]:
    return ["".join(text.itertext()).strip() for text in picture.findall(f"{SVG}g/{SVG}text")]


def notes(picture: ET.Element) -> list[str]:
    return [text.text or "" for text in picture.findall(f"{SVG}text")]


def edges(picture: ET.Element) -> list[str]:
    return sorted(path.attrib["class"] for path in picture.findall(f"{SVG}path"))


def test_concepts_labels_and_edges(drawn: Callable[..., ET.Element]) -> None:
    picture = drawn()
    assert sorted(names(picture)) == ["天气 weather", "雨 rain", "雨夹雪 sleet", "雪 snow"]
    assert notes(picture)[-1] == "天儿"
    assert edges(picture) == ["also", "below", "below", "below", "note", "note"]
    assert any(note.startswith("下雨、") and note.endswith("1 pattern") for note in notes(picture))


def test_options(drawn: Callable[..., ET.Element]) -> None:
    assert sorted(names(drawn(language="zh"))) == ["天气", "雨", "雨夹雪", "雪"]
    assert sorted(names(drawn(language="en"))) == ["rain", "sleet", "snow", "weather"]
    assert notes(drawn(labels=0)) == []
    assert "下雨 +4 · 1 个模式" in notes(drawn(labels=1, language="zh"))
    folded = notes(drawn(depth=1, labels=1))
    assert folded == ["下雨 +4 · 1 pattern · +1 concept", "+1 concept", "天儿"]
    assert names(drawn(None, depth=1, language="zh")) == ["suicide", "time", "space", "wish"]


def test_text_is_escaped(weather: Hierarchy) -> None:
    picture = draw(weather, None, depth=None, labels=9, language="both")
    content = page(weather, None, picture, language="both")
    assert "\x01" not in picture
    assert "<script>alert" not in picture + content
    assert "<b>雨" not in picture + content
    assert "下&lt;一&gt;雨" in content


def spans(picture: ET.Element) -> dict[float, list[tuple[float, float]]]:
    """For each row, by its middle, where what is drawn in it begins and ends."""
    rows: dict[float, list[tuple[float, float]]] = {}
    for rect in picture.findall(f"{SVG}g/{SVG}rect"):
        x, y, width = (float(rect.attrib[name]) for name in ("x", "y", "width"))
        rows.setdefault(y + 11, []).append((x, x + width))
    for text in picture.findall(f"{SVG}text"):
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        rows.setdefault(y - 4, []).append((x, x + 6 * cell_len(text.text or "")))
    return rows


@pytest.mark.parametrize("name", [None, "suicide:", "time:", "space:", "wish:", "SuicidePlan"])
@pytest.mark.parametrize("language", ["zh", "both"])
def test_nothing_overlaps(whole: Hierarchy, name: str | None, language: Any) -> None:
    picture = ET.fromstring(draw(whole, name, depth=None, labels=6, language=language))
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])
    rows = spans(picture)
    assert height <= ROWS * 26 + 40
    assert 0 < min(rows) < max(rows) < height
    for row in map(sorted, rows.values()):
        assert all(first[1] < second[0] for first, second in pairwise(row))
        assert row[0][0] > 0
        assert row[-1][1] < width
    columns: dict[float, list[float]] = {}
    for rect in picture.findall(f"{SVG}g/{SVG}rect"):
        columns.setdefault(float(rect.attrib["x"]), []).append(float(rect.attrib["y"]))
    for column in map(sorted, columns.values()):
        assert all(upper + 22 < lower for upper, lower in pairwise(column))


class _Page(HTMLParser):
    """Counts elements and looks for anything that would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "details":
            self.ids.append(values["id"] or "")
        if tag == "a":
            self.links.append(values["href"] or "")
        self.loaded += [value or "" for name, value in attrs if name == "src" or tag == "link"]


def test_the_page_has_all_concepts(whole: Hierarchy) -> None:
    picture = draw(whole, None, depth=None, labels=6, language="both")
    content = page(whole, None, picture, language="both")
    read = _Page()
    read.feed(content)
    assert sorted(read.ids) == sorted(entry.curie for entry in whole.entries.values())
    assert f"{len(whole.concepts())} concepts" in content
    assert read.loaded == []
    assert not re.search(r"url\(|@import", content)
    assert len(content.encode()) < 2_000_000


def test_the_page_shows_a_concept_of_two_parents_once(weather: Hierarchy) -> None:
    content = page(weather, "weather", "", language="en")
    read = _Page()
    read.feed(content)
    assert read.ids == ["wish:Weather", "wish:Rain", "wish:Sleet", "wish:Snow"]
    assert read.links == ["#wish:Sleet"]
    assert 'lang="zh"' not in content
