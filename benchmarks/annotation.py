"""How long it takes to push comments to a Label Studio, and to pull what people said of them.

    python benchmarks/annotation.py --url http://127.0.0.1:8080 --token-file FILE [--tasks 10000]
        [--plain 200] [--overlap] [--only push|pull]

The server is one that is up, with nothing else to do. A project of a name of its own is made there,
and deleted at the end. What is chosen is invented, so that the time is that of the way to the
server alone: validation, batches, looking up what is there, the copy at home.

- push: all tasks, into an empty project.
- again: the same push once more, which sends nothing.
- with one in 200 missing: the same, where somebody deleted some and asks for them back.
- one by one: one request a task, without looking up what is there; on `--plain` tasks.

- pull: all tasks, each with one annotation, into an empty workspace.
- nothing new, 100 changed: the pulls after it.
- full: the same with everything read again.
- export: what the server's own export of the project takes, each time.
"""

import argparse
import resource
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from treehole.annotation import pushing
from treehole.annotation.connection import Address, address_of, connect
from treehole.annotation.delivery import Delivery, holdings
from treehole.annotation.forms import Answer, form_of, result_of
from treehole.annotation.projects import MODEL_VERSION, Project, ensure_project
from treehole.annotation.pulling import Request, pull
from treehole.annotation.selection import Settings
from treehole.annotation.workspace import Workspace
from treehole.corpus.sources import find_sources
from treehole.models.datasets import Tier

TIER = Tier.HARD
"""Its predictions hold the most: a level, and evidence."""
CLAUSES = ("今天下雨了", "明天不想去上班", "晚上睡不着", "想找个人说说话", "好累")


def main() -> None:
    """Make a project, push, and delete it again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--token-file", type=Path)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=200)
    parser.add_argument("--overlap", action="store_true", help="a fifth goes to two people")
    parser.add_argument("--only", choices=("push", "pull"))
    options = parser.parse_args()
    address = address_of(options.url, options.token_file, timeout=600)
    name = f"bench-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        client = connect(address)
        if options.only != "push":
            measure_pull(address, workspace, name, options.tasks)
        if options.only == "pull":
            return
        project = ensure_project(client, address, workspace, TIER, name, form_of(TIER))
        try:
            if options.overlap:
                pushing.set_overlap(client, address, project, 2, 0.2)
            measure_push(address, workspace, project, options.tasks, options.plain)
        finally:
            client.projects.delete(project.id)


def measure_push(
    address: Address, workspace: Workspace, project: Project, count: int, plain: int
) -> None:
    """Push so many tasks, and some one by one."""
    client = connect(address)
    planned = invented_plan(workspace.folder, count)

    def push(*, restore: bool = False) -> None:
        held = holdings(client, address, project)
        delivery = Delivery(client, address, project)
        again = workspace.pushed(project.name).exists()
        plan = pushing.Plan(planned.request, planned.rows, again, read=None, left_out={})
        assert pushing.push(delivery, workspace, plan, held, restore).there == count

    seconds = timed("push", count, push)
    timed("again", count, push)
    for task in list(client.tasks.list(project=project.id, fields="task_only", include="id"))[
        ::200
    ]:
        client.tasks.delete(str(task.id))
    timed("with one in 200 missing", count, lambda: push(restore=True))

    tasks = pushing.tasks_of(planned.rows.slice(0, plain), form_of(TIER), project)

    def one_by_one() -> None:
        for task in tasks:
            client.projects.import_tasks(id=project.id, request=[task])  # type: ignore[list-item]

    naive = timed("one by one", plain, one_by_one)
    print(f"one by one takes {naive / plain / (seconds / count):.0f} times as long a task")


def measure_pull(address: Address, workspace: Workspace, name: str, count: int) -> None:
    """Pull so many annotated tasks, and again."""
    client = connect(address)
    project = ensure_project(client, address, workspace, Tier.EASY, name, form_of(Tier.EASY))
    said: dict[str, Any] = {"completed_by": client.users.whoami().id, "lead_time": 6.0}

    def task(number: int) -> dict[str, Any]:
        text = f"{CLAUSES[number % 5]}，{CLAUSES[number % 3]}。这是第{number}条。"
        result = result_of(Answer(label="low"), Tier.EASY, text)
        return {
            "data": {"comment_id": f"c{number:08}", "text": text, "chosen_by": "audit"},
            "predictions": [{"model_version": MODEL_VERSION, "score": 0.2, "result": result}],
            "annotations": [{**said, "result": result}],
        }

    def pulled(**counts: int) -> None:
        found = pull(address, workspace, Request(Tier.EASY, name)).changes["easy"]
        assert {what: getattr(found, what) for what in counts} == counts, found

    try:
        for start in range(0, count, 1000):
            some = [task(number) for number in range(start, min(start + 1000, count))]
            client.projects.import_tasks(id=project.id, request=some)  # type: ignore[arg-type]
        timed("pull", count, lambda: pulled(made=count))
        timed("nothing new", count, lambda: pulled(read=0))
        listed = client.tasks.list(project=project.id, include="id", page_size=100).items or ()
        for one in listed:
            client.annotations.create(id=int(one.id), result=[], was_cancelled=True)
        timed("100 changed", count, lambda: pulled(read=100, made=100))
        whole = Request(Tier.EASY, name, full=True)
        timed("full", count, lambda: pull(address, workspace, whole))
        timed("export", count, lambda: b"".join(client.projects.exports.download_sync(project.id)))
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"at most {most:,.0f} MiB of memory")
    finally:
        client.projects.delete(project.id)
        workspace.record(project.name).unlink()


def invented_plan(folder: Path, count: int) -> pushing.Plan:
    """What a push of so many comments chose; all of it invented."""
    numbers = range(count)
    evidence = [[{"kind": "time", "start": 0, "end": 2}] if n % 3 == 0 else [] for n in numbers]
    rows = pa.table(
        {
            "comment_id": [f"c{n:08}" for n in numbers],
            "text": [f"{CLAUSES[n % 5]}，{CLAUSES[n % 3]}。这是第{n}条。" for n in numbers],
            "user_id": [f"u{n % 997}" for n in numbers],
            "created_at": ["2026-05-01T20:00:00+08:00"] * count,
            "probability": [n % 100 / 100 for n in numbers],
            "risk": ["high" if n % 100 >= 60 else "low" for n in numbers],
            "level": pa.array([n % 11 for n in numbers], pa.int8()),
            "model": ["invented"] * count,
            "rules_level": pa.array([n % 11 for n in numbers], pa.int8()),
            "rules_rule": ["invented"] * count,
            "evidence": pa.array(evidence, pushing.SPANS),
            "chosen_by": ["audit"] * count,
            "batch": [""] * count,
            "pushed_at": pa.nulls(count, pa.timestamp("us", "UTC")),
        }
    ).cast(pushing.PUSHED)
    path = folder / "predictions.parquet"
    pq.write_table(rows.select(["comment_id", "text", "probability", "risk"]), path)
    request = pushing.Request(TIER, find_sources([str(path)]), Settings(count, 0.1, {}, 1))
    batch = pa.array([request.batch] * count, pa.string())
    rows = rows.set_column(rows.schema.get_field_index("batch"), "batch", batch)
    return pushing.Plan(request, rows, again=False, read=count, left_out={})


def timed(what: str, count: int, work: Callable[[], None]) -> float:
    """Say how long some work on so many tasks takes; in seconds."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"{what}: {count:,} tasks in {seconds:.1f} s, {count / seconds:,.0f}/s", flush=True)
    return seconds


if __name__ == "__main__":
    main()
