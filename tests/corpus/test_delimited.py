"""CSV and TSV, as people and programs write them, broken ones among them."""

import random
from pathlib import Path

import pyarrow as pa
import pytest
from tables import Row, corpus, read_rows, refusal, whole

from treehole.corpus import delimited


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ('"a\r\nb, ""c""\n",1\n', [('a\r\nb, "c"\n', "1", 0)]),
        ("a,001\rb,\r\n\n,3\n", [("a", "001", 0), ("b", None, 0), ("", "3", 0)]),
        ("a,1\n\n  \nb,2", [("a", "1", 0), ("b", "2", 0)]),
        ('he said "hi",1\n', [('he said "hi"', "1", 0)]),
        ("a\\,1\n", [("a\\", "1", 0)]),
        ("a\nb,2,3\nc,3\n", [("a", None, 2), ("b,2,3", None, 2), ("c", "3", 0)]),
        ('"a\nb"\nc,3\n', [('"a\nb"', None, 2), ("c", "3", 0)]),
        ('"a" b,1\r\nc,3\n', [('"a" b,1', None, 2), ("c", "3", 0)]),
        ('x,"a\n"b",2\n"c",3\n', [('x,"a', None, 2), ("b", "2", 0), ("c", "3", 0)]),
        ('"a"b,1', [('"a"b,1', None, 2)]),
        (" a \n", [(" a ", None, 2)]),
        (",\n", [("", None, 0)]),
    ],
)
def test_csv_rows(tmp_path: Path, body: str, rows: list[Row]) -> None:
    assert read_rows(tmp_path / "a.csv", b"text,user\n" + body.encode()) == rows


def test_a_damaged_row_that_is_unreadable_too_is_unreadable(tmp_path: Path) -> None:
    rows = read_rows(tmp_path / "a.csv", b"text,user\n\xff,1,2\n")
    assert rows == [("\ufffd,1,2", None, 2)]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('a,1\n"b,2\nc,3\n', 3),
        ('a,1\n"b,2', 3),
        ('"a\nb","c\nd,3\n', 3),
        ('"a\rb",1\r"c""\r,2\r', 4),
        ('"a\nb\nc" d,1\ne,"f\ng\n', 5),
    ],
)
def test_a_quote_that_is_never_closed(tmp_path: Path, body: str, line: int) -> None:
    message = refusal(tmp_path / "a.csv", b"text,user\n" + body.encode())
    assert f"a.csv:{line}: the quote that opens here is never closed; close it" in message


def test_a_quote_that_is_not_closed_within_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "LINE_LIMIT", 10_000)
    message = refusal(tmp_path / "a.csv", b'text\nx\n"a\n' + b"b\n" * 9000 + b'c"\n')
    assert "a.csv:3: the quote that opens here is never closed" in message


def test_a_cell_of_64_mebibytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'text,user\n"' + (b"a" * 1023 + b"\n") * (64 << 10) + b'",1\n')
    block = whole(corpus(path))
    assert len(block.table["text"][0].as_py()) == 64 << 20
    assert block.damage.to_pylist() == [0]


@pytest.mark.parametrize("header", ["\ufeff text ,user\n", ' text,"user"\r\n', "\n  \ntext,user\n"])
def test_header_names_are_stripped(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(header + "a,1\n", newline="")
    read = corpus(path)
    assert read.schema.names == ["text", "user"]
    assert whole(read).table.to_pylist() == [{"text": "a", "user": "1"}]


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_header_alone_has_no_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"text\n")
    read = corpus(path)
    assert list(read.blocks(10)) == []
    assert read.schema == pa.schema([("text", pa.string())])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; expected a line that names the columns"),
        (b"\n\n", "is empty"),
        (b"text,user,text\n", "two columns are called text; rename one"),
        (b",\na,b\n", "the first line does not name columns"),
        (b",text\n0,a\n", "column 1 has no name; give it one"),
        (b'"text"x,user\n', "the first line does not name columns"),
        ('text,"user\n今天\n'.encode(), ":1: the quote that opens here is never closed"),
        ("text,user\n今天,1\n".encode("utf-16-le"), "the first line does not name columns"),
        (random.Random(5).randbytes(9999), "is not a text table; save it as CSV or Parquet"),
    ],
)
def test_csv_that_cannot_be_read(tmp_path: Path, content: bytes, message: str) -> None:
    assert message in refusal(tmp_path / "a.csv", content)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("a\t001\nb\t\r\n\n\t3\n", [("a", "001", 0), ("b", None, 0), ("", "3", 0)]),
        ('"a ""b"""\t1\n', [('a "b"', "1", 0)]),
        ('"a\t1\nb"\t"\n', [('"a', "1", 0), ('b"', '"', 0)]),
        ('"a" "b"\t""\n', [('"a" "b"', None, 0)]),
        ("a\nb\t2\t3\n", [("a", None, 2), ("b\t2\t3", None, 2)]),
        ("a\rb\t1\n", [("a\rb", "1", 0)]),
    ],
)
def test_tsv_rows(tmp_path: Path, body: str, rows: list[Row]) -> None:
    assert read_rows(tmp_path / "a.tsv", b"text\tuser\n" + body.encode()) == rows
