"""`treehole doctor`, and what the commands say where something is missing or wrong."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from commands import Treehole, csv_of

from treehole import __version__
from treehole.knowledge.version import KnowledgeFiles

HIDDEN = {"LIBSWIPL_PATH": "/nonexistent/libswipl.so", "SWI_HOME_DIR": "/nonexistent"}
"""Points pyswip to a library that is not there."""

INSTALL = "apt-get install swi-prolog-nox"

Copy = Callable[[str], Path]


def test_everything_is_there(treehole: Treehole) -> None:
    ended = treehole("doctor", env={"COLUMNS": "400"})
    assert (ended.code, ended.err) == (0, "")
    found = {line.split("  ")[0].strip(): line for line in ended.out.splitlines()}
    assert __version__ in found["treehole"]
    assert platform.python_version() in found["Python"]
    for library in ("numpy", "pyarrow", "pyswip", "rdflib", "typer"):
        assert metadata.version(library) in found[library]
    assert re.search(r" \d+\.\d+\.\d+ ", found["SWI-Prolog"])
    assert re.search(r"[\d,]+ concepts, [\d,]+ labels", found["ontologies"])
    assert re.search(r"\d+ rules in ", found["rules"])
    assert KnowledgeFiles.locate().version in found["knowledge version"]
    assert str(treehole.cache) in found["cache"]
    for library in ("torch", "transformers", "scikit-learn", "lightgbm", "label-studio-sdk"):
        assert metadata.version(library) in found[library]
    assert re.search(r"(cpu|cuda|mps) \(.+\), (float32|bfloat16) ", found["device"])
    assert "builtin encoder" in found
    assert "annotate up" in found["Label Studio"]
    assert "MISSING" not in ended.out


WITHOUT = """
import importlib.metadata, sys
hidden = {"lightgbm", "safetensors", "scikit-learn", "scipy", "sklearn", "torch", "transformers"}
class Hiding:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hiding())
version = importlib.metadata.version
def known(name):
    if name in hidden:
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
importlib.metadata.version = known
from treehole.cli import main
main()
"""
"""The command as it is where nothing for models is installed."""


def test_without_models_all_else_is_there(treehole: Treehole) -> None:
    treehole.write("a.csv", csv_of([("不想活了",)]))
    environment = {**os.environ, "XDG_CACHE_HOME": str(treehole.cache), "COLUMNS": "400"}
    for arguments in (["doctor"], ["predict", "a.csv", "--model", "rules", "--out", "said"]):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT, *arguments],
            capture_output=True,
            env=environment,
            cwd=treehole.folder,
            check=False,
        )
        assert (done.returncode, done.stderr.decode()) == (0, ""), arguments
        if arguments == ["doctor"]:
            assert done.stdout.decode().count("pip install 'treehole[models]'") == 6


def test_what_the_server_is_missing_is_said(treehole: Treehole, tmp_path: Path) -> None:
    for variables, said in (
        ({"LABEL_STUDIO": ""}, "not installed; install it with: treehole annotate install"),
        ({"LABEL_STUDIO": "/missing"}, "/missing is no label-studio"),
    ):
        environment = {"COLUMNS": "400", "XDG_CACHE_HOME": str(tmp_path), **variables}
        ended = treehole("doctor", env=environment)
        assert (ended.code, ended.err) == (0, "")
        assert said in ended.out


def test_missing_prolog_is_said(treehole: Treehole) -> None:
    ended = treehole("doctor", env={**HIDDEN, "COLUMNS": "400"})
    assert (ended.code, ended.err) == (1, "")
    missing = [line for line in ended.out.splitlines() if "MISSING" in line]
    assert [line.split()[0] for line in missing] == ["SWI-Prolog", "rules"]
    assert all(INSTALL in line for line in missing)
    assert all("all but ontology" in line for line in missing)


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "不想活了"],
        ["label", "a.csv", "--out", "labels"],
        ["label", "long.csv", "--out", "labels", "--workers", "2"],
    ],
)
def test_commands_without_prolog_say_what_to_install(
    treehole: Treehole, arguments: list[str]
) -> None:
    treehole.write("a.csv", csv_of([("不想活了",)]))
    if "long.csv" in arguments:  # two parts
        treehole.write("long.csv", csv_of([(f"第{n}次不想活了",) for n in range(10_001)]))
    ended = treehole(*arguments, env=HIDDEN)
    assert ended.code == 1
    assert ended.refusal.startswith("SWI-Prolog cannot be used")
    assert INSTALL in ended.refusal
    assert treehole.parts() == []


def test_prolog_nowhere_to_be_found(treehole: Treehole, tmp_path: Path) -> None:
    # In a mount namespace of its own, /sbin/ldconfig tells nothing, and no PATH leads to swipl.
    script = 'mount --bind /dev/null /sbin/ldconfig && PATH="$1" && shift && exec "$@"'
    command = [sys.executable, "-m", "treehole", "explain", "不想活了"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(treehole.cache)}
    done = subprocess.run(
        ["unshare", "-m", "/bin/sh", "-c", script, "sh", str(tmp_path), *command],
        capture_output=True,
        env={k: v for k, v in environment.items() if k not in HIDDEN},
        cwd=tmp_path,
        check=False,
    )
    error = done.stderr.decode()
    if not error.startswith("treehole: "):
        pytest.skip("files can be hidden by root only")
    assert done.returncode == 1
    assert error.startswith("treehole: SWI-Prolog cannot be used (SWI-Prolog not found); ")
    assert error.count("\n") == 1
    assert INSTALL in error


CLASS = (
    ' ; rdfs:label "甲"@zh, "a"@en ; skos:definition "甲"@zh, "a"@en ; skos:prefLabel "{}"@zh .\n'
)
RULE = "\nrule(made_up, says '甲。', holds ['甲乙丙'], fails ['丁']).\n"


@pytest.mark.parametrize(
    ("name", "added", "said"),
    [
        ("time.ttl", ":Odd a owl:Class rdfs:label .\n", "not valid Turtle"),
        (
            "time.ttl",
            ":Odd a owl:Class ; rdfs:subClassOf :Odd" + CLASS.format("甲乙丙丁"),
            "cannot be its own ancestor",
        ),
        (
            "time.ttl",
            ":Odd a owl:Class ; rdfs:subClassOf :FarFuture" + CLASS.format("今晚"),
            "“今晚” is claimed by",
        ),
        ("level_04.pl", "statement(suicideRisk(4, [A]) --> a b.\n", "Operator expected"),
        ("level_04.pl", "odd('abc.\n", "Syntax error"),
        (
            "level_04.pl",
            RULE + "statement(suicideRisk(4, [A])) --> rdfsSubclassOf(A, noSuchThing, "
            "suicideOntology), uninterestedText(_).\n",
            "names the concept noSuchThing",
        ),
        (
            "level_04.pl",
            RULE + "statement(suicideRisk(4, [A])) --> noSuchPart(A).\n",
            "noSuchPart",
        ),
    ],
)
def test_a_mistake_in_the_knowledge_is_named_with_its_line(
    treehole: Treehole, copied: Copy, name: str, added: str, said: str
) -> None:
    kind = "ontology" if name.endswith(".ttl") else "rules"
    path = copied(kind) / name
    before = path.read_text("utf-8")
    path.write_text(f"{before}\n{added}", "utf-8")
    ended = treehole("explain", "不想活了，今晚", f"--{kind}", path.parent)
    assert ended.code == 1
    place = re.match(rf"{re.escape(str(path))}:(\d+):", ended.refusal)
    assert place
    first, named = before.count("\n") + 2, int(place[1])
    if "claimed by" not in said:
        assert first <= named <= first + added.count("\n")
    else:  # at one of the two classes
        assert re.search(r"skos:\w+Label .*今晚", path.read_text("utf-8").splitlines()[named - 1])
    assert said in ended.refusal
    if "yntax" in ended.refusal:  # SWI-Prolog also knows the column
        assert re.search(r"\d+:\d+: [Ss]yntax|column \d+", ended.refusal)


def test_a_mistake_in_the_middle_of_turtle_is_named(treehole: Treehole, copied: Copy) -> None:
    path = copied("ontology") / "space.ttl"
    path.write_text(path.read_text("utf-8").replace(" a owl:Class ;", " a owl:Class", 1), "utf-8")
    ended = treehole("explain", "不想活了", "--ontology", path.parent)
    assert ended.code == 1
    assert re.match(rf"{re.escape(str(path))}:\d+: not valid Turtle: ", ended.refusal)


def test_the_doctor_sees_broken_knowledge(treehole: Treehole, copied: Copy) -> None:
    path = copied("ontology") / "wish.ttl"
    path.write_text(path.read_text("utf-8") + "\n:Odd a\n", "utf-8")
    ended = treehole("doctor", "--ontology", path.parent, env={"COLUMNS": "400"})
    assert (ended.code, ended.err) == (1, "")
    assert f"MISSING: {path}:" in ended.out


def test_an_edited_copy_is_used(treehole: Treehole, copied: Copy) -> None:
    assert "level 0 " in treehole("explain", "我想甲乙丙丁了").out
    path = copied("ontology") / "wish.ttl"
    with path.open("a", encoding="utf-8") as stream:
        stream.write(":Odd a owl:Class ; rdfs:subClassOf :ActiveWish")
        stream.write(CLASS.format("我想甲乙丙丁了"))
    ended = treehole("explain", "我想甲乙丙丁了", "--ontology", path.parent)
    assert (ended.code, ended.err) == (0, "")
    assert "level 0 " not in ended.out
