"""The encoding is told from a sample, never guessed to be Latin-1."""

import io
import logging
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehole.corpus import encoding
from treehole.corpus.encoding import SAMPLE, UNDECODABLE, detect_encoding, text_lines
from treehole.errors import InputError

LINES = "今天天气很好，适合出门散步\n晚饭吃了面条\n明天见 🙂\n"


def detected(content: bytes) -> str:
    return detect_encoding(io.BytesIO(content), "a.csv")


def lines(content: bytes, codec: str, newline: str = "\n") -> list[str]:
    return list(text_lines(io.BytesIO(content), "a.csv", codec, newline))


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
    ],
)
def test_detection_and_decoding(codec: str, expected: str) -> None:
    content = LINES.encode(codec)
    assert detected(content) == expected
    assert "".join(lines(content, expected)) == LINES


def test_big_endian_mark() -> None:
    assert lines(b"\xfe\xff" + LINES.encode("utf-16-be"), "utf-16") == LINES.splitlines(True)
    assert detected(b"\xfe\xff" + LINES.encode("utf-16-be")) == "utf-16"


@pytest.mark.parametrize("codec", ["gbk", "gb2312"])
def test_the_older_chinese_encodings_are_read_as_gb18030(codec: str) -> None:
    assert detected("今天天气很好\n".encode(codec)) == "gb18030"


@pytest.mark.parametrize("content", [b"", b"text\n", b"text\nhello\n", b"a" * (SAMPLE + 1)])
def test_ascii_is_utf_8(content: bytes) -> None:
    assert detected(content) == "utf-8"


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("before", [SAMPLE - 2, SAMPLE - 1, SAMPLE, 3 * SAMPLE + 5])
def test_ascii_at_the_start_defers_the_decision(codec: str, before: int) -> None:
    content = b"hello, world\n" * (before // 13) + b"x" * (before % 13) + LINES.encode(codec)
    assert detected(content) == codec


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("shift", range(4))
def test_a_sample_may_end_within_a_character(codec: str, shift: int) -> None:
    assert detected(b"x" * shift + ("很" * SAMPLE).encode(codec)) == codec


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3])
def test_a_few_damaged_lines_do_not_turn_the_file(codec: str, share: float) -> None:
    dice = random.Random(1)
    good = [line.encode(codec) for line in LINES.splitlines(True)] * 200
    content = b"".join(b"\xff\xfe" + line if dice.random() < share else line for line in good)
    assert detected(b"text\n" + content) == codec


def test_latin_1_is_never_guessed() -> None:
    content = "café\n".encode("latin-1")
    assert detected(content) == "utf-8"
    assert lines(content, "utf-8") == [f"caf{UNDECODABLE}\n"]


def test_nuls_do_not_make_a_file_binary() -> None:
    assert detected("text\n今\0天\0\0\0\n".encode()) == "utf-8"
    assert detected(b"text\n" + b"\0" * 9999) == "utf-8"
    assert detected(b"text\n\xff\0\1\n" + b"hello, world\n" * 99) == "utf-8"


def test_binary_content_is_refused() -> None:
    with pytest.raises(InputError, match=r"a.csv is not a text table; save it as CSV or Parquet"):
        detected(random.Random(7).randbytes(100_000))


@pytest.mark.parametrize(
    ("content", "level", "message"),
    [
        (LINES.encode("gb18030"), logging.WARNING, "a.csv: read as GB18030"),
        (LINES.encode("utf-16"), logging.INFO, "a.csv: read as UTF-16"),
        (b"\xff\n", logging.WARNING, "a.csv: 100 % of its lines are not valid UTF-8"),
    ],
)
def test_what_is_not_utf_8_is_said(
    content: bytes, level: int, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "treehole"):
        detected(content)
        detected(LINES.encode())
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (level, message)
    ]


@settings(deadline=None)
@given(st.binary(), st.sampled_from(["utf-8", "gb18030", "utf-16-le"]))
def test_marks_stand_where_replace_puts_the_replacement_character(
    content: bytes, codec: str
) -> None:
    marked = "".join(lines(content, codec))
    assert marked.replace(UNDECODABLE, "\ufffd") == content.decode(codec, errors="replace")


def test_a_genuine_replacement_character_is_no_mark() -> None:
    assert lines("a\ufffdb".encode(), "utf-8") == ["a\ufffdb"]


def test_line_ends() -> None:
    content = "a\rb\r\nc\u2028d\x0be\n".encode()
    assert lines(content, "utf-8", "\n") == ["a\rb\r\n", "c\u2028d\x0be\n"]
    assert lines(content, "utf-8", "") == ["a\r", "b\r\n", "c\u2028d\x0be\n"]


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "LINE_LIMIT", 1000)
    assert lines(b"x" * 999, "utf-8") == ["x" * 999]
    with pytest.raises(InputError, match=r"a.csv:2: the line is longer than 1,000 characters"):
        lines(b"text\n" + b"x" * 5000, "utf-8")
