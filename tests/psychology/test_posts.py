"""What a post says of its writer."""

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from treehole.psychology.posts import FACTS, facts

ZONE = ZoneInfo("Asia/Shanghai")


def fact(text: str, **columns: object) -> dict[str, object]:
    table = pa.table({"user_id": ["u"], "text": [text]} | {k: [v] for k, v in columns.items()})
    [row] = facts(table, ZONE).table.to_pylist()
    return row


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@小林 @阿木 早", 2),
        ("hi@小林", 1),
        ("＠小林", 1),
        ("回复@晚风: 好", 1),
        ("转发//@小林: @阿木", 0),
        ("写信到 someone@example.com", 0),
        ("@ 早 @", 0),
        ("@@小林", 1),
    ],
)
def test_mentions(text: str, mentions: int) -> None:
    assert fact(text)["mentions"] == mentions


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("看 http://t.cn/A6", True),
        ("HTTPS://EXAMPLE.ORG", True),
        ("www.example.org", True),
        ("t.cn/A6x", True),
        ("O网页链接", True),
        ("http 是什么", False),
        ("早//@小林: http://t.cn/A6", False),
        ("what.cn/a", False),
    ],
)
def test_links(text: str, link: bool) -> None:
    assert fact(text)["link"] is link


def test_a_column_of_links() -> None:
    assert fact("早", links="http://t.cn/A6")["link"] is True
    assert fact("早", links="[]")["link"] is False
    assert fact("早", links=["http://t.cn/A6"])["link"] is True


def test_what_follows_in_a_repost_is_not_ones_own() -> None:
    found = fact("我也是//@小林: 我我 我们")
    assert (found["singular"], found["plural"]) == (1, 0)


def test_the_key_is_that_of_user_time_and_text() -> None:
    one = fact("早", created_at="2026-04-30 08:00")["key"]
    assert fact("早", created_at="2026-04-30T00:00:00Z", likes="3")["key"] == one
    assert fact("早。", created_at="2026-04-30 08:00")["key"] != one
    assert fact("早", created_at="2026-04-30 08:01")["key"] != one
    assert fact("早")["key"] is None
    assert fact("早", created_at="刚刚")["key"] is None


def test_what_could_not_be_read_is_counted() -> None:
    table = pa.table(
        {
            "user_id": ["u", "u"],
            "text": ["早", "晚"],
            "created_at": ["刚刚", None],
            "is_original": ["maybe", "true"],
            "likes": ["赞", "-3"],
        }
    )
    assert facts(table, ZONE).unread == {"created_at": 1, "is_original": 1, "likes": 2}


def test_no_post() -> None:
    empty = pa.table({"user_id": pa.array([], pa.string()), "text": pa.array([], pa.string())})
    found = facts(empty, ZONE)
    assert (found.table.schema, len(found.table), found.unread) == (FACTS, 0, {})
