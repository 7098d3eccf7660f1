"""Proposals go out as a table and come back with what a person accepted."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from treehole.analysis.proposals import HEADER, read_accepted, write_proposals
from treehole.analysis.simulation import Effect, Quality
from treehole.analysis.suggest import Proposal, Trial
from treehole.errors import InputError
from treehole.knowledge.editing import Addition, Editor
from treehole.knowledge.lexicon import LexicalConcept, Lexicon

PREFIX = "https://w3id.org/treehole/"
RAIN, SNOW, PLACE = f"{PREFIX}wish#Rain", f"{PREFIX}wish#Snow", f"{PREFIX}space#Rain"
HEAD = "@prefix : <{0}{1}#> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n" \
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n" \
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"  # fmt: skip
BLOCKS = {
    "wish": ':Rain a owl:Class ; rdfs:label "雨"@zh ; skos:altLabel "大雨"@zh .\n'
    ':Snow a owl:Class ; rdfs:label "雪"@zh .\n',
    "space": ':Rain a owl:Class ; rdfs:label "雨林"@zh .\n',
}
Rows = Sequence[Sequence[str]]
Table = Callable[..., Path]
COLUMNS = ("accept", "word", "ontology", "concept", "kind")


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    folder = tmp_path / "ontology"
    folder.mkdir()
    for name in ("suicide", "time", "space", "wish"):
        text = HEAD.format(PREFIX, name) + BLOCKS.get(name, "")
        (folder / f"{name}.ttl").write_text(text, "utf-8")
    return Editor(folder)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    def write(
        rows: Rows,
        header: Sequence[str] = COLUMNS,
        encoding: str = "utf-8-sig",
        delimiter: str = ",",
        end: str = "\r\n",
    ) -> Path:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
        writer.writerows([header, *rows])
        (tmp_path / "edited.csv").write_bytes(text.getvalue().encode(encoding))
        return tmp_path / "edited.csv"

    return write


def test_out_and_back(tmp_path: Path, editor: Editor) -> None:
    concept = LexicalConcept(RAIN, "wish", "Rain", "雨", "rain", (), {})
    lexicon = Lexicon("", [concept], [], [], [])
    effect = Effect(found=2, alarms=-1, level_error=-9, mended=3, harmed=0)
    context = '=HYPERLINK("x"), 小雨\n'
    proposal = Proposal("小雨", (Trial(0, effect),), 3, 2, 1, 0, 6, 4, 1, (context, "下小雨"))
    before = Quality(6, 4, 4, 6, 30, 20)
    path = tmp_path / "p.csv"
    write_proposals([proposal], lexicon, before, path)
    [row] = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    assert tuple(row) == HEADER
    assert not row["contexts"].startswith("=")
    assert float(row["precision"]) == pytest.approx(8 / 11 - 6 / 10, abs=1e-5)
    assert float(row["recall"]) == pytest.approx(0.2)
    assert float(row["mean_level_error"]) == pytest.approx(-9 / 20)
    assert (row["true_positives"], row["false_positives"]) == ("2", "-1")
    with pytest.raises(InputError, match="accepts nothing"):
        read_accepted(path, editor)
    path.write_text(path.read_text("utf-8-sig").replace("\n,小雨", "\n是,小雨"), "utf-8")
    assert read_accepted(path, editor) == [Addition("小雨", RAIN, "altLabel")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_as_spreadsheets_save_it(
    table: Table, editor: Editor, encoding: str, delimiter: str, end: str
) -> None:
    rows = [
        ("", "不要", "wish", "Rain", "altLabel"),
        ("是", "小雨", "wish", "Rain", "altLabel"),
        ("Y ", " 小雪 ", "wish", "Snow", "hiddenLabel"),
        ("", "", "", "", ""),
        ("no", "", "", "", ""),
    ]
    found = read_accepted(table(rows, COLUMNS, encoding, delimiter, end), editor)
    assert found == [Addition("小雨", RAIN), Addition("小雪", SNOW, "hiddenLabel")]


@pytest.mark.parametrize(
    ("ontology", "concept", "iri"),
    [
        ("wish", "Rain", RAIN), ("space", "Rain", PLACE), ("space", "wish:Rain", RAIN),
        ("space", "Snow", SNOW), ("", "雪", SNOW), ("", SNOW, SNOW), ("wish", "雨林", PLACE),
    ],
)  # fmt: skip
def test_the_concept_may_be_changed(
    table: Table, editor: Editor, ontology: str, concept: str, iri: str
) -> None:
    path = table([("yes", "小雨", ontology, concept, "")])
    assert read_accepted(path, editor) == [Addition("小雨", iri)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("maybe", "小雨", "wish", "Rain", ""), "accept holds “maybe”"),
        (("yes", "", "wish", "Rain", ""), "the word is empty"),
        (("yes", "小雨", "wish", "Hail", ""), "there is no concept Hail"),
        (("yes", "小雨", "", "Rain", ""), "there is no concept Rain"),
        (("yes", "大雨", "wish", "Snow", ""), "大雨 is a label of wish:Rain already"),
        (("yes", "小雨", "wish", "Rain", "label"), "use altLabel or hiddenLabel"),
        (("yes", "微雨", "wish", "Snow", ""), "the word stands in row 2 too"),
    ],
)
def test_a_row_that_cannot_be_added(
    table: Table, editor: Editor, row: Sequence[str], message: str
) -> None:
    path = table([("yes", "微雨", "wish", "Rain", ""), row])
    with pytest.raises(InputError, match=f"row 3: .*{message}.*; nothing was written"):
        read_accepted(path, editor)


def test_no_such_table(table: Table, tmp_path: Path, editor: Editor) -> None:
    with pytest.raises(InputError, match="has no column accept, concept"):
        read_accepted(table([("小雨",)], ("word",)), editor)
    with pytest.raises(InputError, match="has no column"):
        read_accepted(table([], ("",)), editor)
    with pytest.raises(InputError, match="cannot be read"):
        read_accepted(tmp_path / "missing.csv", editor)
    with pytest.raises(InputError, match="cannot be read"):
        read_accepted(tmp_path, editor)
    (tmp_path / "edited.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    with pytest.raises(InputError, match="CSV"):
        read_accepted(tmp_path / "edited.xlsx", editor)
