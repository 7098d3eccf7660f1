"""The sieve misses nothing, whatever it has learnt."""

from collections.abc import Callable
from typing import Any

import judging
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loaded import Book

from treehole.knowledge.version import KnowledgeFiles

Run = Callable[..., Any]


@settings(deadline=None, max_examples=100)
@given(data=st.data(), seed=st.integers(-1, 5))
def test_nothing_with_a_level_is_missed(
    shipped: Run, comments: st.SearchStrategy[str], data: st.DataObject, seed: int
) -> None:
    batch = data.draw(st.lists(comments, min_size=1, max_size=8))
    passed = shipped(judging.sifted, batch, seed)
    assert passed == sorted(set(passed))
    found = shipped(judging.verdicts, batch)
    missed = [batch[row] for row, f in enumerate(found) if f.level and row not in passed]
    assert missed == []


@pytest.mark.parametrize("seed", range(6))
def test_no_example_is_missed(shipped: Run, book: Book, seed: int) -> None:
    comments = [c for rule in book.rules if rule.level for c in rule.holds]
    assert shipped(judging.sifted, comments, seed) == list(range(len(comments)))


def test_until_it_has_learnt_it_lets_all_through(shipped: Run) -> None:
    assert shipped(judging.sifted, ["今天下雨", "", "我想死"], -1) == [0, 1, 2]


def test_then_it_saves_work(shipped: Run) -> None:
    everyday = ["", "桌上有一盆花", "music", "7"]
    for seed in range(6):
        assert shipped(judging.sifted, [*everyday, "我想跳楼"], seed) == [4]


@pytest.mark.parametrize(
    "often", ["明天下雨", "去爬山", "难过", "想死", "我想跳楼", "跳楼还是烧炭"]
)
def test_what_it_has_seen_often_is_not_missed(spare: Run, often: str) -> None:
    rules = str(KnowledgeFiles.locate().rules)
    comments = [often, "明天去跳楼", "今晚就走", "跳楼太丑，割腕又怕疼"]
    passed = spare(judging.sift_by_folder, rules, comments)
    assert set(passed) >= {1, 2, 3}
    assert (0 in passed) or often in ("明天下雨", "去爬山")
