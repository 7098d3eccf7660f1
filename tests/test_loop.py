"""The whole loop, as a person goes through it, with people at work in a real browser."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from label_studio import free_port, program
from treehole.annotation.connection import Address, connect
from treehole.annotation.forms import Answer, result_of
from treehole.corpus.levels import HIGH_RISK
from treehole.models.datasets import Tier

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples" / "comments.csv"


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the script finds in its environment; the server is ended afterwards."""
    environment = {
        **os.environ,
        "LOOP": str(tmp_path / "loop"),
        "PORT": str(free_port()),
        "LABEL_STUDIO": str(program()),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONUTF8": "1",
    }
    yield environment
    workspace = tmp_path / "loop" / "campaign"
    subprocess.run(
        [sys.executable, "-m", "treehole", "annotate", "down", "--workspace", workspace],
        check=True,
        capture_output=True,
    )


def step(name: str, environment: dict[str, str]) -> str:
    """Runs a step of the script; what it printed."""
    ended = subprocess.run(
        ["sh", ROOT / "samples" / "loop.sh", name],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


def experts() -> dict[str, int]:
    """The level of each sample comment."""
    with SAMPLES.open(encoding="utf-8", newline="") as stream:
        return {row["comment_id"]: int(row["expert"]) for row in csv.DictReader(stream)}


class People:
    """Those who annotate in the one project of a tier that is there."""

    def __init__(self, environment: dict[str, str], tier: Tier) -> None:
        self.tier = tier
        self.workspace = Path(environment["LOOP"]) / "campaign"
        self.url = f"http://127.0.0.1:{environment['PORT']}"
        token = (self.workspace / "server" / "token").read_text("utf-8").strip()
        self.client = connect(Address(self.url, token))
        projects = {project.title: project.id for project in self.client.projects.list()}
        self.project = projects[f"treehole · {tier}"]
        self.tasks: list[Any] = list(self.client.tasks.list(project=self.project, page_size=500))

    def answer(self, task: Any) -> Answer:
        """What an expert says."""
        level = experts()[task.data["comment_id"]]
        if self.tier is Tier.EASY:
            return Answer("high" if level >= HIGH_RISK else "low", None)
        return Answer(None, level, confidence="sure")

    def annotate(self, tasks: list[Any]) -> None:
        """Say through the programming interface what is to be said of some tasks."""
        for task in tasks:
            result = result_of(self.answer(task), self.tier, task.data["text"])
            self.client.annotations.create(id=task.id, result=result, lead_time=4.0)


@pytest.mark.slow
def test_the_loop(loop: dict[str, str]) -> None:
    said = step("begin", loop)
    assert "60 comments chosen" in said
    students = People(loop, Tier.EASY)
    assert len(students.tasks) == 60
    students.annotate(students.tasks)

    said = step("easy", loop)
    easy = pq.read_table(students.workspace / "easy.parquet").to_pylist()
    expected = {task.data["comment_id"]: students.answer(task).label for task in students.tasks}
    assert {row["comment_id"]: row["label"] for row in easy} == expected
    psychologists = People(loop, Tier.HARD)
    assert len(psychologists.tasks) == 40
    psychologists.annotate(psychologists.tasks)

    said = step("hard", loop)
    hard = pq.read_table(students.workspace / "hard.parquet").to_pylist()
    assert {row["comment_id"]: row["level"] for row in hard} == {
        task.data["comment_id"]: psychologists.answer(task).level for task in psychologists.tasks
    }
    assert "F1 of high risk" in said
    assert (Path(loop["LOOP"]) / "hard" / "model.safetensors").is_file()
