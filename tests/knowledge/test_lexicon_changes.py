"""What differs between two lexicons."""

from collections.abc import Callable
from pathlib import Path

from treehole.knowledge.lexicon import Lexicon, compile_lexicon
from treehole.knowledge.lexicon_changes import LexiconChanges, lexicon_changes
from treehole.knowledge.version import KnowledgeFiles

Make = Callable[..., Lexicon]


def test_nothing(lexicon: Lexicon) -> None:
    assert lexicon_changes(lexicon, lexicon) == LexiconChanges()


def test_words_come_go_and_move(lexicon_of: Make) -> None:
    old = lexicon_of(
        {"雨": "wish:Rain", "雪": "wish:Snow", "雾": "wish:Fog"}, {"雨+天": "wish:Rain"}
    )
    new = lexicon_of(
        {"雨": "wish:Rain", "雪": "wish:Fog", "霜": "wish:Fog"}, {"雨.天": "wish:Rain"}
    )
    changes = lexicon_changes(old, new)
    assert changes.labels == {
        "雪": ("wish:Snow", "wish:Fog"),
        "雾": ("wish:Fog", None),
        "霜": (None, "wish:Fog"),
    }
    assert changes.patterns == {"雨+天": ("wish:Rain", None), "雨.天": (None, "wish:Rain")}
    assert (changes.added, changes.removed, changes.moved) == ((), ("wish:Snow",), ())


def test_a_label_with_a_pattern_inside_is_a_label(lexicon_of: Make) -> None:
    old = lexicon_of({}, {"[0-9]天": "time:Days"})
    new = lexicon_of({"下3天雨": "time:Days"}, {"下3天雨": "time:Days", "[0-9]天": "time:Days"})
    changes = lexicon_changes(old, new)
    assert changes.labels == {"下3天雨": (None, "time:Days")}
    assert changes.patterns == {}


def test_concepts_that_stand_elsewhere(
    tmp_path: Path, knowledge: Callable[..., KnowledgeFiles]
) -> None:
    def lexicon(name: str, *pairs: tuple[str, str]) -> Lexicon:
        blocks = [
            f":{concept} a owl:Class" + (f" ; rdfs:subClassOf :{above}" if above else "") + " .\n"
            for concept, above in pairs
        ]
        folder = tmp_path / name
        folder.mkdir()
        return compile_lexicon(knowledge(folder, wish="".join(blocks)))

    weather = ("Weather", "")
    old = lexicon("old", weather, ("Wet", "Weather"), ("Rain", "Wet"), ("Drizzle", "Rain"))
    new = lexicon("new", weather, ("Rain", "Weather"), ("Drizzle", "Rain"), ("Ice", ""))
    changes = lexicon_changes(old, new)
    assert changes.added == ("wish:Ice",)
    assert changes.removed == ("wish:Wet",)
    assert changes.moved == ("wish:Rain",)
    assert changes.above == {"wish:Rain": ("wish:Rain",), "wish:Drizzle": ("wish:Rain",)}
