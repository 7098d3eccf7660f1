"""Rows come back as they were written, in order, whatever the format; none is ever dropped."""

import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import (
    PACKERS,
    SHARED_FOLDER,
    TABLES,
    as_csv,
    as_jsonl,
    as_parquet,
    corpus,
    parquet,
    read_rows,
    refusal,
    whole,
)

from treehole.errors import InputError, UsageError

# --- Any table, in any format, cut in any way ------------------------------------------------


@SHARED_FOLDER
@given(TABLES, st.sampled_from([as_csv, as_jsonl, as_parquet]), st.integers(1, 15))
def test_any_table_comes_back(
    tmp_path: Path,
    rows: list[tuple[str, str]],
    write: Callable[[list[tuple[str, str]]], bytes],
    size: int,
) -> None:
    if write is as_jsonl and not rows:
        return  # no line, no key
    path = tmp_path / write.__name__.replace("as_", "a.")
    path.write_bytes(write(rows))
    block = whole(corpus(path), size)
    columns = (block.table["text"].to_pylist(), block.table["user"].to_pylist())
    assert list(zip(*columns, strict=True)) == rows
    assert set(block.damage.to_pylist()) <= {0}


@SHARED_FOLDER
@given(st.lists(st.text(st.characters(blacklist_characters="\t\r\n", codec="utf-8"))))
def test_any_tsv_comes_back(tmp_path: Path, texts: list[str]) -> None:
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    lines = [f"{i}\t{text}\r\n" for i, text in enumerate(quoted)]
    path = tmp_path / "a.tsv"
    path.write_bytes("".join(["id\ttext\n", *lines]).encode())
    assert whole(corpus(path)).table["text"].to_pylist() == texts


@SHARED_FOLDER
@given(st.binary(max_size=60), st.sampled_from(["csv", "tsv", "jsonl"]))
def test_no_line_is_dropped(tmp_path: Path, junk: bytes, ending: str) -> None:
    header = b'{"text": ""}\n' if ending == "jsonl" else b"text\n"
    path = tmp_path / f"junk.{ending}"
    path.write_bytes(header + junk + b"\n")
    try:
        read = whole(corpus(path)).table["text"].to_pylist()
    except InputError as error:
        assert "never closed" in str(error)
        return
    lines = [line for line in junk.decode(errors="replace").split("\n") if line.strip()]
    assert len(read) >= (len(lines) > 0)
    if ending != "csv":
        assert len(read) - (ending == "jsonl") >= len(lines)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_blocks_run_across_sources(tmp_path: Path, size: int) -> None:
    rows = [(f"今天第{number}次", f"{number:03}") for number in range(23)]
    (tmp_path / "a.csv").write_bytes(as_csv(rows[:4]))
    (tmp_path / "b.csv").write_bytes(as_csv([]))
    (tmp_path / "c.jsonl").write_bytes(as_jsonl(rows[4:9]))
    (tmp_path / "d.parquet").write_bytes(as_parquet(rows[9:]))
    read = corpus(tmp_path)
    for _ in range(2):
        table = whole(read, size).table
        assert list(zip(*table.to_pydict().values(), strict=True)) == rows


def test_a_block_has_at_least_one_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(as_csv([]))
    with pytest.raises(ValueError, match="at least one row, not 0"):
        corpus(tmp_path).blocks(0)


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet])
def test_compressed(
    tmp_path: Path, ending: str, write: Callable[[list[tuple[str, str]]], bytes]
) -> None:
    path = tmp_path / (write.__name__.replace("as_", "a.") + ending)
    path.write_bytes(PACKERS[ending](write([("今天天气很好", "甲")])))
    assert whole(corpus(path)).table.to_pylist() == [{"text": "今天天气很好", "user": "甲"}]


