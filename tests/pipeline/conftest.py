"""Processes with knowledge loaded, and files of comments."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import processes
import pytest
from processes import invented, write_comments

SECONDS = 120
"""What an answer may take before a test is given up."""

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


@pytest.fixture(scope="session")
def apart(cache_folder: str) -> Run:
    """Calls a function of processes.py in a new process."""

    def call(function: Run, *args: Any, **kwargs: Any) -> Any:
        with _process(cache_folder) as pool:
            return pool.submit(function, *args, **kwargs).result(SECONDS)

    return call


def _process(cache_folder: str) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, context, processes.use_cache, (cache_folder,))


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return invented(3000)


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    """A file of 1000 comments."""
    return write_comments(tmp_path / "comments.csv", 1000)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 60,000 comments, six parts of the size that the command makes."""
    return write_comments(tmp_path_factory.mktemp("many") / "comments.csv", 60_000)
