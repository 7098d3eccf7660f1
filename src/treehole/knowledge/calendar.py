"""When a time mention is: resolves 今晚, 下周, 生日 or 3月5日 against the time of writing.

The time ontology says of a concept when it is: as an interval counted from the moment of writing
(`startsAfter`, `endsAfter`) or from the midnight before it (`startsOnDay`, `endsOnDay`), as months
(`firstMonth`, `lastMonth`), or as a yearly date (`onDate`, `onLunarDate`, `lasts`). Concepts with
patterns that have named groups are read by these: year, month, day, hour, minute, weekday, next,
days, months, years. A date without a year is the next one to come.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from lunardate import LunarDate

from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.patterns import compile_pattern

HOME_ZONE = ZoneInfo("Asia/Shanghai")
"""The zone of a time that names none."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_WEEKDAYS = {c: i for i, c in enumerate("一二三四五末日")} | {"六": 5, "天": 6}
_DAY = timedelta(days=1)
_DAYPARTS = {
    "凌晨": 0, "早上": 1, "上午": 1, "中午": 6, "下午": 12, "傍晚": 12, "晚": 17, "夜": 18,
}  # fmt: skip
"""When the twelve hours begin that each names: 晚上 has the hours from 17 to 4."""


@dataclass(frozen=True)
class Interval:
    """From `start` to `end`, in the zone of the time of writing."""

    start: datetime
    end: datetime

    def isoformat(self) -> tuple[str, str]:
        """Both ends in ISO 8601, to the minute."""
        return self.start.isoformat(timespec="minutes"), self.end.isoformat(timespec="minutes")


def parse_moment(value: object) -> datetime | None:
    """Read a time of writing in any ISO 8601 form; without a zone it is Asia/Shanghai.

    UTC is how times are stored, not where someone lives: it is converted to Asia/Shanghai, so that
    今晚 is the night of the one who wrote it.

    Returns:
        None for what is no time.
    """
    if isinstance(value, str):
        return _parse_text(value.strip())
    return _at_home(value) if isinstance(value, datetime) else None


def _at_home(moment: datetime) -> datetime | None:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=HOME_ZONE)
    try:
        return moment if moment.utcoffset() else moment.astimezone(HOME_ZONE)
    except OverflowError:  # the last day of the year 9999
        return None


@lru_cache(maxsize=4096)
def _parse_text(text: str) -> datetime | None:
    try:
        return _at_home(datetime.fromisoformat(text))
    except ValueError:
        return None


