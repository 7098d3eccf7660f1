"""A file is there whole or not at all."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from treehole.corpus import writing
from treehole.corpus.writing import replacing, sweep, write_csv, write_json, write_part, write_text
from treehole.errors import OutputError

TABLE = pa.table(
    {
        "text": [f"今天天气很好 {number}" for number in range(5000)],
        "level": pa.array([number % 11 for number in range(5000)], pa.int8()),
        "evidence": [[{"concept": "天气", "start": 2}]] * 5000,
    }
)


def refusal(path: Path) -> str:
    with pytest.raises(OutputError) as caught:
        write_part(TABLE, path)
    message = str(caught.value)
    assert message.startswith(f"{path} cannot be written: ")
    assert "\n" not in message
    return message


def listing(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_part_comes_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "labels" / "part.parquet"
    write_part(TABLE, path)
    write_part(TABLE.slice(0, 0), tmp_path / "empty.parquet")
    assert pq.read_table(path).equals(TABLE)
    assert pq.read_table(tmp_path / "empty.parquet").equals(TABLE.slice(0, 0))
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    assert column.compression == "ZSTD"
    assert column.has_dictionary_page


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    chunks = pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1, 3333), TABLE.slice(3334)])
    padded = pa.concat_tables([TABLE.slice(0, 9), TABLE]).slice(9)
    for name, table in {"a": TABLE, "b": chunks, "c": padded}.items():
        write_part(table, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "c").read_bytes()


def test_json_is_for_people_to_read(tmp_path: Path) -> None:
    write_json({"输入": ["a.csv"], "rows": 3}, tmp_path / "manifest.json")
    written = (tmp_path / "manifest.json").read_text("utf-8")
    assert json.loads(written) == {"输入": ["a.csv"], "rows": 3}
    assert written.index("输入") < written.index("rows")


def test_csv_is_for_spreadsheets(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    rows = [("一,二", 1, None), ('"三"\n四', 2.5, "")]
    write_csv(("text", "n", "more"), rows, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbftext,n,more\r\n")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["text", "n", "more"],
            ["一,二", "1", ""],
            ['"三"\n四', "2.5", ""],
        ]


def test_a_device_stays_one() -> None:
    write_text("gone\n", Path("/dev/null"))
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OutputError, match="the disk is full"):
        write_text("too much\n", Path("/dev/full"))
    assert Path("/dev/full").is_char_device()


def test_text_is_utf8(tmp_path: Path) -> None:
    write_text("一行\n", tmp_path / "a" / "b.txt")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "一行\n".encode()


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with replacing(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert listing(tmp_path) == ["a.json"]


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert listing(tmp_path) == ["a.json"]


def test_a_full_disk(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * 60_000)
    assert "the disk is full; make room" in refusal(small_disk / "part.parquet")
    with pytest.raises(OutputError, match="the disk is full"):
        write_json(["x" * 60_000], small_disk / "a.json")
    assert listing(small_disk) == ["filler"]


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.geteuid() == 0:  # root may write anywhere

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    assert "you may not write there" in refusal(folder / "part.parquet")


def test_names_that_are_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.parquet").mkdir()
    assert "a file stands where a folder is needed" in refusal(tmp_path / "file" / "part")
    assert "a file stands where a folder is needed" in refusal(tmp_path / "file" / "a" / "part")
    assert "a folder of that name is there" in refusal(tmp_path / "folder.parquet")
    assert "the name is too long" in refusal(tmp_path / ("x" * 255))
    assert listing(tmp_path) == ["file", "folder.parquet"]


def test_leftovers_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    killed = (
        "import os, pathlib, sys; from treehole.corpus.writing import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1], 'part.parquet')) as stream:\n"
        "    stream.write(b'half'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    (leftover,) = tmp_path.iterdir()
    assert leftover.name.startswith(".part.parquet.")
    (tmp_path / "part-0.parquet").write_text("")
    (tmp_path / ".keep").write_text("")
    sweep(tmp_path)
    sweep(tmp_path / "nowhere")
    assert listing(tmp_path) == [".keep", "part-0.parquet"]


def test_a_leftover_that_stays_is_named(tmp_path: Path) -> None:
    stuck = tmp_path / f".a.0{writing.TEMPORARY}"
    stuck.mkdir()
    with pytest.raises(OutputError, match="remove it by hand"):
        sweep(tmp_path)
