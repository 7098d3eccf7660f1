"""When a time mention is, counted from the moment at which it was written."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehole.knowledge.calendar import HOME_ZONE, Calendar, Interval, parse_moment
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.scanner import Scanner

TUESDAY = "2026-02-10T10:00"
SHORT = "%Y-%m-%d %H:%M"

Resolve = Callable[[str, datetime], "Interval | None"]


@pytest.fixture(scope="module")
def resolve(scanner: Scanner, calendar: Calendar) -> Resolve:
    """When a text is, all of which is one mention."""

    def when(text: str, written: datetime) -> Interval | None:
        batch = scanner.clean([text])
        mentions = scanner.scan(batch)
        assert (mentions.starts.tolist(), mentions.ends.tolist()) == ([0], [len(text)])
        return calendar.resolve(int(mentions.concepts[0]), batch.comment(0), written)

    return when


def ends(interval: Interval | None) -> tuple[str, str] | None:
    return interval and (interval.start.strftime(SHORT), interval.end.strftime(SHORT))


def moment(text: str) -> datetime:
    parsed = parse_moment(text)
    assert parsed is not None
    return parsed


# --- From the moment and from the day --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written", "start", "end"),
    [
        ("现在", "2026-02-10T10:00", "2026-02-10 10:00", "2026-02-10 13:00"),
        ("马上", "2026-02-10T22:00", "2026-02-10 22:00", "2026-02-11 04:00"),
        ("今天", "2026-02-10T10:00", "2026-02-10 10:00", "2026-02-11 00:00"),
        ("今晚", "2026-02-10T10:00", "2026-02-10 18:00", "2026-02-11 06:00"),
        ("今晚", "2026-02-10T23:30", "2026-02-10 23:30", "2026-02-11 06:00"),
        ("今晚", "2026-12-31T20:00", "2026-12-31 20:00", "2027-01-01 06:00"),
        ("明天", "2026-02-10T10:00", "2026-02-11 00:00", "2026-02-12 00:00"),
        ("明天", "2028-02-28T23:59", "2028-02-29 00:00", "2028-03-01 00:00"),
        ("周六", "2026-02-10T10:00", "2026-02-14 00:00", "2026-02-15 00:00"),
        ("周六", "2026-02-14T10:00", "2026-02-14 10:00", "2026-02-15 00:00"),
        ("星期天", "2026-02-10T10:00", "2026-02-15 00:00", "2026-02-16 00:00"),
        ("周一", "2026-02-10T10:00", "2026-02-16 00:00", "2026-02-17 00:00"),
        ("下周三", "2026-02-10T10:00", "2026-02-18 00:00", "2026-02-19 00:00"),
        ("下周三", "2026-02-15T10:00", "2026-02-18 00:00", "2026-02-19 00:00"),  # a Sunday
        ("下个星期日", "2026-02-10T10:00", "2026-02-22 00:00", "2026-02-23 00:00"),
        ("三天后", "2026-02-10T10:00", "2026-02-13 00:00", "2026-02-14 00:00"),
        ("20天之后", "2026-02-10T10:00", "2026-03-02 00:00", "2026-03-03 00:00"),
        ("十天内", "2026-02-10T10:00", "2026-02-10 10:00", "2026-02-21 00:00"),
        ("还有两天", "2026-02-10T10:00", "2026-02-10 10:00", "2026-02-13 00:00"),
        ("三个月后", "2026-02-10T10:00", "2026-04-26 00:00", "2026-05-26 00:00"),
        ("一年后", "2026-02-10T10:00", "2026-08-12 00:00", "2027-08-11 00:00"),
    ],
)
def test_from_now_on(resolve: Resolve, text: str, written: str, start: str, end: str) -> None:
    assert ends(resolve(text, moment(written))) == (start, end)


def test_the_day_after_tomorrow_begins_then(resolve: Resolve) -> None:
    found = resolve("后天", moment(TUESDAY))
    assert found is not None
    assert found.start == moment("2026-02-12")
    assert found.end >= moment("2026-02-13")


# --- Dates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written", "start", "end"),
    [
        ("3月5日", TUESDAY, "2026-03-05 00:00", "2026-03-06 00:00"),
        ("3月5日", "2026-03-05T23:59", "2026-03-05 00:00", "2026-03-06 00:00"),
        ("3月5日", "2026-03-06T00:00", "2027-03-05 00:00", "2027-03-06 00:00"),
        ("十二月三十一号", TUESDAY, "2026-12-31 00:00", "2027-01-01 00:00"),
        ("2月29日", TUESDAY, "2028-02-29 00:00", "2028-03-01 00:00"),
        ("2月29日", "2028-02-29T12:00", "2028-02-29 00:00", "2028-03-01 00:00"),
        ("2月29日", "2096-03-01T00:00", "2104-02-29 00:00", "2104-03-01 00:00"),
        ("2027年3月5日", TUESDAY, "2027-03-05 00:00", "2027-03-06 00:00"),
        ("2020年3月5日", TUESDAY, "2020-03-05 00:00", "2020-03-06 00:00"),
        ("2026-03-05", TUESDAY, "2026-03-05 00:00", "2026-03-06 00:00"),
        ("2028/2/29", TUESDAY, "2028-02-29 00:00", "2028-03-01 00:00"),
        ("12月", TUESDAY, "2026-12-01 00:00", "2027-01-01 00:00"),
        ("12月", "2026-12-24T08:00", "2026-12-24 08:00", "2027-01-01 00:00"),
        ("一月份", TUESDAY, "2027-01-01 00:00", "2027-02-01 00:00"),
        ("2027年12月", TUESDAY, "2027-12-01 00:00", "2028-01-01 00:00"),
        ("二零二七年三月", TUESDAY, "2027-03-01 00:00", "2027-04-01 00:00"),
        ("二十号", TUESDAY, "2026-02-20 00:00", "2026-02-21 00:00"),
        ("5号", TUESDAY, "2026-03-05 00:00", "2026-03-06 00:00"),
        ("10号", TUESDAY, "2026-02-10 00:00", "2026-02-11 00:00"),
        ("30号", TUESDAY, "2026-03-30 00:00", "2026-03-31 00:00"),  # February has none
        ("31号", "2026-03-31T12:00", "2026-03-31 00:00", "2026-04-01 00:00"),
        ("30号", "2026-01-31T12:00", "2026-03-30 00:00", "2026-03-31 00:00"),
        ("5号", "2026-12-06T12:00", "2027-01-05 00:00", "2027-01-06 00:00"),
        ("冬天", "2026-01-15T12:00", "2026-01-15 12:00", "2026-03-01 00:00"),
        ("冬天", "2026-03-01T00:00", "2026-12-01 00:00", "2027-03-01 00:00"),
        ("夏天", TUESDAY, "2026-06-01 00:00", "2026-09-01 00:00"),
        ("圣诞", "2026-12-26T00:00", "2027-12-25 00:00", "2027-12-26 00:00"),
        ("清明", "2026-04-06T12:00", "2026-04-04 00:00", "2026-04-07 00:00"),
        ("元旦", "2026-12-31T12:00", "2027-01-01 00:00", "2027-01-02 00:00"),
    ],
)
def test_dates(resolve: Resolve, text: str, written: str, start: str, end: str) -> None:
    assert ends(resolve(text, moment(written))) == (start, end)


@pytest.mark.parametrize(
    ("text", "written", "day"),
    [
        ("中秋", TUESDAY, "2026-09-25"),
        ("中秋", "2026-09-25T22:00", "2026-09-25"),
        ("中秋", "2026-09-26T00:00", "2027-09-15"),
        ("春节", TUESDAY, "2026-02-17"),
        ("春节", "2026-02-18T10:00", "2027-02-06"),
        ("端午", TUESDAY, "2026-06-19"),
        ("腊八", "2026-01-10T10:00", "2026-01-26"),  # of the lunar year 2025
        ("腊八", TUESDAY, "2027-01-15"),
        ("小年", TUESDAY, "2026-02-10"),
    ],
)
def test_lunar_dates(resolve: Resolve, text: str, written: str, day: str) -> None:
    found = resolve(text, moment(written))
    assert found == Interval(moment(day), moment(day) + timedelta(days=1))


def test_new_years_eve_is_at_lunar_new_year(resolve: Resolve) -> None:
    found = resolve("除夕", moment(TUESDAY))
    assert found is not None
    assert found.start in (moment("2026-02-16"), moment("2026-02-17"))


# --- Clock times -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("十二点", "2026-02-10 12:00"), ("晚上八点半", "2026-02-10 20:30"),
        ("晚上8点5分", "2026-02-10 20:05"), ("下午三点", "2026-02-10 15:00"),
        ("早上七点", "2026-02-11 07:00"), ("23:59", "2026-02-10 23:59"),
        ("10:00", "2026-02-10 10:00"), ("9:59", "2026-02-11 09:59"),
        ("24点", "2026-02-11 00:00"), ("零点", "2026-02-11 00:00"),
        ("今晚十二点", "2026-02-11 00:00"), ("晚上十一点", "2026-02-10 23:00"),
        ("晚上十二点", "2026-02-11 00:00"), ("晚上一点", "2026-02-11 01:00"),
        ("晚上零点", "2026-02-11 00:00"), ("晚上20点", "2026-02-10 20:00"),
        ("半夜三点", "2026-02-11 03:00"), ("半夜三点半", "2026-02-11 03:30"),
        ("夜里两点", "2026-02-11 02:00"), ("凌晨十二点", "2026-02-11 00:00"),
        ("凌晨四点零五分", "2026-02-11 04:05"), ("中午一点", "2026-02-10 13:00"),
        ("中午十二点", "2026-02-10 12:00"), ("中午十一点半", "2026-02-10 11:30"),
        ("上午十点", "2026-02-10 10:00"), ("下午十二点半", "2026-02-10 12:30"),
    ],
)  # fmt: skip
def test_clock_times(resolve: Resolve, text: str, start: str) -> None:
    found = resolve(text, moment(TUESDAY))
    assert found is not None
    assert found.start.strftime(SHORT) == start
    assert found.end - found.start == timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        "2月30日", "2026年2月29日", "13月5日", "0月5日", "4月31日", "0号", "99点半", "八点99分",
        "两三天后", "三四个月后", "二三十年后", "十七八年后",  # no one number
        "有一天", "以前", "昨天", "随时",
    ],
)  # fmt: skip
def test_what_is_no_time(resolve: Resolve, text: str) -> None:
    assert resolve(text, moment(TUESDAY)) is None


def test_a_pattern_without_groups_is_when_its_concept_is(resolve: Resolve) -> None:
    assert ends(resolve("等室友睡着", moment(TUESDAY))) == ends(resolve("今晚", moment(TUESDAY)))


# --- Moments and zones -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-02-10T10:00", datetime(2026, 2, 10, 10, tzinfo=HOME_ZONE)),
        (" 2026-02-10 10:00:30 ", datetime(2026, 2, 10, 10, 0, 30, tzinfo=HOME_ZONE)),
        ("20260210", datetime(2026, 2, 10, tzinfo=HOME_ZONE)),
        ("2026-02-10T10:00Z", datetime(2026, 2, 10, 10, tzinfo=UTC)),
        ("2026-02-10T10:00-05:00", datetime(2026, 2, 10, 15, tzinfo=UTC)),
        (datetime(2026, 2, 10, 10), datetime(2026, 2, 10, 10, tzinfo=HOME_ZONE)),
        (datetime(2026, 2, 10, 10, tzinfo=UTC), datetime(2026, 2, 10, 10, tzinfo=UTC)),
        ("昨天", None), ("", None), ("2026-02-30", None), ("10/02/2026", None),
        (None, None), (1770000000, None), (float("nan"), None),
    ],
)  # fmt: skip
def test_moments(value: object, expected: datetime | None) -> None:
    found = parse_moment(value)
    assert found == expected
    assert found is None or found.tzinfo is not None


def test_home_is_eight_hours_ahead() -> None:
    assert moment("2026-07-01T08:00") == datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", ["2026-05-01T14:30Z", datetime(2026, 5, 1, 14, 30, tzinfo=UTC)])
def test_utc_is_converted_to_the_time_at_home(written: object) -> None:
    found = parse_moment(written)
    assert found is not None
    assert found.isoformat() == "2026-05-01T22:30:00+08:00"


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5)), ZoneInfo("Europe/Berlin")])
def test_days_begin_in_the_zone_of_writing(resolve: Resolve, zone: timezone) -> None:
    written = datetime(2026, 2, 10, 23, 30, tzinfo=zone)
    found = resolve("明天", written)
    assert found is not None
    assert found.start == datetime(2026, 2, 11, tzinfo=zone)
    assert found.start.utcoffset() == written.utcoffset()


def test_iso_format() -> None:
    interval = Interval(moment("2026-02-10T10:00:59"), moment("2026-02-11"))
    assert interval.isoformat() == ("2026-02-10T10:00+08:00", "2026-02-11T00:00+08:00")


# --- Any time --------------------------------------------------------------------------------

ZONES = st.sampled_from(
    [HOME_ZONE, UTC, ZoneInfo("America/New_York"), timezone(-timedelta(hours=9))]
)
WRITTEN = st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1), timezones=ZONES)
NUMBERS = st.integers(0, 40).map(str) | st.text("零一二两三四五六七八九十", min_size=1, max_size=3)
PARTS = st.sampled_from(["", "晚上", "半夜", "中午"])
SAID = st.one_of(
    st.builds("{}月{}日".format, NUMBERS, NUMBERS),
    st.builds("{}月".format, NUMBERS),
    st.builds("{}号".format, NUMBERS),
    st.builds("{}{}点{}".format, PARTS, NUMBERS, st.sampled_from(["", "半", "钟"])),
    st.builds("{}:{}".format, NUMBERS, NUMBERS),
    st.builds("{}天{}".format, NUMBERS, st.sampled_from(["后", "内"])),
    st.builds("{}个月后".format, NUMBERS),
    st.builds("{}年后".format, NUMBERS),
    st.builds("{}周{}".format, st.sampled_from(["", "下"]), st.sampled_from("一二三四五六日天")),
)


@settings(deadline=None, max_examples=250)
@given(text=SAID, written=WRITTEN)
def test_what_is_said_with_numbers_lies_ahead(
    scanner: Scanner, calendar: Calendar, text: str, written: datetime
) -> None:
    batch = scanner.clean([text])
    mentions = scanner.scan(batch)
    columns = (mentions.concepts.tolist(), mentions.starts.tolist(), mentions.ends.tolist())
    for concept, start, end in zip(*columns, strict=True):
        found = calendar.resolve(concept, batch.text[start:end], written)
        assert found is None or (found.start < found.end and found.end > written)


@settings(deadline=None, max_examples=25)
@given(written=WRITTEN)
def test_every_label_of_a_time_lies_ahead(
    lexicon: Lexicon, calendar: Calendar, written: datetime
) -> None:
    resolved = 0
    for label, concept in zip(lexicon.labels, lexicon.label_concepts, strict=True):
        if lexicon.concepts[concept].ontology == "time":
            found = calendar.resolve(concept, label, written)
            assert found is None or (found.start < found.end and found.end > written)
            assert (found is None) == (not lexicon.concepts[concept].interval)
            resolved += found is not None
    assert resolved > 100
