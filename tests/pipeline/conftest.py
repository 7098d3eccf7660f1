"""Processes with knowledge loaded, and comments invented by chance."""

import csv
import multiprocessing
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import processes
import pytest

SECONDS = 120
"""What an answer may take before a test is given up."""

WORDS = (
    "今晚", "明天", "天台", "药攒够了", "不想活了", "想死", "跳楼", "好累", "好绝望", "走了",
    "再见", "没有", "我", "你", "他说", "早上好", "下雨了", "猫在睡觉", "，", "。", "！", "😭",
    "[心]", "\u200b", "ＯＫ",
)  # fmt: skip

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def _own_cache(cache_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", cache_folder)


@pytest.fixture(scope="session")
def labelling(cache_folder: str) -> Iterator[Run]:
    """Calls a function of processes.py in the process that has a labeller."""
    with _process(cache_folder) as pool:
        yield lambda function, *args, **kwargs: pool.submit(function, *args, **kwargs).result(
            SECONDS
        )


@pytest.fixture
def apart(cache_folder: str) -> Run:
    """Calls a function of processes.py in a new process."""

    def call(function: Run, *args: Any, **kwargs: Any) -> Any:
        with _process(cache_folder) as pool:
            return pool.submit(function, *args, **kwargs).result(SECONDS)

    return call


def _process(cache_folder: str) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, context, processes.use_cache, (cache_folder,))


def invented(count: int, seed: int = 1) -> list[str]:
    """So many comments, of words thrown together."""
    chance = random.Random(seed)
    return ["".join(chance.choices(WORDS, k=chance.randint(2, 9))) for _ in range(count)]


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return invented(3000)


def write_comments(path: Path, count: int, seed: int = 1) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["comment_id", "user_id", "created_at", "text"])
        for number, text in enumerate(invented(count, seed)):
            user, minute = number % 7, number % 60
            written = f"2026-05-01T20:{minute:02}:00+08:00"
            writer.writerow([f"c{number:06}", f"u{user}", written, text])
    return path


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    """A file of 1000 comments."""
    return write_comments(tmp_path / "comments.csv", 1000)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 60,000 comments, six parts of the size that the command makes."""
    return write_comments(tmp_path_factory.mktemp("many") / "comments.csv", 60_000)
