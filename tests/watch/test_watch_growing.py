"""A file that grows, is cut, replaced or moved away while it is read."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.corpus.delimited import RECORD_LINES, whole_records
from treehole.corpus.reading import Corpus
from treehole.errors import InputError, UsageError
from treehole.watch import growing
from treehole.watch.growing import GrowingFile, Position
from treehole.watch.rows import Columns, Row, source_of

HEADER = "comment_id,user_id,text\n"


def line(number: int, text: str = "今天下雨") -> str:
    row = {"comment_id": f"c{number}", "user_id": f"u{number}", "text": text}
    return json.dumps(row, ensure_ascii=False) + "\n"


def lines(*numbers: int) -> str:
    return "".join(line(number) for number in numbers)


def add(path: Path, content: str | bytes) -> None:
    with path.open("ab") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


def drained(file: GrowingFile, *, final: bool = False) -> list[Row]:
    rows: list[Row] = []
    while (found := file.read(50, final=final)) is not None:
        rows += found
    return rows


def ids(rows: Sequence[Row]) -> list[str | None]:
    return [row.comment_id for row in rows]


def again(file: GrowingFile) -> GrowingFile:
    """As if it had been killed: what is known is what the queue holds."""
    file.release()
    told = json.loads(json.dumps(file.position and file.position.as_json()))
    return GrowingFile(file.path, Columns(), told and Position.of_json(told))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "comments.jsonl"


@pytest.fixture
def file(path: Path) -> GrowingFile:
    return GrowingFile(path, Columns())


def test_only_whole_lines_are_read(path: Path, file: GrowingFile) -> None:
    assert file.read(9) is None
    add(path, lines(1, 2) + line(3)[:20])
    assert ids(drained(file)) == ["c1", "c2"]
    add(path, line(3)[20:-1])
    assert drained(file) == []
    add(path, "\n")
    assert ids(drained(file)) == ["c3"]


def test_a_kill_is_gone_on_from(path: Path, file: GrowingFile) -> None:
    add(path, lines(*range(500)))
    rows = [file.read(400) for _ in range(2)][1] or []
    rows += drained(again(file))
    assert ids(rows) == [f"c{number}" for number in range(500)]
    assert len({row.origin for row in rows}) == 500


@pytest.mark.parametrize("killed", [False, True])
def test_what_was_moved_away_is_read_to_its_end(
    path: Path, file: GrowingFile, killed: bool
) -> None:
    add(path, lines(1))
    rows = drained(file)
    add(path, lines(2, 3).rstrip("\n"))
    path.rename(path.with_name("comments.jsonl.1"))
    add(path, lines(4))
    file = again(file) if killed else file
    assert ids(rows + drained(file)) == ["c1", "c2", "c3", "c4"]
    add(path, lines(5))
    assert ids(drained(again(file))) == ["c5"]


def test_what_was_moved_and_deleted_is_read_to_its_end(path: Path, file: GrowingFile) -> None:
    add(path, lines(1))
    drained(file)
    add(path, lines(2))
    path.unlink()
    assert ids(drained(file)) == ["c2"]
    add(path, lines(3))
    assert ids(drained(file)) == ["c3"]


@pytest.mark.parametrize("killed", [False, True])
def test_a_copy_that_went_on_is_gone_on_with(path: Path, file: GrowingFile, killed: bool) -> None:
    add(path, lines(1, 2) + line(3)[:9])
    drained(file)
    new = path.with_name("new")
    new.write_text(lines(1, 2, 3, 4), "utf-8")
    new.replace(path)
    assert ids(drained(again(file) if killed else file)) == ["c3", "c4"]


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("longer", [False, True])
def test_what_was_cut_is_read_from_its_start(
    path: Path, file: GrowingFile, killed: bool, longer: bool, caplog: pytest.LogCaptureFixture
) -> None:
    add(path, lines(1, 2, 3))
    drained(file)
    path.write_text(lines(*range(4, 9) if longer else [4]), "utf-8")
    found = drained(again(file) if killed else file)
    assert ids(found) == (["c4", "c5", "c6", "c7", "c8"] if longer else ["c4"])
    assert "read from its start" in caplog.text


def test_what_took_the_place_of_a_file_that_is_gone_is_said(
    path: Path, file: GrowingFile, caplog: pytest.LogCaptureFixture
) -> None:
    add(path, lines(1))
    drained(file)
    path.rename(path.with_name("kept"))  # so that the number of the file is not given again
    path.with_name("kept").write_text("another", "utf-8")
    add(path, lines(2))
    assert ids(drained(again(file))) == ["c2"]
    assert "was replaced" in caplog.text


def test_a_bad_line_is_read_as_it_stands(path: Path, file: GrowingFile) -> None:
    add(path, lines(1) + '{"text": "今晚\n[1]\n{"user_id": "u"}\n' + lines(2))
    rows = drained(file)
    assert [row.sound for row in rows] == [True, False, False, False, True]
    assert rows[1].text == '{"text": "今晚'


def test_many_keys_are_no_fault(path: Path, file: GrowingFile) -> None:
    add(path, lines(1))
    drained(file)
    add(path, json.dumps({"text": "好", **{f"k{n}": 1 for n in range(3000)}}) + "\n" + lines(2))
    assert [row.text for row in drained(file)] == ["好", "今天下雨"]


def test_a_line_that_is_too_long_is_passed_over(path: Path, file: GrowingFile) -> None:
    add(path, lines(1) + "x" * (9 << 20) + "\n" + lines(2))
    assert ids(drained(file)) == ["c1", "c2"]
    assert file.passed_over == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.log"])
def test_encodings(tmp_path: Path, encoding: str, name: str) -> None:
    path = tmp_path / name
    if name in {"a.jsonl", "a.log"}:
        parts = [line(1, "ok"), line(2, "活着好累"), line(3, "撑不下去")]
    else:
        tab = "\t" if name == "a.tsv" else ","
        parts = ["comment_id,text\nc1,ok\n".replace(",", tab)]
        parts += [f"c{n}{tab}{text}\n" for n, text in ((2, "活着好累"), (3, "撑不下去"))]
    file, rows = GrowingFile(path, Columns()), []
    for number, part in enumerate(parts):
        add(path, part.encode(encoding if not number else encoding.removesuffix("-sig")))
        file = again(file)
        rows += drained(file)
    assert [row.text for row in rows] == ["ok", "活着好累", "撑不下去"]
    assert ids(rows) == ["c1", "c2", "c3"]


def test_bytes_that_are_damaged_are_counted(path: Path, file: GrowingFile) -> None:
    add(path, lines(1) + line(2, "好累xx"))
    raw = path.read_bytes().replace(b"xx", b"\xff\xfe")
    path.write_bytes(raw)
    assert [(row.text, row.sound) for row in drained(file)] == [
        ("今天下雨", True), ("好累\ufffd\ufffd", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "comment_id,body\nc1,x\n", "has no column text"),
        ("a.jsonl", '{"body": "x"}\n', "has no column text"),
        ("a.jsonl", "no json\n", "holds no JSON objects"),
        ("a.csv", "a,a\nx,y\n", "two columns are called a"),
        ("a.txt", "PK\x03\x04 and more\n", "zip archive"),
        ("a.json", '[{"text": "x"}]\n', "JSON array"),
    ],
)
def test_what_is_no_table_of_comments_is_refused(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises((InputError, UsageError), match=reason):
        drained(GrowingFile(path, Columns()))


def test_records_over_several_lines_are_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    file = GrowingFile(path, Columns())
    add(path, HEADER + 'c1,u1,"第一行\n')
    assert drained(file) == []
    add(path, '第二行"\nc2,u2,好\n')
    assert [row.text for row in drained(file)] == ["第一行\n第二行", "好"]


def test_a_stray_quote_holds_nothing_up_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    file = GrowingFile(path, Columns())
    add(path, HEADER + 'c0,u0,"今晚\n' + "".join(f"c{n},u{n},好\n" for n in range(1, 9)))
    assert drained(file) == []
    monkeypatch.setattr(growing, "QUIET", 0.0)
    time.sleep(0.01)
    rows = drained(file)
    assert rows[0].text == 'c0,u0,"今晚'
    assert ids(rows[1:]) == [f"c{n}" for n in range(1, 9)]


def test_a_last_line_without_an_end_is_taken_when_it_is_final(tmp_path: Path) -> None:
    for name, content, expected in (
        ("a.csv", HEADER + "c1,u1,好", ["c1"]),
        ("a.jsonl", lines(1, 2).rstrip("\n"), ["c1", "c2"]),
        ("b.jsonl", lines(1) + line(2)[:30], ["c1"]),
        ("b.csv", HEADER.rstrip("\n"), []),
    ):
        (tmp_path / name).write_text(content, "utf-8")
        file = GrowingFile(tmp_path / name, Columns())
        assert ids(drained(file, final=True)) == expected
        assert drained(again(file), final=True) == []


CELLS = st.sampled_from(["a", "好", '"', '""', ",", "\n", "\r\n", "x y", '"好\n累"', '"a,b"', "\t"])


@given(st.lists(CELLS, max_size=40), st.data())
def test_csv_in_pieces_is_read_as_the_whole(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], data: st.DataObject
) -> None:
    content = (HEADER + "".join(cells) + "\n").encode()
    try:
        blocks = Corpus([source_of(content, "csv", "a")]).blocks(1000)
        whole = [text for block in blocks for text in block.table["text"].to_pylist()]
    except InputError:  # a quote that is never closed
        return
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    cut = data.draw(st.integers(0, len(content)))
    file = GrowingFile(path, Columns())
    add(path, content[:cut])
    rows = drained(file)
    add(path, content[cut:])
    rows += drained(file, final=True)
    assert [row.text for row in rows] == whole
    assert len({row.origin for row in rows}) == len(rows)
    file.release()


def test_a_quote_that_goes_wrong_costs_its_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    add(path, HEADER + 'c1,u1,好\nc2,u2,"\nc3,u3,"好\n累"\nc4,u4,"')
    file = GrowingFile(path, Columns())
    rows = drained(file)
    assert [(row.user, row.text) for row in rows] == [
        ("u1", "好"), (None, 'c2,u2,"'), ("u3", "好\n累"),
    ]  # fmt: skip
    add(path, '\n"\n')
    assert [(row.user, row.text) for row in drained(file)] == [("u4", "\n")]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.data())
def test_pieces_and_kills_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("pieces") / "a.jsonl"
    content = lines(*range(8)).encode()
    file, rows, start = GrowingFile(path, Columns()), [], 0
    for size in sizes:
        add(path, content[start : start + size])
        start += size
        if data.draw(st.booleans()):
            file = again(file)
        rows += drained(file)
    add(path, content[start:])
    rows += drained(file)
    assert ids(rows) == [f"c{number}" for number in range(8)]
    file.release()


def test_the_longest_record_is_bounded() -> None:
    texts = ['a,"\n'] + ["x\n"] * (2 * RECORD_LINES) + ['"\n']
    assert whole_records(texts) == []
    assert whole_records(['a,"x"y\n', "b,c\n", 'd,"\n']) == [1, 1]


def test_nothing_is_left_open(path: Path, file: GrowingFile) -> None:
    add(path, lines(1))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(30):
        path.rename(path.with_name(f"old{number}"))
        add(path, lines(number))
        drained(file)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
