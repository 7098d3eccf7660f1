"""A word is found at every concept that has to do with it, with file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from treehole.knowledge.hierarchy import Hierarchy
from treehole.knowledge.lexicon import compile_lexicon
from treehole.knowledge.lookup import Occurrence, find, mentioned, near_labels
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles

Knowledge = Callable[..., KnowledgeFiles]

WEATHER = """
:Rain a owl:Class ;
    rdfs:label "雨"@zh, "rain"@en ;
    skos:prefLabel "下雨"@zh ;
    skos:altLabel "下雨天"@zh,
        "雨"@zh, "ＲＡＩＮ"@zh ;
    skos:hiddenLabel "下羽"@zh ;
    when:pattern "下[一二]场雨" .
"""


@pytest.fixture
def files(knowledge: Knowledge, tmp_path: Path) -> KnowledgeFiles:
    return knowledge(tmp_path, wish=WEATHER, space=':Lane a owl:Class ; skos:altLabel "雨巷"@zh .')


@pytest.fixture
def weather(files: KnowledgeFiles) -> Hierarchy:
    return Hierarchy.read(files.ontology)


def brief(occurrences: list[Occurrence]) -> list[tuple[str, str, str, str]]:
    return [(o.relation, o.entry.curie, o.kind, o.text) for o in occurrences]


def test_labels_around_and_within(weather: Hierarchy) -> None:
    assert brief(find(weather, "下雨")) == [
        ("is", "wish:Rain", "prefLabel", "下雨"),
        ("longer", "wish:Rain", "altLabel", "下雨天"),
        ("shorter", "wish:Rain", "altLabel", "雨"),
    ]
    assert brief(find(weather, "雨")) == [
        ("is", "wish:Rain", "altLabel", "雨"),
        ("longer", "space:Lane", "altLabel", "雨巷"),
        ("longer", "wish:Rain", "prefLabel", "下雨"),
        ("longer", "wish:Rain", "altLabel", "下雨天"),
    ]


def test_words_are_folded(weather: Hierarchy) -> None:
    expected = [("is", "wish:Rain", "altLabel", "ＲＡＩＮ")]
    assert brief(find(weather, "Rain")) == expected
    assert brief(find(weather, " ｒａｉｎ\u200b ")) == expected


def test_patterns_and_names(weather: Hierarchy) -> None:
    assert brief(find(weather, "下一场雨")) == [
        ("is", "wish:Rain", "pattern", "下[一二]场雨"),
        ("shorter", "wish:Rain", "altLabel", "雨"),
    ]
    within = find(weather, "再下一场雨吧")
    assert ("shorter", "wish:Rain", "pattern", "下[一二]场雨") in brief(within)
    assert brief(find(weather, "lane")) == [("is", "space:Lane", "name", "Lane")]


def test_lines(weather: Hierarchy, files: KnowledgeFiles) -> None:
    lines = (files.ontology / "wish.ttl").read_text("utf-8").splitlines()
    for occurrence in find(weather, "下羽") + find(weather, "rain"):
        assert occurrence.path == files.ontology / "wish.ttl"
        assert occurrence.line is not None
        assert f'"{occurrence.text}"' in lines[occurrence.line - 1]


def test_nothing(weather: Hierarchy) -> None:
    assert find(weather, "电视") == []
    assert near_labels(weather, "下雪天") == ["下雨天"]
    assert near_labels(weather, "电视") == []


def test_what_a_comment_would_mention(files: KnowledgeFiles) -> None:
    scanner = Scanner(compile_lexicon(files))
    rain = "https://w3id.org/treehole/wish#Rain"
    assert mentioned(scanner, "下雨天") == [("下雨天", rain)]
    assert mentioned(scanner, "RAIN") == [("RAIN", rain)]
    assert mentioned(scanner, "brain") == []
    assert mentioned(scanner, "雨巷下一场雨") == [
        ("雨巷", "https://w3id.org/treehole/space#Lane"),
        ("下一场雨", rain),
    ]
