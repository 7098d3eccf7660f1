"""The features job: resuming, leaving out, and telling what it did."""

import json
import math
import random
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from pyarrow import Table

from processes import Noted
from treehole.corpus.pseudonyms import Pseudonyms
from treehole.corpus.reading import Corpus
from treehole.corpus.sources import find_sources
from treehole.corpus.vault import open_vault
from treehole.errors import InputError, OutputError, TreeholeError, UsageError
from treehole.pipeline.features import Settings, features_of_people
from treehole.psychology.layouts import Layout
from treehole.psychology.table import FEATURES, read_features

Row = dict[str, Any]

KEY = Pseudonyms(b"0123456789abcdef")
TEXTS = (
    "我很好",
    "我们去看海",
    "今天下雨了",
    "早点休息 http://t.cn/A6",
    "@小林 晚安",
    "咱们改天再聊",
)


def write_users(path: Path, count: int = 40) -> Path:
    rows = [f"{n},某人{n},一只猫,{n % 5},{n % 3}\n" for n in range(count)]
    path.write_text("user_id,nickname,profile,followers,mutual_follows\n" + "".join(rows), "utf-8")
    return path


def write_posts(path: Path, count: int = 900, seed: int = 1) -> Path:
    chance = random.Random(seed)
    lines = [
        json.dumps(
            {
                "user_id": str(chance.randrange(50)),
                "text": chance.choice(TEXTS),
                "created_at": f"2026-04-{chance.randint(1, 30):02} {chance.randrange(24):02}:30:00",
                "is_original": chance.random() < 0.5,
                "likes": chance.randrange(3),
                "comments": chance.randrange(3),
                "reposts": 0,
            }
        )
        for _ in range(count)
    ]
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return write_users(tmp_path / "users.csv")


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    return write_posts(tmp_path / "posts.jsonl")


def run(
    users: Path, posts: Path | None, out: Path, noted: Noted | None = None, **settings: Any
) -> tuple[Table, Row]:
    asked = Settings(out, **{"pseudonyms": None, "rows_a_part": 100, **settings})
    layout = {"file_format": "jsonl"} if asked.layout is not Layout.PROJECT else {}
    manifest = features_of_people(
        find_sources([str(users)], **layout),
        find_sources([str(posts)]) if posts else [],
        asked,
        noted or Noted(),
    )
    return pq.read_table(out), manifest


