"""Timeline: one user's comments in order, with what rises and what is silent."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from treehole.analysis.activity import COMMENT, UNDATED
from treehole.analysis.timeline import timeline
from treehole.corpus.levels import UNKNOWN

ZONE = ZoneInfo("Asia/Shanghai")


def second(day: int, hour: int = 12) -> int:
    return int(datetime(2024, 5, 1, hour, tzinfo=ZONE).timestamp()) + (day - 1) * 86_400


def test_order_rises_and_silence() -> None:
    comments = np.array(
        [
            (0, second(20), 12, 7, 1),
            (0, second(1), 12, 2, 0),
            (0, second(2), 12, 6, 1),
            (0, second(3), 12, 6, 1),
            (0, second(4, 0), UNKNOWN, 8, 1),
            (0, UNDATED, UNKNOWN, 9, 1),
            (0, second(21), 12, UNKNOWN, UNKNOWN),
            (0, second(22), 12, 10, 1),
        ],
        COMMENT,
    )
    found = timeline("u-1", comments, list("abcdefgh"), ZONE)
    assert found.undated == 1
    assert found.has_levels
    assert [entry.text for entry in found.entries] == list("bcdeagh")
    assert [entry.level for entry in found.entries] == [2, 6, 6, 8, 7, None, 10]
    assert [number for number, entry in enumerate(found.entries) if entry.escalation] == [1, 3, 6]
    assert [entry.gap for entry in found.entries] == [None, None, None, None, 16, None, None]
    assert [number for number, entry in enumerate(found.entries) if entry.day_only] == [3]
    assert found.entries[0].at == datetime(2024, 5, 1, 12, tzinfo=ZONE)
    assert found.entries[5].high is None


def test_risk_without_levels() -> None:
    rows = [(3, second(day), 12, UNKNOWN, high) for day, high in ((1, 0), (2, 1), (3, 1))]
    comments = np.array(rows, COMMENT)
    found = timeline("u-1", comments, [], ZONE)
    assert not found.has_levels
    assert [entry.escalation for entry in found.entries] == [False, True, False]
    assert {entry.text for entry in found.entries} == {None}
