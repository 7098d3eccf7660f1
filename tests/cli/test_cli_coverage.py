"""`treehole coverage`: the table, the files, and what is refused."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import Treehole, csv_of

ROWS = [
    ("c1", "药攒够了，今晚就走。饭饭，等我", "10"),
    ("c2", "今晚去跳楼", "9"),
    ("c3", "好累，不想活了", "4"),
    ("c4", "没有自杀的想法", "0"),
    ("c5", "今天的云\x1b[31m很好看", "8"),
    ("c6", "想死", ""),
]


def judged(treehole: Treehole, rows: Any = ROWS) -> Path:
    return treehole.write("judged.csv", csv_of(rows, ("comment_id", "text", "people")))


def test_the_table(treehole: Treehole) -> None:
    ended = treehole("coverage", judged(treehole), "--gold", "people", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert ended.out.startswith("6 comments; a rule held for 4 (66.7 %); 2 called high risk")
    said = r"of 5 that people judged: F1 0.800, precision 1.000, recall 0.667; level error \d"
    assert re.search(said, ended.out)
    assert re.search(r"^act_tonight +10 +2 +2 +\d+ +\d+ +1.00 +0.67 +\d\.\d\d$", ended.out, re.M)
    assert re.search(r"^negation +– +1 +– ", ended.out, re.M)
    assert re.search(r"^never reached a comment: .*\bnote\b", ended.out, re.M)
    assert re.search(r"^Tonight \S+ +time +2 +2 ", ended.out, re.M)
    assert "8 by people, 0 given as no rule held (costs 16; c5)" in ended.out
    assert "    今天的云 [31m很好看\n" in ended.out


def test_without_gold(treehole: Treehole) -> None:
    ended = treehole("coverage", judged(treehole), "--concepts", "2", "--quiet")
    assert ended.code == 0
    assert "precision" not in ended.out
    assert "mistakes" not in ended.out
    concepts = ended.out[ended.out.index("\nconcept ") :].strip().splitlines()
    assert len(concepts) == 4  # the head, two concepts, and how many are left


def test_files(treehole: Treehole) -> None:
    path = judged(treehole)
    files = ("--csv", "out/c.csv", "--html", "out/c.html")
    ended = treehole("coverage", path, "--gold", "people", *files, "--mistakes", "1", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    with (treehole.folder / "out/c.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["kind"] for row in rows} == {"rule", "concept", "word"}
    [tonight] = [row for row in rows if (row["kind"], row["name"]) == ("word", "今晚")]
    assert (tonight["concept"], tonight["reached"], tonight["won"]) == ("Tonight", "1", "1")
    page = (treehole.folder / "out/c.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "act_tonight" in page
    assert page.count("· c5") == 1


def test_standard_input_and_another_text_column(treehole: Treehole) -> None:
    content = csv_of([("今晚去跳楼", "high"), ("云很好看", "low")], ("body", "risk"))
    arguments = ("coverage", "-", "--text-column", "body", "--gold", "risk", "--quiet")
    ended = treehole(*arguments, stdin=content.encode())
    assert (ended.code, ended.err) == (0, "")
    assert "F1 1.000" in ended.out
    assert "level error" not in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["judged.csv", "--gold", "level"], 2, "there is no column level; name one of comment_id"),
        (["judged.csv", "--gold", "text"], 1, "where a level from 0 to 10 is expected"),
        (["nothing.csv", "--gold", "people"], 1, "the column people is empty in every row"),
        (["missing.csv"], 1, "missing.csv"),
        (["zero.csv"], 1, "zero.csv is empty"),
        (["judged.csv", "--csv", "judged.csv"], 2, "judged.csv is an input"),
        (["judged.csv", "--html", "./judged.csv"], 2, "is an input"),
        (["judged.csv", "--mistakes", "-1"], 2, "--mistakes"),
        (["judged.csv", "--text-column", "body"], 2, "has no column body"),
        ([], 2, "Missing argument"),
    ],
)
def test_refusals(treehole: Treehole, arguments: list[str], code: int, said: str) -> None:
    judged(treehole)
    treehole.write("nothing.csv", csv_of([("想死", ""), ("好累", " ")], ("text", "people")))
    treehole.write("zero.csv", "")
    before = (treehole.folder / "judged.csv").read_bytes()
    ended = treehole("coverage", *arguments, "--quiet")
    assert ended.code == code
    assert said in ended.refusal
    assert ended.out == ""
    assert (treehole.folder / "judged.csv").read_bytes() == before


def test_what_cannot_be_written_is_shown_all_the_same(treehole: Treehole) -> None:
    treehole.write("file", "")
    ended = treehole("coverage", judged(treehole), "--csv", "file/c.csv", "--quiet")
    assert ended.code == 1
    assert "file/c.csv cannot be written: a file stands where a folder is needed" in ended.refusal
    assert ended.out.startswith("6 comments;")


def test_only_a_header(treehole: Treehole) -> None:
    path = judged(treehole, [])
    ended = treehole("coverage", path, "--gold", "people", "--html", "c.html", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("0 comments; a rule held for 0 (–)")
    assert (treehole.folder / "c.html").exists()


def test_edited_knowledge(treehole: Treehole, copied: Callable[[str], Path]) -> None:
    rules = copied("rules")
    level = rules / "level_10.pl"
    level.write_text(level.read_text("utf-8").replace("act_tonight", "[red]tonight"), "utf-8")
    level.write_text(level.read_text("utf-8").replace("[red]tonight", "'[red]tonight'"), "utf-8")
    ended = treehole("coverage", judged(treehole), "--rules", rules, "--html", "c.html", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert re.search(r"^\[red\]tonight +10 +2 +2 ", ended.out, re.M)


def test_a_reader_that_has_seen_enough(treehole: Treehole) -> None:
    path = judged(treehole)
    environment = {**os.environ, "XDG_CACHE_HOME": str(treehole.cache)}
    command = [sys.executable, "-m", "treehole", "coverage", str(path), "--quiet"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
    assert process.returncode in {0, 1}  # rich ends with 1, without a word
