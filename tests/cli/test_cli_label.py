"""`treehole label`: every row comes out, with its labels beside it."""

import gzip
import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from commands import Treehole, csv_of

from treehole import __version__
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import LABEL_COLUMNS

WISH = "不想活了"
PLAN = "药攒够了，今晚就走，谁也别来找我"
CLOUDS = "今天的云很好看，我看了好久好久"

HEADER = ("comment_id", "user_id", "created_at", "text", "likes")
WRITTEN = "2026-05-01T22:30:00+08:00"
COMMENTS = (
    ("001", "u1", WRITTEN, PLAN, "3"),
    ("002", "u2", WRITTEN, "ＯＫ😭👨‍👩‍👧[泪]@小猫咪 \u200b活著好累，想跳樓", ""),
    ("003", "u1", WRITTEN, PLAN, "0"),
    ("004", "u2", WRITTEN, PLAN, "0"),
    ("005", "u3", WRITTEN, WISH, "-1"),
    ("006", "u3", WRITTEN, CLOUDS, "12"),
    ("007", "u3", WRITTEN, "。。。", "12"),
    ("008", "u4", "", PLAN + "哦", "1,5"),
)


def test_labels_and_manifest_of_a_csv(treehole: Treehole) -> None:
    path = treehole.write("comments.csv", csv_of(COMMENTS, HEADER))
    ended = treehole("label", path.name, "--out", "labels")
    assert (ended.code, ended.err) == (0, "")
    table = treehole.table()
    assert table.schema.names == [*HEADER, *LABEL_COLUMNS.names]
    assert table.select(LABEL_COLUMNS.names).schema.equals(LABEL_COLUMNS)
    rows = table.to_pylist()
    for row, given in zip(rows, COMMENTS, strict=True):
        assert [row[name] or "" for name in HEADER] == list(given)
        for mention in row["evidence"]:
            assert mention["surface"] == row["text"][mention["start"] : mention["end"]]
    expected = ["ok", "ok", "duplicate", "ok", "too_short", "ok", "empty", "ok"]
    assert [row["status"] for row in rows] == expected
    assert [row["risk"] for row in rows] == [*["high"] * 4, "low", "low", "low", "high"]
    assert "跳樓" in {mention["surface"] for mention in rows[1]["evidence"]}
    assert rows[0]["act_from"] == "2026-05-01T22:30+08:00"
    assert datetime.fromisoformat(rows[0]["act_until"]) > datetime.fromisoformat(WRITTEN)
    assert (rows[7]["act_from"], rows[7]["act_until"]) == (None, None)

    manifest = treehole.manifest()
    assert manifest["treehole"] == __version__
    assert manifest["knowledge_version"] == KnowledgeFiles.locate().version
    assert [entry["name"] for entry in manifest["inputs"]] == ["comments.csv"]
    assert (manifest["rows"], manifest["complete"]) == (8, True)
    assert manifest["statuses"] == {name: expected.count(name) for name in sorted(set(expected))}
    assert sum(manifest["levels"].values()) == 8
    assert sum(manifest["rules"].values()) == sum(row["rule"] is not None for row in rows)

    assert "8 comments" in ended.out
    assert "status: 1 duplicate, 1 empty, 5 ok, 1 too_short" in ended.out
    assert "\x1b" not in ended.out
    shown = [line.split("│") for line in ended.out.splitlines() if line.count("│") == 5]
    assert {cells[1].strip(): int(cells[3]) for cells in shown} == manifest["levels"]


def test_the_same_input_gives_the_same_bytes(treehole: Treehole) -> None:
    path = treehole.write("comments.csv", csv_of(COMMENTS, HEADER))
    treehole.label(path, out="one")
    treehole.label(path, "--workers", "2", out="two")
    [one], [two] = treehole.parts("one"), treehole.parts("two")
    assert one.read_bytes() == two.read_bytes()
    manifest = treehole.manifest("one")
    again = treehole("label", path, "--out", "one")
    assert again.code == 0
    assert "8 comments" in again.out
    assert treehole.manifest("one") == manifest


