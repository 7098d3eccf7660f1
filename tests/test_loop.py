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
from playwright.sync_api import Page

from browser import done, mark, open_stream, open_task, press, signed_in
from label_studio import free_port, program
from treehole.annotation.connection import Address, connect
from treehole.annotation.forms import Answer, Span, answer_in, result_of
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
        self.password = (self.workspace / "server" / "password").read_text("utf-8").strip()
        self.tasks: list[Any] = []
        self.look_again()

    def look_again(self) -> None:
        """See what the project has by now."""
        self.tasks = list(self.client.tasks.list(project=self.project, page_size=500))

    def answer(self, task: Any) -> Answer:
        """What an expert says."""
        level = experts()[task.data["comment_id"]]
        if self.tier is Tier.EASY:
            return Answer("high" if level >= HIGH_RISK else "low", None)
        return Answer(None, level, confidence="sure")

    def said(self, task: Any) -> Answer:
        """What was said of a task first."""
        annotations: Any = self.client.tasks.get(id=task.id).annotations
        return answer_in(annotations[0]["result"], task.data["text"])

    def shown(self, page: Page) -> Any:
        """The task that is in the browser."""
        body = page.inner_text("body")
        (found,) = [task for task in self.tasks if task.data["text"] in body]
        return found

    def annotate(self, tasks: list[Any]) -> None:
        """Say through the programming interface what is to be said of some tasks."""
        for task in tasks:
            result = result_of(self.answer(task), self.tier, task.data["text"])
            self.client.annotations.create(id=task.id, result=result, lead_time=4.0)


def answers(task: Any) -> int:
    """How often a task was annotated or skipped when it was last looked at."""
    return int(task.total_annotations + task.cancelled_annotations)


@pytest.mark.slow
def test_the_loop(loop: dict[str, str]) -> None:
    said = step("begin", loop)
    assert "60 comments chosen" in said
    students = People(loop, Tier.EASY)
    assert len(students.tasks) == 60
    with signed_in(students.url, students.password) as page:
        open_stream(page, students.url, students.project)
        for number, keys in enumerate((["Enter"], ["3", "Enter"], ["x"], ["Enter"]), 1):
            press(page, *keys)
            done(page, students.client, students.project, number)
    students.look_again()
    students.annotate([task for task in students.tasks if not answers(task)])

    said = step("easy", loop)
    easy = pq.read_table(students.workspace / "easy.parquet").to_pylist()
    by_keys = [task for task in students.tasks if answers(task)]
    assert len(by_keys) == 4
    known = {row["comment_id"]: row["label"] for row in easy}
    assert (
        known.items()
        >= {
            task.data["comment_id"]: students.answer(task).label
            for task in students.tasks
            if not answers(task)
        }.items()
    )
    skipped = [task for task in by_keys if task.data["comment_id"] not in known]
    assert [task.cancelled_annotations for task in skipped] == [1]
    assert len(known) == 59
    psychologists = People(loop, Tier.HARD)
    assert len(psychologists.tasks) == 40
    with signed_in(psychologists.url, psychologists.password) as page:
        open_stream(page, psychologists.url, psychologists.project)
        press(page, "h", "Enter")
        done(page, psychologists.client, psychologists.project, 1)
        psychologists.look_again()
        (urgent,) = [task for task in psychologists.tasks if answers(task)]
        marked = psychologists.shown(page)
        mark(page, "y", marked.data["text"][:2])
        press(page, "Escape", "Enter")
        done(page, psychologists.client, psychologists.project, 2)
        other = 8 if psychologists.said(urgent).level == 9 else 9
        open_task(page, psychologists.url, psychologists.project, urgent.id)
        press(page, str(other), "Enter")
        page.wait_for_timeout(1500)
    psychologists.look_again()
    accepted = psychologists.said(marked)
    assert Span("wish", 0, 2) in accepted.spans
    psychologists.annotate([task for task in psychologists.tasks if not answers(task)])

    said = step("hard", loop)
    hard = pq.read_table(students.workspace / "hard.parquet").to_pylist()
    levels = {
        task.data["comment_id"]: psychologists.answer(task).level for task in psychologists.tasks
    }
    name = urgent.data["comment_id"]
    levels[marked.data["comment_id"]] = accepted.level
    assert {row["comment_id"]: row["level"] for row in hard} == {**levels, name: other}
    assert [row["comment_id"] for row in hard if row["help_now"]] == [name]
    assert f"help is needed now: {name}" in said
    assert "F1 of high risk" in said
    assert (Path(loop["LOOP"]) / "hard" / "model.safetensors").is_file()
