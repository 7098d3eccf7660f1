"""`treehole diff`: which comments an edit of the knowledge changes."""

import csv
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import Treehole, csv_of

Copied = Callable[[str], Path]

HARM, JUMP, FINE = "又自残了", "我想跳楼", "今天的云很好看"
COMMENTS = csv_of(
    [("a1", FINE, "0"), ("a2", HARM, "high"), ("a3", JUMP, "7")],
    ("comment_id", "text", "level"),
)


@pytest.fixture
def edited(copied: Copied, treehole: Treehole) -> Path:
    """A repository with the shipped knowledge, in whose working tree a rule gives more."""
    copied("ontology")
    folder = copied("rules").parent
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as shipped")
    rules = folder / "rules" / "level_05.pl"
    text = rules.read_text("utf-8")
    assert "suicideRisk(5, [Harm])" in text
    rules.write_text(text.replace("suicideRisk(5, [Harm])", "suicideRisk(6, [Harm])"), "utf-8")
    treehole.write("knowledge/comments.csv", COMMENTS)
    return folder


@pytest.fixture
def here(edited: Path, treehole: Treehole) -> Treehole:
    """The command, run in that repository."""
    return replace(treehole, folder=edited)


def git(folder: Path, *arguments: str) -> None:
    person = {
        f"GIT_{role}_{what}": "someone@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **person, **nobody}, check=True
    )


def test_as_text(here: Treehole) -> None:
    ended = here("diff", "HEAD", ".", "comments.csv", "--gold", "level")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    lines = [line.rstrip() for line in ended.out.splitlines()]
    assert lines[1] == (
        "1 of 3 comments changes level: 1 into high risk, 0 out of it; "
        "1 for the better, 0 for the worse."
    )
    assert lines[2] == "Differing: 1 rule."
    table = [line.split() for line in lines]
    assert ["F1", "of", "high", "0.667", "1.000"] in table
    assert ["5", "·", "·", "1", "·"] in table
    assert ["the", "rule", "self_harm", "gives", "6,", "gave", "5", "1", "1"] in table
    start = lines.index("5 → 6  into high  row 2 (a2)  right (gold high)")
    assert lines[start + 1] == HARM
    assert lines[start + 2].startswith("  self_harm [")
    assert lines[start + 3] == "  the rule self_harm gives 6, gave 5"


