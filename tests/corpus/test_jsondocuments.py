"""One large JSON array, or an object a line, element by element."""

import codecs
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.corpus.jsondocuments import json_documents
from treehole.corpus.sources import Source, find_sources
from treehole.errors import InputError

PEOPLE = [{"name": "某人", "n": 1, "x": [1.5, None, True]}, {"name": "别人", "tweets": []}]


def source(path: Path, content: bytes) -> Source:
    path.write_bytes(content)
    [found] = find_sources([str(path)], file_format="jsonl")
    return found


def read(path: Path, content: bytes) -> list[Any]:
    return list(json_documents(source(path, content)))


def array(people: list[Any]) -> str:
    return json.dumps(people, ensure_ascii=False, indent=1)


def lines(people: list[Any]) -> str:
    return "\n\n".join(json.dumps(one, ensure_ascii=False) for one in people) + "\r\n"


@pytest.mark.parametrize("write", [array, lines])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_both_forms_in_any_encoding(tmp_path: Path, write: Any, encoding: str) -> None:
    assert read(tmp_path / "a.json", write(PEOPLE).encode(encoding)) == PEOPLE


def test_packed(tmp_path: Path) -> None:
    assert read(tmp_path / "a.json.gz", gzip.compress(array(PEOPLE).encode())) == PEOPLE


def test_a_line_of_no_json_is_none(tmp_path: Path) -> None:
    content = '{"a": 1}\n{"a": \nno\n{"b": "tab\there"}\n'
    found = read(tmp_path / "a.jsonl", content.encode())
    assert found == [{"a": 1}, None, None, {"b": "tab\there"}]


def test_a_damaged_character_does_not_end_it(tmp_path: Path) -> None:
    content = array(PEOPLE).encode().replace("某".encode(), b"\xff")
    assert read(tmp_path / "a.json", content)[0]["name"] == "\ufffd人"


def test_errors_do_not_quote_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path / "a.json", '[{"name": "某人", oops}]'.encode())
    assert "oops" not in str(caught.value)
    assert "某人" not in str(caught.value)


def test_nobody(tmp_path: Path) -> None:
    assert read(tmp_path / "a.json", b" [ ] ") == []


@pytest.mark.parametrize("content", [b"", b"\n \n", codecs.BOM_UTF8])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.json is empty; expected one array of users"):
        read(tmp_path / "a.json", content)


def test_what_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no JSON; expected"):
        read(tmp_path / "a.json", b"user_id,text\n")


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_an_array_that_breaks_off(tmp_path: Path, cut: int) -> None:
    content = array(PEOPLE).encode()[:-cut]
    with pytest.raises(InputError, match="breaks off or is no JSON all through"):
        read(tmp_path / "a.json", content)


def test_an_array_with_what_json_has_not(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="breaks off or is no JSON all through"):
        read(tmp_path / "a.json", b'[{"a": NaN}]')


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text("xyz", min_size=1), PLAIN, max_size=3), min_size=1))
def test_both_forms_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, people: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("json")
    assert read(folder / "a.json", array(people).encode()) == people
    assert read(folder / "b.json", lines(people).encode()) == people
