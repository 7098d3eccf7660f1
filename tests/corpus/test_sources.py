"""What a person types becomes an ordered list of sources, or one clear line."""

import bz2
import gzip
import hashlib
import io
import logging
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from treehole.corpus.sources import Source, find_sources, spool_stdin
from treehole.errors import InputError, UsageError

CSV = "text,user\n今天天气很好,甲\n".encode()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe("/box/b.csv", CSV)
    filesystem.pipe("/box/sub/a.tsv", b"text\tuser\n")
    filesystem.pipe("/box/.hidden.csv", CSV)
    filesystem.pipe("/box/notes.md", b"# notes\n")
    yield filesystem
    filesystem.rm("/box", recursive=True)


def put(path: Path, content: bytes = CSV) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(sources: list[Source]) -> list[str]:
    return [source.name for source in sources]


def parquet_bytes() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["今天天气很好"]}), sink)
    return sink.getvalue()


def refusal(*inputs: object, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        find_sources([str(given) for given in inputs], **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("ending", "file_format", "compression"),
    [
        ("csv", "csv", None),
        ("CSV", "csv", None),
        ("tsv", "tsv", None),
        ("jsonl", "jsonl", None),
        ("ndjson", "jsonl", None),
        ("csv.gz", "csv", "gzip"),
        ("tsv.zst", "tsv", "zstd"),
        ("jsonl.bz2", "jsonl", "bz2"),
        ("ndjson.xz", "jsonl", "xz"),
        ("pq.gz", "parquet", "gzip"),
    ],
)
def test_the_ending_tells_format_and_compression(
    memory: fsspec.AbstractFileSystem, ending: str, file_format: str, compression: str | None
) -> None:
    memory.pipe(f"/box/x.{ending}", b"?")
    (source,) = find_sources([f"memory://box/x.{ending}"])
    assert (source.format, source.compression) == (file_format, compression)


@pytest.mark.parametrize("name", ["comments", "comments.txt", "comments.json"])
@pytest.mark.parametrize(
    ("content", "file_format"),
    [
        (CSV, "csv"),
        (b"text\n", "csv"),
        (b"", "csv"),
        (b"text\tuser\na,b\tc\n", "tsv"),
        (b'text,user\n"a\tb",c\n', "csv"),
        (b' \n {"text": "a\tb"}\n', "jsonl"),
        ("\ufeff{}".encode(), "jsonl"),
        ("text\tuser\n".encode("utf-16"), "tsv"),
        ("正文\t用户\n".encode("gb18030"), "tsv"),
        (parquet_bytes(), "parquet"),
    ],
)
def test_content_tells_where_the_ending_does_not(
    here: Path, name: str, content: bytes, file_format: str
) -> None:
    put(here / name, content)
    put(here / "packed", gzip.compress(content))
    plain, packed = find_sources([name, "packed"])
    assert (plain.format, plain.compression) == (file_format, None)
    assert (packed.format, packed.compression) == (file_format, "gzip")


def test_local_content_wins_over_a_wrong_ending(here: Path) -> None:
    put(here / "a.csv", parquet_bytes())
    put(here / "b.csv", gzip.compress(CSV))
    put(here / "c.tsv", zstandard.compress(CSV.replace(b",", b"\t")))
    put(here / "d.csv.gz", zstandard.compress(CSV))
    found = [(s.format, s.compression) for s in find_sources(["."])]
    assert found == [("parquet", None), ("csv", "gzip"), ("tsv", "zstd"), ("csv", "zstd")]
    assert find_sources(["d.csv.gz"])[0].open().read() == CSV


def test_a_format_can_be_forced(here: Path) -> None:
    put(here / "a.csv", b"[text]\tuser\n")
    assert find_sources(["a.csv"])[0].format == "csv"
    assert find_sources(["a.csv"], file_format="tsv")[0].format == "tsv"
    assert find_sources(["a.csv"], file_format="ndjson")[0].format == "jsonl"
    put(here / "b.csv", parquet_bytes())
    assert "b.csv is Parquet, not csv" in refusal("b.csv", file_format="csv")
    with pytest.raises(UsageError, match=r"xml is no format.*csv, tsv"):
        find_sources(["a.csv"], file_format="xml")


def test_order_is_that_of_the_command_line_and_of_names_within_a_folder(here: Path) -> None:
    for name in ["z.csv", "in/b.csv", "in/a.jsonl", "in/deep/c.parquet", "in/readme.md"]:
        put(here / name, parquet_bytes() if name.endswith("parquet") else CSV)
    for name in ["in/.hidden.csv", "in/.git/d.csv"]:
        put(here / name)
    expected = ["z.csv", "in/a.jsonl", "in/b.csv", "in/deep/c.parquet"]
    assert names(find_sources(["z.csv", "in"])) == expected
    assert names(find_sources(["in/*.csv"])) == ["in/b.csv"]
    assert names(find_sources(["in/**/[bc].*"])) == ["in/b.csv", "in/deep/c.parquet"]
    assert names(find_sources(["in/.hidden.csv"])) == ["in/.hidden.csv"]
    assert names(find_sources([str(here / "z.csv")])) == [str(here / "z.csv")]


def test_a_name_with_glob_characters_is_a_name_first(here: Path) -> None:
    put(here / "a[1].csv")
    put(here / "a1.csv")
    assert names(find_sources(["a[1].csv"])) == ["a[1].csv"]
    assert find_sources(["a[1].csv"])[0].open().read() == CSV


def test_the_same_file_is_read_once(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(here / "a.csv")
    (here / "link.csv").symlink_to("a.csv")
    with caplog.at_level(logging.WARNING):
        found = find_sources(["a.csv", "*.csv", f"file://{here}/a.csv", "./a.csv"])
    assert names(found) == ["a.csv"]
    assert "link.csv is named twice; it is read once" in caplog.text


def test_links_to_folders_are_followed_and_may_lead_back(here: Path) -> None:
    put(here / "elsewhere/b.csv")
    put(here / "in/a.csv")
    (here / "in/more").symlink_to("../elsewhere")
    (here / "elsewhere/back").symlink_to("../in")
    assert names(find_sources(["in"])) == ["in/a.csv", "in/more/b.csv"]


def test_standard_input_is_kept_in_a_file(tmp_path: Path) -> None:
    path = spool_stdin(io.BytesIO(gzip.compress(CSV)), tmp_path / "run")
    (source,) = find_sources(["-"], stdin=path)
    assert (source.name, source.format, source.compression) == ("standard input", "csv", "gzip")
    assert source.open().read() == CSV
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_fingerprint_and_size_are_of_the_bytes_as_stored(here: Path) -> None:
    stored = gzip.compress(CSV * 50_000)
    put(here / "a.csv.gz", stored)
    (source,) = find_sources(["a.csv.gz"])
    assert source.fingerprint() == hashlib.sha256(stored).hexdigest()
    assert source.size == len(stored)


def test_addresses(memory: fsspec.AbstractFileSystem) -> None:
    (source,) = find_sources(["memory://box/b.csv"])
    assert source.open().read() == CSV
    assert source.fingerprint() == hashlib.sha256(CSV).hexdigest()
    assert (source.name, source.size) == ("memory:///box/b.csv", len(CSV))
    both = ["memory:///box/b.csv", "memory:///box/sub/a.tsv"]
    assert names(find_sources(["memory://box"])) == both
    assert names(find_sources(["memory://box/*.csv"])) == both[:1]
    assert names(find_sources(["memory://box/**/*.[ct]sv", "memory://box/b.csv"])) == both
    memory.pipe("/box/unsaid", parquet_bytes())
    assert find_sources(["memory://box/unsaid"])[0].format == "parquet"


@pytest.fixture
def website(tmp_path: Path) -> Iterator[str]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_web_addresses(website: str, tmp_path: Path) -> None:
    put(tmp_path / "a.csv")
    put(tmp_path / "b.csv.gz", gzip.compress(CSV))
    (plain, packed) = find_sources([f"{website}/a.csv", f"{website}/b.csv.gz"])
    assert plain.open().read() == packed.open().read() == CSV
    assert plain.fingerprint() == hashlib.sha256(CSV).hexdigest()
    assert f"{website}/c.csv cannot be reached: 404" in refusal(f"{website}/c.csv")


def test_addresses_that_lead_nowhere(memory: fsspec.AbstractFileSystem) -> None:
    assert "memory://box/c.csv does not exist" in refusal("memory://box/c.csv")
    assert "no file matches memory://box/*.pq" in refusal("memory://box/*.pq")
    memory.pipe("/box/empty/notes.md", b"#")
    assert "holds no file that ends in .csv" in refusal("memory://box/empty")
    assert "cannot be reached: Protocol not known: nosuch" in refusal("nosuch://box/a.csv")


def test_secrets_in_addresses_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str) -> None:
        message = f"no answer from {url}"
        raise TimeoutError(message)

    monkeypatch.setattr(fsspec.core, "url_to_fs", refuse)
    message = refusal("https://me:secret@host/a.csv?signature=secret")
    assert "https://host/a.csv cannot be reached: no answer from https://host/a.csv" in message


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str) -> None:
        message = "Install s3fs to access S3"
        raise ImportError(message)

    monkeypatch.setattr(fsspec.core, "url_to_fs", refuse)
    message = refusal("s3://bucket/a.csv")
    assert message.endswith("needs a package that is not installed: Install s3fs to access S3")


