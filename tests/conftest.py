"""What tests of several layers need."""

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import processes
from label_studio import Server, server_in

SECONDS = 120
"""What an answer may take before a test is given up."""

Run = Callable[..., Any]

os.environ["OMP_NUM_THREADS"] = "1"  # so small a model is slower in several; torch reads it once
settings.register_profile("patient", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("patient")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


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
    """Comments, invented."""
    return processes.invented(3000)


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share; each keeps to campaigns of names of its own."""
    server = server_in(tmp_path_factory.mktemp("label-studio") / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, which it may kill, suspend and start again."""
    server = server_in(tmp_path / "own" / "server")
    server.start()
    yield server
    server.stop()
