"""The four ontologies are read whole, or one line says what is wrong, and where."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from treehole.errors import KnowledgeError
from treehole.knowledge.concepts import NAMESPACE, ONTOLOGIES, Concept, ancestors
from treehole.knowledge.ontology import load_ontologies
from treehole.knowledge.version import KnowledgeFiles

Knowledge = Callable[..., KnowledgeFiles]

BRIDGE = """
:Place a owl:Class ;
    rdfs:label "地点"@zh, "place"@en .

:Bridge a owl:Class ;
    rdfs:subClassOf :Place ;
    rdfs:label "桥"@zh, "bridge"@en ;
    skos:prefLabel "大桥"@zh ;
    skos:altLabel "天橋"@zh, "天桥"@zh, "ＢＲＩＤＧＥ"@zh ;
    skos:hiddenLabel "乔"@zh ;
    when:pattern "[一二三]座桥", "\\\\d座桥" .
"""


@pytest.fixture(scope="module")
def concepts(shipped: KnowledgeFiles) -> list[Concept]:
    return load_ontologies(shipped.ontology)


def refusal(files: KnowledgeFiles, name: str, block: str = "") -> str:
    """The message after the file and, if a block is named, the line it begins at."""
    path = files.ontology / f"{name}.ttl"
    with pytest.raises(KnowledgeError) as caught:
        load_ontologies(files.ontology)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.path == path
    place = f"{path}: "
    if block:
        lines = path.read_text("utf-8").splitlines()
        line = next(number for number, line in enumerate(lines, 1) if line.startswith(block))
        assert caught.value.line == line
        place = f"{path}:{line}: "
    assert message.startswith(place)
    return message.removeprefix(place)


# --- Those that come with Treehole -----------------------------------------------------------


def test_all_four_are_there(concepts: list[Concept]) -> None:
    assert {concept.ontology for concept in concepts} == set(ONTOLOGIES)
    assert {"SuicidePlan", "FarFuture", "AdministrativePlace", "ActiveWish"} <= {
        concept.name for concept in concepts
    }
    assert [concept.iri for concept in concepts] == sorted({c.iri for c in concepts})


def test_there_is_enough_in_them(concepts: list[Concept]) -> None:
    above = ancestors(concepts)
    places = f"{NAMESPACE}space#AdministrativePlace"
    others = [concept for concept in concepts if places not in above[concept.iri]]
    assert len(others) >= 250
    assert sum(len(concept.labels) for concept in others) >= 1500


def test_every_concept_has_its_names(concepts: list[Concept]) -> None:
    assert [c.iri for c in concepts if not (c.name_zh and c.name_en)] == []


def test_no_label_is_of_two_concepts(concepts: list[Concept]) -> None:
    labels = [label for concept in concepts for label in concept.labels]
    assert len(labels) == len(set(labels))


# --- What is read ----------------------------------------------------------------------------


def test_a_concept(tmp_path: Path, knowledge: Knowledge) -> None:
    when = ':Eve a owl:Class ; when:onDate "--12-24" ; when:lasts "P2D" .'
    bridge, place, eve = load_ontologies(knowledge(tmp_path, space=BRIDGE, time=when).ontology)
    assert bridge == Concept(
        iri=f"{NAMESPACE}space#Bridge",
        ontology="space",
        parents=(f"{NAMESPACE}space#Place",),
        name_zh="桥",
        name_en="bridge",
        labels=("bridge", "乔", "大桥", "天桥"),
        patterns=(r"[一二三]座桥", r"\d座桥"),
    )
    assert (place.name, place.parents, place.labels) == ("Place", (), ())
    assert (eve.ontology, eve.interval) == ("time", {"onDate": "--12-24", "lasts": "P2D"})


def test_only_classes_are_concepts(tmp_path: Path, knowledge: Knowledge) -> None:
    other = ":lasts a owl:AnnotationProperty . <https://w3id.org/treehole/time> a owl:Ontology ."
    assert load_ontologies(knowledge(tmp_path, time=other).ontology) == []


def test_parents_of_other_vocabularies_are_left_out(tmp_path: Path, knowledge: Knowledge) -> None:
    blocks = {
        "time": ":Day a owl:Class ; rdfs:subClassOf <http://www.w3.org/2006/time#Instant> .",
        "wish": f":Wish a owl:Class ; rdfs:subClassOf <{NAMESPACE}time#Day> .",
    }
    day, wish = load_ontologies(knowledge(tmp_path, **blocks).ontology)
    assert day.parents == ()
    assert wish.parents == (day.iri,)
    assert ancestors([day, wish]) == {
        day.iri: frozenset({day.iri}),
        wish.iri: frozenset({day.iri, wish.iri}),
    }


def test_labels_have_no_invisible_characters(tmp_path: Path, knowledge: Knowledge) -> None:
    block = ':Candle a owl:Class ; skos:prefLabel "🕯\ufe0f"@zh ; skos:altLabel "🕯"@zh .'
    (candle,) = load_ontologies(knowledge(tmp_path, wish=block).ontology)
    assert candle.labels == ("🕯",)


@pytest.mark.parametrize("encode", ["\ufeff{}".format, lambda text: text.replace("\n", "\r\n")])
def test_windows_files(tmp_path: Path, knowledge: Knowledge, encode: Callable[[str], str]) -> None:
    files = knowledge(tmp_path, space=BRIDGE)
    expected = load_ontologies(files.ontology)
    path = files.ontology / "space.ttl"
    path.write_bytes(encode(path.read_text("utf-8")).encode())
    assert load_ontologies(files.ontology) == expected


# --- What is wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ONTOLOGIES)
def test_a_missing_file(tmp_path: Path, knowledge: Knowledge, name: str) -> None:
    files = knowledge(tmp_path)
    (files.ontology / f"{name}.ttl").unlink()
    assert "suicide.ttl, time.ttl, space.ttl, wish.ttl" in refusal(files, name)


def test_a_folder_for_a_file(tmp_path: Path, knowledge: Knowledge) -> None:
    files = knowledge(tmp_path)
    (files.ontology / "wish.ttl").unlink()
    (files.ontology / "wish.ttl").mkdir()
    assert "cannot be read" in refusal(files, "wish")


def test_not_utf_8(tmp_path: Path, knowledge: Knowledge) -> None:
    files = knowledge(tmp_path)
    (files.ontology / "space.ttl").write_bytes("# 桥\n".encode("gb18030"))
    assert refusal(files, "space") == "not UTF-8 (byte 2); save it as UTF-8"


@pytest.mark.parametrize(
    "damage", ["}", "a:b a :c .", ":Bridge a owl:Class ; ; , .", ':A skos:prefLabel "a .']
)
def test_not_turtle(tmp_path: Path, knowledge: Knowledge, damage: str) -> None:
    files = knowledge(tmp_path, space=f":Place a owl:Class .\n\n{damage}\n")
    assert "not valid Turtle" in refusal(files, "space", damage)


def test_what_rdflib_stumbles_over(tmp_path: Path, knowledge: Knowledge) -> None:
    assert "not valid Turtle" in refusal(knowledge(tmp_path, space="?x"), "space")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (":B a owl:Class ; rdfs:subClassOf :B .", "cannot be its own ancestor: B → B"),
        (
            ":B a owl:Class ; rdfs:subClassOf :C .\n:C a owl:Class ; rdfs:subClassOf :D .\n"
            ":D a owl:Class ; rdfs:subClassOf :B .\n:A a owl:Class ; rdfs:subClassOf :A1 .\n"
            ":A1 a owl:Class .",
            "cannot be its own ancestor: B → C → D → B",
        ),
        (":B a owl:Class ; rdfs:subClassOf :Gone .", f"<{NAMESPACE}wish#Gone>, which does not exi"),
        (':B a owl:Class ; skos:prefLabel ""@zh .', "B has an empty label"),
        (':B a owl:Class ; skos:altLabel " \u3000"@zh .', "B has an empty label"),
        (':B a owl:Class ; skos:altLabel "\u200b"@zh .', "B has an empty label"),
        (':B a owl:Class ; skos:altLabel "一\\n二"@zh .', "B has a label of several lines"),
        (':B a owl:Class ; when:pattern "[一" .', "B has a pattern that is none: missing ]"),
        (':B a owl:Class ; when:pattern "一?" .', "a pattern that the empty text matches: 一?"),
        (':B a owl:Class ; when:pattern "(?=一)" .', "B has a pattern that is none: invalid perl"),
    ],
)
def test_what_is_wrong_in_a_block(
    tmp_path: Path, knowledge: Knowledge, block: str, message: str
) -> None:
    files = knowledge(tmp_path, wish=f"\n# 前面还有别的\n{block}\n")
    assert message in refusal(files, "wish", ":B a owl:Class")


@pytest.mark.parametrize("other", ["台灣", "台湾", "台\u200b湾"])
@pytest.mark.parametrize("ontologies", [("wish", "wish"), ("space", "wish")])
def test_a_label_claimed_twice(
    tmp_path: Path, knowledge: Knowledge, other: str, ontologies: tuple[str, str]
) -> None:
    blocks = [':A a owl:Class ; skos:prefLabel "台湾"@zh .\n']
    blocks.append(f':B a owl:Class ; skos:hiddenLabel "{other}"@zh .\n')
    first, second = ontologies
    texts = {first: blocks[0], second: blocks[1]} if first != second else {first: "".join(blocks)}
    message = refusal(knowledge(tmp_path, **texts), second, ":B")
    assert message == f"the label “台湾” is claimed by {first}:A and {second}:B; keep it in one"


def test_full_width_and_capital_letters_are_claimed_twice(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    block = ':A a owl:Class ; skos:prefLabel "ＯＫ"@zh .\n:B a owl:Class ; skos:prefLabel "Ok"@zh .'
    assert "the label “ok” is claimed" in refusal(knowledge(tmp_path, wish=block), "wish", ":B")


def test_a_class_of_another_namespace(tmp_path: Path, knowledge: Knowledge) -> None:
    files = knowledge(tmp_path, wish=f"<{NAMESPACE}space#Bridge> a owl:Class .")
    message = refusal(files, "wish", f"<{NAMESPACE}space")
    assert f"<{NAMESPACE}space#Bridge> is not in the namespace <{NAMESPACE}wish#>" in message


@pytest.mark.parametrize("seed", range(60))
def test_any_damage_is_told_or_harmless(tmp_path: Path, knowledge: Knowledge, seed: int) -> None:
    dice = random.Random(seed)
    text = list(BRIDGE)
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(text))
        text[place : place + dice.randrange(2)] = dice.choice(
            "\"\\@:;.,<>[](){}#^_u 0\n'桥%=é?!|^~\0+e"
        )
    files = knowledge(tmp_path, space="".join(text))
    try:
        concepts = load_ontologies(files.ontology)
    except KnowledgeError as error:
        assert error.path == files.ontology / "space.ttl"
    else:
        assert {concept.ontology for concept in concepts} <= {"space"}
