"""How long it takes from a comment's arrival in a file to its alert.

    python benchmarks/watch.py [--rate 1000] [--seconds 60] [--model DIR]

Comments are written to a file that `treehole watch` reads, ten at a time, evenly; so many in a
thousand as `--alerts` says are of high risk, each by a user of their own, the others are ordinary
or of some pain. An alert counts as there when another process can read it in the queue. Printed are
the seconds from the write to that, what the watch took of a processor, and the most memory it held.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import psutil

from treehole.errors import TreeholeError
from treehole.knowledge.calendar import HOME_ZONE
from treehole.watch.queue import open_queue

ORDINARY = (
    "今天吃了面，天气不错", "周末想去看电影，有人一起吗", "猫在窗台上睡了一下午",
    "下雨了，路上好堵", "刚看完一本书，讲的是海边的小镇", "新买的花开了，粉色的很好看",
    "明天要考试，还有两章没复习", "听了一晚上的老歌", "妈妈做的红烧肉最好吃", "[心][心]晚安大家",
)  # fmt: skip
PAIN = (
    "最近好累，什么都不想做", "活着好痛苦", "好绝望，没有人懂我", "不想活了", "觉得自己撑不下去了",
)  # fmt: skip
HIGH = ("今晚就去跳楼，再见了", "药攒够了，遗书也写好了", "我决定明天去跳河")
MIB = 1 << 20
A_WRITE = 10
PATIENCE = 60.0


def main() -> None:
    """Run the watch and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rate", type=int, default=1000, help="comments a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--alerts", type=float, default=5, help="of high risk in a thousand")
    parser.add_argument("--pain", type=float, default=0.1, help="share of comments of some pain")
    parser.add_argument("--model", metavar="DIR")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure(folder, options, ["--model", options.model] if options.model else [])


def measure(folder: Path, options: argparse.Namespace, more: Sequence[str]) -> None:
    """Write comments beside a watch, and print what came of it."""
    path, queue = folder / "comments.jsonl", folder / "queue"
    path.touch()
    command = [sys.executable, "-m", "treehole", "watch", str(path), "--queue", str(queue)]
    process = subprocess.Popen([*command, "--quiet", *more])
    try:
        feed = Feed(path, options)
        feed.warm_up(queue)
        watch = psutil.Process(process.pid)
        before, started = watch.cpu_times(), time.monotonic()
        feed.start()
        seen, most = follow(queue, feed, watch)
        after, lasted = watch.cpu_times(), time.monotonic() - started
    finally:
        process.terminate()
        process.wait()
    waits = sorted(seen[number] - written for number, written in feed.high.items())
    used = after.user + after.system - before.user - before.system
    print(f"{feed.written:,} comments in {lasted:.0f} s, {len(waits):,} alerts")
    print(
        f"from write to alert: median {waits[len(waits) // 2]:.2f} s, "
        f"99 % {waits[int(len(waits) * 0.99)]:.2f} s, most {waits[-1]:.2f} s"
    )
    print(f"the watch took {100 * used / lasted:.0f} % of a core, {most / MIB:,.0f} MiB at most")
    print(f"written late by at most {feed.late:.2f} s; load {os.getloadavg()[0]:.1f}")


def follow(queue: Path, feed: "Feed", watch: psutil.Process) -> tuple[dict[str, float], int]:
    """When each alert could be read, and the most memory held, until all are there."""
    seen: dict[str, float] = {}
    last, most = 0, 0
    with open_queue(queue) as opened:
        while feed.is_alive() or len(seen) < len(feed.high):
            if feed.ended and time.monotonic() - feed.ended > PATIENCE:
                raise SystemExit(f"of {len(feed.high)} alerts only {len(seen)} came")
            for event in opened.events(after=last):
                last = event.seq
                if event.kind == "escalated" and event.details["user"].startswith("high"):
                    seen[event.details["user"]] = time.monotonic()
            most = max(most, watch.memory_info().rss)
            time.sleep(0.01)
    return seen, most


def reached(queue: Path) -> int:
    """How many cases there are."""
    try:
        with open_queue(queue) as opened:
            return opened.counts()["new"]
    except TreeholeError:  # it is being made
        return 0


class Feed(threading.Thread):
    """Writes comments.

    Attributes:
        high: When each user with a comment of high risk wrote it.
        written: How many comments were written.
        late: Seconds by which it was behind, at most.
        ended: When the last was written; None before.
    """

    def __init__(self, path: Path, options: argparse.Namespace) -> None:
        super().__init__()
        self.high: dict[str, float] = {}
        self.written = 0
        self.late = 0.0
        self.ended: float | None = None
        self._options = options
        self._chance = random.Random(0)
        self._stream = path.open("ab", buffering=0)

    def warm_up(self, queue: Path) -> None:
        """Write until the watch has read all of it."""
        self._stream.write(b"".join(self._line(f"warm{n}", PAIN[0]) for n in range(200)))
        self._stream.write(self._line("warm", HIGH[0]))
        while not reached(queue):
            time.sleep(0.1)

    def run(self) -> None:
        """Write at the rate asked for."""
        rate, seconds = self._options.rate, self._options.seconds
        started = time.monotonic()
        for turn in range(rate * seconds // A_WRITE):
            due = started + turn * A_WRITE / rate
            time.sleep(max(due - time.monotonic(), 0))
            lines, high = [], []
            for _ in range(A_WRITE):
                self.written += 1
                user, text = self._comment()
                lines.append(self._line(user, text))
                if user.startswith("high"):
                    high.append(user)
            now = time.monotonic()
            self.late = max(self.late, now - due)
            self.high.update(dict.fromkeys(high, now))
            self._stream.write(b"".join(lines))
        self.ended = time.monotonic()

    def _comment(self) -> tuple[str, str]:
        drawn = self._chance.random()
        if drawn < self._options.alerts / 1000:
            return f"high{self.written}", self._chance.choice(HIGH)
        texts = PAIN if drawn < self._options.pain else ORDINARY
        several = self._chance.sample(texts, self._chance.randint(1, 3))
        return f"u{self._chance.randrange(100_000)}", "，".join(several)

    def _line(self, user: str, text: str) -> bytes:
        now = datetime.now(HOME_ZONE).isoformat(timespec="seconds")
        row = {"comment_id": f"{user}-{self.written}", "user_id": user, "created_at": now}
        return json.dumps({**row, "text": text}, ensure_ascii=False).encode() + b"\n"


if __name__ == "__main__":
    main()
