"""Parquet: text of any type, types kept, and damaged files."""

from pathlib import Path

import pyarrow as pa
import pytest
from tables import as_parquet, corpus, parquet, refusal, whole

from treehole.errors import UsageError


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
