"""Labels stand beside the comments, with the words of the original text as evidence."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

import processes
from treehole.corpus.block import Damage
from treehole.corpus.levels import HIGH_RISK, risk_of
from treehole.pipeline.labeller import LABEL_COLUMNS, output_schema

WRITTEN = datetime(2026, 5, 1, 22, 30, tzinfo=timezone(timedelta(hours=8)))
WISH = "不想活了"
PLAN = "药攒够了，今晚就走"


def texts_table(*texts: str, **columns: list[Any]) -> pa.Table:
    return pa.table({"text": pa.array(texts, pa.string()), **columns})


@pytest.mark.parametrize(
    ("before", "text", "surface"),
    [
        ("", WISH, WISH),
        ("ＯＫ　ＡＢＣ，", WISH, WISH),
        ("", "活著好累，想跳樓", "跳樓"),
        ("😭👨‍👩‍👧‍👦🏳️‍🌈", WISH, WISH),
        ("\u200b\ufeff\u202e", "不想\u200b活了", "不想\u200b活了"),
        ("[泪][不存在的表情]", WISH, WISH),
        ("@小猫咪 回复@路人甲:", WISH, WISH),
        ("https://example.org/a?b=c ", WISH, WISH),
        ("第一行\r\n\n第三行\n", WISH, WISH),
        ("𠮷𝒳\U000f0000", WISH, WISH),
    ],
)
def test_evidence_lies_where_it_says(labelling: Any, before: str, text: str, surface: str) -> None:
    original = before + text
    row = labelling(processes.labelled, texts_table(original)).to_pylist()[0]
    assert row["text"] == original
    assert row["level"] > 0
    for mention in row["evidence"]:
        assert mention["surface"] == original[mention["start"] : mention["end"]]
        assert mention["concept"].startswith("https://")
        assert mention["ontology"] in {"suicide", "time", "space", "wish"}
    assert surface in {mention["surface"] for mention in row["evidence"]}


def test_the_strongest_rule_gives_the_level(labelling: Any) -> None:
    rows = labelling(processes.labelled, texts_table(PLAN, WISH, "今天的云很好看")).to_pylist()
    plan, wish, nothing = rows
    assert plan["level"] >= HIGH_RISK > wish["level"] > 0 == nothing["level"]
    assert [row["risk"] for row in rows] == ["high", "low", "low"]
    for row in (plan, wish):
        assert row["rule"] == row["rules_all"][0]
        assert len(set(row["rules_all"])) == len(row["rules_all"])
        assert row["evidence"]
    assert (nothing["rule"], nothing["rules_all"], nothing["evidence"]) == (None, [], [])


@pytest.mark.parametrize(
    ("level", "risk"), [(None, None), (0, "low"), (5, "low"), (6, "high"), (10, "high")]
)
def test_high_risk_begins_at_six(level: int | None, risk: str | None) -> None:
    assert risk_of(level) == risk


@pytest.mark.parametrize(
    ("text", "damage", "duplicate", "status"),
    [
        ("今天买了三个苹果和两个梨子回家", Damage.NONE, False, "ok"),
        (PLAN + "，谁也不要来找我", Damage.NONE, True, "duplicate"),
        ("早上好", Damage.NONE, False, "too_short"),
        ("早上好", Damage.NONE, True, "duplicate"),
        ("。。。！", Damage.NONE, False, "empty"),
        ("", Damage.NONE, True, "empty"),
        ("@小猫咪 https://example.org/a", Damage.NONE, False, "empty"),
        ("早上\ufffd好", Damage.ENCODING, True, "damaged"),
        ("", Damage.UNREADABLE, False, "unreadable"),
    ],
)
def test_one_status_a_row(
    labelling: Any, text: str, damage: Damage, duplicate: bool, status: str
) -> None:
    table = labelling(processes.labelled, texts_table(text), [int(damage)], [duplicate])
    assert table["status"].to_pylist() == [status]


def test_what_is_too_much_has_no_level(apart: Any) -> None:
    # A limit of ten inferences is too little for anything that is mentioned at all.
    table = apart(processes.labelled, texts_table(PLAN, "今天的云很好看，我看了好久好久"), limit=10)
    over, nothing = table.to_pylist()
    assert (over["status"], over["level"], over["risk"]) == ("limit_exceeded", None, None)
    assert (over["rule"], over["rules_all"], over["evidence"]) == (None, [], [])
    assert (nothing["status"], nothing["level"]) == ("ok", 0)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("2026-05-01T22:30:00+08:00", True),
        ("2026-05-01 22:30", True),
        (WRITTEN, True),
        (WRITTEN.replace(tzinfo=None), True),
        ("昨天", False),
        ("", False),
        (None, False),
    ],
)
def test_tonight_counts_from_when_it_was_written(
    labelling: Any, written: Any, resolved: bool
) -> None:
    table = texts_table(PLAN, created_at=[written])
    row = labelling(processes.labelled, table).to_pylist()[0]
    if resolved:
        assert datetime.fromisoformat(row["act_from"]) == WRITTEN
        assert datetime.fromisoformat(row["act_from"]) < datetime.fromisoformat(row["act_until"])
    else:
        assert (row["act_from"], row["act_until"]) == (None, None)


def test_no_act_without_high_risk_or_time_of_writing(labelling: Any) -> None:
    dated = texts_table("今晚吃面条", created_at=["2026-05-01T22:30:00+08:00"])
    for table in (dated, texts_table(PLAN)):
        row = labelling(processes.labelled, table).to_pylist()[0]
        assert (row["act_from"], row["act_until"]) == (None, None)


def test_columns_of_the_input_are_carried(labelling: Any) -> None:
    table = texts_table(
        WISH,
        level=pa.array([7], pa.int64()),
        input_level=["eins"],
        status=["x"],
        likes=pa.array([[1, 2]], pa.list_(pa.int8())),
    )
    result = labelling(processes.labelled, table)
    carried = ["text", "input_input_level", "input_level", "input_status", "likes"]
    assert result.column_names == [*carried, *LABEL_COLUMNS.names]
    assert result.select(carried).rename_columns(table.column_names).equals(table)
    assert result.schema == output_schema(table.schema)


def test_no_comments_give_no_rows(labelling: Any) -> None:
    result = labelling(processes.labelled, texts_table())
    assert len(result) == 0
    assert result.column_names == ["text", *LABEL_COLUMNS.names]


def test_neighbours_do_not_matter(labelling: Any, apart: Any, texts: list[str]) -> None:
    # More than the sieve looks at before it begins to leave comments out.
    whole = apart(processes.labelled_in_blocks, texts, len(texts))
    pieces = labelling(processes.labelled_in_blocks, texts[::-1], 97)[::-1]
    assert pieces == whole
    assert len({row["level"] for row in whole}) > 4
    for row in whole:
        mentions = row["evidence"]
        assert all(a["start"] <= b["start"] or a["end"] > b["start"] for a, b in pairwise(mentions))


def test_labellers_of_one_process_agree(apart: Any, texts: list[str]) -> None:
    one, other = apart(processes.levels_by_two, texts[:300])
    assert one == other
