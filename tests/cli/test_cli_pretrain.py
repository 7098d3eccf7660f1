"""`treehole pretrain`, as a person runs it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from commands import Treehole

LINES = ("今天天气很好，我们一起去公园。", "晚上看书，有点累", "明天下雨了，孩子说：喜欢吃饭ok😊")
SMALL = (
    "--hidden", "16", "--layers", "1", "--heads", "2", "--length", "16", "--batch", "8",
    "--min-count", "1",
)  # fmt: skip
PATIENCE = 100.0


@pytest.fixture
def talk(treehole: Treehole) -> Path:
    return treehole.write("talk.txt", "\n\n".join("\n".join(LINES) for _ in range(60)))


def manifest(treehole: Treehole, out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((treehole.folder / out / "training.json").read_text("utf-8"))
    return found


def weights(treehole: Treehole, out: str) -> bytes:
    return (treehole.folder / out / "model.safetensors").read_bytes()


@pytest.mark.slow
def test_stopped_and_killed_it_goes_on_to_the_same_weights(treehole: Treehole, talk: Path) -> None:
    course = (*SMALL, "--tokens", "10000", "--save-every", "0", "--licence", "CC0 1.0")
    ended = treehole("pretrain", talk, "--out", "whole", *course)
    assert ended.code == 0
    assert "treehole:" not in ended.err
    assert "words held out: loss" in ended.out
    before = 0
    for how in (signal.SIGINT, signal.SIGKILL):
        process = _start(treehole, "pretrain", str(talk), "--out", "encoder", *course)
        before = _wait(treehole.folder / "encoder/unfinished/checkpoint.safetensors", before)
        process.send_signal(how)
        _, errors = process.communicate(timeout=PATIENCE)
        stopped = "treehole: stopped; run the same command again"
        assert errors.startswith(stopped if how == signal.SIGINT else "")
        assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
        assert manifest(treehole, "encoder")["complete"] is False
    ended = treehole("pretrain", talk, "--out", "encoder", *course, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert weights(treehole, "encoder") == weights(treehole, "whole")
    made, whole = manifest(treehole, "encoder"), manifest(treehole, "whole")
    assert [point["loss"] for point in made["curve"]] == [point["loss"] for point in whole["curve"]]
    assert made["held_out"] == whole["held_out"]


def test_what_cannot_work_is_refused(treehole: Treehole, talk: Path) -> None:
    refusal = treehole("pretrain", talk, "--out", "encoder").refusal
    assert refusal == "say how long to train with one of --minutes, --tokens and --epochs"
    assert not (treehole.folder / "encoder").exists()
    assert "--hidden" in treehole("pretrain", talk, "--out", "encoder", "--hidden", "2").refusal


def test_a_full_disk_is_told(treehole: Treehole, talk: Path, small_disk: Path) -> None:
    course = (*SMALL, "--tokens", "9", "--hidden", "64", "--quiet")
    ended = treehole("pretrain", talk, "--out", small_disk, *course)
    assert "the disk is full" in ended.refusal


def _start(treehole: Treehole, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "treehole", *arguments],
        cwd=treehole.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait(path: Path, before: int) -> int:
    """Wait until a file is there and newer than `before`; when it was made."""
    end = time.monotonic() + PATIENCE
    while not path.exists() or path.stat().st_mtime_ns <= before:
        assert time.monotonic() < end
        time.sleep(0.005)
    return path.stat().st_mtime_ns
