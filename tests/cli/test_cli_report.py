"""`treehole report`: the page, what is said of it, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import Treehole, csv_of

from treehole.corpus.levels import HIGH_RISK, Gold
from treehole.models.baselines import Tfidf

ROWS = [
    ("药攒够了，今晚就走。饭饭，等我", "10"),
    ("今晚去跳楼", "9"),
    ("好累，不想活了", "4"),
    ("没有自杀的想法", "0"),
    ("今天的云很好看", "0"),
    ("窗外下着雨", ""),
]
GOLD = ("--gold", "people", "--draws", "20", "--quiet")


@pytest.fixture
def judged(treehole: Treehole) -> Path:
    treehole.write("posts.jsonl", '{"text": "晚饭吃面"}\n{"text": "猫在睡觉"}\n')
    return treehole.write("judged.csv", csv_of(ROWS, ("text", "people")))


def words(treehole: Treehole, **said: object) -> Path:
    """A model that has learned from the same comments, and says how it was trained."""
    known = [row for row in ROWS if row[1]]
    levels = np.array([int(level) for _, level in known], np.int8)
    gold = Gold(levels, (levels >= HIGH_RISK).astype(np.int8))
    Tfidf.fit([text for text, _ in known], gold).save(treehole.folder / "words")
    data = {"inputs": [], "comments": 5, "high": 2}
    manifest = {"kind": "tfidf", "tier": "hard", "from": None, "data": data, **said}
    treehole.write("words/training.json", json.dumps(manifest))
    return treehole.folder / "words"


def test_a_page(treehole: Treehole, judged: Path) -> None:
    curve = [{"comments": 3, "F1": 0.5}, {"comments": 5, "F1": 0.8}]
    given = ("--model", words(treehole, curve=curve), "--data", judged, *GOLD)
    ended = treehole("report", *given, "--ordinary", "posts.jsonl", "--out", "out/page.html")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "Of 100 comments of high risk words finds 100."
    assert lines[-1] == "page in out/page.html"
    page = (treehole.folder / "out/page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "words against rules" in page
    assert 'id="ordinary"' in page
    assert 'id="learning"' in page
    assert "5 comments from judged.csv" in page
    assert not any(text in page for text, _ in ROWS)
    assert str(treehole.folder) not in page


def test_the_rules_alone_and_one_risk(treehole: Treehole) -> None:
    rows = [("云很好看", "low"), ("早上好", "low")]
    content = csv_of(rows, ("body", "label")).encode()
    given = ("--data", "-", "--text-column", "body", "--draws", "0", "--quiet")
    ended = treehole("report", *given, "--out", "page.html", stdin=content)
    assert (ended.code, ended.out, ended.err) == (0, "page in page.html\n", "")
    assert "All are of low risk" in (treehole.folder / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "judged.csv"], 2, "Missing option '--out'"),
        (["--data", "judged.csv", "--out", "judged.csv"], 2, "judged.csv is an input"),
        (
            ["--data", "judged.csv", "--ordinary", "posts.jsonl", "--out", "posts.jsonl"],
            2,
            "posts.jsonl is an input",
        ),
        (["--data", "judged.csv", "--out", "p", "--ordinary", "none.csv"], 1, "no ordinary post"),
        (["--data", "judged.csv", "--out", "judged.csv/p"], 1, "a file stands where a folder"),
        (["--data", "judged.csv", "--out", "."], 1, "."),
    ],
)
def test_refusals(
    treehole: Treehole, judged: Path, arguments: list[str], code: int, said: str
) -> None:
    treehole.write("none.csv", csv_of([], ("text",)))
    before = judged.read_bytes()
    ended = treehole("report", *arguments, *GOLD)
    assert ended.code == code
    assert said in ended.refusal
    assert ended.out == ""
    assert judged.read_bytes() == before
    assert not (treehole.folder / "p").exists()


def test_a_full_disk(treehole: Treehole, judged: Path, small_disk: Path) -> None:
    (small_disk / "full").write_bytes(b"x" * (60 << 10))
    ended = treehole("report", "--data", judged, *GOLD, "--out", small_disk / "page.html")
    assert "the disk is full" in ended.refusal
    assert [path.name for path in small_disk.iterdir()] == ["full"]
