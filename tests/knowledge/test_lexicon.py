"""The lexicon is the same from the ontologies and from the cache, and the cache may be anything."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from treehole.corpus.cleaning import fold
from treehole.errors import KnowledgeError
from treehole.knowledge.lexicon import Lexicon, compile_lexicon, load_lexicon
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles

BLOCKS = {
    "space": """
:Place a owl:Class .
:Bridge a owl:Class ; rdfs:subClassOf :Place ; rdfs:label "桥"@zh, "bridge"@en ;
    skos:prefLabel "大橋"@zh ; skos:altLabel "天桥"@zh, "天橋"@zh ; when:pattern "\\\\d座桥" .
""",
    "time": """
:Eve a owl:Class ; when:onDate "--12-24" ; skos:prefLabel "平安夜"@zh ;
    when:pattern "圣诞前", "圣诞的?前[一1]天" .
""",
    "wish": """
:Wish a owl:Class ; rdfs:subClassOf <https://w3id.org/treehole/space#Bridge> .
""",
}


@pytest.fixture
def files(tmp_path: Path, knowledge: Callable[..., KnowledgeFiles]) -> KnowledgeFiles:
    return knowledge(tmp_path, **BLOCKS)


def named(lexicon: Lexicon) -> dict[str, int]:
    return {concept.name: index for index, concept in enumerate(lexicon.concepts)}


# --- Compiling -------------------------------------------------------------------------------


def test_a_small_lexicon(files: KnowledgeFiles) -> None:
    lexicon = compile_lexicon(files)
    assert lexicon.version == files.version
    place_of = named(lexicon)
    assert place_of == {"Bridge": 0, "Place": 1, "Eve": 2, "Wish": 3}
    assert lexicon.labels == ["大桥", "天桥", "平安夜"]
    assert lexicon.label_concepts == [0, 0, 2]
    assert lexicon.patterns == [("圣诞的?前[一1]天", 2), (r"\d座桥", 0), ("圣诞前", 2)]
    bridge, _, eve, wish = lexicon.concepts
    assert (bridge.ontology, bridge.name_zh, bridge.name_en) == ("space", "桥", "bridge")
    assert (bridge.parents, wish.parents) == ((1,), (0,))
    assert eve.interval == {"onDate": "--12-24"}
    assert lexicon.ancestors == [
        frozenset({0, 1}), frozenset({1}), frozenset({2}), frozenset({0, 1, 3})
    ]  # fmt: skip


def test_a_label_with_a_pattern_inside_wins(
    tmp_path: Path, knowledge: Callable[..., KnowledgeFiles]
) -> None:
    space = r':Bridge a owl:Class ; when:pattern "\\d座桥" .'
    wish = ':Song a owl:Class ; skos:prefLabel "第3座桥之歌" ; skos:altLabel "3座桥" .'
    lexicon = compile_lexicon(knowledge(tmp_path, space=space, wish=wish))
    bridge, song = named(lexicon)["Bridge"], named(lexicon)["Song"]
    assert lexicon.patterns == [("3座桥", song), ("第3座桥之歌", song), (r"\d座桥", bridge)]
    scanner = Scanner(lexicon)
    found = scanner.scan(scanner.clean(["唱第3座桥之歌，过2座桥，3座桥"]))
    assert found.concepts.tolist() == [song, bridge, song]


def test_only_some_concepts(files: KnowledgeFiles) -> None:
    lexicon = compile_lexicon(files)
    few = lexicon.only({2})
    assert (few.labels, few.label_concepts) == (["平安夜"], [2])
    assert few.patterns == [("圣诞的?前[一1]天", 2), ("圣诞前", 2)]
    assert few.concepts == lexicon.concepts
    assert lexicon.only(range(4)) == lexicon
    assert lexicon.only(()).labels == lexicon.only(()).patterns == []


def test_the_shipped_lexicon(lexicon: Lexicon) -> None:
    labels = list(lexicon.labels)
    assert labels == sorted(set(labels))
    assert labels == [fold(label) for label in labels]
    assert not any("\u200b" in label or label != label.strip() for label in labels)
    assert len(lexicon.label_concepts) == len(labels)
    assert {*lexicon.label_concepts, *(c for _, c in lexicon.patterns)} <= {
        *range(len(lexicon.concepts))
    }
    literal = {re.escape(label) for label in labels}
    lengths = [len(pattern) for pattern, _ in lexicon.patterns if pattern not in literal]
    assert lengths == sorted(lengths, reverse=True)
    assert len(lengths) < len(lexicon.patterns)


def test_ancestors_are_closed(lexicon: Lexicon) -> None:
    for index, (concept, above) in enumerate(zip(lexicon.concepts, lexicon.ancestors, strict=True)):
        parents = [lexicon.ancestors[parent] for parent in concept.parents]
        assert above == frozenset({index}).union(*parents)
        assert all(index not in parent for parent in parents)


def test_a_broken_ontology(files: KnowledgeFiles, cache: Path) -> None:
    (files.ontology / "wish.ttl").write_text("???")
    with pytest.raises(KnowledgeError, match="not valid Turtle"):
        load_lexicon(files)
    assert not cache.exists()


# --- The cache -------------------------------------------------------------------------------


def test_from_the_cache_it_is_the_same(shipped: KnowledgeFiles, cache: Path) -> None:
    compiled = compile_lexicon(shipped)
    assert load_lexicon(shipped) == compiled
    (kept,) = cache.iterdir()
    before = kept.stat()
    assert load_lexicon(shipped) == compiled
    after = kept.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_it_is_read_from_the_cache(files: KnowledgeFiles, cache: Path) -> None:
    load_lexicon(files)
    (kept,) = cache.iterdir()
    content = json.loads(kept.read_text("utf-8"))
    content["labels"][0] = "小桥"
    kept.write_text(json.dumps(content))
    assert load_lexicon(files).labels == ["小桥", "天桥", "平安夜"]


def test_other_knowledge_is_kept_apart(
    files: KnowledgeFiles, cache: Path, tmp_path: Path, knowledge: Callable[..., KnowledgeFiles]
) -> None:
    load_lexicon(files)
    other = load_lexicon(knowledge(tmp_path, wish=":Wish a owl:Class ."))
    assert [concept.name for concept in other.concepts] == ["Wish"]
    assert len(list(cache.iterdir())) == 2


def older(text: str) -> str:
    return json.dumps({**json.loads(text), "format": 0})


def without_labels(text: str) -> str:
    return json.dumps({key: value for key, value in json.loads(text).items() if key != "labels"})


def with_more(text: str) -> str:
    return json.dumps({**json.loads(text), "colour": "blue"})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "null",
        lambda text: "[1, 2]",
        lambda text: '"format"',
        lambda text: "{}",
        lambda text: '{"format": 1}',
        lambda text: "\0" * 100,
        older,
        without_labels,
        with_more,
    ],
)
def test_a_damaged_or_old_cache_is_rewritten(
    files: KnowledgeFiles, cache: Path, damage: Callable[[str], str]
) -> None:
    expected = load_lexicon(files)
    (kept,) = cache.iterdir()
    good = kept.read_bytes()
    kept.write_text(damage(good.decode()))
    assert load_lexicon(files) == expected
    assert kept.read_bytes() == good
    assert list(cache.iterdir()) == [kept]


def test_a_cache_that_is_not_text_is_rewritten(files: KnowledgeFiles, cache: Path) -> None:
    expected = load_lexicon(files)
    (kept,) = cache.iterdir()
    kept.write_bytes(b"\xff\xfe\x00")
    assert load_lexicon(files) == expected
    assert json.loads(kept.read_text("utf-8"))["labels"] == expected.labels


def test_without_a_cache_it_is_compiled_each_time(files: KnowledgeFiles, cache: Path) -> None:
    cache.parent.write_text("a file where the folder should be")
    assert load_lexicon(files) == load_lexicon(files) == compile_lexicon(files)
    assert cache.parent.is_file()
