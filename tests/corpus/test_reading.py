"""Rows come back as they were written, in order, whatever the format; none is ever dropped."""

import bz2
import csv
import gzip
import io
import json
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treehole.corpus import delimited
from treehole.corpus.reading import Block, Corpus
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, UsageError

Row = tuple[str, str, int]
"""What a test asks of a row: its text, its user, its damage."""

TABLES = st.lists(
    st.tuples(
        st.text() | st.text(alphabet="\"',\n\r\t\\ 今天🙂\u200f\u2028\0{}[]1", max_size=8),
        st.text(min_size=1),
    ),
    max_size=12,
)

SHARED_FOLDER = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def corpus(*paths: Path, text_column: str = "text") -> Corpus:
    return Corpus(find_sources([str(path) for path in paths]), text_column=text_column)


def whole(read: Corpus, rows: int = 1000) -> Block:
    blocks = list(read.blocks(rows))
    assert all(block.table.schema == read.schema for block in blocks)
    assert all(len(block) == rows for block in blocks[:-1])
    assert all(0 < len(block) <= rows for block in blocks)
    assert all(block.damage.type == pa.uint8() for block in blocks)
    for block in blocks:
        block.table.validate(full=True)
    table = pa.concat_tables([read.schema.empty_table(), *(block.table for block in blocks)])
    damage = [flag for block in blocks for flag in block.damage.to_pylist()]
    assert len(table) == len(damage)
    return Block(table, pa.array(damage, pa.uint8()))


def read_rows(path: Path, content: bytes) -> list[tuple[str | int | None, ...]]:
    """Each row's cells followed by its damage."""
    path.write_bytes(content)
    block = whole(corpus(path))
    rows = zip(*(column.to_pylist() for column in block.table.columns), strict=True)
    return [(*row, flag) for row, flag in zip(rows, block.damage.to_pylist(), strict=True)]


def refusal(path: Path, content: bytes, error: type[Exception] = InputError) -> str:
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        whole(corpus(path))
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


def as_csv(rows: list[tuple[str, str]]) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink).writerows([("text", "user"), *rows])
    return sink.getvalue().encode()


def as_jsonl(rows: list[tuple[str, str]], *, ascii_only: bool = False) -> bytes:
    lines = [
        json.dumps({"text": text, "user": user}, ensure_ascii=ascii_only) for text, user in rows
    ]
    return "\n".join([*lines, ""]).encode()


def as_parquet(rows: list[tuple[str, str]]) -> bytes:
    sink = io.BytesIO()
    columns = {"text": [text for text, _ in rows], "user": [user for _, user in rows]}
    table = pa.table(columns, schema=pa.schema([("text", pa.string()), ("user", pa.string())]))
    pq.write_table(table, sink, row_group_size=5)
    return sink.getvalue()


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


# --- CSV -------------------------------------------------------------------------------------


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


# --- TSV -------------------------------------------------------------------------------------


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


# --- JSONL -----------------------------------------------------------------------------------


def test_jsonl_values(tmp_path: Path) -> None:
    lines = [
        '{"text": "今天", "id": "001"}',
        '{"id": 12345678901234567890, "text": 7}',
        '{"text": null, "more": {"a": ["好", 1.5, true]}}',
        "{}",
        '{"text": "a\tb"}',
    ]
    rows = read_rows(tmp_path / "a.jsonl", "\n\n".join(lines).encode())
    assert rows == [
        ("今天", "001", None, 0),
        ("7", "12345678901234567890", None, 0),
        ("", None, '{"a": ["好", 1.5, true]}', 0),
        ("", None, None, 0),
        ("a\tb", None, None, 0),
    ]


@pytest.mark.parametrize(
    "line", ["今天天气很好", '{"text": "今天', "[1]", '"今天"', "null", "[" * 9999, '{"text": 1}{}']
)
def test_jsonl_that_is_no_object_is_unreadable(tmp_path: Path, line: str) -> None:
    content = f'{line}\n{{"text": "a", "id": "1"}}\n'.encode()
    rows = read_rows(tmp_path / "a.jsonl", content)
    assert rows == [(line, None, 2), ("a", "1", 0)]


