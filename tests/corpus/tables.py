"""Writes tables in any format and reads them back whole, for the tests of reading."""

import bz2
import csv
import gzip
import io
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from treehole.corpus.reading import Block, Corpus
from treehole.corpus.sources import find_sources
from treehole.errors import InputError

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


def parquet(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(columns), path)
    return path
