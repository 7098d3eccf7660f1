"""Checks of the ontologies: syntax, shape, and what makes labels or concepts useless.

| check | severity | what it finds |
| --- | --- | --- |
| `turtle` | error | a file that is missing, not UTF-8, or no Turtle |
| `namespace` | error | a class that is not in the namespace of its file |
| `shape` | error | what breaks `shapes.ttl` (SHACL): a missing name or definition, … |
| `parent`, `cycle` | error | a superclass that does not exist; a class above itself |
| `label` | error | an empty label, or one of several lines |
| `label-twice` | error | a label that two concepts claim |
| `pattern` | error | what is no regular expression, or matches where nothing stands |
| `label-unseen` | warning | a label that is never found: something else takes its place |
| `no-words` | warning | a concept that nobody can mention: no label, no pattern, no subclass |
| `shadowed` | note | a label that is not seen inside longer labels of other concepts |
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ahocorasick_rs
import numpy as np
import rdflib
from rdflib.namespace import SH

from treehole.errors import KnowledgeError
from treehole.knowledge.concepts import NAMESPACE, ONTOLOGIES, Concept
from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.ontology import OntologyFile, foreign, place_of, sorted_concepts
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.soundness import faults
from treehole.knowledge.version import KnowledgeFiles

SHAPES = "shapes.ttl"

_SHOWN = 3
"""Concepts named in a note."""


@dataclass(frozen=True)
class Checked:
    """What is known of the ontologies of a folder after they were checked.

    Attributes:
        files: Those that could be read, by ontology.
        concepts: What stands in them.
        findings: What is wrong with them.
    """

    files: dict[str, OntologyFile]
    concepts: list[Concept]
    findings: list[Finding]

    @property
    def sound(self) -> bool:
        """Whether they can be used."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    def find(
        self, check: str, severity: Severity, message: str, iri: str, text: str | None = None
    ) -> Finding:
        """A finding about a concept, or a label or pattern of it."""
        file = self.files[iri.removeprefix(NAMESPACE).partition("#")[0]]
        return Finding(check, severity, message, file.path, file.line_of(iri, text))


def check_ontologies(folder: Path) -> Checked:
    """Check all that can be told from the Turtle files alone."""
    files: dict[str, OntologyFile] = {}
    findings: list[Finding] = []
    for ontology in ONTOLOGIES:
        try:
            files[ontology] = OntologyFile.read(folder, ontology)
        except KnowledgeError as error:
            findings.append(_of_error("turtle", error, folder))
    concepts = sorted_concepts(files.values())
    checked = Checked(files, concepts, findings)
    for file in files.values():
        for iri, line in file.foreign_classes():
            message = foreign(iri, file)
            findings.append(Finding("namespace", Severity.ERROR, message, file.path, line))
    findings += _shape_findings(checked, folder)
    for fault in faults(concepts):
        if fault.check == "parent" and _file_of(fault.concept.parents) - set(files):
            continue  # it may well be in the file that cannot be read
        path, line = place_of(fault, files[fault.concept.ontology])
        findings.append(Finding(fault.check, Severity.ERROR, fault.message, path, line))
    findings += _without_words(checked)
    return checked


def check_labels(checked: Checked, lexicon: Lexicon) -> Iterator[Finding]:
    """Check which labels are never found, and which are not seen inside others.

    Args:
        checked: The ontologies.
        lexicon: What they were compiled to.
    """
    scanner = Scanner(lexicon)
    yield from _unseen(checked, scanner)
    yield from _shadowed(checked, lexicon)


def _of_error(check: str, error: KnowledgeError, folder: Path) -> Finding:
    return Finding(check, Severity.ERROR, error.reason, error.path or folder, error.line)


def _file_of(iris: Iterable[str]) -> set[str]:
    return {iri.removeprefix(NAMESPACE).partition("#")[0] for iri in iris}


