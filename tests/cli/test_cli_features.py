"""`treehole features`, as a person runs it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import Row, Treehole, csv_of

from small_models import TEXTS, write_model
from treehole.corpus.pseudonyms import Pseudonyms
from treehole.corpus.vault import open_vault
from treehole.psychology.table import FEATURES

SECRET = "0123456789abcdef0123456789abcdef"
KEYED = {"TREEHOLE_KEY": SECRET}
PATIENCE = 100.0

USERS = csv_of(
    [("1", "某人", "一只猫", "1.2万", "300"), ("2", "别人", "", "0", "0")],
    ("user_id", "nickname", "profile", "followers", "mutual_follows"),
)
POSTS = csv_of(
    [
        ("1", "我很好", "2026-04-01 23:10:00", "2", "1"),
        ("1", "我们去看海 @小林 早", "2026-04-02 08:00:00", "2", "0"),
        ("1", "我们去看海 @小林 早", "2026-04-02 08:00:00", "2", "0"),
        ("", "没有名字", "2026-04-02 08:00:00", "1", "1"),
        ("3", "早", "2099-04-02", "赞", ""),
    ],
    ("user_id", "text", "created_at", "likes", "comments"),
)


@pytest.fixture
def given(treehole: Treehole) -> tuple[str, ...]:
    treehole.write("users.csv", USERS)
    treehole.write("posts.csv", POSTS)
    return ("features", "users.csv", "--posts", "posts.csv", "--out", "f.parquet")


@pytest.fixture
def key(treehole: Treehole) -> Path:
    path = treehole.write("users.key", SECRET)
    path.chmod(0o600)
    return path


def rows(treehole: Treehole, name: str = "f.parquet") -> list[Row]:
    found: list[Row] = pq.read_table(treehole.folder / name).to_pylist()
    return found


def test_features_and_a_summary(treehole: Treehole, given: tuple[str, ...]) -> None:
    ended = treehole(*given, "--no-pseudonyms")
    assert (ended.code, ended.err) == (0, "")
    one, two, three = rows(treehole)
    assert [one["user_id"], two["user_id"], three["user_id"]] == ["1", "2", "3"]
    assert (one["posts"], one["self_focus_rate"], one["interaction_rate"]) == (2, 0.5, 0.5)
    assert (one["nighttime_activity_rate"], one["willingness_to_express"]) == (0.5, 0.25)
    assert (one["self_description_length"], one["social_activity_rate"]) == (9.0, 0.025)
    assert {two[name] for name in FEATURES} == {None}
    assert (three["posts"], three["nighttime_activity_rate"]) == (1, None)
    assert "3 users" in ended.out
    assert "left out: 1 posts without a user, 1 duplicate posts" in ended.out
    assert "values not understood: 1 of likes" in ended.out
    assert "1 users without posts, 1 users without profile" in ended.out
    assert "features in f.parquet" in ended.out


def test_pseudonyms_by_either_key(treehole: Treehole, given: tuple[str, ...], key: Path) -> None:
    assert treehole(*given, "--quiet", "--key-file", key).code == 0
    names = [row["user_id"] for row in rows(treehole)]
    assert names == sorted(map(Pseudonyms(SECRET.encode()).of, "123"))
    ended = treehole(*given, env=KEYED)  # the same job, so it is done
    assert (ended.code, [row["user_id"] for row in rows(treehole)]) == (0, names)
    for path in ("f.parquet", "f.manifest.json"):
        content = (treehole.folder / path).read_bytes()
        assert SECRET.encode() not in content
        assert "某人".encode() not in content


def test_label_gives_the_same_pseudonyms(
    treehole: Treehole, given: tuple[str, ...], key: Path
) -> None:
    assert treehole(*given, "--quiet", "--key-file", key).code == 0
    treehole.label("posts.csv", "--key-file", key)
    labelled = [row["user_id"] for row in treehole.rows()]
    assert labelled[3] is None
    assert set(filter(None, labelled)) < {row["user_id"] for row in rows(treehole)}
    assert [row["status"] for row in treehole.rows()].count("duplicate") == 1
    ended = treehole("label", "posts.csv", "--out", "labels")
    assert "differs in: pseudonyms" in ended.refusal


def test_without_a_key_it_refuses(treehole: Treehole, given: tuple[str, ...]) -> None:
    refusal = treehole(*given).refusal
    for cure in ("TREEHOLE_KEY", "--key-file", "openssl rand", "--no-pseudonyms"):
        assert cure in refusal
    assert not (treehole.folder / "f.parquet").exists()
    assert "fewer than 16" in treehole(*given, env={"TREEHOLE_KEY": "short"}).refusal


def test_a_vault(treehole: Treehole, given: tuple[str, ...], key: Path) -> None:
    vault_key = treehole.write("keys/vault.key", SECRET[::-1])
    vault_key.chmod(0o600)
    options = ("--vault", "vault", "--vault-key", vault_key)
    ended = treehole(*given, "--quiet", "--key-file", key, *options)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    vault = open_vault(treehole.folder / "vault", vault_key)
    account = vault.reveal(Pseudonyms(SECRET.encode()).of("1"), "anna", "case 7")
    assert (account.platform_id, account.nickname) == ("1", "某人")
    assert vault.count() == 3
    wrong = treehole(*given, "--key-file", key, *options[:2], "--vault-key", key)
    assert "made with another key" in wrong.refusal
    named = ("--key-file", key, "--vault", "vault")
    assert "TREEHOLE_VAULT_KEY" in treehole(*given, *named).refusal
    assert "name it with --vault" in treehole(*given, *named[:2], *options[2:]).refusal
    assert "leave out --no-pseudonyms" in treehole(*given, "--no-pseudonyms", *options).refusal


def test_wrong_usage(treehole: Treehole, given: tuple[str, ...], key: Path) -> None:
    anonymous = (*given, "--no-pseudonyms")
    assert "either --key-file or" in treehole(*anonymous, "--key-file", key).refusal
    assert "no such zone" in treehole(*anonymous, "--timezone", "Mars/Base").refusal
    assert "no such zone" in treehole(*anonymous, "--timezone", "../etc/passwd").refusal
    assert "leave out --posts" in treehole(*anonymous, "--layout", "wu3d").refusal
    assert "layout" in treehole(*anonymous, "--layout", "other").refusal
    assert "write them to one" in treehole(*anonymous[:3], "-", *anonymous[4:]).refusal
    own = (*given[:4], "--out", "posts.csv", "--no-pseudonyms")
    assert "is an input" in treehole(*own).refusal
    assert "nothing.csv" in treehole("features", "nothing.csv", *anonymous[2:]).refusal


def test_tables_that_are_none(treehole: Treehole, given: tuple[str, ...]) -> None:
    options = ("--out", "f.parquet", "--no-pseudonyms")
    treehole.write("wrong.csv", "id,name\n1,某人\n")
    refusal = treehole("features", "wrong.csv", *options).refusal
    assert "wrong.csv has no column user_id; it has id, name" in refusal
    assert "--layout wu3d" in refusal
    treehole.write("empty.csv", "")
    assert "empty.csv is empty" in treehole("features", "empty.csv", *options).refusal
    treehole.write("people.json", json.dumps([{"id": 1, "posts": []}]))
    refusal = treehole("features", "people.json", *options).refusal
    assert "people.json is one JSON array" in refusal
    assert "--layout wu3d" in refusal
    refusal = treehole("features", "people.json", "--layout", "wu3d", *options).refusal
    assert "its first user has id, posts; expected nickname, profile, num_of_follower" in refusal
    assert not list(treehole.folder.glob("f.*[!s]"))


def test_gb18030(treehole: Treehole) -> None:
    treehole.write("users.csv", USERS.encode("gb18030"))
    treehole.write("posts.csv", POSTS.encode("gb18030"))
    ended = treehole(
        "features", "users.csv", "--posts", "posts.csv", "--out", "f.parquet", "--no-pseudonyms"
    )
    assert ended.code == 0
    assert [row["self_description_length"] for row in rows(treehole)] == [9.0, None, None]


def test_wu3d(treehole: Treehole) -> None:
    post = {"tweet_content": "我很好", "posting_time": "2020-05-01 00:32", "num_of_likes": 1,
            "num_of_forwards": 0, "num_of_comments": 3, "tweet_is_original": "True"}  # fmt: skip
    people = [{"nickname": "某人", "profile": "一只猫", "num_of_follower": 3, "tweets": [post]}]
    treehole.write("depressed.json", json.dumps(people))
    treehole.write("normal.json", json.dumps([{**people[0], "nickname": "别人"}]))
    options = ("--layout", "wu3d", "--out", "f.parquet")
    ended = treehole("features", "depressed.json", "normal.json", *options, env=KEYED)
    assert (ended.code, ended.err) == (0, "")
    first, second = rows(treehole)
    assert first["willingness_to_express"] == second["willingness_to_express"] == 3.0
    assert first["user_id"].startswith("u-")
    assert "某人" not in ended.out


def test_its_table_serves_predict(treehole: Treehole, given: tuple[str, ...]) -> None:
    assert treehole(*given, "--no-pseudonyms", "--quiet").code == 0
    model = write_model(treehole.folder / "plus", "psychology-plus", features=True)
    comments = [(f"c{n}", str(n % 4), TEXTS[n % len(TEXTS)]) for n in range(8)]
    treehole.write("comments.csv", csv_of(comments, ("comment_id", "user_id", "text")))
    ended = treehole(
        "predict", "comments.csv", "--model", model, "--users", "f.parquet", "--out", "said"
    )
    assert ended.code == 0
    assert "6 by writers whose features are known" in ended.out


@pytest.mark.slow
def test_killed_and_called_again_it_gives_the_same_bytes(treehole: Treehole) -> None:
    chance = random.Random(1)
    number = 400_000
    posts = pa.table(
        {
            "user_id": [str(chance.randrange(500)) for _ in range(number)],
            "text": [f"我很好{chance.randrange(9_999)}" for _ in range(number)],
            "created_at": [f"2026-04-01 {n % 24:02}:10:00" for n in range(number)],
        }
    )
    pq.write_table(posts, treehole.folder / "posts.parquet")
    treehole.write("users.csv", csv_of([(str(n),) for n in range(500)], ("user_id",)))
    given = ("features", "users.csv", "--posts", "posts.parquet", "--quiet", "--out")
    assert treehole(*given, "whole.parquet", env=KEYED).code == 0
    command = [sys.executable, "-m", "treehole", *given, "killed.parquet"]
    folder = treehole.folder / "killed.parquet.parts"
    made = []
    for parts, workers in ((1, "2"), (3, "1")):
        again = [*command, "--workers", workers]
        process = subprocess.Popen(again, cwd=treehole.folder, env={**os.environ, **KEYED})
        until = time.monotonic() + PATIENCE
        while len(list(folder.glob("posts-*.parquet"))) < parts:
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        made.append({part: part.stat().st_mtime_ns for part in folder.glob("posts-*.parquet")})
    assert made[0].items() <= made[1].items()
    assert not (treehole.folder / "killed.parquet").exists()
    assert treehole(*given, "killed.parquet", env=KEYED).code == 0
    whole, killed = (
        (treehole.folder / f"{name}.parquet").read_bytes() for name in ("whole", "killed")
    )
    assert whole == killed
    assert not folder.exists()
