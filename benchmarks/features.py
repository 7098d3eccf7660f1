"""How fast `treehole features` is, and in how much memory, on an invented population.

    python benchmarks/features.py [--users 10000] [--posts 1000000] [--workers 2] [--format parquet]
    python benchmarks/features.py --users 10000 --posts 100000 --explain 3

Everything is invented, from a list of calm clauses, the same each time for the same `--seed`. A
user's habits (how often at night, how often “I”) differ from those of others, and everything that
is wrong in real tables is wrong in some rows of these: users without posts, posts without a user,
duplicates, bare dates, clocks in the future, numbers in words.

With `--explain N`, N users are shown with what their features were made of, for checking by hand.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from treehole.corpus.writing import replacing
from treehole.psychology.table import FEATURES

Row = dict[str, Any]

FIRST = datetime(2025, 1, 1)
DAYS = 365
BLOCK = 50_000
FEW = 6
"""Posts, at most, of a user who is shown."""
MIB = 1 << 20
OTHERS = (
    "今天下雨了", "晚饭吃了面条", "天气慢慢凉了", "路上很堵", "昨晚没有睡好", "早点休息",
    "周末去爬山", "窗外有桂花的味道", "这部电影还不错", "新买的杯子很好看", "地铁人很多",
    "作业写完了",
)  # fmt: skip
SINGULAR = (
    "我有点累",
    "我想安静一会儿",
    "我会慢慢好起来的",
    "明天我要早起",
    "本人最近很忙",
    "俺也一样",
)
PLURAL = ("我们一起去看海吧", "咱们改天再聊", "我们班今天考试", "咱俩好久没见了")
MENTIONS = ("谢谢@小林 ", "@阿木 @小林 看这个", "回复@晚风: 好的")
LINKED = ("http://t.cn/A6abc", "网页链接")
REPOSTED = "//@别人: 我我我 http://t.cn/B7 转发"


def main() -> None:
    """Make a population, and print figures of a run over it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--explain", type=int, default=0, metavar="N")
    options = parser.parse_args()
    if options.explain and options.format != "parquet":
        parser.error("--explain needs --format parquet")
    with tempfile.TemporaryDirectory() as folder:
        users, posts = write(Path(folder), options)
        table = run(Path(folder), users, posts, options)
        if options.explain:
            explain(users, posts, pq.read_table(table), options.explain)


def run(folder: Path, users: Path, posts: Path, given: argparse.Namespace) -> Path:
    """Run the command, print speed and memory; the table it wrote."""
    out = folder / "features.parquet"
    command = [sys.executable, "-m", "treehole", "features", str(users), "--posts", str(posts)]
    options = ["--no-pseudonyms", "--workers", str(given.workers), "--out", str(out)]
    started = time.perf_counter()
    process = subprocess.Popen([*command, *options])
    most = largest = 0
    while process.poll() is None:
        held = memory(process.pid)
        most, largest = max(most, sum(held)), max(largest, *held, 0)
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    print(f"{given.posts:,} posts in {seconds:.1f} s: {given.posts / seconds:,.0f}/s")
    print(f"{cpu:.1f} s of processor: {given.posts / cpu:,.0f} posts a second and core")
    print(f"memory: {most / MIB:,.0f} MiB in all, {largest / MIB:,.0f} MiB in the largest process")
    return out


