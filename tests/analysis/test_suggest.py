"""Words taken out of the ontologies are found again, with their concept and their effect."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import suggesting
from hypothesis import given
from hypothesis import strategies as st
from suggesting import Asked

from treehole.analysis.suggest import log_odds_z

SENTENCES = ["打算烧炭", "想去上吊"]
COUNTS = st.lists(st.tuples(*[st.integers(0, 50)] * 2, st.integers(1, 100)), min_size=2)


@pytest.mark.parametrize(
    ("sentences", "word", "concept"),
    [
        (["打算烧炭", "想去上吊"], "上吊", "Hanging"),
        (["等跳楼价再买", "我想死"], "跳楼价", "Commerce"),
        (["想去玩跳楼机", "坐跳楼机好怕", "排队等跳楼机"], "跳楼机", "Commerce"),
    ],
)
def test_a_word_is_found_again(
    labelling: Any, tmp_path: Path, sentences: list[str], word: str, concept: str
) -> None:
    found, before, after = labelling(suggesting.proposed, Asked(sentences, [word]), tmp_path)
    assert before.missed + before.alarms > 0
    first = found[0]
    assert (first.proposal.word, first.concept) == (word, concept)
    assert after.missed + after.alarms == 0
    assert after.level_error < before.level_error
    for one in found:
        best = one.proposal.best.effect
        assert best == one.effect == one.relabelled
        assert best.gain > 0
        counts = (p := one.proposal).missed + p.alarms + p.agreed_high + p.agreed_low
        assert counts == one.proposal.comments > 0
        assert one.proposal.users is None
        assert all(one.proposal.word in context for context in one.proposal.contexts)


def test_nothing_where_people_and_rules_agree(labelling: Any, tmp_path: Path) -> None:
    found, before, after = labelling(suggesting.proposed, Asked(SENTENCES, []), tmp_path)
    assert (found, before.missed, before.alarms) == ([], 0, 0)
    assert after == before


def test_a_word_in_few_comments_counts_if_it_was_marked(labelling: Any, tmp_path: Path) -> None:
    rare, _, _ = labelling(suggesting.proposed, Asked(SENTENCES, ["上吊"], 100), tmp_path / "a")
    assert not rare
    asked = Asked(SENTENCES, ["上吊"], 100, "上吊")
    marked, _, _ = labelling(suggesting.proposed, asked, tmp_path / "b")
    assert [one.proposal.word for one in marked] == ["上吊"]
    assert marked[0].proposal.marked == marked[0].proposal.comments


def test_a_word_of_one_person_is_not_proposed(labelling: Any, tmp_path: Path) -> None:
    several = [number % 5 for number in range(288)]
    asked = Asked(SENTENCES, ["上吊"], users=several)
    found, _, _ = labelling(suggesting.proposed, asked, tmp_path / "a")
    assert [(one.proposal.word, one.proposal.users) for one in found] == [("上吊", 5)]
    asked = Asked(SENTENCES, ["上吊"], users=[7] * 288)
    found, _, _ = labelling(suggesting.proposed, asked, tmp_path / "b")
    assert not found


@given(COUNTS)
def test_a_word_as_common_in_both_tells_nothing(counts: list[tuple[int, int, int]]) -> None:
    one, other, prior = np.array(counts, dtype=np.float64).T
    assert np.allclose(log_odds_z(one, one, prior), 0)
    assert np.allclose(log_odds_z(one, other, prior), -log_odds_z(other, one, prior))


def test_the_log_odds_ratio_as_published() -> None:
    one, other, prior = np.array([[12.0, 30.0], [3.0, 60.0], [1.5, 9.0]])
    first, second = 13.5 / (42 + 10.5 - 13.5), 4.5 / (63 + 10.5 - 4.5)
    expected = np.log(first / second) / np.sqrt(1 / 13.5 + 1 / 4.5)
    assert log_odds_z(one, other, prior)[0] == pytest.approx(expected)
