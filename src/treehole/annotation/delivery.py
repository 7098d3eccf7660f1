"""Delivery: every task comes to be in its project exactly once, whatever happens on the way.

A task is known by the comment_id in its data. The server would take it twice, so it is looked up
before it is sent, and again where no answer came: an import may have been carried out all the same.
At the end all are looked up once more, and what is there twice (another machine may have sent it at
the same moment, or an import may have come through late) is taken away again where nobody has
annotated it, until every task is there once.
"""

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from treehole.annotation.connection import (
    Address,
    ServerError,
    UnreachableError,
    explained,
)
from treehole.annotation.projects import Project
from treehole.annotation.tasks import Tasks, patiently

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

log = logging.getLogger(__name__)

BATCH = 500
"""Tasks sent at once."""
_CHARACTERS = 1_000_000
"""Of the texts sent at once, unless a single one is longer."""
_WAITS = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Before it is looked up what became of an import that was not answered, in seconds; together they
are longer than a server takes to start.
"""
_ROUNDS = 10
"""Looks at what is there; on a quiet server two will do."""
_CHECKED = 100
"""Comments that are there twice, looked at afresh and put right before the next ones are."""

Task = Mapping[str, Any]
"""What `projects.import_tasks` takes: `data`, with its comment_id, and `predictions`."""


class Held(NamedTuple):
    """A task that is there.

    Attributes:
        id: On the server; that of a task that was deleted may be given to another.
        batch: The push that it came by.
        answers: Annotations and skips.
    """

    id: int
    batch: str
    answers: int


Holdings = dict[str, list[Held]]
"""The tasks of a project by their comment_id; more than one where it is there twice."""


@dataclass
class Delivered:
    """What a delivery did.

    Attributes:
        sent: The comment_ids that were sent and taken.
        seen: Those that were seen on the server, or were taken by it.
        removed: How many tasks were there twice and were removed.
        kept: How many are there twice still, as people annotated both.
    """

    sent: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    removed: int = 0
    kept: int = 0


def holdings(client: "LabelStudio", address: Address, project: Project) -> Holdings:
    """What a project has.

    Args:
        client: Of the server.
        address: Of the server.
        project: Whose tasks to look up; those without a comment_id are passed over.

    Raises:
        GoneError: The project is not there.
        ServerError: The server is down, refuses or fails.
    """
    held: Holdings = {}
    fields = "id,data,total_annotations,cancelled_annotations"
    for task in Tasks(client, address, project.id).listed(fields):
        data = task["data"]
        if "comment_id" in data:
            answers = (task["total_annotations"] or 0) + (task["cancelled_annotations"] or 0)
            one = Held(task["id"], str(data.get("batch", "")), answers)
            held.setdefault(str(data["comment_id"]), []).append(one)
    return held


class Delivery:
    """Brings tasks to a project.

    Attributes:
        client: Of the server.
        address: Of the server.
        project: Where the tasks are to be.
        done: What has been done so far; it holds also when an error ended it.
    """

    def __init__(
        self,
        client: "LabelStudio",
        address: Address,
        project: Project,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            client: Of the server.
            address: Of the server.
            project: Where the tasks are to be.
            advance: Told how many more tasks were taken.
        """
        self.done = Delivered()
        self.client = client
        self.address = address
        self.project = project
        self._advance = advance
        self._unsure = False

    def deliver(self, tasks: Iterable[Task], held: Holdings | None = None) -> None:
        """See to it that each task is there exactly once.

        Args:
            tasks: Each with another comment_id; their predictions fit the form.
            held: What the project has, if that was just looked up.

        Raises:
            GoneError: The project is no longer there.
            ServerError: The server is down, refuses or fails, or others keep changing the project.
        """
        wanted = {str(task["data"]["comment_id"]): task for task in tasks}
        held = self._held() if held is None else held
        for _ in range(_ROUNDS):
            missing = [task for name, task in wanted.items() if name not in held]
            doubles = [(name, tasks) for name, tasks in held.items() if len(tasks) > 1]
            self._send(missing, sum(map(len, held.values())))
            firsts = range(0, len(doubles), _CHECKED)
            removed = sum(self._remove(doubles[first : first + _CHECKED]) for first in firsts)
            if not missing and not removed and not self._unsure:
                self.done.kept = sum(len(tasks) - 1 for _, tasks in doubles)
                return
            if not missing and self._unsure:  # an import that nobody waits for may still be at work
                self._unsure = False
                time.sleep(_WAITS[1])
            self.done.removed += removed
            held = self._held()
        message = (
            f"the tasks of “{self.project.title}” keep changing; wait until others have ended "
            "their pushes, and push again: nothing is sent twice"
        )
        raise ServerError(message)

    def _held(self) -> Holdings:
        held = holdings(self.client, self.address, self.project)
        self.done.seen |= held.keys()
        return held

    def _send(self, missing: Sequence[Task], there: int) -> None:
        """Sends tasks in batches, and looks anew at what is there if somebody else sends some too.

        Args:
            missing: What is not there.
            there: How many tasks the project has.
        """
        left = list(missing)
        while left:
            batch, left = _cut(left)
            self._import(batch)
            there += len(batch)
            if left and self._count() > there:
                held = self._held()
                there = sum(map(len, held.values()))
                left = [task for task in left if task["data"]["comment_id"] not in held]
                random.shuffle(left)  # two that go by one order would meet again at every batch

    def _import(self, batch: Sequence[Task]) -> None:
        asked = False
        for wait in (0.0, *_WAITS):
            time.sleep(wait)
            try:
                if asked:  # and not answered: what arrived all the same?
                    held = self._held()
                    self._taken([task for task in batch if task["data"]["comment_id"] in held])
                    batch = [task for task in batch if task["data"]["comment_id"] not in held]
                if batch:
                    asked = True
                    with explained(self.address):
                        self.client.projects.import_tasks(id=self.project.id, request=batch)  # type: ignore[arg-type]
                    self._taken(batch)
            except UnreachableError as error:
                log.warning("%s; tasks that did not arrive will be sent again", error)
                self._unsure = True
            else:
                return
        message = (
            f"{self.address.url} did not take the tasks, however often they were sent; push again "
            "when it is well: it goes on where it was"
        )
        raise UnreachableError(message)

    def _taken(self, batch: Sequence[Task]) -> None:
        names = {task["data"]["comment_id"] for task in batch}
        self.done.sent |= names
        self.done.seen |= names
        self._advance(len(batch))

    def _count(self) -> int:
        """How many tasks the project has; 0 if that cannot be told now."""
        try:
            with explained(self.address):
                found: Any = self.client.projects.list_counts(
                    ids=str(self.project.id), include="task_number"
                ).results
        except UnreachableError:
            return 0
        return int(found[0].task_number or 0) if found else 0

    def _remove(self, doubles: Sequence[tuple[str, list[Held]]]) -> int:
        """Removes what is there twice, but for one of each and whatever has an answer.

        Each is looked at afresh first: somebody may have answered it, or the number may have been
        given to another task.
        """
        names = {task.id: name for name, tasks in doubles for task in tasks}
        now: dict[str, list[tuple[bool, int]]] = {name: [] for name, _ in doubles}
        for task in Tasks(self.client, self.address, self.project.id).whole(
            list(names), drafts=True
        ):
            name = names[task["id"]]
            if str(task["data"].get("comment_id")) == name:
                answered = bool(task["annotations"] or task["drafts"])
                now[name].append((not answered, int(task["id"])))
        ordered = [sorted(tasks)[1:] for tasks in now.values()]
        unneeded = [number for tasks in ordered for free, number in tasks if free]
        if unneeded:
            chosen: Any = {"all": False, "included": unneeded}
            patiently(
                self.address,
                lambda: self.client.actions.create(
                    id="delete_tasks", project=self.project.id, selected_items=chosen
                ),
            )
        return len(unneeded)


def _cut(tasks: list[Task]) -> tuple[list[Task], list[Task]]:
    """The tasks that are sent at once, and the others."""
    size = 0

    def fits(task: Task) -> bool:
        nonlocal size
        size += len(task["data"]["text"])
        return size <= _CHARACTERS

    count = max(1, len(list(takewhile(fits, tasks[:BATCH]))))
    return tasks[:count], tasks[count:]
