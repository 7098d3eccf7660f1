"""The picture of one user's comments."""

import re
from datetime import UTC, datetime, timedelta

from treehole.analysis.timeline import Entry, Timeline
from treehole.report.timeline import MOST, draw_timeline

START = datetime(2024, 5, 1, 12, tzinfo=UTC)
POINTS = re.compile(r'<polyline points="([^"]+)"')
CIRCLE = re.compile(r'<circle class="([a-z-]+)" cx="([\d.]+)" cy="([\d.]+)"')


def entry(day: float, level: int | None, *, high: bool = False, rise: bool = False) -> Entry:
    return Entry(START + timedelta(days=day), False, level, high, rise, None, None)


def drawn(*entries: Entry) -> str:
    return str(draw_timeline(Timeline("<u>", entries, 0)))


def test_levels_rises_and_silence() -> None:
    after = entry(40, 4)._replace(gap=37)
    svg = drawn(entry(0, 2), entry(3, 7, high=True, rise=True), after, entry(41, 3))
    assert "&lt;u&gt;" in svg
    assert svg.count('class="rise"') == 1
    assert "level 7: above all before" in svg
    assert len(CIRCLE.findall(svg)) == 3
    assert [len(points.split()) for points in POINTS.findall(svg)] == [2, 2]  # none over the gap
    assert "37 days" in svg
    assert "2024-05-01" in svg
    assert "2024-06-11" in svg


def test_risk_where_no_level_is_known() -> None:
    svg = drawn(entry(0, None), entry(1, None, high=True), entry(2, None)._replace(high=None))
    (_, _, low), (_, _, high) = CIRCLE.findall(svg)
    assert float(high) < float(low)
    assert ">high<" in svg


def test_one_comment_and_comments_at_one_time() -> None:
    assert drawn(entry(0, 3)) == drawn(entry(0, 3)).replace("nan", "")
    svg = drawn(entry(0, 3), entry(0, 5))
    assert {across for _, across, _ in CIRCLE.findall(svg)} == {"392.0"}


def test_of_many_comments_the_highest_are_drawn() -> None:
    entries = [entry(number / 24, number % 5) for number in range(5_000)]
    entries[2_345] = entry(2_345 / 24, 7, high=True, rise=True)
    svg = drawn(*entries)
    circles = CIRCLE.findall(svg)
    assert len(circles) == MOST - 1
    assert svg.count('class="rise"') == 1
    assert len({down for _, _, down in circles}) == 1
    same = [entry(0, number % 5) for number in range(MOST + 1)]
    assert len(CIRCLE.findall(drawn(*same))) == 1
