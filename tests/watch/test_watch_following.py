"""Files and folders that are followed, and those that are read as a whole."""

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from treehole.errors import InputError, UsageError
from treehole.watch import following
from treehole.watch.following import Following
from treehole.watch.rows import Columns, Row


def line(number: int) -> str:
    return json.dumps({"comment_id": f"c{number}", "text": "今天下雨"}, ensure_ascii=False) + "\n"


def follow(*given: Path, positions: object = None, **more: object) -> Following:
    known = positions if isinstance(positions, dict) else {}
    return Following([str(path) for path in given], Columns(), known, **more)  # type: ignore[arg-type]


def drained(files: Following, most: int = 50) -> tuple[list[Row], dict[str, object]]:
    rows: list[Row] = []
    positions: dict[str, object] = {}
    while batch := files.read(most):
        rows += batch.rows
        positions |= json.loads(json.dumps(batch.positions))
    return rows, positions


def ids(rows: list[Row]) -> list[str]:
    return sorted(str(row.comment_id) for row in rows)


@pytest.fixture(autouse=True)
def _looking_around_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_LOOK_AROUND", 0.0)


def test_new_files_in_a_folder_are_found(tmp_path: Path) -> None:
    files = follow(tmp_path)
    assert files.read(9) is None
    (tmp_path / "a.jsonl").write_text(line(1), "utf-8")
    (tmp_path / "notes.txt").write_text("no comment\n", "utf-8")
    (tmp_path / ".b.jsonl").write_text(line(9), "utf-8")
    assert ids(drained(files)[0]) == ["c1"]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.csv").write_text("comment_id,text\nc2,好\n", "utf-8")
    assert ids(drained(files)[0]) == ["c2"]


def test_a_missing_file_is_waited_for_but_not_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.jsonl"
    with pytest.raises(InputError, match="does not exist"):
        follow(path, once=True)
    files = follow(path)
    assert files.read(9) is None
    assert caplog.text.count("waited for") == 1
    path.write_text(line(1), "utf-8")
    assert ids(drained(files)[0]) == ["c1"]


@pytest.mark.parametrize("given", ["-", "https://example.org/a.jsonl"])
def test_what_cannot_be_gone_on_with_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="written to a file"):
        Following([given], Columns(), {})


def test_a_file_named_in_several_ways_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line(1), "utf-8")
    monkeypatch.chdir(tmp_path)
    rows, positions = drained(follow(Path("a.jsonl"), tmp_path, Path("./a.jsonl")))
    assert ids(rows) == ["c1"]
    assert list(positions) == [str(path)]
    assert drained(follow(tmp_path / "*.jsonl", positions=positions))[0] == []


def test_a_file_that_was_renamed_in_its_folder_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line(1) + line(2), "utf-8")
    files = follow(tmp_path)
    rows, positions = drained(files)
    assert ids(rows) == ["c1", "c2"]
    path.rename(tmp_path / "a-old.jsonl")
    with (tmp_path / "a-old.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(line(3))
    path.write_text(line(4), "utf-8")
    for others in (files, follow(tmp_path, positions=positions)):
        rows, later = drained(others)
        assert ids(rows) == ["c3", "c4"]
        assert drained(follow(tmp_path, positions=positions | later))[0] == []


def test_no_file_goes_hungry(tmp_path: Path) -> None:
    for name in "abc":
        text = "".join(line(number) for number in range(2000))
        (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
    files = follow(tmp_path)
    seen = set()
    for _ in range(9):
        batch = files.read(100)
        seen |= {row.origin[:-2].rpartition("/")[2][0] for row in batch.rows} if batch else set()
    assert seen == set("abc")


def test_a_bad_file_in_a_folder_is_said_once_and_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.csv").write_text("comment_id,body\nc1,x\n", "utf-8")
    (tmp_path / "b.jsonl").write_text(line(2), "utf-8")
    files = follow(tmp_path)
    assert ids(drained(files)[0]) == ["c2"]
    assert files.read(9) is None
    assert caplog.text.count("has no column text") == 1
    assert list(files.failed) == [str(tmp_path / "a.csv")]


def test_a_bad_file_that_was_named_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("comment_id,body\nc1,x\n", "utf-8")
    with pytest.raises(UsageError, match="--text-column"):
        follow(path).read(9)


def test_whole_files_are_gone_on_with_by_rows(tmp_path: Path) -> None:
    table = pa.table({"comment_id": [f"c{n}" for n in range(50)], "text": ["好"] * 50})
    pq.write_table(table, tmp_path / "a.parquet")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.write("".join(line(number) for number in range(100, 120)))
    wide = "comment_id,text\nw1,好\n".encode("utf-16")
    (tmp_path / "c.csv").write_bytes(wide)
    first = follow(tmp_path).read(30)
    assert first
    told = json.loads(json.dumps(first.positions))
    files = follow(tmp_path, positions=told)
    rows, positions = drained(files, 30)
    every = [*(f"c{n}" for n in range(50)), *(f"c{n}" for n in range(100, 120)), "w1"]
    assert ids(first.rows + rows) == sorted(every)
    assert drained(follow(tmp_path, positions=told | positions))[0] == []


def test_a_parquet_file_that_is_being_written_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pq.write_table(pa.table({"comment_id": ["c1"], "text": ["好"]}), tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    path = tmp_path / "a.parquet"
    path.write_bytes(content[: len(content) // 2])
    files = follow(path)
    assert files.read(9) is None
    assert "tried again" in caplog.text
    path.write_bytes(content)
    assert ids(drained(files)[0]) == ["c1"]
    with pytest.raises(UsageError, match="no column body"):
        Following([str(path)], Columns("body"), {}).read(9)


def test_a_folder_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text(line(1), "utf-8")
    files = follow(folder)
    assert ids(drained(files)[0]) == ["c1"]
    folder.rename(tmp_path / "away")
    assert drained(files)[0] == []
    folder.mkdir()
    (folder / "b.jsonl").write_text(line(2), "utf-8")
    assert ids(drained(files)[0]) == ["c2"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no regular file"):
        follow(tmp_path / "pipe")