class Stopping(Noted):
    """Stops a run after so many posts, as Ctrl-C does."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def advance(self, rows: int) -> None:
        super().advance(rows)
        if self.done >= self.after:
            raise KeyboardInterrupt


def test_a_table_with_a_manifest(users: Path, posts: Path, tmp_path: Path) -> None:
    noted = Noted()
    table, manifest = run(users, posts, tmp_path / "out" / "f.parquet", noted)
    assert table.column_names == ["user_id", "posts", *FEATURES]
    names = table["user_id"].to_pylist()
    assert names == sorted(names)
    assert len(names) == 50
    assert sum(table["posts"].to_pylist()) == manifest["posts"]
    assert manifest == json.loads((tmp_path / "out" / "f.manifest.json").read_text("utf-8"))
    assert manifest["complete"] is True
    assert (manifest["users"], manifest["users_without_profile"]) == (50, 10)
    assert manifest["posts"] + manifest["left_out"]["duplicate posts"] == 900 == noted.done
    assert noted.expected in {899, 900}
    assert manifest["known"]["social_activity_rate"] < manifest["known"]["self_description_length"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["f.manifest.json", "f.parquet"]


def test_it_feeds_training(users: Path, posts: Path, tmp_path: Path) -> None:
    table, _ = run(users, posts, tmp_path / "f.parquet")
    found = read_features(
        Corpus(find_sources([str(tmp_path / "f.parquet")]), text_column="user_id")
    )
    assert list(found) == table["user_id"].to_pylist()
    row = table.to_pylist()[3]
    expected = [math.nan if row[name] is None else row[name] for name in FEATURES]
    assert found[row["user_id"]].tolist() == pytest.approx(expected, nan_ok=True)


def test_workers_and_blocks_make_no_difference(users: Path, posts: Path, tmp_path: Path) -> None:
    one, _ = run(users, posts, tmp_path / "a.parquet")
    two, _ = run(users, posts, tmp_path / "b.parquet", workers=2, rows_a_part=70)
    assert one.equals(two)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize("after", [1, 300, 900])
def test_a_run_that_was_stopped_goes_on(
    users: Path, posts: Path, tmp_path: Path, after: int
) -> None:
    whole, _ = run(users, posts, tmp_path / "whole.parquet")
    out = tmp_path / "stopped.parquet"
    with pytest.raises(KeyboardInterrupt):
        run(users, posts, out, Stopping(after))
    folder = tmp_path / "stopped.parquet.parts"
    made = {path: path.stat().st_mtime_ns for path in folder.glob("posts-*.parquet")}
    assert len(made) == -(-after // 100)
    assert not out.exists()
    last = Stopping(899)
    with pytest.raises(KeyboardInterrupt):
        run(users, posts, out, last)
    assert all(path.stat().st_mtime_ns == before for path, before in made.items())
    table, manifest = run(users, posts, out)
    assert table.equals(whole)
    assert manifest["complete"]
    assert not folder.exists()


def test_what_is_done_is_not_done_again(users: Path, posts: Path, tmp_path: Path) -> None:
    out = tmp_path / "f.parquet"
    _, manifest = run(users, posts, out)
    before = out.stat().st_mtime_ns
    noted = Noted()
    assert run(users, posts, out, noted)[1] == manifest
    assert (out.stat().st_mtime_ns, noted.done) == (before, 0)
    run(users, posts, out, overwrite=True)
    assert out.stat().st_mtime_ns != before


def test_a_run_killed_at_its_very_end(users: Path, posts: Path, tmp_path: Path) -> None:
    out, parts = tmp_path / "f.parquet", tmp_path / "f.parquet.parts"
    whole, _ = run(users, posts, out)
    parts.mkdir()
    run(users, posts, out)
    assert not parts.exists()
    out.unlink()
    assert run(users, posts, out)[0].equals(whole)


def test_a_run_that_replaces_and_was_stopped_goes_on(
    users: Path, posts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "f.parquet"
    run(users, posts, out)
    with pytest.raises(KeyboardInterrupt):
        run(users, posts, out, Stopping(300), pseudonyms=KEY, overwrite=True)
    _, manifest = run(users, posts, out, pseudonyms=KEY)
    assert manifest["pseudonyms"] == KEY.mark


def test_the_table_of_another_job_is_not_replaced(users: Path, posts: Path, tmp_path: Path) -> None:
    out = tmp_path / "f.parquet"
    run(users, posts, out)
    with pytest.raises(UsageError, match="differs in: pseudonyms"):
        run(users, posts, out, pseudonyms=KEY)
    with pytest.raises(UsageError, match="differs in: timezone"):
        run(users, posts, out, zone=ZoneInfo("UTC"))
    write_posts(posts, seed=2)
    with pytest.raises(UsageError, match="differs in: inputs"):
        run(users, posts, out)
    (tmp_path / "f.manifest.json").unlink()
    with pytest.raises(UsageError, match="there already; replace it with --overwrite"):
        run(users, posts, out)


def test_parts_of_another_job_are_not_built_upon(users: Path, posts: Path, tmp_path: Path) -> None:
    out = tmp_path / "f.parquet"
    with pytest.raises(KeyboardInterrupt):
        run(users, posts, out, Stopping(100))
    with pytest.raises(UsageError, match="another job"):
        run(users, posts, out, pseudonyms=KEY)
    _, manifest = run(users, posts, out, pseudonyms=KEY, overwrite=True)
    assert manifest["pseudonyms"].startswith("k-")


def test_nobody_is_named(users: Path, posts: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(users, posts, tmp_path / "f.parquet", Stopping(500), pseudonyms=KEY)
    parts = list((tmp_path / "f.parquet.parts").glob("*.parquet"))
    assert parts
    for path in parts:
        assert set(pq.read_table(path)["user_id"].to_pylist()) <= {
            KEY.of(str(n)) for n in range(50)
        }
    table, _ = run(users, posts, tmp_path / "f.parquet", pseudonyms=KEY)
    plain, _ = run(users, posts, tmp_path / "plain.parquet")
    by_name = {row["user_id"]: row for row in plain.to_pylist()}
    for name, row in by_name.items():
        by_name[name] = {**row, "user_id": KEY.of(name)}
    assert sorted(by_name.values(), key=lambda row: row["user_id"]) == table.to_pylist()
    for path in tmp_path.glob("f.*"):
        assert "某人".encode() not in path.read_bytes()
        assert "一只猫".encode() not in path.read_bytes()


def test_accounts_are_kept_for_rescuers(users: Path, posts: Path, tmp_path: Path) -> None:
    key = tmp_path / "vault.key"
    key.write_text("0123456789abcdef" * 2)
    key.chmod(0o600)
    vault = open_vault(tmp_path / "vault", key, make=True)
    given = {"pseudonyms": KEY, "vault": vault}
    with pytest.raises(KeyboardInterrupt):
        run(users, posts, tmp_path / "f.parquet", Stopping(100), **given)
    run(users, posts, tmp_path / "f.parquet", **given)
    assert vault.count() == 50
    known = vault.reveal(KEY.of("7"), "anna", "case 1")
    assert (known.platform_id, known.nickname) == ("7", "某人7")
    stranger = vault.reveal(KEY.of("45"), "anna", "case 2")
    assert (stranger.platform_id, stranger.nickname) == ("45", None)


def test_pseudonyms_are_no_accounts(users: Path, posts: Path, tmp_path: Path) -> None:
    key = tmp_path / "vault.key"
    key.write_text("0123456789abcdef" * 2)
    key.chmod(0o600)
    vault = open_vault(tmp_path / "vault", key, make=True)
    given = {"pseudonyms": KEY, "vault": vault}
    plain, _ = run(users, posts, tmp_path / "plain.parquet", **given)
    for path in (users, posts):
        text = path.read_text("utf-8")
        for number in range(50):
            hidden = KEY.of(str(number))
            text = text.replace(f"\n{number},", f"\n{hidden},")
            text = text.replace(f'"user_id": "{number}"', f'"user_id": "{hidden}"')
        path.write_text(text, "utf-8")
    again, _ = run(users, posts, tmp_path / "again.parquet", **given)
    assert again.equals(plain)
    assert vault.reveal(KEY.of("7"), "anna", "case 1").platform_id == "7"
    assert vault.reveal(KEY.of("45"), "anna", "case 1").platform_id == "45"


def test_bad_rows_are_counted(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text(
        "user_id,profile,followers,mutual_follows\na,一只猫,1.2万,3\nb,,-3,2\na,一只猫,1.2万,3\n"
        'c,"x,3\n,,1,1\nd,,赞,1\n',
        "utf-8",
    )
    posts = tmp_path / "posts.csv"
    lines = [
        "user_id,text,created_at,likes,comments,reposts",
        "a,我,2026-04-01 23:00:00,1.2万,3,nan",
        "a,我,2026-04-01 23:00:00,1.2万,3,nan",
        "a,我,2026-04-02,,-1,0",
        "a,我,2099-01-01 23:00:00,1,1,1",
        ",我,2026-04-01 23:00:00,1,1,1",
        "e,我们,刚刚,1,1,1",
        "too,many,cells,1,1,1,1,1",
    ]
    posts.write_text("\n".join(lines), "utf-8")
    users.write_text(users.read_text("utf-8").replace('c,"x,3\n', ""), "utf-8")
    table, manifest = run(users, posts, tmp_path / "f.parquet")
    rows = {row["user_id"]: row for row in table.to_pylist()}
    assert list(rows) == ["a", "b", "d", "e"]
    assert manifest["left_out"] == {
        "posts without a user": 1,
        "unreadable rows": 1,
        "duplicate posts": 1,
        "repeated users": 1,
    }
    assert manifest["unread"] == {"comments": 1, "created_at": 1, "followers": 2}
    assert (manifest["posts_in_future"], manifest["posts_without_time_of_day"]) == (1, 3)
    assert (manifest["users_without_posts"], manifest["users_without_profile"]) == (2, 1)
    assert rows["a"]["posts"] == 3
    assert rows["a"]["nighttime_activity_rate"] == 1.0
    assert rows["a"]["willingness_to_express"] == pytest.approx(4 / 12_001)
    assert rows["a"]["social_support_rate"] == 3.0
    assert rows["a"]["social_activity_rate"] == pytest.approx(3 / 12_000)
    assert rows["b"]["social_activity_rate"] is None
    assert rows["e"]["self_description_length"] is None


def test_without_posts_and_without_users(users: Path, tmp_path: Path) -> None:
    table, manifest = run(users, None, tmp_path / "f.parquet")
    assert (len(table), manifest["posts"], manifest["users_without_posts"]) == (40, 0, 40)
    assert table["self_description_length"].null_count == 0
    assert table["self_focus_rate"].null_count == 40
    nobody = tmp_path / "nobody.csv"
    nobody.write_text("user_id\n", "utf-8")
    table, manifest = run(nobody, None, tmp_path / "g.parquet")
    assert (len(table), manifest["users"]) == (0, 0)


def test_public_layouts(tmp_path: Path) -> None:
    post = {"tweet_content": "我们", "posting_time": "2020-05-01 00:32", "num_of_likes": 2,
            "num_of_forwards": 1, "num_of_comments": 3, "tweet_is_original": "True"}  # fmt: skip
    people = [
        {"nickname": f"人{n}", "profile": "无", "num_of_follower": n, "tweets": [post] * (n % 3)}
        for n in range(5)
    ]
    path = tmp_path / "normal.json"
    path.write_text(json.dumps(people), "utf-8")
    table, manifest = run(path, None, tmp_path / "f.parquet", layout=Layout.WU3D, rows_a_part=2)
    rows = {row["user_id"]: row for row in table.to_pylist()}
    assert rows["人1"] == {
        "user_id": "人1", "posts": 1, "self_description_length": 0.0, "originality_rate": 1.0,
        "link_rate": None, "interaction_rate": None, "collective_attention_rate": 1.0,
        "self_focus_rate": 0.0, "nighttime_activity_rate": 1.0, "social_activity_rate": None,
        "willingness_to_express": 1.5, "social_support_rate": 6.0,
    }  # fmt: skip
    assert manifest["left_out"] == {"duplicate posts": 1}
    with pytest.raises(InputError, match="not laid out as swdd"):
        run(path, None, tmp_path / "g.parquet", layout=Layout.SWDD)


def test_a_damaged_part_folder_and_a_full_disk(
    users: Path, tmp_path: Path, small_disk: Path
) -> None:
    posts = write_posts(tmp_path / "many.jsonl", 9_000)
    with pytest.raises(OutputError, match="the disk is full"):
        run(users, posts, small_disk / "f.parquet", rows_a_part=5_000)
    with pytest.raises(TreeholeError, match="cannot be written"):
        run(users, posts, users / "f.parquet")
