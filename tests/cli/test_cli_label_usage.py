"""`treehole label` called in a way that cannot work: one line that names the cure."""

from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Treehole, csv_of

TABLE = csv_of([("不想活了",)])


@pytest.fixture(autouse=True)
def _table(treehole: Treehole) -> None:
    treehole.write("a.csv", TABLE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["label", "a.csv"], "Missing option '--out'"),
        (["label", "--out", "o"], "Missing argument 'INPUT...'"),
        (["label", "a.csv", "--out", "o", "--nope"], "No such option: --nope"),
        (["label", "a.csv", "--out", "o", "--workers", "0"], "greater than or equal to 1"),
        (["label", "a.csv", "--out", "o", "--workers", "viele"], "--workers"),
        (["label", "a.csv", "--out", "o", "--format", "xyz"], "choose from csv, tsv, jsonl"),
        (["label", "a.csv", "--out", "o", "--text-column", "x"], "it has text. Name the one"),
        (["label", "a.csv", "--out", "o", "--rules", "nope"], "--rules nope: no such folder"),
        (["label", "a.csv", "--out", "o", "--ontology", "."], "no *.ttl files in it; copy"),
        (["label", "a.csv", "--out", "."], "a.csv lies in the output folder; choose another"),
        (["label", ".", "--out", "."], "lies in the output folder; choose another --out"),
        (["lable", "a.csv"], "No such command 'lable'"),
    ],
)
def test_wrong_usage_ends_with_two(treehole: Treehole, arguments: list[str], said: str) -> None:
    ended = treehole(*arguments)
    assert ended.code == 2
    assert said in ended.refusal
    assert ended.out == ""
    assert not (treehole.folder / "o").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("missing.csv", "missing.csv does not exist; check the path"),
        ("missing*.csv", "no file matches missing*.csv; check the pattern"),
        ("empty", "empty holds no file that ends in .csv, .tsv"),
        ("nonsense://a/b.csv", "nonsense://a/b.csv"),
        ("ftp://127.0.0.1:9/a.csv", "check the address and the network"),
    ],
)
def test_missing_input_ends_with_one(treehole: Treehole, given: str, said: str) -> None:
    (treehole.folder / "empty").mkdir()
    ended = treehole("label", given, "--out", "o")
    assert ended.code == 1
    assert said in ended.refusal
    assert not (treehole.folder / "o").exists()


@pytest.mark.parametrize(
    ("given", "out"),
    [
        *(("a.csv", out) for out in ("file", "file/o", "/proc/nope", "x" * 300)),
        *(("-", out) for out in ("file/o", "/proc/nope")),
    ],
)
def test_no_folder_for_the_labels_ends_with_one(treehole: Treehole, given: str, out: str) -> None:
    treehole.write("file", "keep me")
    ended = treehole("label", given, "--out", out, stdin=TABLE.encode())
    assert ended.code == 1
    assert "cannot be written: " in ended.refusal
    assert "; choose a" in ended.refusal
    assert (treehole.folder / "file").read_text() == "keep me"


def test_labels_of_another_input_are_kept_unless_told(treehole: Treehole) -> None:
    treehole.write("b.csv", csv_of([("早上好",), ("晚上好",)]))
    first = treehole.label("a.csv")
    ended = treehole("label", "b.csv", "--out", "labels")
    assert ended.code == 2
    assert ended.refusal == (
        "labels holds labels of another job (it differs in: inputs); "
        "choose a new folder, or replace them with --overwrite"
    )
    assert treehole.table().equals(first)
    assert len(treehole.label("b.csv", "--overwrite")) == 2


def test_labels_by_other_knowledge_are_kept_unless_told(
    treehole: Treehole, copied: Callable[[str], Path]
) -> None:
    first = treehole.label("a.csv")
    version = treehole.manifest()["knowledge_version"]
    rules = copied("rules")
    with next(iter(rules.glob("*.pl"))).open("a") as stream:
        stream.write("\n% another version\n")
    ended = treehole("label", "a.csv", "--out", "labels", "--rules", rules)
    assert ended.code == 2
    assert "it differs in: knowledge version" in ended.refusal
    assert "--overwrite" in ended.refusal
    again = treehole.label("a.csv", "--overwrite", "--rules", rules)
    assert again.equals(first)
    assert treehole.manifest()["knowledge_version"] != version


def test_an_input_named_twice_is_read_once(treehole: Treehole) -> None:
    ended = treehole("label", "a.csv", "./a.csv", "--out", "labels")
    assert (ended.code, ended.err) == (0, "treehole: a.csv is named twice; it is read once\n")
    assert len(treehole.rows()) == 1


@pytest.mark.parametrize("arguments", [["--help"], ["label", "--help"], ["--version"]])
def test_help_ends_with_zero(treehole: Treehole, arguments: list[str]) -> None:
    ended = treehole(*arguments)
    assert (ended.code, ended.err) == (0, "")
    assert "treehole" in ended.out


def test_no_command_shows_what_there_is(treehole: Treehole) -> None:
    ended = treehole()
    assert ended.code == 2
    for command in ("label", "explain", "doctor"):
        assert command in ended.out
