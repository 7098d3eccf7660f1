"""The hierarchy: names people give, what is above and below, and the inventory of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from treehole.errors import KnowledgeError, UsageError
from treehole.knowledge.hierarchy import ROOT, Branch, Hierarchy
from treehole.knowledge.inventory import take_inventory
from treehole.knowledge.version import KnowledgeFiles

Knowledge = Callable[..., KnowledgeFiles]

WEATHER = """
:Weather a owl:Class ; rdfs:label "天气"@zh, "weather"@en ;
    skos:definition "天气。"@zh, "Weather."@en .
:Rain a owl:Class ; rdfs:subClassOf :Weather ; rdfs:label "雨"@zh, "rain"@en ;
    skos:prefLabel "下雨"@zh ; skos:altLabel "落雨"@zh, "雨天"@zh ; skos:hiddenLabel "下羽"@zh .
:Snow a owl:Class ; rdfs:subClassOf :Weather ; rdfs:label "雪"@zh ; skos:prefLabel "下雪"@zh .
:Sleet a owl:Class ; rdfs:subClassOf :Rain, :Snow ; when:pattern "雨夹雪+" .
:IceRain a owl:Class ; rdfs:subClassOf :Sleet .
"""
PLACE = """
:Rain a owl:Class ; rdfs:label "雨巷"@zh, "rain lane"@en ; skos:prefLabel "雨巷"@zh .
"""
WISH = "https://w3id.org/treehole/wish#"


@pytest.fixture
def weather(knowledge: Knowledge, tmp_path: Path) -> Hierarchy:
    return Hierarchy.read(knowledge(tmp_path, wish=WEATHER, space=PLACE).ontology)


@pytest.fixture(scope="module")
def whole(shipped: KnowledgeFiles) -> Hierarchy:
    return Hierarchy.read(shipped.ontology)


def outline(branch: Branch) -> object:
    name = (
        branch.entry.name
        + ("!" if branch.again else "")
        + f"+{branch.folded}" * (branch.folded > 0)
    )
    return (name, *map(outline, branch.branches)) if branch.branches else name


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Snow", [f"{WISH}Snow"]),
        ("snow", [f"{WISH}Snow"]),
        ("wish:snow", [f"{WISH}Snow"]),
        (f"{WISH}Snow", [f"{WISH}Snow"]),
        ("雪", [f"{WISH}Snow"]),
        ("Weather", [f"{WISH}Weather"]),
        ("rain lane", ["https://w3id.org/treehole/space#Rain"]),
        ("rain", ["https://w3id.org/treehole/space#Rain", f"{WISH}Rain"]),
        ("wish", ["wish"]),
        ("wish:", ["wish"]),
        ("wishOntology", ["wish"]),
    ],
)
def test_names(weather: Hierarchy, name: str, keys: list[str]) -> None:
    assert weather.named(name) == keys


def test_an_ontology_gives_way_to_a_concept_of_its_name(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    files = knowledge(tmp_path, wish=":Wish a owl:Class .")
    hierarchy = Hierarchy.read(files.ontology)
    assert hierarchy.named("wish") == [f"{WISH}Wish"]
    assert hierarchy.named("wish:") == ["wish"]


def test_an_unknown_name_gets_near_ones(weather: Hierarchy) -> None:
    with pytest.raises(UsageError, match=r"no concept is named Snoww; did you mean wish:Snow\?"):
        weather.named("Snoww")
    with pytest.raises(UsageError, match="no concept is named 电视; see: treehole ontology tree"):
        weather.named("电视")


def test_broken_knowledge_is_refused(knowledge: Knowledge, tmp_path: Path) -> None:
    files = knowledge(tmp_path, wish=":Rain a owl:Class ; rdfs:subClassOf :Rain .")
    with pytest.raises(KnowledgeError, match="ancestor"):
        Hierarchy.read(files.ontology)


def test_branches(weather: Hierarchy) -> None:
    (branch,) = weather.branches("weather")
    assert outline(branch) == ("Weather", ("Rain", ("Sleet", "IceRain")), ("Snow", "Sleet!"))
    assert [b.entry.name for b in branch.walk()] == [
        "Weather", "Rain", "Sleet", "IceRain", "Snow", "Sleet",
    ]  # fmt: skip
    assert [outline(b) for b in weather.branches("weather", 1)] == [("Weather", "Rain+2", "Snow+2")]
    assert [outline(b) for b in weather.branches(depth=1)] == [
        "suicide",
        "time",
        "space+1",
        "wish+5",
    ]
    assert [outline(b) for b in weather.branches("rain")] == [
        "Rain",
        ("Rain", ("Sleet", "IceRain")),
    ]


def test_paths_and_depth(weather: Hierarchy) -> None:
    path = weather.path(f"{WISH}IceRain")
    assert [entry.curie for entry in path] == ["wish:", "wish:Weather", "wish:Rain", "wish:Sleet"]
    assert weather.depth("wish") == 4
    assert weather.depth(ROOT) == 5
    assert weather.depth("time") == 0


def test_every_shipped_concept_is_shown_once(whole: Hierarchy) -> None:
    branches = [b for top in whole.branches() for b in top.walk()]
    shown = [b.entry.key for b in branches if "#" in b.entry.key and not b.again]
    assert sorted(shown) == [entry.key for entry in whole.concepts()]
    assert len(shown) > 500
    assert all(whole.named(entry.curie) == [entry.key] for entry in whole.concepts())
    folded = sum(b.folded for top in whole.branches(depth=2) for b in top.walk())
    tops = sum(len(whole.children(name)) for name in whole.files)
    assert folded == len(shown) - tops


def test_inventory(weather: Hierarchy) -> None:
    wish = take_inventory(weather, "wish")
    assert (wish.concepts, wish.top_concepts, wish.depth) == (5, 1, 4)
    assert wish.written == {"prefLabel": 2, "altLabel": 2, "hiddenLabel": 1, "pattern": 1}
    assert wish.mean_labels == 1.0
    assert wish.definitions_missing == ("wish:IceRain", "wish:Rain", "wish:Sleet", "wish:Snow")
    assert wish.largest == {"wish:Rain": 4, "wish:Snow": 1}
    total = take_inventory(weather)
    assert (total.concepts, total.top_concepts, total.depth) == (6, 2, 4)
    empty = take_inventory(weather, "time")
    assert (empty.concepts, empty.depth, empty.mean_labels, empty.largest) == (0, 0, 0.0, {})
