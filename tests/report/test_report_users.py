"""The page on users: what it says first, and what it does not say."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from treehole.analysis.activity import Counts
from treehole.analysis.distributions import axis_for, spread
from treehole.analysis.effects import effect
from treehole.analysis.rhythm import DAYS, HOURS, profile
from treehole.analysis.timeline import Entry, Timeline
from treehole.analysis.users import Feature, Rhythm, Study
from treehole.psychology.table import FEATURES
from treehole.report.users_page import FEATURE_WORDS, SHOWN, in_short, of_pairs, p_value, page

CHANCE = np.random.default_rng(2)
WRITERS = np.arange(200) % 20


def rhythm(writers: int) -> Rhythm:
    wrote = WRITERS % writers
    return Rhythm(
        profile(wrote, CHANCE.integers(0, HOURS, 200), HOURS),
        profile(wrote, CHANCE.integers(0, DAYS, 200), DAYS),
    )


def feature(name: str, apart: float, high: int = 40) -> Feature:
    values = CHANCE.normal(3 + apart, 1, high), CHANCE.normal(3, 1, 60)
    axis = axis_for(np.concatenate(values), share=False)
    found = effect(*values, seed=1)
    spreads = [spread(group, axis) for group in values]
    return Feature(name, axis, *spreads, found, found.p if found else None)


STUDY = Study(
    column="risk", zone="Asia/Shanghai", high=40, low=60, unjudged=0, silent=3, strangers=0,
    counts=Counts(comments=400, nameless=7),
    features=[feature(name, number**2 / 30) for number, name in enumerate(FEATURES)],
    high_rhythm=rhythm(20), low_rhythm=rhythm(20),
)  # fmt: skip
SMALL = replace(STUDY, high=4, features=[feature(name, 3, high=4) for name in FEATURES])


def timeline(text: str | None, comments: int = 3) -> Timeline:
    at = datetime(2024, 5, 1, tzinfo=UTC)
    return Timeline("u-<b>", [Entry(at, True, 7, True, True, 20, text)] * comments, 2)


def test_every_feature_has_words() -> None:
    assert set(FEATURE_WORDS) == set(FEATURES)


def test_what_it_says_first() -> None:
    first, second = in_short(STUDY)
    assert first == "Of 100 people 40 are at high risk."
    assert re.search(r"the first has the greater value of social support in 9\d, of", second)
    assert in_short(SMALL)[1] == (
        "Features are not compared: that takes 5 people or more at either risk."
    )
    alike = [replace(one, adjusted_p=0.5) for one in STUDY.features]
    assert in_short(replace(STUDY, features=alike))[1].startswith("No feature differs")


def test_the_page() -> None:
    found = page(STUDY, ["/home/someone/labels-00000.parquet"])
    assert "labels-00000.parquet" in found
    assert "/home" not in found
    assert found.count('class="chart spread"') == 10
    assert found.count('class="delta"') == 10
    assert found.count('class="band"') == 4
    titles = re.findall(r'<tr><th scope="row">([^<]+)', found)
    assert titles[0] == "Social support"  # the greatest difference
    assert "3 people of the table wrote none of the comments." in found
    assert "7 of 400 comments name no writer" in found
    assert "must not be used to decide about a person" in found
    assert "One person" not in found
    assert not re.search(r"(?:src|href)\s*=\s*\"(?!#)|https?:|@import|url\(", found)
    assert not re.search(r"\b(?:nan|inf|None|Undefined)\b", found)


def test_small_groups_are_told_of_and_not_drawn() -> None:
    few = replace(SMALL, high_rhythm=rhythm(4), low_rhythm=rhythm(4))
    found = page(few, ["-"])
    assert found.count("too few people") == 10
    assert found.count('class="box"') == 10  # of those at low risk alone
    assert 'class="band"' not in found
    bare = [replace(one, axis=None, high=spread(np.array([]), None)) for one in SMALL.features]
    assert page(replace(few, features=bare), ["-"]).count("Too few people to be drawn.") == 10


def test_one_person_with_words_and_without() -> None:
    found = page(replace(STUDY, timeline=timeline("窗外<b>下雨")), ["-"])
    assert "窗外&lt;b&gt;下雨" in found
    assert "u-&lt;b&gt;" in found
    assert "escalation; after 20 days of silence" in found
    assert "2 without one" in found
    assert ">comment</th>" not in page(replace(STUDY, timeline=timeline(None)), ["-"])
    long = page(replace(STUDY, timeline=timeline(None, SHOWN + 50)), ["-"])
    assert long.count("after 20 days of silence") == SHOWN
    assert "No comment of this person has a time" in page(
        replace(STUDY, timeline=timeline(None, 0)), ["-"]
    )


@pytest.mark.parametrize(
    ("p", "said"), [(None, "–"), (0.0, "< 0.001"), (0.04567, "0.046"), (0.5, "0.50")]
)
def test_p_values(p: float | None, said: str) -> None:
    assert p_value(p) == said


def test_pairs() -> None:
    assert [of_pairs(delta) for delta in (-1, 0, 0.5, None)] == ["0", "50", "75", "–"]
