"""Documents to pretrain on."""

import gzip
import lzma
from pathlib import Path

import pytest

from treehole.errors import InputError, UsageError
from treehole.models.documents import documents, find_texts


def read(path: Path, text_column: str = "text") -> list[list[str]]:
    [source] = find_texts([str(path)])
    return list(documents(source, text_column))


def test_blank_lines_divide_documents(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("\n早上好\n你也早\n\n \n今天去哪\r\n公园", "utf-8")
    assert read(path) == [["早上好", "你也早"], ["今天去哪", "公园"]]


def test_without_blank_lines_each_line_is_one(tmp_path: Path) -> None:
    path = tmp_path / "posts"
    path.write_text("早上好，\n今天去哪\t呢\n", "utf-8")
    assert read(path) == [["早上好，"], ["今天去哪\t呢"]]


@pytest.mark.parametrize(("ending", "pack"), [("xz", lzma.compress), ("gz", gzip.compress)])
def test_packed_text_is_unpacked(tmp_path: Path, ending: str, pack: object) -> None:
    path = tmp_path / f"posts.txt.{ending}"
    path.write_bytes(pack("早上好\n".encode("gb18030") * 100))  # type: ignore[operator]
    assert read(path) == [["早上好"]] * 100


def test_each_row_of_a_table_is_one(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text('id,body\n1,"早上好\n你也早"\n2,\n3,公园\n', "utf-8")
    assert read(path, "body") == [["早上好", "你也早"], ["公园"]]
    with pytest.raises(UsageError, match="--text-column"):
        read(path)


def test_damaged_bytes_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_bytes("早上好\n".encode() * 99 + b"\xff" + "公园\n".encode())
    assert read(path)[-1] == ["公园"]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(b"\x89PNG\r\n")
    with pytest.raises(InputError, match="a picture"):
        read(path)
    with pytest.raises(InputError, match="does not exist"):
        find_texts([str(tmp_path / "none.txt")])
    with pytest.raises(UsageError, match="name files"):
        find_texts(["-"])