def _shape_findings(checked: Checked, folder: Path) -> Iterator[Finding]:
    """What breaks the shapes of the folder or, if it has none, those that come with Treehole."""
    from pyshacl import validate  # noqa: PLC0415  slow to load

    path = folder / SHAPES
    if not path.exists():
        path = KnowledgeFiles.locate().ontology / SHAPES
    try:
        shapes = rdflib.Graph().parse(path, format="turtle")
    except Exception as error:  # noqa: BLE001  rdflib raises many kinds
        reason = " ".join(str(error).split())
        yield Finding("turtle", Severity.ERROR, f"not valid Turtle: {reason}", path)
        return
    graph = rdflib.Graph()
    for file in checked.files.values():
        graph += file.graph
    _, report, _ = validate(graph, shacl_graph=shapes)
    for result in sorted(report.subjects(rdflib.RDF.type, SH.ValidationResult)):
        yield _shape_finding(checked, report, result, folder)


def _shape_finding(
    checked: Checked, report: rdflib.Graph, result: rdflib.term.Node, folder: Path
) -> Finding:
    focus, value = report.value(result, SH.focusNode), report.value(result, SH.value)
    message = str(report.value(result, SH.resultMessage))
    text = str(value) if isinstance(value, rdflib.Literal) else None
    if value is not None and value != focus and not isinstance(value, rdflib.BNode):
        message += f" This is: {value}"
    for file in checked.files.values():
        line = file.line_of(str(focus), text)
        if line and isinstance(focus, rdflib.URIRef):
            name = str(focus).rsplit("#", 1)[-1]
            return Finding("shape", Severity.ERROR, f"{name}: {message}", file.path, line)
    return Finding("shape", Severity.ERROR, f"a class without a name: {message}", folder)


def _without_words(checked: Checked) -> Iterator[Finding]:
    above = {parent for concept in checked.concepts for parent in concept.parents}
    for concept in checked.concepts:
        if not (concept.labels or concept.patterns or concept.iri in above):
            message = (
                f"{concept.name} can never be mentioned: it has no label, no pattern and no "
                "subclass; add a skos:prefLabel, or remove it"
            )
            yield checked.find("no-words", Severity.WARNING, message, concept.iri)


def _unseen(checked: Checked, scanner: Scanner) -> Iterator[Finding]:
    """Labels that are not found even where nothing else stands."""
    lexicon = scanner.lexicon
    batch = scanner.clean(list(lexicon.labels))
    mentions = scanner.scan(batch)
    lengths = np.diff(batch.starts) - 1
    whole = mentions.ends - mentions.starts == lengths[mentions.comments]
    right = mentions.concepts == np.array(lexicon.label_concepts)[mentions.comments]
    found = set(mentions.comments[whole & right].tolist())
    others = {
        int(label): int(concept)
        for label, concept in zip(mentions.comments, mentions.concepts, strict=True)
    }
    for index, label in enumerate(lexicon.labels):
        if index not in found:
            concept = lexicon.concepts[lexicon.label_concepts[index]]
            why = "cleaning takes it away, or part of it"
            if index in others:
                other = lexicon.concepts[others[index]]
                why = f"{other.ontology}:{other.name} takes its place"
            message = f"the label “{label}” of {concept.name} is never found: {why}"
            yield checked.find("label-unseen", Severity.WARNING, message, concept.iri, label)


def _shadowed(checked: Checked, lexicon: Lexicon) -> Iterator[Finding]:
    """Labels within longer labels of concepts that are not below their own."""
    inside: dict[int, Counter[int]] = {}
    search = ahocorasick_rs.AhoCorasick(lexicon.labels)
    for text, concept in zip(lexicon.labels, lexicon.label_concepts, strict=True):
        for index, start, end in search.find_matches_as_indexes(text, overlapping=True):
            own = lexicon.label_concepts[index]
            if end - start < len(text) and own not in lexicon.ancestors[concept]:
                inside.setdefault(index, Counter())[concept] += 1
    for index, concepts in sorted(inside.items()):
        label = lexicon.labels[index]
        own_concept = lexicon.concepts[lexicon.label_concepts[index]]
        longer = "a longer label" if concepts.total() == 1 else f"{concepts.total()} longer labels"
        names = _named(concepts, lexicon)
        message = f"“{label}” ({own_concept.name}) is not seen inside {longer} of {names}"
        yield checked.find("shadowed", Severity.NOTE, message, own_concept.iri, label)


def _named(concepts: Counter[int], lexicon: Lexicon) -> str:
    most: Sequence[int] = [concept for concept, _ in concepts.most_common(_SHOWN)]
    names = ", ".join(lexicon.concepts[concept].name for concept in most)
    return names if len(concepts) <= _SHOWN else f"{names} and {len(concepts) - _SHOWN} others"
