"""The four ontologies, read from Turtle into concepts.

A concept is an `owl:Class` under `rdfs:subClassOf`. What people write is attached to it as
`skos:prefLabel`, `skos:altLabel` and `skos:hiddenLabel`, or as a regular expression
(`when:pattern`); `rdfs:label` is the concept's own name. Classes of other vocabularies (W3C
OWL-Time) may stand among the parents; only Treehole's own are followed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS
from rdflib.plugins.parsers.notation3 import BadSyntax

from treehole.corpus.cleaning import INVISIBLE, SEPARATOR, fold
from treehole.errors import KnowledgeError
from treehole.knowledge.patterns import compile_pattern

NAMESPACE = "https://w3id.org/treehole/"
ONTOLOGIES = ("suicide", "time", "space", "wish")
WHEN = rdflib.Namespace(NAMESPACE + "time#")

_LABEL_KINDS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
_INTERVAL = (
    "startsAfter", "endsAfter", "startsOnDay", "endsOnDay", "firstMonth", "lastMonth",
    "onDate", "onLunarDate", "lasts",
)  # fmt: skip


@dataclass(frozen=True)
class Concept:
    """One class of an ontology.

    Attributes:
        iri: The full name.
        ontology: `suicide`, `time`, `space` or `wish`.
        parents: IRIs of the direct superclasses among Treehole's own classes.
        name_zh: `rdfs:label` in Chinese.
        name_en: `rdfs:label` in English.
        labels: What people write, folded (see `treehole.corpus.cleaning.fold`), without the
            characters that have no width.
        patterns: Regular expressions over folded text.
        interval: For times: when it is, as property name to lexical value.
    """

    iri: str
    ontology: str
    parents: tuple[str, ...] = ()
    name_zh: str = ""
    name_en: str = ""
    labels: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    interval: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The local name, as in `SuicidePlan`."""
        return self.iri.rsplit("#", 1)[-1]


def load_ontologies(folder: Path) -> list[Concept]:
    """Read the four ontologies of `folder`, sorted by IRI.

    Raises:
        KnowledgeError: A file is missing or broken, a class is its own ancestor, a parent is
            unknown, two concepts claim one label, or a pattern is no regular expression or
            empty text matches it.
    """
    concepts: list[Concept] = []
    for ontology in ONTOLOGIES:
        path = folder / f"{ontology}.ttl"
        concepts += _read(path, ontology)
    concepts.sort(key=lambda concept: concept.iri)
    _check_parents(concepts, folder)
    _check_cycles(concepts, folder)
    _check_labels(concepts, folder)
    _check_patterns(concepts, folder)
    return concepts


def ancestors(concepts: Iterable[Concept]) -> dict[str, frozenset[str]]:
    """For each concept its IRI and those of all its superclasses; the hierarchy has no cycle."""
    by_iri = {concept.iri: concept for concept in concepts}
    closure: dict[str, frozenset[str]] = {}

    def visit(iri: str) -> frozenset[str]:
        if iri not in closure:
            above = (visit(parent) for parent in by_iri[iri].parents)
            closure[iri] = frozenset({iri}).union(*above)
        return closure[iri]

    for iri in by_iri:
        visit(iri)
    return closure


def _read(path: Path, ontology: str) -> Iterator[Concept]:
    graph = _parse(path)
    base = f"{NAMESPACE}{ontology}#"
    for node in graph.subjects(RDF.type, OWL.Class):
        iri = str(node)
        if not isinstance(node, rdflib.URIRef):
            continue
        if not iri.startswith(base):
            message = f"the class <{iri}> is not in the namespace <{base}>"
            raise KnowledgeError(message, path)
        yield Concept(
            iri=iri,
            ontology=ontology,
            parents=tuple(sorted(
                str(parent)
                for parent in graph.objects(node, RDFS.subClassOf)
                if str(parent).startswith(NAMESPACE)
            )),
            name_zh=_text(graph, node, "zh"),
            name_en=_text(graph, node, "en"),
            labels=tuple(sorted({
                fold(str(label)).replace(chr(INVISIBLE), "")
                for kind in _LABEL_KINDS
                for label in graph.objects(node, kind)
            })),
            patterns=tuple(sorted(str(p) for p in graph.objects(node, WHEN.pattern))),
            interval={
                key: str(value)
                for key in _INTERVAL
                if (value := graph.value(node, WHEN[key])) is not None
            },
        )  # fmt: skip


