"""The tasks of a project on the server, read in pages.

Reading changes nothing there, so a page that did not come is asked for again, a few times. Pages
go by task number, not by their own: a task that is deleted meanwhile shifts no other out of sight.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from treehole.annotation.connection import Address, UnreachableError, explained

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

log = logging.getLogger(__name__)

LISTED = 1000
"""Tasks on a page of the light listing."""
FETCHED = 200
"""Tasks on a page with all that belongs to them."""
_WAITS = (1.0, 2.0, 4.0)
"""Before a page is asked for again, in seconds."""

_WHOLE = (
    "id,data,predictions,annotations,"
    "result,completed_by,was_cancelled,created_at,updated_at,lead_time,parent_prediction"
)
"""Fields of tasks, and of annotations: the server looks for both in the same list. All that it has
would take half as long again, and would bring the names and mail addresses of annotators along.
"""

Task = dict[str, Any]
T = TypeVar("T")


def patiently(address: Address, ask: Callable[[], T]) -> T:
    """Asks the server for something, and again if no answer came.

    Args:
        address: Of the server.
        ask: Reads, and changes nothing.

    Raises:
        UnreachableError: No answer came, however often it was asked.
        GoneError: What was asked for is not there.
        ServerError: The server refused, or failed.
    """
    for wait in _WAITS:
        try:
            with explained(address):
                return ask()
        except UnreachableError as error:
            log.warning("%s; it is asked again in %g s", error, wait)
            time.sleep(wait)
    with explained(address):
        return ask()


@dataclass(frozen=True)
class Tasks:
    """The tasks of a project.

    Attributes:
        client: Of the server.
        address: Of the server.
        project: The number of the project.
    """

    client: "LabelStudio"
    address: Address
    project: int

    def listed(self, fields: str, page: int = LISTED) -> Iterator[Task]:
        """All of them, by their numbers, with some of their fields.

        Args:
            fields: Which, `id` among them, with commas between.
            page: How many tasks to ask for at once.

        Raises:
            GoneError: The project is not there.
            ServerError: The server is down, refuses or fails.
        """
        last = -1
        while tasks := self._page(_after(last), page, fields):
            yield from tasks
            last = tasks[-1]["id"]

    def whole(self, numbers: Sequence[int], *, drafts: bool = False) -> list[Task]:
        """Some of them with all annotations and predictions, without those that are gone.

        Args:
            numbers: Which.
            drafts: Whether those of the owner of the token are asked for as well.

        Raises:
            GoneError: The project is not there.
            ServerError: The server is down, refuses or fails.
        """
        found: list[Task] = []
        left = list(numbers)
        while left:  # a server may give fewer than it was asked for
            asked = left[:FETCHED]
            chosen = {"selectedItems": {"all": False, "included": asked}}
            fields = f"{_WHOLE},drafts" if drafts else _WHOLE
            tasks = self._page(chosen, len(asked), fields, everything=True)
            there = {task["id"] for task in tasks}
            found += tasks
            left = [number for number in left if number not in (there or asked)]
        return found

    def _page(
        self, query: dict[str, Any], size: int, fields: str, *, everything: bool = False
    ) -> list[Task]:
        pager: Any = patiently(
            self.address,
            lambda: self.client.tasks.list(
                project=self.project,
                query=json.dumps(query),
                page_size=size,
                fields="all" if everything else "task_only",
                include=fields,
                resolve_uri=False,
            ),
        )
        return [task.dict() for task in pager.items or ()]


def _after(number: int) -> dict[str, Any]:
    """Asks for the tasks with greater numbers, in their order."""
    greater = {
        "filter": "filter:tasks:id",
        "operator": "greater",
        "type": "Number",
        "value": number,
    }
    return {"filters": {"conjunction": "and", "items": [greater]}, "ordering": ["tasks:id"]}