@pytest.mark.parametrize("ending", [".gz", ".zst", ".bz2", ".xz"])
def test_compressed_in_several_pieces(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(PACKERS[ending](as_csv([("a", "1")])) + PACKERS[ending](b"b,2\r\n"))
    assert whole(corpus(path)).table["text"].to_pylist() == ["a", "b"]


@pytest.mark.parametrize("ending", [".gz", ".zst", ".bz2", ".xz"])
@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet])
def test_a_compressed_file_that_breaks_off(
    tmp_path: Path, ending: str, write: Callable[[list[tuple[str, str]]], bytes]
) -> None:
    dice = random.Random(3)
    rows = [(str(dice.getrandbits(99)), "1") for _ in range(9000)]
    packed = PACKERS[ending](write(rows))
    path = tmp_path / (write.__name__.replace("as_", "a.") + ending)
    assert "fetch or make it again" in refusal(path, packed[: len(packed) * 2 // 3])


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_encodings(tmp_path: Path, codec: str, ending: str) -> None:
    text = {
        "csv": '"text",user\n"今天,天气很好",甲\n',
        "tsv": "text\tuser\n今天,天气很好\t甲\n",
        "jsonl": '{"text": "今天,天气很好", "user": "甲"}\n',
    }[ending]
    rows = read_rows(tmp_path / f"a.{ending}", text.encode(codec))
    assert rows == [("今天,天气很好", "甲", 0)]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_undecodable_bytes_damage_their_row_only(tmp_path: Path, codec: str, ending: str) -> None:
    def line(text: bytes, user: bytes) -> bytes:
        if ending == "jsonl":
            return b'{"text": "' + text + b'", "user": "' + user + b'"}\n'
        return text + (b"," if ending == "csv" else b"\t") + user + b"\n"

    good = "今天天气很好".encode(codec)
    lines = [line(b"text", b"user")] * (ending != "jsonl")
    lines += [line(good, b"1"), line(good + b"\xff!", b"2"), line(good, b"\xff"), line(good, b"4")]
    assert read_rows(tmp_path / f"a.{ending}", b"".join(lines)) == [
        ("今天天气很好", "1", 0),
        ("今天天气很好\ufffd!", "2", 1),
        ("今天天气很好", "\ufffd", 1),
        ("今天天气很好", "4", 0),
    ]


def test_a_genuine_replacement_character_is_no_damage(tmp_path: Path) -> None:
    content = "text\n今天\ufffd\n".encode() + b"\xff\n"
    assert read_rows(tmp_path / "a.csv", content) == [("今天\ufffd", 0), ("\ufffd", 1)]


# --- Several sources -------------------------------------------------------------------------


def test_the_schema_is_the_union_in_order_of_appearance(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,text\n001,a\n")
    (tmp_path / "b.jsonl").write_bytes(b'{"where": "x", "text": "b"}\n')
    parquet(
        tmp_path / "c.parquet",
        n=pa.array([1]),
        id=pa.array([2]),
        text=pa.array(["c"]),
        where=pa.nulls(1),
    )
    read = corpus(tmp_path)
    string = pa.string()
    assert read.schema == pa.schema(
        [("id", string), ("text", string), ("where", string), ("n", pa.int64())]
    )
    assert whole(read, 2).table.to_pylist() == [
        {"id": "001", "text": "a", "where": None, "n": None},
        {"id": None, "text": "b", "where": "x", "n": None},
        {"id": "2", "text": "c", "where": None, "n": 1},
    ]


def test_columns_of_different_types_become_strings(tmp_path: Path) -> None:
    values = [
        pa.array(["x"]),
        pa.array([1.5]),
        pa.array([["好"]]),
        pa.array([b"\xffy"]),
        pa.array(["z"], pa.large_string()),
        pa.array([None], pa.list_(pa.int8())),
    ]
    for number, value in enumerate(values):
        parquet(tmp_path / f"{number}.parquet", text=pa.array(["a"]), x=value)
    read = whole(corpus(tmp_path)).table["x"]
    assert read.to_pylist() == ["x", "1.5", '["好"]', "\ufffdy", "z", None]


def test_dictionaries_that_differ(tmp_path: Path) -> None:
    for name, values in {"a": ["x", "y"], "b": ["z", "y"]}.items():
        city = pa.array(values).dictionary_encode()
        parquet(tmp_path / f"{name}.parquet", text=pa.array(["t", "t"]), city=city)
    assert whole(corpus(tmp_path), 3).table["city"].to_pylist() == ["x", "y", "z", "y"]


def test_another_text_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"text,content\n1,a\n")
    (tmp_path / "b.csv").write_bytes(b"content\nb\n")
    read = corpus(tmp_path, text_column="content")
    assert whole(read).table.to_pylist() == [
        {"input_text": "1", "text": "a"},
        {"input_text": None, "text": "b"},
    ]
    (tmp_path / "c.csv").write_bytes(b"text,content,input_text\n")
    with pytest.raises(InputError, match=r"c.csv: two columns are called input_text; rename one"):
        corpus(tmp_path, text_column="content")


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_a_missing_text_column(tmp_path: Path, ending: str) -> None:
    (tmp_path / "0.csv").write_bytes(as_csv([]))
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        parquet(path, body=pa.array(["a"]), user=pa.array(["b"]))
    else:
        path.write_bytes(
            {
                "csv": b"body,user\n",
                "tsv": b"body\tuser\n",
                "jsonl": b'{"body": "a", "user": "b"}\n',
            }[ending]
        )
    with pytest.raises(UsageError, match=r"has no column text; it has body, user\..*--text-column"):
        corpus(tmp_path)


def test_a_first_row_taken_for_a_header_is_not_shown_whole(tmp_path: Path) -> None:
    comment = "今天天气很好，" * 10
    message = refusal(tmp_path / "a.csv", f"{comment},甲\n".encode(), UsageError)
    assert comment[:20] in message
    assert comment[:30] not in message


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,user\n" + b'"hello, world",1\n' * 200_000)
    read = corpus(path)
    before = pa.total_allocated_bytes()
    most = max(pa.total_allocated_bytes() - before for _ in read.blocks(1000))
    assert most < 1 << 20