def _parse(path: Path) -> rdflib.Graph:
    graph = rdflib.Graph()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        message = "no such ontology; the folder must hold " + ", ".join(
            f"{name}.ttl" for name in ONTOLOGIES
        )
        raise KnowledgeError(message, path) from None
    except OSError as error:
        raise KnowledgeError(f"cannot be read: {error.strerror}", path) from None
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte {error.start}); save it as UTF-8"
        raise KnowledgeError(message, path) from None
    try:
        graph.parse(data=text, format="turtle")
    except BadSyntax as error:
        reason = re.sub(r"\s+", " ", str(getattr(error, "_why", "bad syntax")))
        line = text.count("\n", 0, error._i) + 1  # its own count is off after long strings
        raise KnowledgeError(f"not valid Turtle: {reason}", path, line) from None
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        raise KnowledgeError(f"not valid Turtle: {error!r}", path) from None  # a fault of rdflib
    return graph


def _text(graph: rdflib.Graph, node: rdflib.URIRef, language: str) -> str:
    for label in graph.objects(node, RDFS.label):
        if isinstance(label, rdflib.Literal) and label.language == language:
            return str(label)
    return ""


def _check_parents(concepts: list[Concept], folder: Path) -> None:
    known = {concept.iri for concept in concepts}
    for concept in concepts:
        for parent in concept.parents:
            if parent not in known:
                message = f"{concept.name} is a subclass of <{parent}>, which does not exist"
                raise _error(message, concept, folder)


def _check_cycles(concepts: list[Concept], folder: Path) -> None:
    by_iri = {concept.iri: concept for concept in concepts}
    done: set[str] = set()

    def visit(concept: Concept, path: tuple[str, ...]) -> None:
        if concept.iri in path:
            ring = [by_iri[iri].name for iri in path[path.index(concept.iri) :]]
            message = "a class cannot be its own ancestor: " + " → ".join([*ring, concept.name])
            raise _error(message, concept, folder)
        if concept.iri not in done:
            for parent in concept.parents:
                visit(by_iri[parent], (*path, concept.iri))
            done.add(concept.iri)

    for concept in concepts:
        visit(concept, ())


def _check_labels(concepts: list[Concept], folder: Path) -> None:
    owner: dict[str, Concept] = {}
    for concept in concepts:
        for label in concept.labels:
            other = owner.setdefault(label, concept)
            if other is not concept:
                message = (
                    f"the label “{label}” is claimed by {other.ontology}:{other.name} "
                    f"and {concept.ontology}:{concept.name}; keep it in one"
                )
                raise _error(message, concept, folder)
            if not label.strip():
                raise _error(f"{concept.name} has an empty label", concept, folder)
            if SEPARATOR in label:
                raise _error(f"{concept.name} has a label of several lines", concept, folder)


def _check_patterns(concepts: list[Concept], folder: Path) -> None:
    for concept in concepts:
        for pattern in concept.patterns:
            try:
                compiled = compile_pattern(pattern)
            except ValueError as reason:
                message = f"{concept.name} has a pattern that is none: {reason}"
                raise _error(message, concept, folder) from None
            if compiled.fullmatch(""):
                message = f"{concept.name} has a pattern that the empty text matches: {pattern}"
                raise _error(message, concept, folder)


def _error(message: str, concept: Concept, folder: Path) -> KnowledgeError:
    path = folder / f"{concept.ontology}.ttl"
    block = re.compile(rf"^(?:\w*:|<[^>]*#){re.escape(concept.name)}\b")
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if block.match(line):
            return KnowledgeError(message, path, number)
    return KnowledgeError(message, path)
