"""`treehole check`: what is wrong, with file and line, in three formats."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Treehole

Copy = Callable[[str], Path]

SUMMARY = re.compile(
    r"(\d+) errors?, (\d+) warnings?(?:, \d+ notes? \(--notes shows them\))?; "
    r"[\d,]+ concepts, [\d,]+ labels, .*; \d+\.\d s"
)
RULE = """:- module(level_05x, [statement//1]).
:- use_module(treehole(notation)).

rule(umbrella,
     says '说到雨伞。',
     holds ['带了雨伞'],
     fails ['天气好']).
statement(suicideRisk(1, [It])) -->
    uninterestedText(_), rdfsSubclassOf(It, umbrella, wishOntology), uninterestedText(_).
"""
CONCEPT = """
:Umbrella a owl:Class ;
    rdfs:label "伞"@zh, "umbrella"@en ;
    skos:definition "雨伞。"@zh, "An umbrella."@en ;
    skos:prefLabel "雨伞"@zh ;
    skos:altLabel "阳伞"@zh .
"""


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture
def knowledge(copied: Copy) -> Path:
    """A copy of the shipped knowledge with a concept and a rule of one's own, both sound."""
    ontology, rules = copied("ontology"), copied("rules")
    with (ontology / "wish.ttl").open("a", encoding="utf-8") as stream:
        stream.write(CONCEPT)
    (rules / "level_05x.pl").write_text(RULE, "utf-8")
    return ontology.parent


def folders(knowledge: Path) -> tuple[str, str]:
    return f"--ontology={knowledge / 'ontology'}", f"--rules={knowledge / 'rules'}"


def test_what_is_shipped_is_sound(treehole: Treehole) -> None:
    ended = treehole("check")
    assert (ended.code, ended.err) == (0, "")
    found = SUMMARY.fullmatch(ended.out.rstrip("\n"))
    assert found
    assert found.groups() == ("0", "0")


def test_notes(treehole: Treehole) -> None:
    ended = treehole("check", "--notes")
    *lines, last = ended.out.splitlines()
    assert ended.code == 0
    assert lines
    assert all(re.match(r".*\.ttl:\d+: note: “.*” \(\w+\) is not seen inside ", x) for x in lines)
    assert "--notes" not in last


def test_an_edit_that_is_sound(treehole: Treehole, knowledge: Path) -> None:
    ended = treehole("check", *folders(knowledge))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("0 errors, 0 warnings")


def test_errors_and_warnings_name_their_places(treehole: Treehole, knowledge: Path) -> None:
    rule = knowledge / "rules" / "level_05x.pl"
    edited(rule, "holds ['带了雨伞']", "holds ['带了雨伞', '带了雨衣']")
    edited(rule, "suicideRisk(1, [It])", "suicideRisk(1, [])")
    ended = treehole("check", *folders(knowledge))
    assert ended.code == 1
    first, second, last = ended.out.splitlines()
    assert first == (
        "knowledge/rules/level_05x.pl:4: error: umbrella should hold for “带了雨衣”, "
        "but does not; no rule holds [example]"
    )
    assert second.startswith("knowledge/rules/level_05x.pl:8: warning: used only once")
    assert SUMMARY.fullmatch(last)
    assert last.startswith("1 error, 1 warning,")


def test_json(treehole: Treehole, knowledge: Path) -> None:
    edited(
        knowledge / "ontology" / "wish.ttl",
        '    skos:definition "雨伞。"@zh, "An umbrella."@en ;\n',
        "",
    )
    ended = treehole("check", *folders(knowledge), "--format", "json")
    assert (ended.code, ended.err) == (1, "")
    report = json.loads(ended.out)
    assert (report["sound"], report["errors"], report["warnings"]) == (False, 1, 0)
    [finding] = report["findings"]
    text = (knowledge / "ontology" / "wish.ttl").read_text("utf-8")
    assert finding == {
        "check": "shape",
        "severity": "error",
        "file": "knowledge/ontology/wish.ttl",
        "line": text[: text.index(":Umbrella a ")].count("\n") + 1,
        "message": "Umbrella: A concept has one definition in Chinese and one in English.",
    }


def test_github(treehole: Treehole, knowledge: Path) -> None:
    edited(knowledge / "rules" / "level_05x.pl", "带了雨伞", "100%，\\n没带")
    ended = treehole("check", *folders(knowledge), "--format", "github")
    assert ended.code == 1
    command, last = ended.out.splitlines()
    assert command == (
        "::error file=knowledge/rules/level_05x.pl,line=4,title=example::"
        "umbrella should hold for “100%25，%0A没带”, but does not; no rule holds"
    )
    assert SUMMARY.fullmatch(last)


def test_rules_are_read_though_the_ontologies_are_broken(
    treehole: Treehole, knowledge: Path
) -> None:
    edited(knowledge / "ontology" / "wish.ttl", "\n:Umbrella a owl:Class ;", "\n:Umbrella a ;")
    edited(knowledge / "rules" / "level_05x.pl", "holds [", "holds [[")
    ended = treehole("check", *folders(knowledge))
    assert ended.code == 1
    first, second, *_, last = ended.out.splitlines()
    assert re.match(r"knowledge/ontology/wish\.ttl:\d+: error: not valid Turtle: ", first)
    assert re.match(r"knowledge/rules/level_05x\.pl:7: error: column \d+: Syntax error", second)
    assert "the rules were not run: mend the errors first" in last


# --- What people and their editors do to files -----------------------------------------------


def windows(path: Path) -> None:
    text = path.read_text("utf-8").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())


def test_windows_line_ends(treehole: Treehole, knowledge: Path) -> None:
    windows(knowledge / "ontology" / "wish.ttl")
    windows(knowledge / "rules" / "level_05x.pl")
    ended = treehole("check", *folders(knowledge))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("0 errors, 0 warnings")


def test_a_file_that_protege_saved(treehole: Treehole, knowledge: Path) -> None:
    path = knowledge / "ontology" / "wish.ttl"
    text = path.read_text("utf-8").replace("@prefix : ", "@prefix wish: ").replace("\n:", "\nwish:")
    text = text.replace("Of :", "Of wish:").replace(" a owl:Class", " rdf:type owl:Class")
    head = "@base <https://w3id.org/treehole/wish> .\n"
    head += "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    path.write_text(head + text + "\n\n###  Generated by the OWL API (version 4.5.29)\n", "utf-8")
    assert treehole("check", *folders(knowledge)).code == 0
    edited(
        path,
        ':Umbrella rdf:type owl:Class ;\n    rdfs:label "伞"@zh,',
        ":Umbrella rdf:type owl:Class ;\n    rdfs:label ",
    )
    ended = treehole("check", *folders(knowledge))
    assert ended.code == 1
    line = next(
        n for n, row in enumerate(path.read_text("utf-8").split("\n"), 1) if "wish:Umbrella" in row
    )
    assert ended.out.startswith(f"knowledge/ontology/wish.ttl:{line}: error: Umbrella: ")


def test_a_rule_file_in_gb18030(treehole: Treehole, knowledge: Path) -> None:
    (knowledge / "rules" / "level_05x.pl").write_bytes(RULE.encode("gb18030"))
    ended = treehole("check", *folders(knowledge))
    assert ended.code == 1
    place, _, said = ended.out.partition(" error: ")
    assert place == "knowledge/rules/level_05x.pl:5:"
    assert said.startswith("this is not UTF-8; save the file in UTF-8 [encoding]\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--ontology", "nowhere"], 2, "--ontology nowhere: no such folder"),
        (["--rules", "."], 2, "--rules .: no *.pl files in it"),
        (["--format", "xml"], 2, "'xml' is not one of 'text', 'json', 'github'"),
        (["more"], 2, "unexpected extra argument"),
    ],
)
def test_wrong_usage(treehole: Treehole, arguments: list[str], code: int, said: str) -> None:
    ended = treehole("check", *arguments)
    assert ended.code == code
    assert said in ended.refusal


@pytest.mark.slow
def test_watching(treehole: Treehole, knowledge: Path) -> None:
    command = [sys.executable, "-m", "treehole", "check", *folders(knowledge), "--watch"]
    env = os.environ | {"XDG_CACHE_HOME": str(treehole.cache), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=treehole.folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        try:
            assert process.stdout.readline().startswith("0 errors")
            edited(knowledge / "rules" / "level_05x.pl", "['带了雨伞']", "['没带']")
            assert (
                "level_05x.pl:4: error: umbrella should hold for “没带”"
                in process.stdout.readline()
            )
            assert process.stdout.readline().startswith("1 error, 0 warnings")
            edited(knowledge / "rules" / "level_05x.pl", "['没带']", "['带了雨伞']")
            assert process.stdout.readline().startswith("0 errors")
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert said.count("level_05x.pl saved") == 2
    assert "Traceback" not in said
