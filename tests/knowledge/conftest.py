"""The shipped knowledge, and small knowledge made for a test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from treehole.knowledge.calendar import Calendar
from treehole.knowledge.lexicon import LexicalConcept, Lexicon, load_lexicon
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles

Surfaces = dict[str, str]
"""What people write, or a pattern, to the concept it is of, such as `wish:Rain`."""

ONTOLOGIES = ("suicide", "time", "space", "wish")
HEAD = """\
@prefix : <https://w3id.org/treehole/{}#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix when: <https://w3id.org/treehole/time#> .
"""


@pytest.fixture(scope="session")
def shipped() -> KnowledgeFiles:
    return KnowledgeFiles.locate()


@pytest.fixture(scope="session")
def lexicon(shipped: KnowledgeFiles, tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    """The shipped lexicon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return load_lexicon(shipped)


@pytest.fixture(scope="session")
def scanner(lexicon: Lexicon) -> Scanner:
    return Scanner(lexicon)


@pytest.fixture(scope="session")
def calendar(lexicon: Lexicon) -> Calendar:
    return Calendar(lexicon)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that the lexicon is kept in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "treehole"


@pytest.fixture(scope="session")
def knowledge() -> Callable[..., KnowledgeFiles]:
    """Writes four ontologies, empty but for the blocks given, and a rule file."""

    def write(folder: Path, **blocks: str) -> KnowledgeFiles:
        files = KnowledgeFiles(folder / "ontology", folder / "rules")
        files.ontology.mkdir(exist_ok=True)
        files.rules.mkdir(exist_ok=True)
        (files.rules / "level_01.pl").write_text(":- module(level_01, []).\n")
        for name in ONTOLOGIES:
            text = HEAD.format(name) + blocks.get(name, "")
            (files.ontology / f"{name}.ttl").write_text(text, "utf-8")
        return files

    return write


@pytest.fixture(scope="session")
def lexicon_of() -> Callable[..., Lexicon]:
    """Makes a lexicon of some labels and patterns; concepts of other ontologies are in wish."""

    def make(labels: Surfaces, patterns: Surfaces | None = None) -> Lexicon:
        patterns = patterns or {}
        names = sorted({*labels.values(), *patterns.values()})
        concepts = [
            LexicalConcept(
                f"https://w3id.org/treehole/{name.replace(':', '#')}",
                *name.split(":"), name, name, (), {},
            )
            for name in names
        ]  # fmt: skip
        by_length = sorted(patterns, key=lambda pattern: (-len(pattern), pattern))
        return Lexicon(
            "made for a test",
            concepts,
            sorted(labels),
            [names.index(labels[label]) for label in sorted(labels)],
            [(pattern, names.index(patterns[pattern])) for pattern in by_length],
        )

    return make
