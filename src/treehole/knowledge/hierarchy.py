"""The hierarchy of concepts as people look at it: by name, upwards, downwards, with all labels.

A place in the hierarchy is named by a key: the IRI of a concept, the name of an ontology, or
`ROOT`, under which the four ontologies stand.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import rdflib
from rdflib.namespace import RDFS, SKOS

from treehole.corpus.cleaning import fold
from treehole.errors import UsageError
from treehole.knowledge.concepts import NAMESPACE, ONTOLOGIES, Concept
from treehole.knowledge.ontology import WHEN, OntologyFile, sound_concepts

ROOT = ""
"""The key of what stands above the ontologies."""

KINDS = {
    "prefLabel": SKOS.prefLabel,
    "altLabel": SKOS.altLabel,
    "hiddenLabel": SKOS.hiddenLabel,
    "pattern": WHEN.pattern,
}
"""What is written for a concept: the kinds of labels, and patterns."""

PATTERN = "pattern"

_NEAR = 0.5
"""How alike two names must be to be taken for each other; short Chinese names differ by much."""


@dataclass(frozen=True)
class Entry:
    """What the ontologies say of a concept, or of an ontology as a whole.

    Attributes:
        key: Its place in the hierarchy.
        ontology: `suicide`, `time`, `space` or `wish`.
        name: The local name, as in `SuicidePlan`; of an ontology, its name.
        name_zh: `rdfs:label` in Chinese.
        name_en: `rdfs:label` in English.
        definition_zh: `skos:definition` in Chinese.
        definition_en: `skos:definition` in English.
        parents: The keys right above it.
        written: For each of `KINDS` the texts as they stand in the file, sorted.
    """

    key: str
    ontology: str
    name: str
    name_zh: str
    name_en: str
    definition_zh: str
    definition_en: str
    parents: tuple[str, ...]
    written: dict[str, tuple[str, ...]]

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels: the preferred ones, then the others, then the hidden ones."""
        return tuple(text for kind in KINDS if kind != PATTERN for text in self.written[kind])

    @property
    def curie(self) -> str:
        """Its name with that of its ontology, as in `suicide:SuicidePlan`."""
        return f"{self.ontology}:{self.name}" if "#" in self.key else f"{self.ontology}:"


@dataclass(frozen=True)
class Branch:
    """A part of the hierarchy to be shown.

    Attributes:
        entry: What stands at its root.
        branches: Those below, as far as they are shown.
        folded: How many concepts below are not shown.
        again: Whether it is shown elsewhere already, under another parent, with what is below.
    """

    entry: Entry
    branches: tuple["Branch", ...] = ()
    folded: int = 0
    again: bool = False

    def walk(self) -> Iterator["Branch"]:
        """This branch and all below it, from the top, each before the next of its parent."""
        yield self
        for branch in self.branches:
            yield from branch.walk()


