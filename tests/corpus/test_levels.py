"""Levels and risks that people gave, as they stand in a column."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.corpus.levels import HIGH_RISK, LEVELS, UNKNOWN, read_gold, require_column, risk_of
from treehole.errors import InputError, UsageError


def column(values: list[object]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


def test_levels_as_numbers_and_as_text() -> None:
    for values in ([0, 6, None, 10], [0.0, 6.0, None, 10.0], ["0", " 6 ", "", "10.0"]):
        gold = read_gold(column(values), "level")
        assert gold.levels.tolist() == [0, 6, UNKNOWN, 10]
        assert gold.high.tolist() == [0, 1, UNKNOWN, 1]
        assert len(gold) == len(values)


def test_risks_have_no_level() -> None:
    gold = read_gold(
        column(["high", "Low", "irrelevant", "高", "低", "无关", None, "nan"]), "label"
    )
    assert set(gold.levels.tolist()) == {UNKNOWN}
    assert gold.high.tolist() == [1, 0, 0, 1, 0, 0, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("value", ["happy", "11", "-1", "6.5", "inf", "六"])
def test_anything_else_is_named_with_its_row(value: str) -> None:
    with pytest.raises(InputError) as caught:
        read_gold(column(["1", "2", value]), "mood", first_row=100)
    assert f"the column mood holds “{value}” in row 102" in str(caught.value)
    assert "--gold" in str(caught.value)


def test_a_long_text_is_not_shown_whole() -> None:
    with pytest.raises(InputError) as caught:
        read_gold(column(["字" * 100]), "text")
    assert f"“{'字' * 24}”" in str(caught.value)


def test_a_column_that_is_not_there() -> None:
    schema = pa.schema([("text", pa.string()), ("level", pa.string())])
    require_column(schema, "level")
    with pytest.raises(UsageError, match="no column mood; name one of text, level with --gold"):
        require_column(schema, "mood")


@given(st.lists(st.sampled_from([*LEVELS, None])))
def test_risk_follows_from_the_level(levels: list[int | None]) -> None:
    gold = read_gold(pa.chunked_array([pa.array(levels, pa.int8())]), "level")
    risks = {1: "high", 0: "low", UNKNOWN: None}
    assert [risks[h] for h in gold.high.tolist()] == [risk_of(level) for level in levels]
    assert ((gold.levels >= HIGH_RISK) == (gold.high == 1)).all()
