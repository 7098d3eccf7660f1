"""`treehole label` on comments and files that are broken, hostile or huge."""

import random
import subprocess
from pathlib import Path

import pytest
from commands import Treehole, csv_of

WISH = "不想活了"
CLOUDS = "今天的云很好看，我看了好久好久"
NEIGHBOUR = ("今天又想起你了，我真的不想活了", "ok")


def test_hostile_comments_do_not_reach_their_neighbours(treehole: Treehole) -> None:
    hostile = [
        "天台今晚" * 25_000,
        "想死不想死跳楼" * 14_000,
        "好" * 1_000_000,
        "'\"\\`\\\\''\"\"",
        "halt.",
        ':- shell("touch PWNED").',
        "'), shell('touch PWNED'), ('",
        '") :- shell("touch PWNED"). ("',
        "judge\n!\n\x1e\x1f|;,:",
        "想死\0不想活了",
        "👨‍👩‍👧‍👦🏳️‍🌈🇨🇳",
        "\u202e\u2066想死\u2069\u202c\u200f",
        "[bold red]想死[/] {0} %s $PATH",
        "(" * 5000 + ")" * 5000,
        "\U0010ffff\ufffe\uffff",
    ]
    comments = [text for one in hostile for text in (one, NEIGHBOUR[0])]
    users = [(str(number), text) for number, text in enumerate(comments)]
    treehole.write("a.csv", csv_of(users, ("user_id", "text")))
    rows = treehole.label("a.csv").to_pylist()
    assert [row["text"] for row in rows] == comments
    assert not list(treehole.folder.rglob("PWNED"))
    neighbours = rows[1::2]
    assert {row["status"] for row in neighbours} == {NEIGHBOUR[1]}
    assert len({(row["level"], row["rule"], str(row["evidence"])) for row in neighbours}) == 1
    assert neighbours[0]["level"] > 0
    for row in rows[0:4:2]:
        assert row["status"] in {"ok", "limit_exceeded"}
        assert (row["level"] is None) == (row["status"] == "limit_exceeded")
        assert (row["risk"] is None) == (row["level"] is None)
    assert rows[4]["status"] == "ok"
    for row in rows:
        for mention in row["evidence"]:
            assert mention["surface"] == row["text"][mention["start"] : mention["end"]]


@pytest.mark.parametrize(
    ("name", "content", "statuses"),
    [
        ("a.csv", "id,text\n1,不想活了\n2,天气".encode() + b"\xff\xfe\n3,abc\n", ".d."),
        ("a.csv", 'id,text\n1,"不想"活了,\n2,今天下雨\n3,"好,了"\n'.encode(), "u.."),
        ("a.csv", "id,text\n1,a,b\n2\n3,好\n".encode(), "uu."),
        ("a.csv", "id,text\n1,不想\0活了\n2,\0\n".encode(), ".e"),
        ("a.tsv", 'id\ttext\n1\t"不想活了\n2\t今天下雨\n'.encode(), ".."),
        ("a.jsonl", b'{"text": "\\ud83d\\u597d"}\n{"text": "\\ude00"}\n', "dd"),
        ("a.jsonl", b'{"text": "a"}\n[1]\n{"text": null}\nnonsense\n', ".ueu"),
    ],
)
def test_broken_rows_are_marked(
    treehole: Treehole, name: str, content: bytes, statuses: str
) -> None:
    treehole.write(name, content)
    ended = treehole("label", name, "--out", "labels")
    assert ended.code == 0
    names = {".": "too_short", "d": "damaged", "u": "unreadable", "e": "empty"}
    rows = treehole.rows()
    assert [row["status"] for row in rows] == [names[letter] for letter in statuses]


def test_damaged_and_unreadable_rows_are_labelled(treehole: Treehole) -> None:
    content = f"id,text\n1,{WISH}".encode() + b"\xff\n2,a,b," + f"{WISH}\n".encode()
    treehole.write("a.csv", content)
    assert treehole("label", "a.csv", "--out", "labels").code == 0
    rows = treehole.rows()
    assert [row["status"] for row in rows] == ["damaged", "unreadable"]
    assert rows[1]["text"] == f"2,a,b,{WISH}"
    assert all(row["level"] > 0 for row in rows)


def test_gb18030_is_read_and_said(treehole: Treehole) -> None:
    treehole.write("a.csv", csv_of([(CLOUDS,), (WISH + "，这个世界不需要我",)]).encode("gb18030"))
    ended = treehole("label", "a.csv", "--out", "labels")
    assert (ended.code, ended.err) == (0, "treehole: a.csv: read as GB18030\n")
    clouds, wish = treehole.rows()
    assert clouds["text"] == CLOUDS
    assert wish["level"] > 0


NOISE = random.Random(5).randbytes(4000)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "a.csv is empty; expected a line that names the columns"),
        ("a.jsonl", b"", "a.jsonl is empty; expected one JSON object a line"),
        ("a.parquet", b"", "a.parquet is no Parquet file"),
        ("a.csv", NOISE, "a.csv is not a text table; save it as CSV or Parquet"),
        ("a.jsonl", NOISE, "a.jsonl is not a text table; save it as CSV or Parquet"),
        ("a.parquet", NOISE, "make it again"),
        ("a.parquet", b"PAR1" + NOISE, "make it again"),
        ("a.csv.gz", NOISE, "fetch or make it again"),
        ("a.csv.zst", NOISE, "fetch or make it again"),
        ("a.csv", b"PK\x03\x04" + NOISE, "a zip archive or an Excel workbook"),
        ("a.csv", 'id,text\n1,"不想活了\n2,今天\n'.encode(), "a.csv:2: the quote that opens here"),
        ("a.csv", b"text,text\na,b\n", "two columns are called text; rename one"),
        ("a.json", b'[{"text": "a"}]', "write one object a line"),
    ],
)
def test_what_is_no_table_is_refused(
    treehole: Treehole, name: str, content: bytes, said: str
) -> None:
    treehole.write(name, content)
    ended = treehole("label", name, "--out", "labels")
    assert ended.code == 1
    assert said in ended.refusal
    assert treehole.parts() == []


def test_nothing_on_standard_input_is_refused(treehole: Treehole) -> None:
    ended = treehole("label", "-", "--out", "labels")
    assert ended.code == 1
    assert ended.refusal.startswith("standard input is empty; expected")
    assert not (treehole.folder / "labels" / "stdin").exists()


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_a_full_disk_is_said_and_the_run_goes_on_later(
    treehole: Treehole, small_disk: Path, workers: str
) -> None:
    chance = random.Random(6)
    noise = [
        ("".join(map(chr, chance.choices(range(0x4E00, 0x9FA5), k=20))),) for _ in range(20_100)
    ]
    treehole.write("a.csv", csv_of(noise))
    given = ("label", "a.csv", "--out", "disk/labels", "--workers", workers)
    ended = treehole(*given)
    assert ended.code == 1
    assert "cannot be written: the disk is full; make room, or choose another disk" in ended.refusal
    whole = {path.name for path in treehole.parts("disk/labels")}
    assert len(whole) < 3
    left = {path.name for path in (small_disk / "labels").iterdir()}
    assert left == {".lock", "manifest.json", *whole}
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert treehole(*given).code == 0
    assert len(treehole.rows("disk/labels")) == 20_100
