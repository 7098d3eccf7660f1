"""The ten features are what their definitions say."""

import math
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_features import ZONE, Row, plain_features

from treehole.psychology.features import PROFILE_NUMBERS, Profiles, Totals, features_table
from treehole.psychology.posts import facts
from treehole.psychology.table import FEATURES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

CLAUSES = (
    "我", "我们", "咱们", "咱", "俺", "我会好的", "自我", "我国", "本人", "老子", "，", "。",
    "早点休息", "@小林 ", "@阿木:", "http://t.cn/A6 ", "网页链接", "[心]", " ",
    "//@别人: 我们 http://t.cn/B7", "我們", "俺们", "气死我了", "回复@晚风: ", "\n", "😀", "Ｗ",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(CLAUSES), max_size=6).map("".join)
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))])
COUNTS = st.none() | st.integers(0, 20_000)
DAYS = st.sampled_from([datetime(2026, 4, 30), datetime(2026, 5, 1), datetime(2026, 5, 2)])
MINUTES = st.sampled_from([0, 1, 359, 360, 361, 720, 1319, 1320, 1439])
MOMENTS = st.builds(
    lambda day, minute, zone: (day + timedelta(minutes=minute)).replace(tzinfo=zone),
    DAYS, MINUTES, ZONES,
)  # fmt: skip
POSTS = st.fixed_dictionaries(
    {"text": TEXTS},
    optional={
        "created_at": st.none() | MOMENTS | st.just(date(2026, 4, 30)),
        "is_original": st.none() | st.booleans(),
        "likes": COUNTS,
        "comments": COUNTS,
        "reposts": COUNTS,
    },
)
PROFILE = st.fixed_dictionaries(
    {},
    optional={
        "profile": st.none() | st.text(max_size=8),
        "followers": COUNTS,
        "mutual_follows": COUNTS,
        "posts_count": COUNTS,
        "original_count": COUNTS,
    },
)


def table(user: str, posts: list[Row]) -> pa.Table:
    """Posts as a file of text would have them."""
    names = ("text", "created_at", "is_original", "likes", "comments", "reposts")
    columns = {name: [told(post.get(name)) for post in posts] for name in names}
    return pa.table(
        {"user_id": pa.array([user] * len(posts), pa.string())}
        | {name: pa.array(values, pa.string()) for name, values in columns.items()}
    )


def told(value: object) -> str | None:
    return None if value is None else str(value)


def numbers_of(profile: Row) -> list[float]:
    text = profile.get("profile")
    numbers = {**profile, "profile_bytes": None if text is None else len(text.encode())}
    given = [numbers.get(name) for name in PROFILE_NUMBERS]
    return [math.nan if number is None else float(number) for number in given]


def reckoned(users: dict[str, tuple[Row, list[Row]]]) -> dict[str, Row]:
    """The features of users, from their posts in blocks of two."""
    profiles = Profiles()
    for name, (profile, _) in users.items():
        profiles.add([name], np.array([numbers_of(profile)]))
    totals = Totals(profiles.users, int(NOW.timestamp()))
    for name, (_, posts) in users.items():
        for start in range(0, len(posts), 2):
            totals.add(facts(table(name, posts[start : start + 2]), ZONE).table)
    rows = features_table(profiles, totals).to_pylist()
    return {row["user_id"]: row for row in rows}


@given(st.dictionaries(st.sampled_from("abc"), st.tuples(PROFILE, st.lists(POSTS, max_size=8))))
def test_they_are_what_the_definitions_say(users: dict[str, tuple[Row, list[Row]]]) -> None:
    found = reckoned(users)
    assert list(found) == sorted(users)
    for name, (profile, posts) in users.items():
        expected = plain_features(profile, posts, NOW)
        assert tuple(expected) == FEATURES
        for feature, value in expected.items():
            if value is None:
                assert found[name][feature] is None
            else:
                assert found[name][feature] == pytest.approx(value, rel=1e-12), feature


def one(profile: Row, *posts: Row) -> Row:
    return reckoned({"u": (profile, list(posts))})["u"]