@pytest.mark.slow
def test_workers_do_not_matter(treehole: Treehole) -> None:
    # More than two parts of ten thousand.
    lines = [
        (f"第{number}次：{COMMENTS[number % 8][3]}", f"u{number % 9}") for number in range(25_000)
    ]
    path = treehole.write("comments.csv", csv_of(lines, ("text", "user_id")))
    treehole.label(path, "--workers", "1", out="one")
    treehole.label(path, "--workers", "2", out="two")
    assert len(treehole.parts("one")) == 3
    assert [p.name for p in treehole.parts("one")] == [p.name for p in treehole.parts("two")]
    for one, two in zip(treehole.parts("one"), treehole.parts("two"), strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert {**treehole.manifest("one"), "seconds": 0} == {**treehole.manifest("two"), "seconds": 0}


def test_many_sources_at_once(treehole: Treehole) -> None:
    content = csv_of([(WISH,)])
    treehole.write("d/a.csv", content)
    treehole.write("d/below/b.tsv", f"text\tlikes\n{WISH}\t7\n")
    treehole.write("d/c.csv.gz", gzip.compress(content.encode()))
    treehole.write("d/d.csv.zst", zstandard.compress(content.encode()))
    treehole.write("d/e.jsonl", json.dumps({"text": WISH}) + "\n")
    pq.write_table(pa.table({"text": [WISH]}), treehole.folder / "d" / "f.parquet")
    treehole.write("d/notes.md", "no table")
    treehole.write("g1.csv", content)
    treehole.write("g2.csv", content)
    treehole.write("unnamed", f'{{"text": "{WISH}"}}\n')
    table = treehole.label("d", "g*.csv", "unnamed", "-", stdin=content.encode())
    names = [entry["name"] for entry in treehole.manifest()["inputs"]]
    assert names == [
        *("d/a.csv", "d/below/b.tsv", "d/c.csv.gz", "d/d.csv.zst", "d/e.jsonl", "d/f.parquet"),
        *("g1.csv", "g2.csv", "unnamed", "standard input"),
    ]
    assert table["text"].to_pylist() == [WISH] * 10
    assert table["likes"].to_pylist() == [None, "7", *[None] * 8]
    assert len(set(table["level"].to_pylist())) == 1
    assert table["level"][0].as_py() > 0


@pytest.mark.parametrize("out", ["labels", "{}/deep/labels"])
def test_standard_input_is_read_and_not_kept(treehole: Treehole, out: str) -> None:
    out = out.format(treehole.folder)
    content = f'{{"comment": "{PLAN}", "text": "eins"}}\n'.encode()
    given = ("-", "--format", "jsonl", "--text-column", "comment")
    first = treehole.label(*given, out=out, stdin=content)
    assert first.column_names[:2] == ["text", "input_text"]
    assert (first["text"][0].as_py(), first["risk"][0].as_py()) == (PLAN, "high")
    assert treehole.label(*given, out=out, stdin=content).equals(first)
    left = {path.name for path in (treehole.folder / out).iterdir()}
    assert left == {".lock", "labels-00000.parquet", "manifest.json"}
    assert treehole.manifest(out)["inputs"][0]["name"] == "standard input"


def test_a_folder_of_results_below_the_input_is_no_input(treehole: Treehole) -> None:
    treehole.write("d/a.csv", csv_of([(WISH,)]))
    for _ in range(2):
        assert len(treehole.label("d", out="d/labels")) == 1


def test_columns_that_are_named_like_labels_are_kept(treehole: Treehole) -> None:
    treehole.write("a.csv", csv_of([("7", WISH, "x")], ("level", "text", "status")))
    [row] = treehole.label("a.csv").to_pylist()
    assert (row["input_level"], row["input_status"]) == ("7", "x")
    assert row["level"] > 0
    assert row["status"] == "too_short"


def test_types_of_parquet_columns_are_kept(treehole: Treehole) -> None:
    written = pa.array([datetime(2026, 5, 1, 22, 30)], pa.timestamp("us", "+08:00"))
    table = pa.table({"likes": pa.array([7], pa.int16()), "created_at": written, "text": [PLAN]})
    pq.write_table(table, treehole.folder / "a.parquet")
    result = treehole.label("a.parquet")
    assert result.select(table.column_names).equals(table)
    assert result["act_from"][0].as_py() is not None


def test_header_only_gives_no_rows(treehole: Treehole) -> None:
    treehole.write("a.csv", "comment_id,text\n")
    ended = treehole("label", "a.csv", "--out", "labels")
    assert (ended.code, ended.err) == (0, "")
    assert "0 comments" in ended.out
    assert "nothing to label" in ended.out
    assert treehole.rows() == []
    assert treehole.table().column_names == ["comment_id", "text", *LABEL_COLUMNS.names]


def test_a_file_name_need_not_be_text(treehole: Treehole) -> None:
    name = b"\xce\xc4.csv".decode("utf-8", "surrogateescape")
    (treehole.folder / name).write_text(csv_of([(WISH,)]), "utf-8")
    ended = treehole("label", name, "--out", "labels")
    assert (ended.code, ended.err) == (0, "")
    assert len(treehole.rows()) == 1
    assert treehole.manifest()["inputs"][0]["name"] == "\ufffd\ufffd.csv"
