"""A watch that is killed at any moment goes on where it was: nothing is lost, nothing doubled."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from receiver import KEY, Receiver, listening

from processes import invented
from treehole.errors import TreeholeError
from treehole.knowledge.calendar import HOME_ZONE
from treehole.watch.queue import open_queue

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("WATCH_KILLS", "4"))
"""Each takes two seconds."""
A_SECOND = 400
USERS = 500
PATIENCE = 120.0

TABLES = {
    "cases": "number, key, user, state, episode, level, highest, act_from, act_until, comment, "
    "places, first_seen, last_seen",
    "escalations": "number, episode, level",
    "levels": "comment, person, at, level",
    "outbox": "number, state, body",
}
"""What is to be the same, however often a watch was killed."""


class Writer(threading.Thread):
    """Writes comments as they come, now and then half of one, until it is told to end.

    They are by a few hundred users, some of whom get worse.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._ended = threading.Event()

    def run(self) -> None:
        chance = random.Random(5)
        texts = invented(5000, seed=7)
        number = 0
        with self._path.open("ab", buffering=0) as stream:
            while not self._ended.is_set():
                lines = []
                for _ in range(20):
                    lines.append(line(number, f"u{chance.randrange(USERS)}", chance.choice(texts)))
                    number += 1
                data = b"".join(lines)
                cut = chance.randrange(len(data))
                stream.write(data[:cut])
                time.sleep(10 / A_SECOND)
                stream.write(data[cut:])
                time.sleep(10 / A_SECOND)

    def end(self) -> None:
        self._ended.set()
        self.join(PATIENCE)


def line(number: int, user: str, text: str) -> bytes:
    written = datetime(2026, 5, 1, tzinfo=HOME_ZONE) + timedelta(seconds=number)
    row = {
        "comment_id": f"c{number}", "user_id": user, "created_at": written.isoformat(),
        "text": text,
    }  # fmt: skip
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def start(path: Path, queue: Path, url: str, *more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            sys.executable, "-m", "treehole", "watch", str(path), "--queue", str(queue),
            "--webhook", url, "--keep-days", "36500", "--quiet", *more,
        ],
        env={**os.environ, "TREEHOLE_WEBHOOK_KEY": KEY},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def reached(queue: Path) -> int:
    """How many rows have been read."""
    try:
        with open_queue(queue) as opened:
            return sum(position["rows"] for position in opened.positions().values())
    except TreeholeError:  # it is being made
        return 0


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def finish(path: Path, queue: Path, receiver: Receiver) -> None:
    """Run until all is read and told."""
    receiver.failing = 0.0
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert start(path, queue, receiver.url, "--once").wait(PATIENCE) == 0
        with open_queue(queue) as opened:
            if not opened.letters("waiting"):
                return
    raise AssertionError("the webhook was not told all")


def contents(queue: Path) -> dict[str, list[Any]]:
    """What is in the tables; the queue's own name is taken out of keys."""
    with closing(sqlite3.connect(queue / "queue.sqlite")) as connection:
        found: dict[str, list[Any]] = {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table}"), key=repr)
            for table, columns in TABLES.items()
        }
    for row, (number, state, body) in enumerate(found["outbox"]):
        told = json.loads(body)
        told["id"] = told["id"].partition("-")[2]
        found["outbox"][row] = (number, state, json.dumps(told))
    found["outbox"].sort()
    return found


def keys(queue: Path) -> set[str]:
    with open_queue(queue) as opened:
        return {letter.key for letter in opened.letters("delivered")}


def test_a_watch_killed_again_and_again_loses_and_doubles_nothing(
    tmp_path: Path, cache_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", cache_folder)
    chance = random.Random()
    path, queue, mid_work = tmp_path / "growing.jsonl", tmp_path / "queue", 0
    with listening(failing=0.2) as receiver:
        writer = Writer(path)
        writer.start()
        for number in range(KILLS):
            process, before = start(path, queue, receiver.url), reached(queue)
            if number % 4:  # the others are killed as they start
                until(lambda before=before: reached(queue) > before)
                mid_work += 1
            time.sleep(chance.uniform(0, 1.5))
            assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)
        writer.end()
        in_time = len(receiver.told)
        finish(path, queue, receiver)
    with listening() as other:
        finish(path, tmp_path / "undisturbed", other)
    expected = contents(tmp_path / "undisturbed")
    assert contents(queue) == expected
    assert set(receiver.told) == keys(queue)
    assert len(receiver.told) == len(expected["outbox"]) > 100
    for told in receiver.told.values():
        assert all(message == told[0] for message in told)
    with open_queue(queue) as opened:
        assert opened.verify()
    sent = sum(map(len, receiver.told.values()))
    sys.stdout.write(
        f"{KILLS} kills, {mid_work} of them amid work; {len(expected['levels'])} comments above "
        f"level 0, {len(receiver.told)} alerts, {in_time} of them told between kills, told {sent} "
        "times in all\n"
    )
