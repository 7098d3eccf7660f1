"""The ten features from their definitions: slow, plain, a function each, over dictionaries.

Nothing of it is shared with the code that is tested but the lists of terms, the dictionary that
divides a text, and the cleaning.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import rjieba

from treehole.corpus.cleaning import clean, fold
from treehole.psychology.first_person import PLURAL, SINGULAR

Row = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")


def self_description_length(profile: Row, posts: list[Row]) -> float | None:
    text = profile.get("profile")
    return None if text is None else len(text.encode("utf-8"))


def originality_rate(profile: Row, posts: list[Row]) -> float | None:
    known = [post for post in posts if post.get("is_original") is not None]
    if known:
        return sum(post["is_original"] for post in known) / len(known)
    original, every = profile.get("original_count"), profile.get("posts_count")
    if original is None or not every or original > every:
        return None
    return original / every


def link_rate(profile: Row, posts: list[Row]) -> float | None:
    return mean([bool(re.search("http|网页链接", own(post))) for post in posts])


def interaction_rate(profile: Row, posts: list[Row]) -> float | None:
    return mean([len(re.findall("@", fold(own(post)))) for post in posts])


def collective_attention_rate(profile: Row, posts: list[Row]) -> float | None:
    return mean([sum(word in PLURAL for word in words(post)) for post in posts])


def self_focus_rate(profile: Row, posts: list[Row]) -> float | None:
    return mean([sum(word in SINGULAR for word in words(post)) for post in posts])


def nighttime_activity_rate(profile: Row, posts: list[Row], now: datetime) -> float | None:
    hours = []
    for post in posts:
        when = post.get("created_at")
        if isinstance(when, datetime):
            bare = when.tzinfo is None and when.strftime("%H%M%S") == "000000"
            there = when.replace(tzinfo=ZONE) if when.tzinfo is None else when.astimezone(ZONE)
            if not bare and there <= now:
                hours.append(there.hour)
    return mean([hour in {22, 23, 0, 1, 2, 3, 4, 5} for hour in hours])


def social_activity_rate(profile: Row, posts: list[Row]) -> float | None:
    mutual, followers = profile.get("mutual_follows"), profile.get("followers")
    if mutual is None or not followers or mutual > followers:
        return None
    return mutual / followers


def willingness_to_express(profile: Row, posts: list[Row]) -> float | None:
    known = [p for p in posts if p.get("likes") is not None and p.get("comments") is not None]
    likes = sum(post["likes"] for post in known)
    return sum(post["comments"] for post in known) / likes if likes else None


def social_support_rate(profile: Row, posts: list[Row]) -> float | None:
    numbers = [[post.get(name) for name in ("likes", "comments", "reposts")] for post in posts]
    return mean([sum(three) for three in numbers if None not in three])


PLAIN: dict[str, Callable[..., float | None]] = {
    function.__name__: function
    for function in (
        self_description_length,
        originality_rate,
        link_rate,
        interaction_rate,
        collective_attention_rate,
        self_focus_rate,
        nighttime_activity_rate,
        social_activity_rate,
        willingness_to_express,
        social_support_rate,
    )
}


def plain_features(profile: Row, posts: list[Row], now: datetime) -> dict[str, float | None]:
    """All of them, of one user."""
    once = without_duplicates(posts)
    return {
        name: function(profile, once, now)
        if function is nighttime_activity_rate
        else function(profile, once)
        for name, function in PLAIN.items()
    }


def without_duplicates(posts: list[Row]) -> list[Row]:
    """A post of the same text at the same time counts once; without a time none is the same."""
    kept: list[Row] = []
    seen = set()
    for post in posts:
        when = post.get("created_at")
        if isinstance(when, date) and not isinstance(when, datetime):
            when = datetime(when.year, when.month, when.day)
        if when is not None and when.tzinfo is None:
            when = when.replace(tzinfo=ZONE)
        key = None if when is None else (int(when.timestamp()), post["text"])
        if key is None or key not in seen:
            kept.append(post)
        seen.add(key)
    return kept


def own(post: Row) -> str:
    """What the user wrote, not those before in a repost."""
    return str(post["text"]).split("//@")[0]


def words(post: Row) -> list[str]:
    found: list[str] = rjieba.cut(clean([own(post)]).comment(0), hmm=False)
    return found


def mean(values: list[Any]) -> float | None:
    return sum(values) / len(values) if values else None