class Calendar:
    """Resolves the time mentions of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._intervals = [concept.interval for concept in lexicon.concepts]
        self._patterns: dict[int, list[Any]] = {}
        for pattern, concept in lexicon.patterns:
            if lexicon.concepts[concept].ontology == "time":
                compiled = compile_pattern(pattern, capture=True)
                self._patterns.setdefault(concept, []).append(compiled)

    def resolve(self, concept: int, surface: str, written: datetime) -> Interval | None:
        """When a mention is.

        Args:
            concept: Its concept's position in the lexicon.
            surface: Its folded text.
            written: When the comment was written, with a zone.

        Returns:
            None if the concept has no time of its own (有一天, 以前), the date does not exist, or
            the number is not one (两三天后).
        """
        try:
            for pattern in self._patterns.get(concept, ()):
                match = pattern.fullmatch(surface)
                if match and any(match.groupdict().values()):
                    return _from_groups(match.groupdict(), surface, written)
            return _from_ontology(self._intervals[concept], written)
        except (ValueError, OverflowError):  # 2月30日, year 10000
            return None


def _from_ontology(interval: dict[str, str], written: datetime) -> Interval | None:
    midnight = _midnight(written)
    if "startsAfter" in interval:
        return _span(interval, "startsAfter", "endsAfter", written)
    if "startsOnDay" in interval:
        found = _span(interval, "startsOnDay", "endsOnDay", midnight)
        return Interval(max(found.start, written), found.end)
    if "firstMonth" in interval:
        return _season(
            int(interval["firstMonth"].strip("-")), int(interval["lastMonth"].strip("-")), written
        )
    lasting = _duration(interval.get("lasts", "P1D"))
    if "onDate" in interval:
        month, day = map(int, interval["onDate"].strip("-").split("-"))
        return _next_yearly(lambda y: midnight.replace(y, month, day), lasting, written)
    if "onLunarDate" in interval:
        month, day = map(int, interval["onLunarDate"].strip("-").split("-"))
        return _next_yearly(lambda y: _lunar(y, month, day, midnight), lasting, written)
    return None


def _from_groups(groups: dict[str, str | None], surface: str, written: datetime) -> Interval | None:
    midnight = _midnight(written)
    if weekday := groups.pop("weekday", None):
        return _weekday(_WEEKDAYS[weekday], bool(groups.get("next")), midnight, written)
    numbers = {key: _number(value) for key, value in groups.items() if value}
    if "hour" in numbers:
        return _clock(numbers["hour"], numbers.get("minute"), surface, written)
    if "month" in numbers or "day" in numbers:
        return _date(numbers, midnight, written)
    return _ahead(numbers, surface, midnight, written)


def _ahead(
    numbers: dict[str, int], surface: str, midnight: datetime, written: datetime
) -> Interval | None:
    """So many days, months or years from now."""
    if "days" in numbers:
        end = midnight + (numbers["days"] + 1) * _DAY
        inside = surface.endswith("内") or not surface.endswith("后")
        return Interval(written if inside else end - _DAY, end)
    if "months" in numbers:
        return _around(midnight + numbers["months"] * 30 * _DAY, 15 * _DAY, written)
    if "years" in numbers:
        return _around(midnight + numbers["years"] * 365 * _DAY, 182 * _DAY, written)
    return None


def _weekday(weekday: int, next_week: bool, midnight: datetime, written: datetime) -> Interval:
    """The coming weekday, or that of the week after this one (weeks begin on Monday)."""
    if next_week:
        start = midnight + (7 - midnight.weekday() + weekday) * _DAY
    else:
        start = midnight + (weekday - midnight.weekday()) % 7 * _DAY
    return Interval(max(start, written), start + _DAY)


def _date(numbers: dict[str, int], midnight: datetime, written: datetime) -> Interval | None:
    month, day = numbers.get("month"), numbers.get("day")
    if month is None:
        return _next_monthly(numbers["day"], midnight)
    if "year" in numbers:
        first = midnight.replace(numbers["year"], month, 1 if day is None else day)
        return Interval(first, _next_month(first) if day is None else first + _DAY)
    if day is None:
        return _season(month, month, written)
    return _next_yearly(lambda y: midnight.replace(y, month, day), _DAY, written)


def _clock(hour: int, minute: int | None, surface: str, written: datetime) -> Interval | None:
    half_day, day_hours, hour_minutes = 12, 24, 60
    first = next((hour for part, hour in _DAYPARTS.items() if part in surface), None)
    if first is not None and hour <= half_day:
        hour = first + (hour - first) % half_day
    elif hour > day_hours:
        return None
    if minute is None:
        minute = 30 if "点半" in surface else 0
    elif minute >= hour_minutes:
        return None
    moment = _midnight(written) + timedelta(hours=hour % day_hours, minutes=minute)
    if moment < written:
        moment += _DAY
    return Interval(moment, moment + timedelta(hours=1))


def _span(interval: dict[str, str], start: str, end: str, anchor: datetime) -> Interval:
    return Interval(anchor + _duration(interval[start]), anchor + _duration(interval[end]))


def _season(first: int, last: int, written: datetime) -> Interval:
    """The months from `first` to `last`, this time round if they are not over."""
    for year in (written.year - 1, written.year, written.year + 1):
        start = _midnight(written).replace(year, first, 1)
        end = _next_month(start.replace(year + (last < first), last, 1))
        if end > written:
            return Interval(max(start, written), end)
    message = "a season within two years"
    raise ValueError(message)


def _next_yearly(
    day_in: Callable[[int], datetime], lasting: timedelta, written: datetime
) -> Interval | None:
    """The first that is not over; a lunar year ends in the next, leap days may be 8 years apart."""
    for year in range(written.year - 1, written.year + 9):
        try:
            start = day_in(year)
        except ValueError:  # not in every year
            continue
        if start + lasting > written:
            return Interval(start, start + lasting)
    return None


def _next_monthly(day: int, midnight: datetime) -> Interval | None:
    first = midnight.replace(day=1)
    for _ in range(3):  # of two months in a row at least one has 31 days
        if day <= (_next_month(first) - first).days:
            start = first.replace(day=day)
            if start >= midnight:
                return Interval(start, start + _DAY)
        first = _next_month(first)
    return None


def _around(middle: datetime, margin: timedelta, written: datetime) -> Interval:
    return Interval(max(middle - margin, written), middle + margin)


def _lunar(year: int, month: int, day: int, midnight: datetime) -> datetime:
    """The Gregorian midnight of a lunar date in a lunar year; the tables end in 2099.

    The 30th is the last day of a month that may have 29, as that of New Year's Eve.
    """
    long_month = 30
    try:
        solar = LunarDate(year, month, day).to_solar_date()
    except ValueError:
        if day != long_month:
            raise
        solar = LunarDate(year, month, day - 1).to_solar_date()
    return midnight.replace(solar.year, solar.month, solar.day)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _next_month(first: datetime) -> datetime:
    december = 12
    if first.month == december:
        return first.replace(year=first.year + 1, month=1)
    return first.replace(month=first.month + 1)


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        message = f"not a duration: {text}"
        raise ValueError(message)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _number(text: str) -> int:
    """The value of Arabic digits or of Chinese numerals up to 999; digits such as 二零 are read.

    Raises:
        ValueError: It is no number, or not one: 两三, 二三十.
    """
    if text.isdecimal():
        return int(text)
    hundreds, hundred, rest = text.partition("百")
    if hundred:
        return int(f"{_number(hundreds)}{_number(rest.lstrip('零') or '零'):02}")
    tens, ten, ones = text.partition("十")
    digits = [tens or "一", ones or "零"] if ten else list(text)
    about = len(text) == 2 and not ten and "零" not in text  # noqa: PLR2004
    if about or not all(digit in _DIGITS for digit in digits):
        message = f"not a number: {text}"
        raise ValueError(message)
    return int("".join(str(_DIGITS[digit]) for digit in digits))
