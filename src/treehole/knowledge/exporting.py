"""Exporting: the ontologies as one graph, in the formats that other tools read.

Each of the four files has a header of its own; in one graph they become one ontology that lists
them as its parts. Everything it uses of other vocabularies is declared, so that OWL tools such as
Protégé read it as OWL 2 DL. Equal knowledge gives equal bytes.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Literal

import rdflib
from rdflib.compare import to_canonical_graph
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from treehole.knowledge.concepts import NAMESPACE, ONTOLOGIES
from treehole.knowledge.hierarchy import KINDS, Hierarchy
from treehole.knowledge.ontology import WHEN, OntologyFile
from treehole.knowledge.turtle import write_block

Format = Literal["ttl", "owl", "jsonld", "csv"]
"""Turtle in the layout of the project, OWL in RDF/XML, JSON-LD, or a table."""

_WHOLE = rdflib.URIRef(NAMESPACE + "ontology")
_LICENCE = rdflib.URIRef("https://www.apache.org/licenses/LICENSE-2.0")
_PREFIXES = {
    "dcterms": DCTERMS,
    "owl": OWL,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "space": NAMESPACE + "space#",
    "suicide": NAMESPACE + "suicide#",
    "time": "http://www.w3.org/2006/time#",
    "when": WHEN,
    "wish": NAMESPACE + "wish#",
    "xsd": XSD,
}
_BUILT_IN = tuple(map(str, (RDF, RDFS, OWL, XSD)))
_PROPERTIES = {OWL.AnnotationProperty, OWL.ObjectProperty, OWL.DatatypeProperty}
_COLUMNS = (
    "ontology", "concept", "name_zh", "name_en", "parents",
    "kind", "label", "definition_zh", "definition_en",
)  # fmt: skip


def export(
    hierarchy: Hierarchy, ontologies: Sequence[str], file_format: Format, version: str
) -> str:
    """The text of a file with some of the ontologies.

    Args:
        hierarchy: All of them.
        ontologies: The names of those wanted.
        file_format: `csv` has a row for each label, and for each concept without any.
        version: The knowledge version, which becomes that of the ontology.
    """
    if file_format == "csv":
        return _csv(hierarchy, ontologies)
    graph = merged([hierarchy.files[name] for name in ontologies], version)
    if file_format == "ttl":
        return _turtle(graph)
    if file_format == "owl":
        return str(graph.serialize(format="xml"))
    return _jsonld(graph)


def merged(files: Sequence[OntologyFile], version: str) -> rdflib.Graph:
    """All that some of the ontologies say, as one ontology in OWL 2 DL.

    Args:
        files: One of them, or all.
        version: The knowledge version.
    """
    graph = rdflib.Graph()
    header = _WHOLE if len(files) > 1 else rdflib.URIRef(NAMESPACE + files[0].ontology)
    for file in files:
        graph += file.graph
    for part in set(graph.subjects(RDF.type, OWL.Ontology)) - {header}:
        _demote(graph, part, header)
    _describe(graph, header, version)
    _declare(graph)
    return _in_order(graph, files)


def _demote(graph: rdflib.Graph, part: Node, header: rdflib.URIRef) -> None:
    """Make the header of a file a part of the ontology; an OWL document has one header only."""
    for imported in graph.objects(part, OWL.imports):
        graph.add((header, OWL.imports, imported))
    for predicate in (RDF.type, OWL.imports, OWL.versionIRI, OWL.versionInfo):
        graph.remove((part, predicate, None))
    graph.add((header, DCTERMS.hasPart, part))


def _describe(graph: rdflib.Graph, header: rdflib.URIRef, version: str) -> None:
    for imported in graph.objects(header, OWL.imports):
        if str(imported).startswith(NAMESPACE):  # it is here, or only asked for by name
            graph.remove((header, OWL.imports, imported))
    graph.set((header, OWL.versionIRI, rdflib.URIRef(f"{header}/{version}")))
    graph.set((header, OWL.versionInfo, rdflib.Literal(version)))
    graph.add((header, RDF.type, OWL.Ontology))
    graph.add((header, DCTERMS.license, _LICENCE))
    if header == _WHOLE:
        graph.add((header, RDFS.label, rdflib.Literal("树洞本体", "zh")))
        graph.add((header, RDFS.label, rdflib.Literal("Treehole ontologies", "en")))


def _declare(graph: rdflib.Graph) -> None:
    """Declare annotation properties and parents of other vocabularies; OWL 2 DL wants it."""
    for predicate in set(graph.predicates()):
        built_in = str(predicate).startswith(_BUILT_IN)
        if not built_in and _PROPERTIES.isdisjoint(graph.objects(predicate, RDF.type)):
            graph.add((predicate, RDF.type, OWL.AnnotationProperty))
    for parent in set(graph.objects(None, RDFS.subClassOf)):
        if isinstance(parent, rdflib.URIRef) and not str(parent).startswith(_BUILT_IN):
            graph.add((parent, RDF.type, OWL.Class))


def _in_order(graph: rdflib.Graph, files: Sequence[OntologyFile]) -> rdflib.Graph:
    """The same graph, with the prefixes of the project; what writes it goes by its order."""
    if any(isinstance(node, rdflib.BNode) for node in graph.all_nodes()):
        graph = to_canonical_graph(graph)
    ordered = rdflib.Graph("SimpleMemory")  # gives triples back in the order they came
    for file in files:
        for prefix, namespace in file.graph.namespaces():
            if prefix and not str(namespace).startswith(NAMESPACE):
                ordered.bind(prefix, namespace, override=False)
    for prefix, own in _PREFIXES.items():
        ordered.bind(prefix, rdflib.URIRef(str(own)), override=True, replace=True)
    headers = set(graph.subjects(RDF.type, OWL.Ontology))
    for triple in sorted(graph, key=lambda t: (t[0] not in headers, _rank(t[0]), *map(_n3, t))):
        ordered.add(triple)
    return ordered


def _rank(node: Node) -> tuple[bool, int, bool]:
    """Terms of others, then each ontology with properties before concepts, then nameless nodes."""
    base, mark, name = str(node).partition("#")
    own = mark and base.removeprefix(NAMESPACE) in ONTOLOGIES
    place = ONTOLOGIES.index(base.removeprefix(NAMESPACE)) if own else -1
    return isinstance(node, rdflib.BNode), place, name[:1].isupper()


def _n3(node: Node) -> str:
    return node.n3()


def _turtle(graph: rdflib.Graph) -> str:
    inner = {node for node in graph.objects() if isinstance(node, rdflib.BNode)}
    subjects = [node for node in graph.subjects(unique=True) if node not in inner]
    text = "\n\n".join(write_block(graph, subject) for subject in subjects)
    prefixes = [
        f"@prefix {prefix}: <{namespace}> .\n"
        for prefix, namespace in sorted(graph.namespaces())
        if re.search(rf"\b{re.escape(prefix)}:\w", text)
    ]
    return "".join(prefixes) + "\n" + text + "\n"


def _jsonld(graph: rdflib.Graph) -> str:
    """JSON-LD whose keys are the names of the properties, and texts are grouped by language."""
    context: dict[str, object] = {
        prefix: str(namespace) for prefix, namespace in _PREFIXES.items() if prefix != "rdf"
    }
    texts = (RDFS.label, SKOS.definition, SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
    for predicate in texts:
        context[_local(predicate)] = {"@id": str(predicate), "@container": "@language"}
    for predicate in (RDFS.subClassOf, DCTERMS.license, DCTERMS.hasPart, OWL.versionIRI):
        term = {"@id": str(predicate)}
        if not any(isinstance(node, rdflib.BNode) for node in graph.objects(None, predicate)):
            term["@type"] = "@id"  # rdflib would forget what is said of nameless ones
        context[_local(predicate)] = term
    document = json.loads(graph.serialize(format="json-ld", context=context))
    document["@graph"].sort(key=lambda node: (node.get("@type") != "owl:Ontology", node["@id"]))
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _local(predicate: rdflib.URIRef) -> str:
    return re.split("[#/]", predicate)[-1]


def _csv(hierarchy: Hierarchy, ontologies: Sequence[str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(_rows(hierarchy, ontologies))
    return text.getvalue()


def _rows(hierarchy: Hierarchy, ontologies: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for entry in hierarchy.concepts():
        if entry.ontology not in ontologies:
            continue
        names = [hierarchy.entries[key].name for key in entry.parents if "#" in key]
        written = [(kind, text) for kind in KINDS for text in entry.written[kind]]
        for kind, text in written or [("", "")]:
            yield (
                entry.ontology, entry.name, entry.name_zh, entry.name_en, " ".join(names),
                kind, text, entry.definition_zh, entry.definition_en,
            )  # fmt: skip