def test_what_is_not_there(here: Path) -> None:
    (here / "empty").mkdir()
    (here / "dangling.csv").symlink_to("nowhere")
    assert refusal("a.csv") == "a.csv does not exist; check the path"
    assert refusal("dangling.csv") == "dangling.csv does not exist; check the path"
    assert "cannot be read: " in refusal("x" * 300)
    assert refusal("*.tsv") == "no file matches *.tsv; check the pattern"
    assert "empty holds no file that ends in .csv, .tsv, .jsonl" in refusal("empty")
    with pytest.raises(UsageError, match="no input was named"):
        find_sources([])
    with pytest.raises(ValueError, match="spooled"):
        find_sources(["-"])


def test_what_may_not_be_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(here / "a.csv").chmod(0)
    if os.geteuid() == 0:  # root may read anything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.open", refuse)
    assert refusal("a.csv") == "a.csv may not be read; ask for permission to read it"


def test_a_pipe_is_sent_to_standard_input(here: Path) -> None:
    os.mkfifo(here / "pipe")
    assert "name - as the input" in refusal("pipe")


def zip_bytes() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return sink.getvalue()


def sqlite_bytes(path: Path) -> bytes:
    database = sqlite3.connect(path)
    database.execute("create table comment (text)")
    database.commit()
    database.close()
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.xlsx", "a"])
@pytest.mark.parametrize(
    "kind",
    [
        "an Excel workbook",
        "a PDF",
        "a picture",
        "an SQLite database",
        "a tar archive",
        "a web page",
    ],
)
def test_what_is_no_table(here: Path, name: str, kind: str) -> None:
    content = {
        "an Excel workbook": zip_bytes(),
        "a PDF": b"%PDF-1.7\n",
        "a picture": b"\x89PNG\r\n\x1a\n",
        "an SQLite database": sqlite_bytes(here / "x.db"),
        "a web page": b"<!DOCTYPE html><html>",
        "a tar archive": b"a.csv".ljust(257, b"\0") + b"ustar\x0000",
    }[kind]
    put(here / name, content)
    put(here / "packed.csv.bz2", bz2.compress(content))
    for message in (refusal(name), refusal("packed.csv.bz2")):
        assert kind in message
        assert message.endswith(", not a text table; save it as CSV or Parquet")


def test_a_json_array_is_told_from_json_lines(here: Path) -> None:
    put(here / "a.json", b'[{"text": "a"}]')
    assert "write one object a line" in refusal("a.json")


@pytest.mark.parametrize("ending", ["gz", "zst", "bz2", "xz"])
def test_what_is_not_compressed_as_its_name_says(here: Path, ending: str) -> None:
    put(here / f"a.csv.{ending}")
    assert "breaks off or is damaged" in refusal(f"a.csv.{ending}")


def test_a_name_that_is_no_text_can_be_shown(here: Path) -> None:
    raw = os.fsencode(here) + b"/\xff.csv"
    Path(os.fsdecode(raw)).write_bytes(CSV)
    (source,) = find_sources(["."])
    assert source.name == "\ufffd.csv"
    assert source.open().read() == CSV
