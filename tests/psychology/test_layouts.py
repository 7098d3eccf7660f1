"""Users and posts in the project's tables and in the public layouts."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from treehole.corpus.sources import find_sources
from treehole.errors import InputError, TreeholeError, UsageError
from treehole.psychology.layouts import Intake, Layout, open_people

Row = dict[str, Any]


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def tables(users: str, *posts: str, rows: int = 100) -> list[Intake]:
    found = open_people(
        Layout.PROJECT, find_sources([users]), find_sources(list(posts)) if posts else []
    )
    return list(found.read(rows))


def nested(layout: Layout, path: Path, people: Any, rows: int = 100) -> list[Intake]:
    text = people if isinstance(people, str) else json.dumps(people, ensure_ascii=False)
    sources = find_sources([write(path, text)], file_format="jsonl")
    return list(open_people(layout, sources, []).read(rows))


def users_of(intakes: list[Intake]) -> list[Row]:
    return [row for one in intakes if one.users is not None for row in one.users.to_pylist()]


def posts_of(intakes: list[Intake]) -> list[Row]:
    return [row for one in intakes if one.posts is not None for row in one.posts.to_pylist()]


USERS = "user_id,nickname,profile,followers,text\n1,某人,一只猫,1.2万,x\n 2 ,,,,\n,无名,,3,\n"
POSTS = "user_id,text,likes,extra\n1,早,3,x\n,晚,1,y\n2,晚,,z\n1\n"


def test_the_projects_tables(tmp_path: Path) -> None:
    found = tables(write(tmp_path / "u.csv", USERS), write(tmp_path / "p.csv", POSTS))
    assert users_of(found) == [
        {"user_id": "1", "nickname": "某人", "profile": "一只猫", "followers": "1.2万"},
        {"user_id": "2", "nickname": None, "profile": None, "followers": None},
    ]
    assert posts_of(found) == [
        {"user_id": "1", "text": "早", "likes": "3"},
        {"user_id": "2", "text": "晚", "likes": None},
    ]
    assert [(one.nameless, one.unreadable) for one in found] == [(0, 0), (1, 1)]


def test_gb18030_and_other_formats(tmp_path: Path) -> None:
    posts = write(tmp_path / "p.jsonl", '{"user_id": 1, "text": "早", "likes": 3}\nbroken\n')
    found = tables(write(tmp_path / "u.csv", USERS.encode("gb18030")), posts)
    assert users_of(found)[0]["profile"] == "一只猫"
    assert posts_of(found) == [{"user_id": "1", "text": "早", "likes": "3"}]
    assert found[-1].unreadable == 1


@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.float64(), pa.large_string()])
def test_parquet_with_users_of_any_type(tmp_path: Path, kind: pa.DataType) -> None:
    ids = pa.array([1, 1234567890123], pa.int64()).cast(kind) if kind != pa.float64() else None
    posts = pa.table(
        {
            "user_id": pa.array([1.0, None, 1234567890123.0]) if ids is None else ids,
            "text": ["早"] * (3 if ids is None else 2),
        }
    )
    pq.write_table(posts, tmp_path / "p.parquet")
    users = pa.table({"user_id": pa.array(["1", "2"]) if ids is None else ids, "followers": [1, 2]})
    pq.write_table(users, tmp_path / "u.parquet")
    found = tables(str(tmp_path / "u.parquet"), str(tmp_path / "p.parquet"))
    assert [row["user_id"] for row in posts_of(found)] == ["1", "1234567890123"]
    assert users_of(found)[0] == {"user_id": "1", "followers": 1}


def test_without_posts(tmp_path: Path) -> None:
    found = tables(write(tmp_path / "u.csv", "user_id\n"))
    assert (users_of(found), posts_of(found)) == ([], [])


def test_columns_that_are_missing(tmp_path: Path) -> None:
    users = write(tmp_path / "u.csv", USERS)
    wrong = write(tmp_path / "w.csv", "id,name\n1,某人\n")
    with pytest.raises(UsageError, match=r"no column user_id; it has id, name\. .*--layout wu3d"):
        tables(wrong)
    with pytest.raises(UsageError, match=r"no column text; it has id, name\. Tables of posts"):
        tables(users, wrong)
    nameless = write(tmp_path / "n.csv", "text\n早\n")
    with pytest.raises(TreeholeError, match="posts have no column user_id; they have text"):
        tables(users, nameless)


def wu3d(name: str, *posts: Row, **fields: Any) -> Row:
    return {"nickname": name, "gender": "女", "profile": "无", "tweets": list(posts), **fields}


POST = {
    "tweet_content": "我很好",
    "posting_time": "2020-05-01 00:32",
    "posted_picture_url": "无",
    "num_of_likes": 1,
    "num_of_forwards": 0,
    "num_of_comments": 3,
    "tweet_is_original": "True",
}


@pytest.mark.parametrize("form", ["array", "lines"])
def test_wu3d(tmp_path: Path, form: str) -> None:
    people = [
        wu3d("某人", POST, POST, num_of_follower=3, all_tweet_count=137, original_tweet_count=128),
        wu3d("别人", profile="一只猫", label="1"),
    ]
    text = "\n".join(map(json.dumps, people)) if form == "lines" else json.dumps(people)
    found = nested(Layout.WU3D, tmp_path / "depressed.json", text)
    first, second = users_of(found)
    assert first["user_id"] == first["nickname"] == "某人"
    assert (first["followers"], first["posts_count"], first["original_count"]) == (
        "3",
        "137",
        "128",
    )
    assert (first["profile"], second["profile"], second["followers"]) == ("", "一只猫", None)
    assert posts_of(found) == [
        {
            "user_id": "某人",
            "text": "我很好",
            "created_at": "2020-05-01 00:32",
            "is_original": "True",
            "likes": "1",
            "comments": "3",
            "reposts": "0",
            "links": None,
        }
    ] * 2  # fmt: skip


def test_a_user_id_goes_before_the_nickname(tmp_path: Path) -> None:
    found = nested(Layout.WU3D, tmp_path / "a.json", [wu3d("某人", POST, user_id=77)])
    assert (users_of(found)[0]["user_id"], posts_of(found)[0]["user_id"]) == ("77", "77")


SWDD_POST = {
    "text": '早 <a data-url="http://t.cn/A" href="https://e.org"><span>看&amp;看</span></a>',
    "post_time": "Thu Jan 30 01:01:11 +0800 2020",
    "is_origin": True,
    "thumb_ups_count": 1,
    "comments_count": 2,
    "reposts_count": 0,
    "article_url": "",
}
SWDD_USER = {"screen_name": "某人", "description": "一只猫", "followers_count": 11}


@pytest.mark.parametrize("inner", [None, "user", "profile", "user_profile"])
def test_swdd(tmp_path: Path, inner: str | None) -> None:
    person = {inner: SWDD_USER} if inner else SWDD_USER
    other = {**SWDD_POST, "text": "<span>晚</span>"}
    text = json.dumps({**person, "tweets": [SWDD_POST, other]})
    found = nested(Layout.SWDD, tmp_path / "control.jsonl", text)
    [user] = users_of(found)
    assert (user["user_id"], user["profile"], user["followers"]) == ("某人", "一只猫", "11")
    first, second = posts_of(found)
    assert (first["text"], first["links"], first["is_original"]) == ("早 看&看", "card", "true")
    assert first["created_at"] == SWDD_POST["post_time"]
    assert (second["text"], second["links"]) == ("晚", "")


def test_blocks_are_always_the_same_and_not_larger(tmp_path: Path) -> None:
    people = [wu3d(f"人{n}", *[{**POST, "tweet_content": f"{n}-{m}"} for m in range(n)])
              for n in range(8)]  # fmt: skip
    whole = nested(Layout.WU3D, tmp_path / "a.json", people)
    small = nested(Layout.WU3D, tmp_path / "b.json", people, rows=3)
    assert users_of(small) == users_of(whole)
    assert posts_of(small) == posts_of(whole)
    sizes = [len(one.posts) for one in small if one.posts is not None]
    assert max(sizes) <= 3
    assert len(small) > 5


def test_users_that_are_none(tmp_path: Path) -> None:
    people = [wu3d("某人", POST), wu3d("", POST, POST), {"nickname": "x", "tweets": "none"}, 7,
              wu3d("y", "not a post", POST), wu3d("z", tweets=None)]  # fmt: skip
    found = nested(Layout.WU3D, tmp_path / "a.json", people)
    assert [user["user_id"] for user in users_of(found)] == ["某人", "y", "z"]
    assert len(posts_of(found)) == 2
    assert sum(one.nameless for one in found) == 2
    assert sum(one.unreadable for one in found) == 3


@pytest.mark.parametrize(
    ("layout", "person", "said"),
    [
        (Layout.WU3D, {"id": 1, "posts": []}, "its first user has id, posts; expected nickname"),
        (Layout.SWDD, wu3d("某人", POST), "its first user has nickname, gender, profile, tweets"),
        (Layout.WU3D, {**SWDD_USER, "nickname": "x", "tweets": [SWDD_POST]}, "its first post has"),
        (Layout.WU3D, [1], "its first user has no fields"),
        (Layout.WU3D, "word", "its first user has no fields"),
    ],
)
def test_another_layout_is_told(tmp_path: Path, layout: Layout, person: Any, said: str) -> None:
    with pytest.raises(InputError, match=f"is not laid out as {layout}: {said}"):
        nested(layout, tmp_path / "a.json", [person])
