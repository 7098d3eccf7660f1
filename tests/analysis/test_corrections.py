"""Comments with what people said of them and marked in them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from processes import Noted
from treehole.analysis.corrections import Corrections, read_corrections
from treehole.corpus.levels import gold_column
from treehole.corpus.reading import Corpus
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, UsageError

TEXTS = ["想看海", "猫睡了", "下雨了", "早上好"]


def read(path: Path, gold: str | None = None) -> Corrections:
    corpus = Corpus(find_sources([str(path)]))
    return read_corrections(corpus, gold_column(corpus.schema, gold), Noted())


def parquet(folder: Path, **columns: Any) -> Path:
    pq.write_table(pa.table({"text": TEXTS, **columns}), folder / "tier.parquet")
    return folder / "tier.parquet"


def test_levels_users_and_spans(tmp_path: Path) -> None:
    spans = [[{"start": 1, "end": 3, "label": "wish"}], None, [], [{"start": 0, "end": 2}]]
    path = parquet(tmp_path, level=[7, None, 0, 6], user_id=["a", "b", "a", None], spans=spans)
    found = read(path)
    assert found.texts == ["想看海", "下雨了", "早上好"]
    assert found.gold.levels.tolist() == [7, 0, 6]
    assert found.gold.high.tolist() == [1, 0, 1]
    assert list(map(list, found.spans)) == [[(1, 3)], [], [(0, 2)]]
    assert found.names_users
    assert found.users[0] == found.users[1] != found.users[2]
    assert len(found) == 3


def test_labels_of_the_easy_tier(tmp_path: Path) -> None:
    found = read(parquet(tmp_path, label=["high", "low", "irrelevant", ""]))
    assert found.gold.high.tolist() == [1, 0, 0]
    assert found.gold.levels.tolist() == [-1, -1, -1]
    assert not found.names_users
    assert len(set(found.users.tolist())) == 3
    assert list(map(list, found.spans)) == [[], [], []]


@pytest.mark.parametrize("as_text", [True, False])
def test_spans_in_json_lines(tmp_path: Path, as_text: bool) -> None:
    spans: Any = [{"start": 0, "end": 1}]
    row = {"text": "想看海", "level": "7", "spans": json.dumps(spans) if as_text else spans}
    path = tmp_path / "tier.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps({**row, "spans": ""}) + "\n")
    assert list(map(list, read(path).spans)) == [[(0, 1)], []]


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ("[{", "no JSON"),
        ("3", "no list"),
        ('{"start": 0}', "no list"),
        ("[3]", "whole numbers"),
        ('[{"start": 0}]', "whole numbers"),
        ('[{"start": "0", "end": "1"}]', "whole numbers"),
        ('[{"start": true, "end": 2}]', "whole numbers"),
        ('[{"start": 2, "end": 2}]', "2 to 2 in a comment of 3 characters"),
        ('[{"start": -1, "end": 2}]', "-1 to 2"),
        ('[{"start": 0, "end": 4}]', "0 to 4"),
    ],
)
def test_malformed_spans_name_the_row(tmp_path: Path, spans: str, message: str) -> None:
    path = tmp_path / "tier.jsonl"
    rows = [{"text": "猫睡了", "level": None}, {"text": "想看海", "level": 7, "spans": spans}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(InputError, match=f"row 2, .*{message}"):
        read(path)


def test_which_column_is_gold(tmp_path: Path) -> None:
    both = parquet(tmp_path, label=["high"] * 4, level=[0] * 4)
    assert read(both).gold.high.tolist() == [0] * 4
    assert read(both, "label").gold.high.tolist() == [1] * 4
    with pytest.raises(UsageError, match="no column lvl"):
        read(both, "lvl")
    with pytest.raises(UsageError, match=r"--gold.*text, mood"):
        read(parquet(tmp_path, mood=["high"] * 4))


def test_labels_of_the_rules_are_no_corrections(tmp_path: Path) -> None:
    path = parquet(tmp_path, level=[0] * 4, rules_all=[["x"]] * 4, input_level=[6] * 4)
    with pytest.raises(UsageError, match="--gold"):
        read(path)
    assert read(path, "input_level").gold.high.tolist() == [1] * 4


def test_nobody_said_anything(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nobody gave a level"):
        read(parquet(tmp_path, level=pa.nulls(4, pa.int8())))
