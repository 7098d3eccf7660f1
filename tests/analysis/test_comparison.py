"""The figures of a comparison."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.analysis.comparison import (
    GOLD_HIGH,
    GOLD_LOW,
    GOLD_UNKNOWN,
    GOLDS,
    MOVES,
    STATES,
    UNJUDGED,
    Comparison,
    effect_of,
    move_of,
)
from treehole.knowledge.lexicon_changes import LexiconChanges

Row = tuple[int, int, int]


def comparison(rows: list[Row]) -> Comparison:
    found = Comparison("old", "new", LexiconChanges(), {}, "gold")
    for row in rows:
        found.counts[row] += 1
    return found


def level(state: int) -> int | None:
    return None if state == UNJUDGED else state


@pytest.mark.parametrize(
    ("old", "new", "move"),
    [
        (5, 6, "into high"),
        (6, 5, "out of high"),
        (10, None, "out of high"),
        (None, 6, "into high"),
        (None, 5, "unjudged"),
        (0, None, "unjudged"),
        (6, 7, "up"),
        (3, 0, "down"),
        (3, 3, "other rule"),
    ],
)
def test_moves(old: int | None, new: int | None, move: str) -> None:
    assert move_of(old, new) == move


@pytest.mark.parametrize(
    ("gold", "old", "new", "effect"),
    [
        (7, 3, 5, "right"),
        (7, 8, 5, "wrong"),
        (7, 6, 8, "neutral"),
        (GOLD_HIGH, 5, 6, "right"),
        (GOLD_HIGH, 6, 5, "wrong"),
        (GOLD_HIGH, 6, 10, "neutral"),
        (GOLD_LOW, 6, 5, "right"),
        (GOLD_LOW, 0, 6, "wrong"),
        (GOLD_LOW, 0, 5, "neutral"),
        (3, None, 3, "neutral"),
        (GOLD_UNKNOWN, 0, 10, None),
    ],
)
def test_effects(gold: int, old: int | None, new: int | None, effect: str | None) -> None:
    assert effect_of(gold, old, new) == effect


@given(
    st.lists(
        st.tuples(
            st.integers(0, GOLDS - 1), st.integers(0, STATES - 1), st.integers(0, STATES - 1)
        ),
        max_size=60,
    )
)
def test_figures_are_those_of_the_rows(rows: list[Row]) -> None:
    found = comparison(rows)
    changed = [(gold, level(old), level(new)) for gold, old, new in rows if old != new]
    assert (found.rows, found.changed) == (len(rows), len(changed))
    moves = [move_of(old, new) for _, old, new in changed]
    assert found.moves == {name: moves.count(name) for name in MOVES}
    effects = [effect_of(*row) for row in changed]
    assert found.effects == {name: effects.count(name) for name in ("right", "wrong", "neutral")}
    for quality, side in ((found.before, 1), (found.after, 2)):
        known = [(row[0], row[side]) for row in rows if row[0] != GOLD_UNKNOWN]
        called = [(gold in (6, 7, 8, 9, 10, GOLD_HIGH), 6 <= state <= 10) for gold, state in known]
        right = called.count((True, True))
        assert quality.precision == ratio(right, sum(high for _, high in called))
        assert quality.recall == ratio(right, sum(high for high, _ in called))
        errors = [abs(gold - state) for gold, state in known if gold <= 10 and state <= 10]
        assert quality.level_error == ratio(sum(errors), len(errors))
        if quality.precision and quality.recall:
            mean = 2 / (1 / quality.precision + 1 / quality.recall)
            assert quality.f1 == pytest.approx(mean)


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def test_json_has_nothing_of_numpy() -> None:
    found = json.loads(json.dumps(comparison([(7, 3, 7), (0, UNJUDGED, 0), (0, 0, 0)]).as_json()))
    assert found["matrix"] == [
        {"old": 0, "new": 0, "comments": 1},
        {"old": 3, "new": 7, "comments": 1},
        {"old": None, "new": 0, "comments": 1},
    ]
    assert found["gold"]["effects"] == {"right": 1, "wrong": 0, "neutral": 1}
    assert isinstance(found["comments"], int)
    assert np.array(found["moves"]["into high"]) == 1