class Hierarchy:
    """The four ontologies with all their concepts."""

    def __init__(self, files: dict[str, OntologyFile]) -> None:
        """Take the files apart.

        Raises:
            KnowledgeError: They have a fault; see `treehole.knowledge.ontology`.
        """
        self.files = files
        concepts = sound_concepts(files)
        self.entries = {name: _ontology(file) for name, file in files.items()}
        for concept in concepts:
            self.entries[concept.iri] = _entry(concept, files[concept.ontology].graph)

    @classmethod
    def read(cls, folder: Path) -> "Hierarchy":
        """The hierarchy of the ontologies in a folder.

        Raises:
            KnowledgeError: One is missing or broken.
        """
        return cls({name: OntologyFile.read(folder, name) for name in ONTOLOGIES})

    def concepts(self, key: str = ROOT) -> list[Entry]:
        """The concepts below a key, sorted by IRI."""
        return [self.entries[below] for below in sorted(self._below(key)) if "#" in below]

    def children(self, key: str) -> list[str]:
        """The keys right below a key, sorted."""
        return list(ONTOLOGIES) if key == ROOT else self._children.get(key, [])

    def path(self, key: str) -> list[Entry]:
        """What stands above a concept, from the ontology down, by the first parent of each."""
        above: list[Entry] = []
        while parents := self.entries[key].parents:
            key = parents[0]
            above.insert(0, self.entries[key])
        return above

    def depth(self, key: str) -> int:
        """How many levels there are below a key."""
        return max((1 + self.depth(child) for child in self.children(key)), default=0)

    def branches(self, name: str | None = None, depth: int | None = None) -> list[Branch]:
        """What is below what a person names.

        A concept of several parents has what is below it under the first one that is shown.

        Args:
            name: As for `named`; None for all ontologies.
            depth: How many levels below it are shown, one at least; by default all. The ontologies
                are the first level of all.

        Raises:
            UsageError: Nothing has that name.
        """
        shown: set[str] = set()
        if name is None:
            deeper = None if depth is None else depth - 1
            return [self._branch(ontology, deeper, shown) for ontology in ONTOLOGIES]
        return [self._branch(key, depth, shown) for key in self.named(name)]

    def named(self, name: str) -> list[str]:
        """The keys of the concepts, or of the ontology, that a person means.

        Args:
            name: A concept's local name in any case, `rdfs:label`, name with prefix as in
                `wish:Wish`, or IRI; or the name of an ontology, as `wish:` where a concept has the
                same. Several ontologies may have a concept of that name.

        Raises:
            UsageError: There is none; names near ones.
        """
        wanted = _folded(name)
        if keys := self._names.get(wanted):
            return keys
        near = difflib.get_close_matches(wanted, self._names, 3, _NEAR)
        found = dict.fromkeys(self.entries[key].curie for text in near for key in self._names[text])
        hint = f"did you mean {' or '.join(found)}?" if found else "see: treehole ontology tree"
        message = f"no concept is named {name}; {hint}"
        raise UsageError(message)

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for key, entry in self.entries.items():
            for parent in entry.parents:
                children.setdefault(parent, []).append(key)
        return children

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """Folded names to what they name; names of ontologies give way to those of concepts."""
        names: dict[str, list[str]] = {}
        for key, entry in self.entries.items():
            own = [entry.curie, entry.name_zh, entry.name_en]
            own += [key, entry.name] if "#" in key else [f"{key}Ontology"]
            for name in {_folded(name) for name in own if name}:
                names.setdefault(name, []).append(key)
        for ontology in ONTOLOGIES:
            names.setdefault(ontology, [ontology])
        return names

    def _below(self, key: str) -> set[str]:
        found: set[str] = set()
        waiting = self.children(key)
        while waiting:
            found.update(waiting)
            waiting = [low for high in waiting for low in self.children(high) if low not in found]
        return found

    def _branch(self, key: str, depth: int | None, shown: set[str]) -> Branch:
        entry = self.entries[key]
        if key in shown:
            return Branch(entry, again=True)
        shown.add(key)
        if depth == 0:
            return Branch(entry, folded=len(self._below(key)))
        deeper = None if depth is None else depth - 1
        return Branch(
            entry, tuple(self._branch(child, deeper, shown) for child in self.children(key))
        )


def _ontology(file: OntologyFile) -> Entry:
    node = rdflib.URIRef(NAMESPACE + file.ontology)
    name = file.ontology
    return Entry(
        name,
        name,
        name,
        _text(file.graph, node, RDFS.label, "zh"),
        _text(file.graph, node, RDFS.label, "en"),
        _text(file.graph, node, SKOS.definition, "zh"),
        _text(file.graph, node, SKOS.definition, "en"),
        (),
        dict.fromkeys(KINDS, ()),
    )


def _entry(concept: Concept, graph: rdflib.Graph) -> Entry:
    node = rdflib.URIRef(concept.iri)
    return Entry(
        concept.iri,
        concept.ontology,
        concept.name,
        concept.name_zh,
        concept.name_en,
        _text(graph, node, SKOS.definition, "zh"),
        _text(graph, node, SKOS.definition, "en"),
        concept.parents or (concept.ontology,),
        {kind: tuple(sorted(map(str, graph.objects(node, p)))) for kind, p in KINDS.items()},
    )


def _text(graph: rdflib.Graph, node: rdflib.URIRef, predicate: rdflib.URIRef, language: str) -> str:
    """The first text in a language; "" if there is none."""
    texts = graph.objects(node, predicate)
    found = [t for t in texts if isinstance(t, rdflib.Literal) and t.language == language]
    return str(min(found, default=""))


def _folded(name: str) -> str:
    return fold(name).strip().casefold()
