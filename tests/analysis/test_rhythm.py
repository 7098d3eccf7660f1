"""Rhythm: shares of comments by time, and how sure they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.analysis.effects import FEWEST
from treehole.analysis.rhythm import HOURS, profile

comments = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6)), max_size=80)


@given(comments)
def test_shares_add_up_and_lie_in_their_intervals(rows: list[tuple[int, int]]) -> None:
    writers, days = np.array(rows, np.int64).reshape(-1, 2).T
    found = profile(writers, days, 7)
    people = len({writer for writer, _ in rows})
    assert (found.comments, found.writers) == (len(rows), people)
    if people < FEWEST:
        assert not found.shares
        return
    assert sum(figure.value for figure in found.shares) == pytest.approx(1)
    for day, figure in enumerate(found.shares):
        assert figure.value == pytest.approx(np.mean(days == day))
        assert 0 <= figure.low <= figure.value + 1e-12
        assert figure.value - 1e-12 <= figure.high <= 1


def test_the_variance_is_that_of_clusters() -> None:
    chance = np.random.default_rng(3)
    writers = np.repeat(np.arange(40), chance.integers(1, 30, 40))
    hours = (writers % 6 + chance.integers(0, 2, len(writers))) % HOURS
    share = np.mean(hours == 2)
    squares = [
        (np.sum(hours[writers == one] == 2) - share * np.sum(writers == one)) ** 2
        for one in range(40)
    ]
    error = np.sqrt(sum(squares) * 40 / 39) / len(writers)
    figure = profile(writers, hours, HOURS).shares[2]
    assert figure.high - figure.low == pytest.approx(2 * 2.02 * error, rel=0.1)


def test_many_comments_of_few_people_tell_less() -> None:
    hours = np.tile(np.repeat([1, 2, 3, 4, 5, 6], 50), 1)
    alone = profile(np.arange(300), hours, HOURS).shares[1]
    alike = profile(np.repeat(np.arange(6), 50), hours, HOURS).shares[1]
    assert alone.value == alike.value == pytest.approx(1 / 6)
    assert alike.high - alike.low > 4 * (alone.high - alone.low)
    assert alike.high < 1


def test_an_hour_at_which_nobody_wrote_is_not_sure_to_stay_so() -> None:
    shares = profile(np.arange(30), np.zeros(30, np.int64), HOURS).shares
    assert (shares[5].value, shares[5].low) == (0, 0)
    assert 0.05 < shares[5].high <= 1
