"""What is read of each tier, and what is left out."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.corpus.reading import Corpus
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, UsageError
from treehole.models.datasets import (
    LEAST_CONFIDENCE,
    Tier,
    confidence,
    joined,
    ordinary_comments,
    read_dataset,
)


def corpus(folder: Path, content: str, name: str = "a.csv") -> Corpus:
    (folder / name).write_text(content, "utf-8")
    return Corpus(find_sources([str(folder / name)]))


FREE = """text,level,status,user_id
一,9,ok,u1
二,0,ok,u2
三,,limit_exceeded,u1
四,3,too_short,
五,5,damaged,
六,6,duplicate,u1
"""


def test_free_labels(tmp_path: Path) -> None:
    found = read_dataset(corpus(tmp_path, FREE), Tier.FREE)
    assert found.texts == ["一", "二", "五"]
    assert found.high.tolist() == [1, 0, 0]
    assert found.levels.tolist() == [9, 0, 5]
    assert found.left_out == {"without a label": 1, "too_short": 1, "duplicate": 1}
    assert found.weights[1] == 1 > found.weights[2]
    even = read_dataset(corpus(tmp_path, FREE), Tier.FREE, by_confidence=False)
    assert even.weights.tolist() == [1, 1, 1]
    assert [found.names[user] for user in found.users] == ["u1", "u2", None]
    assert found.has_levels


def test_students_and_psychologists(tmp_path: Path) -> None:
    easy = read_dataset(corpus(tmp_path, "text,label\n一,high\n二,irrelevant\n三,\n"), Tier.EASY)
    assert (easy.texts, easy.high.tolist()) == (["一", "二"], [1, 0])
    assert not easy.has_levels
    hard = read_dataset(corpus(tmp_path, "text,level\n一,10\n二,0\n"), Tier.HARD)
    assert (hard.levels.tolist(), hard.weights.tolist()) == ([10, 0], [1, 1])


def test_another_column(tmp_path: Path) -> None:
    table = corpus(tmp_path, "text,level,expert\n一,0,8\n")
    assert read_dataset(table, Tier.HARD, "expert").high.tolist() == [1]
    with pytest.raises(InputError, match="no column truth with the labels"):
        read_dataset(table, Tier.HARD, "truth")


def test_nothing_left(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no comment is left to train on \(1 too_short\)"):
        read_dataset(corpus(tmp_path, "text,level,status\n一,3,too_short\n"), Tier.FREE)
    with pytest.raises(UsageError, match="--gold"):
        read_dataset(corpus(tmp_path, "text,mood\n一,3\n"), Tier.EASY)


def test_joined(tmp_path: Path) -> None:
    one = read_dataset(corpus(tmp_path, FREE), Tier.FREE)
    other = read_dataset(corpus(tmp_path, "text,level,user_id\n七,7,u2\n八,1,\n"), Tier.HARD)
    ordinary = ordinary_comments(corpus(tmp_path, "text\n晴天\n"))
    found = joined([one, other, ordinary])
    assert found.texts == ["一", "二", "五", "七", "八", "晴天"]
    assert found.high.tolist() == [1, 0, 0, 1, 0, 0]
    assert found.levels.tolist() == [9, 0, 5, 7, 1, -1]
    assert found.ordinary.tolist() == [False] * 5 + [True]
    assert [found.names[user] for user in found.users] == ["u1", "u2", None, "u2", None, None]
    assert len(set(found.users.tolist())) == 5


@given(st.lists(st.integers(0, 10), min_size=1))
def test_confidence_grows_with_the_distance_from_the_border(levels: list[int]) -> None:
    found = confidence(np.array(levels))
    assert ((found > LEAST_CONFIDENCE) & (found <= 1)).all()
    order = np.argsort(np.abs(np.array(levels) - 5.5), kind="stable")
    assert (np.diff(found[order]) >= 0).all()
