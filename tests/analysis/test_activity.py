"""Activity: what is kept of comments, each once, and at which time."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.analysis.activity import UNDATED, Activity, Counts, Settings, days_of_week
from treehole.corpus.levels import UNKNOWN
from treehole.errors import InputError, UsageError

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def rows(*given_rows: tuple[Any, ...]) -> pa.Table:
    names = ("user_id", "created_at", "text", "level", "risk")
    columns = zip(*given_rows, strict=True)
    return pa.table({name: pa.array(column) for name, column in zip(names, columns, strict=True)})


def read(table: pa.Table, **settings: Any) -> Activity:
    activity = Activity(table.schema, Settings(now=NOW, **settings))
    for start in range(0, len(table), 3):
        activity.add(table.slice(start, 3))
    return activity


def test_what_is_kept() -> None:
    activity = read(
        rows(
            ("a", "2024-05-01 23:10:00", "雨", 7, "high"),
            ("b", "2024-05-01T15:10:00Z", "雨", 0, "low"),  # the same instant
            ("a", "2024-05-02", "云", None, None),
            (None, "2024-05-02 01:00:00", "风", 3, "low"),
            (" ", "2024-05-02 01:00:00", "风", 3, "low"),
            ("a", "2024-05-01 23:10:00", "雨", 7, "high"),  # again
            ("a", "2999-01-01 10:00:00", "雪", 2, "low"),
            ("b", "yesterday", "雪", 9, "high"),
            ("b", None, "雪", 9, "high"),
        )
    )
    assert activity.places == {"a": 0, "b": 1}
    assert activity.counts == Counts(
        comments=9, nameless=2, repeated=1, unjudged=1, undated=2, day_only=1, in_future=1
    )
    found = activity.comments()
    assert found["writer"].tolist() == [0, 1, 0, 0, 1, 1]
    assert found["hour"].tolist() == [23, 23, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
    assert found["level"].tolist() == [7, 0, UNKNOWN, 2, 9, 9]
    assert found["high"].tolist() == [1, 0, UNKNOWN, 0, 1, 1]
    assert found["second"][0] == found["second"][1]
    assert (found["second"] == UNDATED).tolist() == [False, False, False, True, True, True]


def test_risk_by_level_and_by_what_people_said() -> None:
    table = rows(("a", "2024-05-01", "雨", 7, "low"), ("b", "2024-05-01", "雨", None, "high"))
    assert read(table).comments()["high"].tolist() == [0, 1]
    without = table.drop_columns("risk")
    assert read(without).comments()["high"].tolist() == [1, UNKNOWN]
    people = table.append_column("people", pa.array(["3", "高"]))
    by_people = read(people, gold="people").comments()
    assert by_people["high"].tolist() == [0, 1]
    assert by_people["level"].tolist() == [3, UNKNOWN]


def test_texts_only_of_the_one_asked_for() -> None:
    table = rows(
        ("b", "2024-05-01", "风", 0, "low"),
        ("a", "2024-05-02", "雨", 0, "low"),
        ("b", "2024-05-03", "雪", 0, "low"),
        ("a", "2024-05-04", "云", 0, "low"),
    )
    assert read(table).texts == read(table, user="a").texts == []
    activity = read(table, user="a", with_text=True)
    assert activity.texts == ["雨", "云"]
    assert len(activity.of_user("a")) == 2
    with pytest.raises(UsageError, match="no comment by that user"):
        activity.of_user("c")


def test_numbers_that_name_users() -> None:
    table = pa.table({"user_id": [7.0, None, 7.0], "text": ["a", "b", "c"], "level": [1, 2, 3]})
    activity = read(table)
    assert activity.places == {"7": 0}
    assert activity.counts.undated == 2


@pytest.mark.parametrize(
    ("columns", "gold", "said"),
    [
        (("text", "risk"), None, "no column user_id"),
        (("text", "user_id"), None, "no column risk"),
        (("text", "user_id", "risk"), "people", "no column people"),
    ],
)
def test_columns_that_are_missing(columns: tuple[str, ...], gold: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Activity(pa.schema([(name, pa.string()) for name in columns]), Settings(gold=gold))


def test_what_is_no_risk_is_named_with_its_row() -> None:
    values = ["low", "low", "low", "low", "soso"]
    table = pa.table({"user_id": ["a"] * 5, "text": ["雨"] * 5, "risk": values})
    with pytest.raises(InputError, match="“soso” in row 5"):
        read(table)


@given(
    st.lists(st.integers(0, 4_000_000_000), max_size=30),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_days_of_the_week(seconds: list[int], name: str) -> None:
    zone = ZoneInfo(name)
    found = days_of_week(np.array(seconds, np.int64), zone)
    assert found.tolist() == [datetime.fromtimestamp(s, zone).weekday() for s in seconds]


def test_days_of_the_week_of_any_year() -> None:
    moments = [datetime(1, 1, 2, 12, tzinfo=UTC), datetime(2500, 1, 1, 12, tzinfo=UTC)]
    seconds = np.array([int(moment.timestamp()) for moment in moments])
    expected = [moment.astimezone(SHANGHAI).weekday() for moment in moments]
    assert days_of_week(seconds, SHANGHAI).tolist() == expected
