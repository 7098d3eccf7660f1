"""Numbers, truth and times, as people write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.psychology.values import Moment, counts, moment, moments, present, truths

ZONE = ZoneInfo("Asia/Shanghai")


def column(values: list[Any], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12), (" 12 ", 12), ("1,024", 1024), ("１２", 12), ("12.0", 12), ("0", 0),
        ("1.2万", 12_000), ("3亿", 3e8), ("10万+", 100_000), ("1.5w", 15_000), ("2k", 2_000),
        ("3 千", 3_000), ("1e3", 1_000),
    ],
)  # fmt: skip
def test_numbers_as_they_are_shown(text: str, number: float) -> None:
    found, unread = counts(column([text]))
    assert (found.tolist(), unread) == ([pytest.approx(number)], 0)


@pytest.mark.parametrize(
    "text", ["-5", "赞", "many", "inf", "1e400", "9" * 40, "1.2.3", "万", "+3"]
)
def test_what_is_no_number_is_missing_and_counted(text: str) -> None:
    found, unread = counts(column([text, "1"]))
    assert (np.isnan(found).tolist(), unread) == ([True, False], 1)


@pytest.mark.parametrize("text", [None, "", "-", "NaN", "None", "无", "null"])
def test_nothing_is_missing_and_not_counted(text: str | None) -> None:
    found, unread = counts(column([text, "1"], pa.string()))
    assert (np.isnan(found).tolist(), unread) == ([True, False], 0)


def test_numbers_of_other_types() -> None:
    assert counts(column([3, None, -1]))[1] == 1
    found, unread = counts(column([3.5, float("nan"), -1.0, float("inf")]))
    assert (found[0], np.isnan(found[1:]).all(), unread) == (3.5, True, 2)
    assert counts(column([Decimal("2.5")]))[0].tolist() == [2.5]
    assert np.isnan(counts(column([None, None]))[0]).all()
    assert len(counts(pa.chunked_array([], pa.string()))[0]) == 0
    assert counts(column(["2", "1.2万", "2"]).dictionary_encode())[0].tolist() == [2, 12_000, 2]
    assert counts(column([[1], None, []]))[1] == 2
    assert counts(column([{"a": 1}]))[1] == 1
    assert counts(column([True]))[1] == 1


@given(st.lists(st.text(max_size=12)))
def test_a_number_is_finite_and_not_negative_or_missing(texts: list[str]) -> None:
    sound = [text.encode("utf-8", "replace").decode() for text in texts]
    found, unread = counts(column(sound, pa.string()))
    known = found[~np.isnan(found)]
    assert np.isfinite(known).all()
    assert (known >= 0).all()
    assert unread <= len(texts) - len(known)


def test_truth() -> None:
    said = ["True", "1", "是", "原创", "false", "0", "转发", "", None, "maybe"]
    found, unread = truths(column(said))
    assert found[:7].tolist() == [1, 1, 1, 1, 0, 0, 0]
    assert np.isnan(found[7:]).all()
    assert unread == 1
    assert truths(column([True, False, None]))[0][:2].tolist() == [1, 0]
    assert truths(column([1, 0]))[0].tolist() == [1, 0]
    assert truths(column([1.0, 0.0]))[0].tolist() == [1, 0]


def test_what_is_there() -> None:
    texts = column(["http://a", "", "0", "[]", None, "无", "1"])
    assert present(texts).tolist() == [True, False, False, False, False, False, True]
    assert present(column([["a"], [], None])).tolist() == [True, False, False]
    assert present(column([2, 0, None])).tolist() == [True, False, False]


@pytest.mark.parametrize(
    "value",
    [
        "2020-01-30 01:01:11",
        "2020-01-30T01:01:11+08:00",
        "2020-01-29T17:01:11Z",
        "Thu Jan 30 01:01:11 +0800 2020",
        "2020/1/30 1:01:11",
        "2020年1月30日 1:01:11",
        "1580317271",
        "1580317271000",
        datetime(2020, 1, 30, 1, 1, 11),
        datetime(2020, 1, 29, 17, 1, 11, 999, UTC),
        1580317271,
    ],
)
def test_the_same_moment(value: object) -> None:
    assert moment(value, ZONE) == Moment(1580317271, 1)


@pytest.mark.parametrize(
    "value",
    ["2020-01-30", "20200130", "2020-01-30 00:00:00", "2020-01-30T00:00", "2020/1/30", "2020.1.30",
     date(2020, 1, 30), datetime(2020, 1, 30)],
)  # fmt: skip
def test_a_bare_date_has_no_hour(value: object) -> None:
    assert moment(value, ZONE) == Moment(1580313600, None)


def test_midnight_with_a_zone_is_an_hour() -> None:
    assert moment("2020-01-30T00:00:00+08:00", ZONE) == Moment(1580313600, 0)


@pytest.mark.parametrize(
    "value",
    [
        "刚刚",
        "5分钟前",
        "2020-13-01",
        "9999-12-31T23:00:00-12:00",
        "123",
        "²",
    ],
)
def test_what_is_no_time(value: str) -> None:
    assert moments(column([value]), ZONE) == ([None], 1)


def test_the_zone_counts() -> None:
    assert moment("2020-01-30 01:01:11", ZoneInfo("America/New_York")) == Moment(1580364071, 1)
    assert moment("2020-01-29T17:01:11Z", ZoneInfo("America/New_York")) == Moment(1580317271, 12)


def test_times_of_other_types() -> None:
    when = datetime(2020, 1, 30, 1, 1, 11)
    for kind in (pa.timestamp("s"), pa.timestamp("ns")):
        assert moments(column([when, None], kind), ZONE) == ([Moment(1580317271, 1), None], 0)
    aware = when.replace(tzinfo=timezone(timedelta(hours=8)))
    assert moments(column([aware], pa.timestamp("us", "UTC")), ZONE)[0][0] == (1580317271, 1)
    assert moments(column([1580317271.0, None]), ZONE)[0] == [(1580317271, 1), None]
    assert moments(column([date(2020, 1, 30)]), ZONE)[0] == [(1580313600, None)]


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = moment(text, ZONE)
    assert found is None or found.hour is None or 0 <= found.hour < 24
