"""The shipped ontologies have the shape of ontologies, and the shapes catch what has not."""

import pytest
import rdflib
from pyshacl import validate
from rdflib.namespace import SH

from treehole.knowledge.concepts import ONTOLOGIES
from treehole.knowledge.version import KnowledgeFiles

PREFIXES = """
@prefix : <https://w3id.org/treehole/time#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NAME = 'rdfs:label "雨天"@zh, "rainy day"@en'
DEFINITION = 'skos:definition "下雨的日子。"@zh, "A day when it rains."@en'
OTHER = f':Snow a owl:Class ; {NAME} ; {DEFINITION} ; skos:altLabel "下雪"@zh .'


@pytest.fixture(scope="module")
def shapes(shipped: KnowledgeFiles) -> rdflib.Graph:
    return rdflib.Graph().parse(shipped.ontology / "shapes.ttl")


def violated(shapes: rdflib.Graph, block: str) -> set[str]:
    """The names of the shapes violated, and of the properties at which they are."""
    graph = rdflib.Graph().parse(data=PREFIXES + block, format="turtle")
    conforms, report, _ = validate(graph, shacl_graph=shapes)
    names = {
        str(value).rsplit("#", 1)[-1]
        for role in (SH.sourceShape, SH.sourceConstraint, SH.resultPath)
        for value in report.objects(None, role)
    }
    assert conforms == (not names)
    return names


def test_the_shipped_ontologies_conform(shipped: KnowledgeFiles, shapes: rdflib.Graph) -> None:
    graph = rdflib.Graph()
    for name in ONTOLOGIES:
        graph.parse(shipped.ontology / f"{name}.ttl")
    conforms, _, report = validate(graph, shacl_graph=shapes)
    assert conforms, report


@pytest.mark.parametrize(
    "more",
    [
        "",
        'skos:prefLabel "下雨"@zh ; skos:altLabel "落雨"@zh, "雨天"@zh ; skos:hiddenLabel "xy"@zh',
        r':pattern "下\\d场雨", "[一二]场雨"',
        "rdfs:subClassOf :Snow, <http://www.w3.org/2006/time#Instant>",
        ':startsAfter "PT0S"^^xsd:duration ; :endsAfter "PT3H"^^xsd:duration',
        ':startsOnDay "P1D"^^xsd:duration ; :endsOnDay "P2D"^^xsd:duration',
        ':firstMonth "--03"^^xsd:gMonth ; :lastMonth "--05"^^xsd:gMonth',
        ':onDate "--04-04"^^xsd:gMonthDay ; :lasts "P3D"^^xsd:duration',
        ':onLunarDate "--08-15"',
    ],
)
def test_what_conforms(shapes: rdflib.Graph, more: str) -> None:
    parts = ["a owl:Class", NAME, DEFINITION, *([more] if more else [])]
    assert violated(shapes, f":Rain {' ; '.join(parts)} .\n{OTHER}") == set()


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ('skos:definition "下雨。"@zh', {"Definition"}),
        ('skos:definition "Pluie."@fr', {"Definition"}),
        ('rdfs:label "落雨天"@zh', {"Name"}),
        ('rdfs:label "rain"', {"Name"}),
        ('skos:prefLabel "下雨"@zh, "落雨"@zh', {"PreferredLabel"}),
        ('skos:prefLabel "rain"@en', {"PreferredLabel"}),
        ('skos:prefLabel ""@zh', {"PreferredLabel"}),
        ('skos:altLabel "rain"', {"OtherLabel"}),
        ('skos:altLabel ""@zh', {"OtherLabel"}),
        ('skos:hiddenLabel "xy"@en', {"HiddenLabel"}),
        ('skos:hiddenLabel ""@zh', {"HiddenLabel"}),
        ("rdfs:subClassOf [ a rdfs:Resource ]", {"Parent"}),
        ('rdfs:subClassOf "雨"', {"Parent"}),
        (':pattern ""', {"Pattern", "pattern"}),
        (':pattern "下雨"@zh', {"Pattern", "pattern"}),
        (':startsAfter "PT0S"^^xsd:duration', {"endsAfter"}),
        (':endsAfter "PT3H"^^xsd:duration', {"startsAfter"}),
        (':startsAfter "PT0S" ; :endsAfter "PT3H"^^xsd:duration', {"startsAfter"}),
        (':startsOnDay "P0D"^^xsd:duration', {"endsOnDay"}),
        (':endsOnDay "P1D", "P2D" ; :startsOnDay "P0D"^^xsd:duration', {"endsOnDay"}),
        (':firstMonth "--03"^^xsd:gMonth', {"lastMonth"}),
        (':firstMonth "--03"^^xsd:gMonth ; :lastMonth "05"', {"lastMonth"}),
        (':onDate "--04-04"^^xsd:gMonthDay ; :onLunarDate "--08-15"', {"YearlyDate"}),
        (':onDate "04-04"', {"YearlyDate"}),
        (':onLunarDate "8-15"', {"YearlyDate"}),
        (':lasts "P3D"^^xsd:duration', {"YearlyDate"}),
        (':onLunarDate "--08-15" ; :lasts "3 days"', {"lasts"}),
    ],
)
def test_what_is_added_amiss(shapes: rdflib.Graph, more: str, names: set[str]) -> None:
    found = violated(shapes, f":Rain a owl:Class ; {NAME} ; {DEFINITION} ; {more} .\n{OTHER}")
    assert names <= found


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (f":Rain a owl:Class ; {NAME} .", "Definition"),
        (f':Rain a owl:Class ; {NAME} ; skos:definition "下雨。"@zh .', "Definition"),
        (f":Rain a owl:Class ; {DEFINITION} .", "Name"),
        (f':Rain a owl:Class ; {DEFINITION} ; rdfs:label "rain"@en .', "Name"),
        (f":rain a owl:Class ; {NAME} ; {DEFINITION} .", "Concept"),
        (f":Rain-Day a owl:Class ; {NAME} ; {DEFINITION} .", "Concept"),
        (f"<https://w3id.org/treehole/rain#Rain> a owl:Class ; {NAME} ; {DEFINITION} .", "Concept"),
        (f"[ a owl:Class ; {NAME} ; {DEFINITION} ] .", "Concept"),
    ],
)
def test_what_is_missing_or_misnamed(shapes: rdflib.Graph, block: str, name: str) -> None:
    assert name in violated(shapes, block)
