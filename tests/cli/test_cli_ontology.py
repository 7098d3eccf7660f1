"""`treehole ontology`: looking, finding, exporting, drawing, and what it says of mistakes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from commands import Treehole

from treehole.knowledge.version import KnowledgeFiles

Copy = Callable[[str], Path]


def test_stats(treehole: Treehole, copied: Copy) -> None:
    folder = copied("ontology")
    path = folder / "wish.ttl"
    path.write_text(path.read_text("utf-8") + "\n:Zephyr a owl:Class .\n", "utf-8")
    shown = treehole("ontology", "stats", "--ontology", folder)
    ended = treehole("ontology", "stats", "--ontology", folder, "--json")
    assert (shown.code, shown.err, ended.code, ended.err) == (0, "", 0, "")
    found = json.loads(ended.out)
    assert list(found["ontologies"]) == ["suicide", "time", "space", "wish"]
    assert found["total"]["definitions_missing"] == ["wish:Zephyr"]
    counts = [one["concepts"] for one in found["ontologies"].values()]
    assert sum(counts) == found["total"]["concepts"]
    rows = {line[:20].strip(): line[20:].split() for line in shown.out.splitlines()[1:10]}
    assert rows["concepts"] == [f"{count:,}" for count in [*counts, sum(counts)]]
    assert rows["definitions missing"] == ["0", "0", "0", "1", "1"]
    assert "without a definition in both languages: wish:Zephyr" in shown.out
    assert f"knowledge version {found['version']}, in {folder}" in shown.out


def test_tree(treehole: Treehole) -> None:
    ended = treehole("ontology", "tree")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("suicide: ")
    assert any(line.startswith("├── suicide:SuicidePlan 自杀计划 suicide plan +") for line in lines)
    assert not any(line.startswith("│   ") for line in lines)
    ended = treehole("ontology", "tree", "suicidePlan", "--labels")
    lines = ended.out.splitlines()
    assert lines[:2] == ["suicide: ›", "suicide:SuicidePlan 自杀计划 suicide plan"]
    (note,) = [line for line in lines if " suicide:SuicideNote " in line]
    assert "  prefLabel: 遗书  altLabel: " in note
    assert any(line.startswith("    └── suicide:NoteWritten ") for line in lines)
    assert "\x1b" not in ended.out


def test_names(treehole: Treehole) -> None:
    assert "did you mean suicide:SuicidePlan" in treehole("ontology", "tree", "SuicidPlan").refusal
    both = treehole("ontology", "tree", "几个月后").out.splitlines()
    assert len([line for line in both if " 几个月后 " in line]) > 1
    iri = "https://w3id.org/treehole/suicide#SuicideNote"
    for name in (iri, "suicide note"):
        assert "suicide:SuicideNote 遗书" in treehole("ontology", "tree", name).out.splitlines()[1]


def test_find(treehole: Treehole) -> None:
    ended = treehole("ontology", "find", "遗书")
    assert (ended.code, ended.err) == (0, "")
    first = ended.out.splitlines()[0]
    assert first.startswith(
        "  遗书  prefLabel of suicide: SuicidePlan 自杀计划 › SuicideNote 遗书  "
    )
    path, line = first.rsplit("  ", 1)[1].rsplit(":", 1)
    text = (KnowledgeFiles.locate().ontology / "suicide.ttl").read_text("utf-8")
    assert Path(path).name == "suicide.ttl"
    assert '"遗书"@zh' in text.splitlines()[int(line) - 1]
    assert "\naround it" in ended.out
    assert "more; --all shows them" in ended.out
    assert ended.out.endswith("a comment with just this word mentions: 遗书 suicide:SuicideNote\n")
    every = treehole("ontology", "find", "遗书", "--all")
    assert "--all shows" not in every.out
    assert len(every.out.splitlines()) > len(ended.out.splitlines())


def test_find_nothing(treehole: Treehole) -> None:
    ended = treehole("ontology", "find", "葡萄藤架子")
    assert (ended.code, ended.out) == (1, "")
    assert ended.refusal == "no concept has 葡萄藤架子; nor one like it"
    assert treehole("ontology", "find", " ").refusal == "WORD is empty; name what to look for"


def test_export(treehole: Treehole) -> None:
    shown = treehole("ontology", "export", "wish")
    assert (shown.code, shown.err) == (0, "")
    assert treehole("ontology", "export", "wish", "--out", "sub/wish.ttl").out == ""
    assert (treehole.folder / "sub" / "wish.ttl").read_text("utf-8") == shown.out
    version = KnowledgeFiles.locate().version
    assert f'owl:versionInfo "{version}"' in shown.out
    treehole("ontology", "export", "--format", "owl", "--out", "all.owl")
    assert len(rdflib.Graph().parse(treehole.folder / "all.owl", format="xml")) > len(
        rdflib.Graph().parse(data=shown.out, format="turtle")
    )
    table = treehole("ontology", "export", "--format", "csv").out
    treehole("ontology", "export", "--format", "csv", "--out", "all.csv")
    assert (treehole.folder / "all.csv").read_bytes().decode("utf-8-sig") == table
    assert (treehole.folder / "all.csv").read_bytes().startswith(b"\xef\xbb\xbfontology,concept,")


def test_export_and_edit_again(treehole: Treehole, copied: Copy) -> None:
    """What was exported can take the place of what it was made from."""
    folder = copied("ontology")
    before = treehole("ontology", "export", "time", "--format", "csv", "--ontology", folder).out
    treehole("ontology", "export", "time", "--ontology", folder, "--out", folder / "time.ttl")
    assert treehole("ontology", "tree", "time:", "--ontology", folder).code == 0
    after = treehole("ontology", "export", "time", "--format", "csv", "--ontology", folder).out
    assert after == before


def test_graph(treehole: Treehole) -> None:
    ended = treehole("ontology", "graph", "SuicidePlan", "--out", "plan.svg", "--lang", "en")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert ">suicide note</text>" in (treehole.folder / "plan.svg").read_text("utf-8")
    assert treehole("ontology", "graph", "--out", "all.HTML").code == 0
    content = (treehole.folder / "all.HTML").read_text("utf-8")
    assert content.startswith("<!doctype html>")
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in content


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["graph", "--out", "a.png"], 2, "--out a.png: the name must end in .svg or .html"),
        (["graph", "--out", "folder.svg"], 1, "folder.svg cannot be written: a folder of that"),
        (["graph"], 2, "Missing option '--out'"),
        (["graph", "nobody", "--out", "a.svg"], 2, "no concept is named nobody"),
        (["export", "--format", "xml"], 2, "'xml' is not one of 'ttl', 'owl', 'jsonld', 'csv'"),
        (["export", "cat"], 2, "'cat' is not one of 'suicide', 'time', 'space', 'wish'"),
        (["tree", "--depth", "0"], 2, "greater than or equal to 1"),
        (["stats", "--ontology", "folder.svg"], 2, "no *.ttl files in it"),
        (["find", "雨", "--ontology", "nowhere"], 2, "--ontology nowhere: no such folder"),
    ],
)
def test_mistakes(treehole: Treehole, arguments: list[str], code: int, message: str) -> None:
    (treehole.folder / "folder.svg").mkdir()
    ended = treehole("ontology", *arguments)
    assert message in ended.refusal
    assert ended.code == code


def test_broken_knowledge_has_a_line(treehole: Treehole, copied: Copy) -> None:
    folder = copied("ontology")
    (folder / "wish.ttl").write_text("@prefix : <x> .\n:A a ; .\n", "utf-8")
    for command in (["stats"], ["find", "雨"]):
        refusal = treehole("ontology", *command, "--ontology", folder).refusal
        assert refusal.startswith(f"{folder / 'wish.ttl'}:2: not valid Turtle")


def test_full_disk(treehole: Treehole, small_disk: Path) -> None:
    ended = treehole("ontology", "export", "--out", small_disk / "all.ttl")
    assert "the disk is full" in ended.refusal
    assert list(small_disk.iterdir()) == []


def test_without_a_command_there_is_help(treehole: Treehole) -> None:
    ended = treehole("ontology")
    assert ended.code == 2
    assert all(name in ended.out for name in ("stats", "tree", "find", "export", "graph"))
