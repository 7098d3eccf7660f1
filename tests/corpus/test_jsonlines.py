"""JSON lines: any value in a column, and lines that are none."""

import json
from pathlib import Path

import pytest
from tables import as_jsonl, read_rows, refusal


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
