"""A word is near the concept whose labels it is like, and whose company it keeps."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.nearness import Nearness

LABELS = {
    "大雨": "wish:Rain", "下雨天": "wish:Rain", "下雪": "wish:Snow", "雪人": "wish:Snow",
    "回家": "wish:Home", "门": "wish:Door", "窗": "wish:Window",
}  # fmt: skip
NAMES = ["Door", "Home", "Rain", "Snow", "Window"]
DOOR, HOME, RAIN, SNOW, WINDOW = range(5)
NOTHING = np.zeros((0, 2), np.int64)
PAIRS = [(0, DOOR), (0, HOME), (1, DOOR), (1, HOME), (2, RAIN), (2, SNOW), (3, RAIN), (3, SNOW)]


@pytest.fixture(scope="module")
def lexicon(lexicon_of: Callable[..., Lexicon]) -> Lexicon:
    made = lexicon_of(LABELS)
    assert [concept.name for concept in made.concepts] == NAMES
    return made


def test_form(lexicon: Lexicon) -> None:
    nearness = Nearness(lexicon, NOTHING)
    assert NAMES[nearness.form("大雨天").argmax()] == "Rain"
    assert NAMES[nearness.form("雪人儿").argmax()] == "Snow"
    assert NAMES[nearness.form("想回家").argmax()] == "Home"
    assert nearness.form("下雪")[SNOW] == pytest.approx(1)
    assert not nearness.form("月亮").any()


def test_context(lexicon: Lexicon) -> None:
    nearness = Nearness(lexicon, np.array(PAIRS, dtype=np.int64))
    beside_doors = nearness.context(np.array([0]))
    assert {NAMES[i] for i in beside_doors.argsort()[-2:]} == {"Door", "Home"}
    assert beside_doors[RAIN] == beside_doors[WINDOW] == 0
    assert not nearness.context(np.array([7])).any()
    assert not nearness.context(np.zeros(0, np.int64)).any()


def test_both_count(lexicon: Lexicon) -> None:
    nearness = Nearness(lexicon, np.array(PAIRS, dtype=np.int64))
    assert nearness.nearest("大雨天", np.array([0]))[RAIN] > 0
    assert nearness.nearest("大雨天", np.array([0]))[DOOR] > 0
    assert NAMES[nearness.nearest("大雨天", np.array([2])).argmax()] in {"Rain", "Snow"}


@given(word=st.text(max_size=6), comments=st.sets(st.integers(0, 5)))
def test_between_0_and_1(lexicon: Lexicon, word: str, comments: set[int]) -> None:
    nearness = Nearness(lexicon, np.array(PAIRS, dtype=np.int64))
    near = nearness.nearest(word, np.array(sorted(comments), dtype=np.int64))
    assert near.shape == (5,)
    assert (near >= 0).all()
    assert (near <= 1 + 1e-9).all()
