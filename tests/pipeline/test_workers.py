"""Results of all tasks, in bounded memory, and every failure as what it is."""

import operator
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from treehole.errors import TreeholeError, UsageError
from treehole.pipeline.workers import run_all

Work = Callable[[int], object]

PATIENCE = 60.0


def multiply(by: int) -> Work:
    return partial(operator.mul, by)


def process_of() -> Work:
    return lambda _: os.getpid()


def refuse_to_start() -> Work:
    message = "no knowledge\nanywhere"
    raise UsageError(message)


def divide(number: int) -> Work:
    return lambda task: number // task


def die(how: str) -> Work:
    def work(task: int) -> int:
        if task == 3 and how == "exit":
            os._exit(7)
        if task == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    return work


Children = Callable[[], set[psutil.Process]]


@pytest.fixture
def children() -> Children:
    """The workers that this test started; the tracker of resources is none."""

    def running() -> set[psutil.Process]:
        found = psutil.Process().children(recursive=True)
        return {p for p in found if "spawn_main" in " ".join(p.cmdline())}

    before = running()
    return lambda: running() - before


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_all_results_come(workers: int, count: int, children: Children) -> None:
    results = list(run_all(multiply, (3,), iter(range(count)), workers))
    assert sorted(results) == [3 * task for task in range(count)]
    assert children() == set()


def test_results_of_one_worker_come_in_order() -> None:
    assert list(run_all(multiply, (2,), range(9), 1)) == [2 * task for task in range(9)]


def test_one_worker_or_one_task_needs_no_process() -> None:
    assert set(run_all(process_of, (), range(9), 1)) == {os.getpid()}
    assert list(run_all(process_of, (), [0], 8)) == [os.getpid()]


def test_several_workers_are_other_processes() -> None:
    used = set(run_all(process_of, (), range(40), 2))
    assert os.getpid() not in used
    assert 1 <= len(used) <= 2


@pytest.mark.parametrize(("workers", "ahead"), [(1, 2), (2, 4)])
def test_tasks_are_read_no_faster_than_worked_off(workers: int, ahead: int) -> None:
    drawn = 0

    def tasks() -> Iterator[int]:
        nonlocal drawn
        for task in range(60):
            drawn += 1
            yield task

    received = 0
    for _ in run_all(multiply, (1,), tasks(), workers):
        received += 1
        assert drawn - received <= ahead
    assert received == drawn == 60


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failed_start_surfaces_as_itself(workers: int, children: Children) -> None:
    with pytest.raises(UsageError, match="no knowledge"):
        list(run_all(refuse_to_start, (), range(9), workers))
    assert children() == set()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failed_task_surfaces_as_itself(workers: int, children: Children) -> None:
    with pytest.raises(ZeroDivisionError):
        list(run_all(divide, (6,), [1, 2, 0, 3, 4, 5], workers))
    assert children() == set()


@pytest.mark.parametrize("workers", [1, 2])
def test_failing_tasks_of_the_caller_surface_too(
    workers: int, tmp_path: Path, children: Children
) -> None:
    def tasks() -> Iterator[int]:
        yield from range(5)
        yield len((tmp_path / "missing").read_bytes())

    with pytest.raises(FileNotFoundError):
        list(run_all(multiply, (1,), tasks(), workers))
    assert children() == set()


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_a_worker_that_dies_is_told(how: str, children: Children) -> None:
    with pytest.raises(TreeholeError, match=r"a worker process died.*run the same command again"):
        list(run_all(die, (how,), range(20), 2))
    assert children() == set()


def dream(folder: Path) -> Work:
    def work(task: int) -> None:
        (folder / str(task)).touch()
        time.sleep(PATIENCE)

    return work


@pytest.mark.parametrize("ended", [KeyboardInterrupt, SystemExit, OSError])
def test_who_fails_does_not_wait_for_tasks_under_way(
    ended: type[BaseException], tmp_path: Path, children: Children
) -> None:
    def tasks() -> Iterator[int]:
        yield from range(2)
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        raise ended

    started = time.monotonic()
    with pytest.raises(ended):
        list(run_all(dream, (tmp_path,), tasks(), 2))
    assert time.monotonic() - started < PATIENCE
    assert children() == set()


def test_a_caller_that_stops_early_leaves_no_process(children: Children) -> None:
    results = run_all(multiply, (1,), range(1000), 2)
    assert next(results) in range(4)  # type: ignore[call-overload]
    assert len(children()) >= 1
    results.close()  # type: ignore[attr-defined]
    assert children() == set()
