"""An export says all that the files say, as valid OWL 2 DL, in the same bytes each time."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

from treehole.knowledge.concepts import NAMESPACE, ONTOLOGIES
from treehole.knowledge.exporting import Format, export, merged
from treehole.knowledge.hierarchy import Hierarchy
from treehole.knowledge.turtle import blocks
from treehole.knowledge.version import KnowledgeFiles

Knowledge = Callable[..., KnowledgeFiles]

READERS = {"ttl": "turtle", "owl": "xml", "jsonld": "json-ld"}
WHOLE = rdflib.URIRef(NAMESPACE + "ontology")
ODD = """
@prefix dc: <http://purl.org/dc/elements/1.1/> .
<https://w3id.org/treehole/wish> a owl:Ontology ; owl:versionInfo "old" ;
    owl:imports <http://www.w3.org/2006/time>, <https://w3id.org/treehole/time> ;
    rdfs:label "愿望"@zh .
:Odd a owl:Class ;
    rdfs:subClassOf :Even, <http://example.org/Thing>,
        [ a owl:Class ; owl:unionOf ( :Even <http://example.org/Thing> ) ] ;
    rdfs:label "a < b & \\"c\\"", "没有语言", "名"@zh ;
    skos:altLabel "一"@zh, "二"@zh, "三"@zh-Hant ;
    dc:creator "somebody" ; when:startsAfter "P1D"^^<http://www.w3.org/2001/XMLSchema#duration> .
:Even a owl:Class .
[] a owl:AllDisjointClasses ; owl:members ( :Odd :Even ) .
"""


@pytest.fixture(scope="module")
def whole(shipped: KnowledgeFiles) -> Hierarchy:
    return Hierarchy.read(shipped.ontology)


@pytest.fixture
def odd(knowledge: Knowledge, tmp_path: Path) -> Hierarchy:
    """With all that an editor such as Protégé may leave in a file."""
    return Hierarchy.read(knowledge(tmp_path, wish=ODD).ontology)


def parsed(text: str, file_format: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text, format=READERS[file_format])


@pytest.mark.parametrize("file_format", READERS)
@pytest.mark.parametrize("names", [ONTOLOGIES, ("time",)])
def test_formats_say_the_same(whole: Hierarchy, names: tuple[str, ...], file_format: str) -> None:
    text = export(whole, names, cast(Format, file_format), "v1")
    expected = merged([whole.files[name] for name in names], "v1")
    assert isomorphic(parsed(text, file_format), expected)


@pytest.mark.parametrize("file_format", READERS)
def test_odd_files_say_the_same(odd: Hierarchy, file_format: str) -> None:
    graph = parsed(export(odd, ONTOLOGIES, cast(Format, file_format), "v1"), file_format)
    assert isomorphic(graph, merged(list(odd.files.values()), "v1"))
    assert len(list(graph.subjects(RDF.type, OWL.AllDisjointClasses))) == 1


def test_nothing_is_lost(whole: Hierarchy) -> None:
    graph = merged(list(whole.files.values()), "v1")
    for file in whole.files.values():
        header = rdflib.URIRef(NAMESPACE + file.ontology)
        lost = set(file.graph) - set(graph)
        assert lost == {(header, RDF.type, OWL.Ontology)}
        assert (WHOLE, DCTERMS.hasPart, header) in graph


@pytest.mark.parametrize("names", [ONTOLOGIES, ("wish",)])
def test_everything_is_declared(whole: Hierarchy, odd: Hierarchy, names: tuple[str, ...]) -> None:
    for hierarchy in (whole, odd):
        graph = merged([hierarchy.files[name] for name in names], "v1")
        own = WHOLE if len(names) > 1 else rdflib.URIRef(NAMESPACE + "wish")
        assert list(graph.subjects(RDF.type, OWL.Ontology)) == [own]
        assert graph.value(own, OWL.versionIRI) == rdflib.URIRef(f"{own}/v1")
        assert list(graph.objects(own, OWL.versionInfo)) == [rdflib.Literal("v1")]
        assert graph.value(own, DCTERMS.license) is not None
        built_in = (str(RDF), str(RDFS), str(OWL))
        for predicate in set(graph.predicates()):
            declared = (predicate, RDF.type, OWL.AnnotationProperty) in graph
            assert declared or str(predicate).startswith(built_in)
        for parent in graph.objects(None, RDFS.subClassOf):
            assert (parent, RDF.type, OWL.Class) in graph
    assert (rdflib.URIRef("http://example.org/Thing"), RDF.type, OWL.Class) in graph
    imports = list(graph.objects(own, OWL.imports))
    assert imports == [rdflib.URIRef("http://www.w3.org/2006/time")]


def test_turtle_is_in_order(whole: Hierarchy) -> None:
    text = export(whole, ONTOLOGIES, "ttl", "v1")
    iris = [block.iri for block in blocks(text)]
    assert iris[0] == str(WHOLE)
    places = [iris.index(f"{NAMESPACE}{e.ontology}#{e.name}") for e in whole.concepts()]
    assert len(iris) == len(set(iris))
    by_ontology = {name: [] for name in ONTOLOGIES}  # type: dict[str, list[int]]
    for entry, place in zip(whole.concepts(), places, strict=True):
        by_ontology[entry.ontology].append(place)
    in_order = [place for name in ONTOLOGIES for place in by_ontology[name]]
    assert in_order == sorted(in_order)
    head = text[: text.index("\n\n")]
    assert "@prefix when: <https://w3id.org/treehole/time#> ." in head
    assert "@prefix : " not in head


def test_jsonld_is_readable(odd: Hierarchy) -> None:
    document = json.loads(export(odd, ONTOLOGIES, "jsonld", "v1"))
    nodes = {node["@id"]: node for node in document["@graph"]}
    assert document["@graph"][0]["@type"] == "owl:Ontology"
    assert nodes["wish:Even"] == {"@id": "wish:Even", "@type": "owl:Class"}
    assert nodes["wish:Odd"]["altLabel"] == {"zh": ["一", "二"], "zh-Hant": "三"}


def test_csv_has_a_row_for_each_label(whole: Hierarchy) -> None:
    rows = list(csv.DictReader(io.StringIO(export(whole, ONTOLOGIES, "csv", "v1"))))
    for name in ONTOLOGIES:
        graph = whole.files[name].graph
        own = [row for row in rows if row["ontology"] == name]
        assert {row["concept"] for row in own} == {
            entry.name for entry in whole.concepts() if entry.ontology == name
        }
        hidden = [row["label"] for row in own if row["kind"] == "hiddenLabel"]
        assert sorted(hidden) == sorted(map(str, graph.objects(None, SKOS.hiddenLabel)))
    (plan,) = [row for row in rows if row["concept"] == "SuicidePlan"]
    assert plan["name_en"] == "suicide plan"
    assert plan["definition_zh"]
    assert (plan["kind"], plan["label"], plan["parents"]) == ("", "", "")
    assert {row["parents"] for row in rows if row["concept"] == "SuicideNote"} == {"SuicidePlan"}


def test_bytes_do_not_depend_on_hashes(odd: Hierarchy) -> None:
    folder = odd.files["wish"].path.parent
    code = (
        "from pathlib import Path;"
        "from treehole.knowledge.exporting import export;"
        "from treehole.knowledge.hierarchy import Hierarchy;"
        f"h = Hierarchy.read(Path({str(folder)!r}));"
        "[print(export(h, list(h.files), f, 'v1')) for f in ('ttl', 'owl', 'jsonld', 'csv')]"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_owl_is_read_by_an_owl_library(whole: Hierarchy, tmp_path: Path) -> None:
    pyhornedowl = pytest.importorskip("pyhornedowl")
    path = tmp_path / "all.owl"
    path.write_text(export(whole, ONTOLOGIES, "owl", "v1"), "utf-8")
    read = pyhornedowl.open_ontology(str(path), serialization="rdf")
    assert str(read.get_iri()) == str(WHOLE)
    assert str(read.get_version_iri()) == f"{WHOLE}/v1"
    classes = set(map(str, read.get_classes()))
    assert {entry.key for entry in whole.concepts()} < classes
    assert not read.get_object_properties() | read.get_data_properties()


CLOSURE = """
import sys, owlrl, rdflib
graph = rdflib.Graph().parse(data=sys.stdin.read(), format="nt")
owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
error = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")
assert (None, rdflib.RDF.type, error) not in graph
suicide = "https://w3id.org/treehole/suicide#"
note, plan = rdflib.URIRef(suicide + "NoteWritten"), rdflib.URIRef(suicide + "SuicidePlan")
assert (note, rdflib.RDFS.subClassOf, plan) in graph
"""


@pytest.mark.slow
def test_owl_has_no_contradiction(whole: Hierarchy) -> None:
    """In a process of its own, as owlrl changes how rdflib reads datatypes."""
    graph = rdflib.Graph()
    for triple in parsed(export(whole, ONTOLOGIES, "owl", "v1"), "owl"):
        if triple[1] not in {SKOS.altLabel, SKOS.hiddenLabel, SKOS.prefLabel, SKOS.definition}:
            graph.add(triple)
    subprocess.run(
        [sys.executable, "-c", CLOSURE],
        input=graph.serialize(format="nt").encode(),
        check=True,
    )