def test_as_json(here: Treehole) -> None:
    ended = here("diff", "HEAD", ".", "comments.csv", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    found: dict[str, Any] = json.loads(ended.out)
    assert (found["comments"], found["changed"], found["gold"]) == (3, 1, None)
    assert found["new"] == "."
    (change,) = found["changes"]
    assert (change["row"], change["comment_id"], change["text"]) == (2, "a2", HARM)
    assert (change["old_level"], change["new_level"], change["effect"]) == (5, 6, None)
    assert [cause["name"] for cause in change["causes"]] == ["self_harm"]


def test_as_markdown_from_standard_input(here: Treehole) -> None:
    arguments = ("diff", "HEAD", ".", "-", "--format", "markdown")
    ended = here(*arguments, stdin=COMMENTS.encode())
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("**1 of 3 comments changes level: 1 into high risk")
    assert HARM not in ended.out
    assert HARM in here(*arguments, "--texts", stdin=COMMENTS.encode()).out


def test_a_page_beside_it(here: Treehole) -> None:
    ended = here("diff", "HEAD", ".", "comments.csv", "--html", "page.html", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "1 of 3 comments changes level" in ended.out
    written = (here.folder / "page.html").read_text("utf-8")
    assert "1 of 3 comments changes level" in written
    assert HARM in written


def test_few_are_listed_and_all_written(here: Treehole) -> None:
    arguments = ("diff", "HEAD", ".", "comments.csv", "--most", "0", "--csv", "all/changes.csv")
    ended = here(*arguments)
    assert ended.code == 0
    assert "1 more change; --most shows more of them, --csv writes all" in ended.out
    assert HARM not in ended.out
    with (here.folder / "all" / "changes.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["row"], row["text"], row["move"]) == ("2", HARM, "into high")


@pytest.mark.parametrize("kind", ["text", "markdown", "json"])
def test_the_same_knowledge_is_said_at_once(here: Treehole, kind: str) -> None:
    arguments = ("diff", "HEAD", "@", "no such file.csv", "--format", kind, "--csv", "none.csv")
    ended = here(*arguments)
    assert (ended.code, ended.err) == (0, "")
    if kind == "json":
        assert json.loads(ended.out)["changed"] == 0
    else:
        assert ended.out.startswith("The knowledge is the same (version ")
        assert ended.out.endswith("): no comment changes.\n")
    assert (here.folder / "none.csv").read_text("utf-8-sig").count("\n") == 1


def test_knowledge_that_differs_without_effect(here: Treehole) -> None:
    git(here.folder, "checkout", "--quiet", ".")
    rules = here.folder / "rules" / "level_05.pl"
    rules.write_text(rules.read_text("utf-8") + "\n% a remark\n", "utf-8")
    ended = here("diff", "HEAD", ".", "comments.csv")
    assert ended.code == 0
    assert "None of 3 comments changes level." in ended.out
    assert "Differing: only what no label depends on." in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nope", "."), 2, "nope is neither a folder nor a revision of the git repository"),
        (("HEAD~1", "."), 2, "HEAD~1 is neither a folder nor a revision"),
        (("--", "-x", "."), 2, "-x is neither a folder nor a revision"),
        (("HEAD", ".", "--gold", "nope"), 2, "there is no column nope"),
        (("HEAD", ".", "--gold", "text"), 1, "the column text holds “"),
        (("HEAD", ".", "--format", "xml"), 2, "Invalid value for '--format'"),
        (("HEAD", ".", "--most", "-1"), 2, "Invalid value for '--most'"),
        (("HEAD", ".", "--text-column", "nope"), 2, "has no column nope"),
        (("HEAD", ".", "--csv", "comments.csv/x"), 1, "comments.csv/x cannot be written"),
        (("HEAD", ".", "--csv", "comments.csv"), 2, "comments.csv is an input; choose another"),
        (("HEAD", ".", "--html", "./comments.csv"), 2, "comments.csv is an input; choose another"),
    ],
)
def test_wrong_usage(here: Treehole, arguments: tuple[str, ...], code: int, said: str) -> None:
    ended = here("diff", *arguments, "comments.csv")
    assert said in ended.refusal
    assert (ended.code, ended.out) == (code, "")


def test_broken_knowledge_names_its_version(here: Treehole) -> None:
    for name, text in (("ontology/wish.ttl", "broken"), ("rules/level_05.pl", "rule(")):
        git(here.folder, "checkout", "--quiet", ".")
        with (here.folder / name).open("a", encoding="utf-8") as stream:
            stream.write(f"\n{text}\n")
        git(here.folder, "commit", "--quiet", "--all", "--message", "broken")
        for arguments in (("HEAD", "HEAD~1"), ("HEAD~1", "HEAD")):
            ended = here("diff", *arguments, "comments.csv")
            assert ended.refusal.startswith(f"HEAD:{name}:")
            assert "/tmp" not in ended.err
            assert (ended.code, ended.out) == (1, "")
        git(here.folder, "reset", "--quiet", "--hard", "HEAD~1")


def test_windows_line_ends_change_nothing(here: Treehole) -> None:
    git(here.folder, "checkout", "--quiet", ".")
    for path in [*here.folder.glob("rules/*.pl"), *here.folder.glob("ontology/*.ttl")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    ended = here("diff", "HEAD", ".", "comments.csv")
    assert (ended.code, ended.err) == (0, "")
    assert "None of 3 comments changes level." in ended.out
