"""Pseudonyms: the same for the same key, unlike for any other."""

import hashlib
import hmac
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.corpus.pseudonyms import (
    Pseudonyms,
    identities,
    make_key,
    pseudonymised,
    pseudonyms,
)
from treehole.errors import InputError, OutputError, UsageError

KEY = "0123456789abcdef"


@given(st.text(), st.text())
def test_people_are_told_apart(one: str, other: str) -> None:
    give = Pseudonyms(KEY.encode()).of
    assert (give(one) == give(other)) == (one == other)
    assert give(one) != give(one, "a")
    assert give(one) != Pseudonyms(b"another key of the pseudonyms").of(one)


def test_it_is_the_standard_one() -> None:
    digest = hmac.new(KEY.encode(), b"u\x00carol", hashlib.sha256).digest()
    found = Pseudonyms(KEY.encode()).of("carol")
    assert found.startswith("u-")
    assert len(found) == 18
    assert int.from_bytes(digest[:10], "big") == int(
        "".join(f"{'abcdefghijklmnopqrstuvwxyz234567'.index(c):05b}" for c in found[2:]), 2
    )


def test_the_key_stays_hidden() -> None:
    assert "0123" not in repr(Pseudonyms(KEY.encode()))


def test_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TREEHOLE_KEY", raising=False)
    assert pseudonyms() is None


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREEHOLE_KEY", f" {KEY}\n")
    assert pseudonyms() == Pseudonyms(KEY.encode())
    monkeypatch.setenv("TREEHOLE_KEY", "short")
    with pytest.raises(UsageError, match=r"fewer than 16 characters.*openssl"):
        pseudonyms()


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "key"
    make_key(path)
    known = pseudonyms(path)
    make_key(path)
    assert pseudonyms(path) == known
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(InputError, match=r"can be read by others.*chmod 600"):
        pseudonyms(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the key of the pseudonyms cannot be read"):
        pseudonyms(tmp_path / "key")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        make_key(tmp_path / "file" / "key")


def column(values: list[object], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    "values",
    [
        column(["1", " 2 ", "", None]),
        column([1, 2, None, None], pa.int64()),
        column([1.0, 2.0, None, float("nan")]),
        column(["1", "2", "", None]).dictionary_encode(),
        column(["1", "2", " ", None], pa.large_string()),
    ],
)
def test_who_a_row_names(values: pa.ChunkedArray) -> None:
    assert identities(values).to_pylist() == ["1", "2", None, None]
    give = Pseudonyms(KEY.encode())
    assert pseudonymised(values, give).to_pylist() == [give.of("1"), give.of("2"), None, None]
    assert pseudonymised(values, None).to_pylist() == ["1", "2", None, None]


def test_what_names_nobody_is_told() -> None:
    with pytest.raises(InputError, match="user_id holds list<item: int64>, not names"):
        identities(column([[1]]))


def test_a_pseudonym_stays() -> None:
    give = Pseudonyms(KEY.encode())
    once = pseudonymised(column(["1", None, "u-1"]), give)
    assert pseudonymised(once, give).equals(once)
    assert once[2].as_py() == give.of("u-1")
    assert len(pseudonymised(pa.chunked_array([], pa.string()), give)) == 0


def test_a_key_is_told_from_others_by_its_mark() -> None:
    mark = Pseudonyms(KEY.encode()).mark
    assert mark == Pseudonyms(KEY.encode()).mark != Pseudonyms(b"another key of them").mark
    assert mark.startswith("k-")