def test_lone_surrogates_are_damage(tmp_path: Path) -> None:
    lines = [r'{"text": "a\ud83d"}', r'{"text": "\ud83d\ude42"}', r'{"text": "b", "\udc00": "c"}']
    rows = read_rows(tmp_path / "a.jsonl", "\n".join(lines).encode())
    assert rows == [("a\ufffd", 1), ("🙂", 0), (lines[2], 2)]


def test_escaped_jsonl(tmp_path: Path) -> None:
    content = as_jsonl([("今天\n🙂\0", "甲")], ascii_only=True)
    assert read_rows(tmp_path / "a.jsonl", content) == [("今天\n🙂\0", "甲", 0)]


def test_jsonl_that_cannot_be_read(tmp_path: Path) -> None:
    keys = "\n".join(json.dumps({"text": "a", str(number): 1}) for number in range(2000))
    assert "more than 1000 different keys" in refusal(tmp_path / "a.jsonl", keys.encode())
    assert "is empty" in refusal(tmp_path / "b.jsonl", b"\n \n")


# --- Parquet ---------------------------------------------------------------------------------


def parquet(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.dictionary(pa.int32(), pa.string()),
    ],
)
def test_parquet_text_of_any_type(tmp_path: Path, kind: pa.DataType) -> None:
    strings = pa.array(["今天", None, "🙂"])
    text = strings.dictionary_encode() if pa.types.is_dictionary(kind) else strings.cast(kind)
    block = whole(corpus(parquet(tmp_path / "a.parquet", text=text)))
    assert block.table.schema == pa.schema([("text", pa.string())])
    assert block.table["text"].to_pylist() == ["今天", "", "🙂"]
    assert block.damage.to_pylist() == [0, 0, 0]


def test_parquet_types_are_kept(tmp_path: Path) -> None:
    columns = {
        "id": pa.array([1, None]),
        "when": pa.array([0, 1], pa.timestamp("us", "Asia/Shanghai")),
        "tags": pa.array([["a"], None]),
        "city": pa.array(["北京", "上海"]).dictionary_encode(),
        "raw": pa.array([b"\xff", b""]),
    }
    path = parquet(tmp_path / "a.parquet", text=pa.array(["a", "b"]), **columns)
    assert whole(corpus(path)).table.equals(pa.table({"text": ["a", "b"], **columns}))


def test_parquet_of_all_null_text(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", text=pa.nulls(2))
    assert whole(corpus(path)).table["text"].to_pylist() == ["", ""]


def invalid_strings() -> pa.Array:
    """Arrow builds this without complaint, and so does a careless writer."""
    offsets = pa.array([0, 1, 3], pa.int32()).buffers()[1]
    return pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"ab\xff"))


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("column", ["text", "user"])
def test_parquet_that_is_not_utf_8(tmp_path: Path, column: str, encoded: bool) -> None:
    broken = invalid_strings()
    columns = {"text": pa.array(["a", "b"]), "user": pa.array(["1", "2"])}
    columns[column] = broken.dictionary_encode() if encoded else broken
    block = whole(corpus(parquet(tmp_path / "a.parquet", **columns)))
    assert block.table[column].to_pylist() == ["a", "b\ufffd"]
    assert block.damage.to_pylist() == [0, 1]


def test_parquet_text_in_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    text = pa.array([b"a\xff", "今天".encode(), None, b""])
    block = whole(corpus(parquet(tmp_path / "a.parquet", text=text)))
    assert block.table["text"].to_pylist() == ["a\ufffd", "今天", "", ""]
    assert block.damage.to_pylist() == [1, 0, 0, 0]


def test_parquet_text_of_the_wrong_type(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", text=pa.array([1]), body=pa.array(["a"]))
    with pytest.raises(UsageError, match=r"column text is of type int64.*--text-column"):
        corpus(path)
    assert whole(corpus(path, text_column="body")).table.to_pylist() == [
        {"input_text": 1, "text": "a"}
    ]


def test_damaged_parquet(tmp_path: Path) -> None:
    content = as_parquet([("今天天气很好", str(number)) for number in range(2000)])
    path = tmp_path / "a.parquet"
    assert "no Parquet file or a damaged one" in refusal(path, b"text\na\n")
    assert "no Parquet file or a damaged one" in refusal(path, b"")
    for end in (3, 4, 100, len(content) // 2, len(content) - 1):
        assert "no Parquet file or a damaged one" in refusal(path, content[:end])


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