def memory(pid: int) -> list[int]:
    """What a process and its children hold, without what they share."""
    try:
        process = psutil.Process(pid)
        return [one.memory_info().rss for one in (process, *process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return [0]


def write(folder: Path, options: argparse.Namespace) -> tuple[Path, Path]:
    """Write the population; the tables of users and of posts."""
    chance = random.Random(options.seed)
    habits = [(chance.random(), chance.random(), chance.random()) for _ in range(options.users)]
    users = folder / f"users.{options.format}"
    write_table(pa.Table.from_pylist([user(n, chance) for n in range(options.users)]), users)
    posts = folder / f"posts.{options.format}"
    blocks = invented(options.posts, habits, chance)
    if options.format == "csv":
        write_table(pa.concat_tables(blocks), posts)
    else:
        with replacing(posts) as stream, pq.ParquetWriter(stream, next(blocks).schema) as writer:
            chance = random.Random(options.seed + 1)
            for block in invented(options.posts, habits, chance):
                writer.write_table(block)
    return users, posts


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table in the format that its name says."""
    if path.suffix == ".csv":
        pacsv.write_csv(table, path)
    else:
        pq.write_table(table, path)


def user(number: int, chance: random.Random) -> Row:
    """An invented profile."""
    followers = chance.choice([0, 3, 12, 80, 450, 12_000])
    return {
        "user_id": f"user{number:06}",
        "nickname": f"某人{number}",
        "profile": chance.choice([None, "", "一只猫", "安静的人", "hello", "慢慢走，看看风景"]),
        "followers": chance.choice([str(followers), f"{followers / 10_000:g}万"]),
        "mutual_follows": str(int(followers * chance.random() * 0.6)),
    }


def invented(
    number: int, habits: list[tuple[float, float, float]], chance: random.Random
) -> Iterator[pa.Table]:
    """So many posts, in blocks; one in eight of the users writes nothing."""
    writers = [n for n in range(len(habits)) if n % 8]
    for start in range(0, number, BLOCK):
        rows: list[Row] = []
        for _ in range(start, min(start + BLOCK, number)):
            if rows and chance.random() < 0.01:
                rows.append(rows[-1])  # the same once more
            else:
                writer = chance.choice(writers)
                rows.append(post(writer, habits[writer], chance))
        yield pa.Table.from_pylist(rows)


def post(writer: int, habits: tuple[float, float, float], chance: random.Random) -> Row:
    """An invented post by somebody who has these habits."""
    night, self_focus, sociable = habits
    clauses = [chance.choice(OTHERS) for _ in range(chance.randint(1, 3))]
    if chance.random() < self_focus:
        clauses.append(chance.choice(SINGULAR))
    if chance.random() < sociable / 2:
        clauses.append(chance.choice(PLURAL))
    if chance.random() < sociable / 4:
        clauses.append(chance.choice(MENTIONS))
    if chance.random() < 0.05:
        clauses.append(chance.choice(LINKED))
    chance.shuffle(clauses)
    original = chance.random() < 0.8
    text = "，".join(clauses) + ("" if original else REPOSTED)
    return {
        "user_id": None if chance.random() < 0.001 else f"user{writer:06}",
        "text": text,
        "created_at": written(night, chance),
        "is_original": "True" if original else "False",
        "likes": chance.choice(["0", "0", "0", "1", "3", "1.2万"]),
        "comments": chance.choice(["0", "0", "1", "2"]),
        "reposts": chance.choice(["0", "0", "0", "1"]),
    }


def written(night: float, chance: random.Random) -> str:
    """When: by day or by night, rarely a bare date, and rarely a year to come."""
    hours = (22, 23, 0, 1, 2, 3, 4, 5) if chance.random() < night else range(6, 22)
    day = FIRST + timedelta(days=chance.randrange(DAYS))
    if chance.random() < 0.02:
        return day.strftime("%Y-%m-%d")
    when = day.replace(hour=chance.choice(hours), minute=chance.randrange(60), second=1)
    if chance.random() < 0.005:
        when = when.replace(year=2099)
    return when.strftime("%Y-%m-%d %H:%M:%S")


def explain(users: Path, posts: Path, features: pa.Table, number: int) -> None:
    """Print some users with all they wrote and what was made of it."""
    written = pq.read_table(posts).to_pylist()
    by_user: dict[str, list[Row]] = {}
    for row in written:
        by_user.setdefault(row["user_id"] or "", []).append(row)
    few = {name: rows for name, rows in by_user.items() if name and len(rows) <= FEW}
    profiles = {row["user_id"]: row for row in pq.read_table(users).to_pylist()}
    found = {row["user_id"]: row for row in features.to_pylist()}
    for name in sorted(few, key=lambda one: (-special(few[one]), one))[:number]:
        print(f"\n{profiles[name]}")
        for row in few[name]:
            print("  ", " | ".join(str(row[key]) for key in row if key != "user_id"))
        print({key: found[name][key] for key in ("posts", *FEATURES)})


def special(rows: list[Row]) -> int:
    """How much there is about someone's posts that takes care."""
    repeated = len(rows) - len({(row["text"], row["created_at"]) for row in rows})
    bare = sum(len(row["created_at"]) == len("2025-01-01") for row in rows)
    future = sum(row["created_at"].startswith("2099") for row in rows)
    texts = [sum(word in row["text"] for word in ("我们", "@小林", "t.cn", "//@")) for row in rows]
    return 3 * repeated + 3 * bare + 3 * future + sum(texts)


if __name__ == "__main__":
    main()