def test_without_posts_only_the_profile_speaks() -> None:
    profile = {"profile": "一只猫", "followers": 10, "mutual_follows": 4}
    found = one(profile)
    assert found["posts"] == 0
    known = {name: found[name] for name in FEATURES if found[name] is not None}
    assert known == {"self_description_length": 9.0, "social_activity_rate": 0.4}


def test_the_account_says_what_posts_do_not() -> None:
    assert one({"posts_count": 8, "original_count": 6})["originality_rate"] == 0.75
    assert one({"posts_count": 8, "original_count": 9})["originality_rate"] is None
    assert one({"posts_count": 0, "original_count": 0})["originality_rate"] is None
    said = {"text": "早", "is_original": False}
    assert one({"posts_count": 8, "original_count": 6}, said)["originality_rate"] == 0


@pytest.mark.parametrize(
    ("when", "night"),
    [
        ("2026-04-30 21:59:59", 0),
        ("2026-04-30 22:00:00", 1),
        ("2026-04-30 23:59", 1),
        ("2026-04-30 00:00:01", 1),
        ("2026-04-30 05:59:59", 1),
        ("2026-04-30 06:00:00", 0),
        ("2026-04-30", None),
        ("2026-04-30 00:00:00", None),
        ("2026-04-30T00:00:00+08:00", 1),
        ("2026-04-29T16:00:00Z", 1),
        ("2026-04-30T10:00:00-12:00", 0),
        ("2099-04-30 23:00:00", None),
        ("刚刚", None),
    ],
)
def test_what_is_night(when: str, night: float | None) -> None:
    assert one({}, {"text": "早", "created_at": when})["nighttime_activity_rate"] == night


def test_posts_that_are_the_same_count_once() -> None:
    twice = {"text": "我", "created_at": "2026-04-30 23:00:00"}
    other = {"text": "我", "created_at": "2026-04-30 23:00:01"}
    assert one({}, twice, other, twice, other)["posts"] == 2
    written_otherwise = {"text": "我", "created_at": "2026-04-30T15:00:00Z"}
    assert one({}, twice, written_otherwise)["posts"] == 1
    undated = {"text": "我"}
    assert one({}, undated, undated)["posts"] == 2


def test_a_user_who_is_not_among_the_users_has_features_all_the_same() -> None:
    totals = Totals([], int(NOW.timestamp()))
    totals.add(facts(table("b", [{"text": "我"}]), ZONE).table)
    totals.add(facts(table("a", [{"text": "我们"}, {"text": "我们"}]), ZONE).table)
    rows = features_table(Profiles(), totals).to_pylist()
    assert [(row["user_id"], row["posts"], row["self_focus_rate"]) for row in rows] == [
        ("a", 2, 0.0),
        ("b", 1, 1.0),
    ]
    assert {row["self_description_length"] for row in rows} == {None}


@pytest.mark.parametrize("stripped", [True, False])
@pytest.mark.parametrize("text", ["早", "@小林 早 http://t.cn/A6"])
def test_where_links_and_mentions_were_taken_out_nothing_is_known(
    stripped: bool, text: str
) -> None:
    totals = Totals([], int(NOW.timestamp()))
    totals.add(facts(table("a", [{"text": "早"}, {"text": text}]), ZONE).table)
    [row] = features_table(Profiles(), totals, stripped=stripped).to_pylist()
    rate = 0.5 if "@" in text else None if stripped else 0
    assert (row["link_rate"], row["interaction_rate"]) == (rate, rate)


def test_the_last_row_of_a_user_counts() -> None:
    profiles = Profiles()
    for followers in (1.0, 2.0, 3.0):
        profiles.add(["a", "b"], np.full((2, len(PROFILE_NUMBERS)), followers))
    profiles.add(["c"], np.full((1, len(PROFILE_NUMBERS)), 9.0))
    assert (profiles.users, profiles.repeated) == (["a", "b", "c"], 4)
    assert profiles.numbers[:, 0].tolist() == [3.0, 3.0, 9.0]
