"""Folds: of each sort about as many in each, and no writer in two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.errors import InputError
from treehole.models.datasets import Dataset
from treehole.models.folds import folds_of


def dataset(high: list[int], users: list[int], ordinary: list[int] | None = None) -> Dataset:
    count = len(high)
    return Dataset(
        ["字"] * count,
        np.array(high, np.float32),
        np.full(count, -1),
        np.ones(count, np.float32),
        np.array(users),
        [None] * count,
        {},
        np.array(ordinary or [0] * count, np.bool_),
    )


@given(st.integers(0, 99), st.integers(2, 5))
def test_a_writer_is_in_one_fold(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    users = chance.integers(0, 40, 200)
    made = dataset(chance.integers(0, 2, 200).tolist(), users.tolist())
    folds = folds_of(made, count, seed)
    assert set(folds.tolist()) == set(range(count))
    for user in set(users.tolist()):
        assert len(set(folds[users == user].tolist())) == 1
    assert np.array_equal(folds, folds_of(made, count, seed))


@given(st.integers(0, 99), st.integers(2, 7), st.integers(7, 60), st.integers(7, 60))
def test_each_fold_has_its_share_of_each_sort(seed: int, count: int, high: int, low: int) -> None:
    ordinary = 30
    made = dataset(
        [1] * high + [0] * (low + ordinary),
        list(range(high + low + ordinary)),
        [0] * (high + low) + [1] * ordinary,
    )
    folds = folds_of(made, count, seed)
    sorts = (made.high > 0, (made.high == 0) & ~made.ordinary, made.ordinary)
    for sort in sorts:
        sizes = np.bincount(folds[sort], minlength=count)
        assert sizes.max() - sizes.min() <= 1


def test_chance_deals_otherwise() -> None:
    made = dataset([0, 1] * 20, list(range(40)))
    assert not np.array_equal(folds_of(made, 4, 0), folds_of(made, 4, 1))


def test_too_few_for_folds() -> None:
    with pytest.raises(InputError, match="all 4 comments are of low risk; a model needs both"):
        folds_of(dataset([0] * 4, [0, 1, 2, 3]), 2, 0)
    with pytest.raises(InputError, match="2 of high risk by 1 writer and 2 of low risk by 1 w"):
        folds_of(dataset([0, 1, 0, 1], [0] * 4), 2, 0)
    with pytest.raises(InputError, match="use fewer with --folds"):
        folds_of(dataset([0, 0, 0, 1], [0, 1, 2, 3]), 2, 0)


def test_ordinary_comments_are_no_labels() -> None:
    with pytest.raises(InputError, match="all 2 comments are of high risk"):
        folds_of(dataset([1, 1, 0, 0], [0, 1, 2, 3], [0, 0, 1, 1]), 2, 0)
