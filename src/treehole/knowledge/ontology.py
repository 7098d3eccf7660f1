"""The four ontologies, read from Turtle into concepts.

A concept is an `owl:Class` under `rdfs:subClassOf`. What people write is attached to it as
`skos:prefLabel`, `skos:altLabel` and `skos:hiddenLabel`, or as a regular expression
(`when:pattern`); `rdfs:label` is the concept's own name. Classes of other vocabularies (W3C
OWL-Time) may stand among the parents; only Treehole's own are followed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS
from rdflib.plugins.parsers.notation3 import BadSyntax

from treehole.corpus.cleaning import INVISIBLE, fold
from treehole.errors import KnowledgeError
from treehole.knowledge.concepts import NAMESPACE, ONTOLOGIES, Concept
from treehole.knowledge.punctuation import hint
from treehole.knowledge.soundness import Fault, faults
from treehole.knowledge.turtle import Block, blocks

WHEN = rdflib.Namespace(NAMESPACE + "time#")

_LABEL_KINDS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
_INTERVAL = (
    "startsAfter", "endsAfter", "startsOnDay", "endsOnDay", "firstMonth", "lastMonth",
    "onDate", "onLunarDate", "lasts",
)  # fmt: skip


@dataclass(frozen=True)
class OntologyFile:
    """An ontology as it stands in its file.

    Attributes:
        path: The file.
        ontology: `suicide`, `time`, `space` or `wish`.
        text: What stands in it.
        graph: What it says.
    """

    path: Path
    ontology: str
    text: str
    graph: rdflib.Graph

    @classmethod
    def read(cls, folder: Path, ontology: str) -> "OntologyFile":
        """Read one of the ontologies of a folder.

        Raises:
            KnowledgeError: It is missing, not UTF-8, or no Turtle.
        """
        path = folder / f"{ontology}.ttl"
        text = _text(path)
        graph = _parsed(text, path)
        _forget_declarations(graph)
        return cls(path, ontology, text, graph)

    def concepts(self) -> Iterator[Concept]:
        """Its concepts, in no order; classes of other namespaces are none."""
        for node in self._classes():
            if str(node).startswith(self.namespace):
                yield self._concept(node)

    def foreign_classes(self) -> Iterator[tuple[str, int | None]]:
        """Named classes that it describes, but that are not in its namespace; with their lines."""
        for node in self._classes():
            if not str(node).startswith(self.namespace):
                yield str(node), self.line_of(str(node))

    @property
    def namespace(self) -> str:
        """What the names of its concepts begin with."""
        return f"{NAMESPACE}{self.ontology}#"

    def line_of(self, iri: str, text: str | None = None) -> int | None:
        """Where a concept stands, or a label or pattern of it; None if it does not.

        Args:
            iri: The concept.
            text: The label or pattern, folded or not.
        """
        own = self._blocks.get(iri, [])
        literals = [literal for block in own for literal in block.literals]
        lines = [line for literal, line in literals if literal == text]
        lines = lines or [line for literal, line in literals if _folded(literal) == text]
        # The name of a concept may be a label too, and stands above it.
        return lines[-1] if lines else own[0].line if own else None

    @cached_property
    def _blocks(self) -> dict[str, list[Block]]:
        found: dict[str, list[Block]] = {}
        for block in blocks(self.text):
            found.setdefault(block.iri, []).append(block)
        return found

    def _classes(self) -> Iterator[rdflib.URIRef]:
        for node in self.graph.subjects(RDF.type, OWL.Class, unique=True):
            if isinstance(node, rdflib.URIRef):
                yield node

    def _concept(self, node: rdflib.URIRef) -> Concept:
        graph = self.graph
        return Concept(
            iri=str(node),
            ontology=self.ontology,
            parents=tuple(sorted(
                str(parent)
                for parent in graph.objects(node, RDFS.subClassOf)
                if str(parent).startswith(NAMESPACE)
            )),
            name_zh=_name(graph, node, "zh"),
            name_en=_name(graph, node, "en"),
            labels=tuple(sorted({
                _folded(str(label)) for kind in _LABEL_KINDS for label in graph.objects(node, kind)
            })),
            patterns=tuple(sorted(str(p) for p in graph.objects(node, WHEN.pattern))),
            interval={
                key: str(value)
                for key in _INTERVAL
                if (value := graph.value(node, WHEN[key])) is not None
            },
            scope_note=str(graph.value(node, SKOS.scopeNote) or ""),
        )  # fmt: skip


def load_ontologies(folder: Path) -> list[Concept]:
    """Read the four ontologies of `folder`, sorted by IRI.

    Raises:
        KnowledgeError: A file is missing or broken, a class is its own ancestor, a parent is
            unknown, two concepts claim one label, or a pattern is no regular expression or
            empty text matches it.
    """
    return sound_concepts({name: OntologyFile.read(folder, name) for name in ONTOLOGIES})


def sound_concepts(files: dict[str, OntologyFile]) -> list[Concept]:
    """The concepts of the four files, sorted by IRI.

    Raises:
        KnowledgeError: There is a fault in them.
    """
    for file in files.values():
        for iri, line in file.foreign_classes():
            raise KnowledgeError(foreign(iri, file), file.path, line)
    concepts = sorted_concepts(files.values())
    for fault in faults(concepts):
        raise KnowledgeError(fault.message, *place_of(fault, files[fault.concept.ontology]))
    return concepts


def sorted_concepts(files: Iterable[OntologyFile]) -> list[Concept]:
    """The concepts of several files, sorted by IRI."""
    return sorted((c for file in files for c in file.concepts()), key=lambda concept: concept.iri)


def foreign(iri: str, file: OntologyFile) -> str:
    """What is wrong with a class of another namespace."""
    return f"the class <{iri}> is not in the namespace <{file.namespace}>"


def place_of(fault: Fault, file: OntologyFile) -> tuple[Path, int | None]:
    """The file and line of a fault."""
    return file.path, file.line_of(fault.concept.iri, fault.text)


def _folded(label: str) -> str:
    return fold(label).replace(chr(INVISIBLE), "")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
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


def _parsed(text: str, path: Path) -> rdflib.Graph:
    graph = rdflib.Graph()
    try:
        graph.parse(data=text, format="turtle")
    except BadSyntax as error:
        reason = re.sub(r"\s+", " ", str(getattr(error, "_why", "bad syntax")))
        line = text.count("\n", 0, error._i) + 1  # its own count is off after long strings
        raise KnowledgeError(f"not valid Turtle: {reason}{hint(text, line)}", path, line) from None
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        raise KnowledgeError(f"not valid Turtle: {error!r}", path) from None  # a fault of rdflib
    return graph


def _forget_declarations(graph: rdflib.Graph) -> None:
    """Forget classes of other vocabularies of which nothing is said; Protégé writes such lines."""
    for node in list(graph.subjects(RDF.type, OWL.Class)):
        foreign_to_all = isinstance(node, rdflib.URIRef) and not str(node).startswith(NAMESPACE)
        if foreign_to_all and set(graph.predicates(node)) == {RDF.type}:
            graph.remove((node, RDF.type, OWL.Class))


def _name(graph: rdflib.Graph, node: rdflib.URIRef, language: str) -> str:
    for label in graph.objects(node, RDFS.label):
        if isinstance(label, rdflib.Literal) and label.language == language:
            return str(label)
    return ""
