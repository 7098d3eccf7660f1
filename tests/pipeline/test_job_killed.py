"""A run that was killed or stopped leaves nothing half done, and goes on where it was."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from processes import contents
from treehole.corpus.writing import TEMPORARY
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.job import MANIFEST, results_in

pytestmark = pytest.mark.slow

PARTS = 6
PATIENCE = 60.0

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def command(many: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Labels many comments, by knowledge that nobody edits meanwhile; --out is to follow."""
    copy, shipped = tmp_path_factory.mktemp("knowledge"), KnowledgeFiles.locate()
    shutil.copytree(shipped.ontology, copy / "ontology")
    shutil.copytree(shipped.rules, copy / "rules")
    knowledge = ["--ontology", str(copy / "ontology"), "--rules", str(copy / "rules")]
    return [sys.executable, "-m", "treehole", "label", str(many), *knowledge, "--out"]


@pytest.fixture
def start(command: list[str]) -> Iterator[Start]:
    """Starts the command in a process group of its own."""
    begun: list[subprocess.Popen[str]] = []

    def run(out: Path, workers: int = 2) -> "subprocess.Popen[str]":
        begun.append(
            subprocess.Popen(
                [*command, str(out), "--workers", str(workers)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        return begun[-1]

    yield run
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture(scope="session")
def uninterrupted(
    command: list[str], cache_folder: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("uninterrupted")
    environment = {**os.environ, "XDG_CACHE_HOME": cache_folder}
    subprocess.run([*command, str(out), "--workers", "1", "--quiet"], check=True, env=environment)
    return contents(out)


def family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def wait_for(process: "subprocess.Popen[str]", out: Path, made: int) -> None:
    """Wait until so many parts are there; -1 for the start of the workers."""
    if made < 0:
        until(lambda: len(family(process)) > 1)
    else:
        until(lambda: (out / MANIFEST).exists() and len(results_in(out).parts()) >= made)
    assert process.poll() is None


def assert_gone(workers: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
    assert not alive


def complaints(process: "subprocess.Popen[str]") -> str:
    """What a run says on standard error until its end, but for its progress."""
    _, errors = process.communicate(timeout=PATIENCE)
    lines = errors.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("label: "))


def assert_sound(out: Path, uninterrupted: dict[str, bytes]) -> None:
    """What is visible is whole."""
    assert contents(out).items() <= uninterrupted.items()
    manifest = json.loads((out / MANIFEST).read_text("utf-8"))
    assert manifest["complete"] is False


def assert_goes_on(start: Start, out: Path, uninterrupted: dict[str, bytes]) -> None:
    process = start(out, workers=1)  # which is sooner ready
    errors = complaints(process)
    assert (process.returncode, errors) == (0, "")
    assert len(uninterrupted) == PARTS
    assert contents(out) == uninterrupted
    assert json.loads((out / MANIFEST).read_text("utf-8"))["complete"] is True
    assert not list(out.glob(f".*{TEMPORARY}"))


@pytest.mark.parametrize("made", [-1, 2])
@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "parent"])
def test_a_killed_run_goes_on(
    start: Start, uninterrupted: dict[str, bytes], tmp_path: Path, whole_group: bool, made: int
) -> None:
    process = start(tmp_path)
    wait_for(process, tmp_path, made)
    workers = family(process)
    if whole_group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert_gone(workers)
    assert_sound(tmp_path, uninterrupted)
    assert_goes_on(start, tmp_path, uninterrupted)


def test_a_run_killed_again_and_again_goes_on(
    start: Start, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    for made in (1, 3, 5):
        process = start(tmp_path)
        wait_for(process, tmp_path, made)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        assert_sound(tmp_path, uninterrupted)
    assert_goes_on(start, tmp_path, uninterrupted)


@pytest.mark.parametrize(("whole_group", "made"), [(True, -1), (True, 2), (False, 2)])
def test_a_stopped_run_says_so(
    start: Start, uninterrupted: dict[str, bytes], tmp_path: Path, whole_group: bool, made: int
) -> None:
    for attempt in range(5):  # a run may be over before it is stopped
        out = tmp_path / str(attempt)
        process = start(out)
        wait_for(process, out, made)
        workers = family(process)
        if whole_group:  # as Ctrl-C does
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        errors = complaints(process)
        if process.returncode:
            break
    assert errors.splitlines() == [
        "treehole: stopped; run the same command again "
        "(label, train and the like go on where they were)"
    ]
    assert process.returncode == 130
    assert_gone(workers)
    assert not list(out.glob(f".*{TEMPORARY}"))
    assert_sound(out, uninterrupted)
    assert_goes_on(start, out, uninterrupted)


def test_a_killed_worker_is_told(
    start: Start, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    process = start(tmp_path)
    wait_for(process, tmp_path, 1)
    workers = family(process)
    next(w for w in workers if "spawn_main" in " ".join(w.cmdline())).kill()
    errors = complaints(process)
    assert process.returncode == 1
    [line] = errors.splitlines()
    assert line.startswith("treehole: a worker process died")
    assert_gone(workers)
    assert_sound(tmp_path, uninterrupted)
    assert_goes_on(start, tmp_path, uninterrupted)


def test_a_second_run_in_the_folder_is_refused(
    start: Start, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    first = start(tmp_path)
    wait_for(first, tmp_path, 0)
    second = start(tmp_path)
    errors = complaints(second)
    assert second.returncode == 1
    [line] = errors.splitlines()
    assert line.startswith(f"treehole: another run is at work in {tmp_path}; ")
    errors = complaints(first)
    assert (first.returncode, errors) == (0, "")
    assert contents(tmp_path) == uninterrupted
