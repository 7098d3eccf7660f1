"""The projects of a campaign in Label Studio: making them, and finding them again.

A project is known by its identifier and the moment it was made, which the workspace records, and by
a marker in its description, by which another machine finds it although somebody renamed it.
Identifiers alone would not do: a server on SQLite gives that of a deleted project to the next one.
"""

import logging
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from treehole.annotation.connection import Address, GoneError, UnreachableError, explained
from treehole.annotation.tasks import patiently
from treehole.annotation.workspace import Workspace
from treehole.corpus.manifests import read_manifest
from treehole.corpus.writing import write_json
from treehole.errors import UsageError

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

    from treehole.annotation.forms import Form

log = logging.getLogger(__name__)

MODEL_VERSION = "treehole"
"""What every prediction is called on the server, whichever model made it.

Label Studio pre-fills a task only with the prediction whose `model_version` is that of the project.
Were they called by their models, the tasks still open from one model would lose their prediction as
soon as another model's were pushed. Which model made a prediction stays at home, with what was
pushed.
"""

_NAME = re.compile(r"[\w-]{1,30}")
"""A title has 50 characters at most, and the marker ends with a space."""
_SETTLING = 0.5
"""How long a project that another machine has begun to make may take to show, in seconds."""
_PAGE = 100
_FIELDS = "id,title,description,label_config,model_version,created_at"


@dataclass(frozen=True)
class Project:
    """A project on the server.

    Attributes:
        id: On the server.
        name: What it is for: `easy`, `hard`, `easy-disputed` or `hard-disputed`.
        title: Shown to people, who may change it.
        url: Its page.
        config: Its labelling configuration, as it stands on the server.
        shown: The `model_version` of the predictions that people are shown.
    """

    id: int
    name: str
    title: str
    url: str
    config: str = ""
    shown: str = MODEL_VERSION


def find_project(
    client: "LabelStudio", address: Address, workspace: Workspace, name: str, campaign: str
) -> Project | None:
    """The project of a campaign, if there is one.

    One that was found by its marker is recorded in the workspace.

    Args:
        client: Of the server.
        address: Of the server.
        workspace: Of the campaign.
        name: What it is for, such as `easy`.
        campaign: The name of the campaign.

    Raises:
        UsageError: The campaign cannot be called so, or the workspace is that of another.
        GoneError: The project that the workspace records is no longer on the server.
        ServerError: The server is down, refuses or fails.
    """
    marker = _marker(name, campaign)
    known = recall(workspace, name)
    if known and known["campaign"] != campaign:
        message = (
            f"{workspace.folder} belongs to the campaign “{known['campaign']}”, not to "
            f"“{campaign}”; name it with --name, or choose another folder with --workspace"
        )
        raise UsageError(message)
    if known and (found := _recorded(client, address, known)):
        return _project(found, name, address)
    marked = _marked(client, address, marker)
    if known and known["created_at"] not in [str(found.created_at) for found in marked]:
        if known["url"] != address.url:
            message = (
                f"{workspace.folder} belongs to the server {known['url']}, and {address.url} has "
                "no project of it; name that server, or choose another folder with --workspace"
            )
            raise UsageError(message)
        raise gone(address, workspace, name)
    if not marked:
        return None
    _record(workspace, name, campaign, address, marked[0])
    return _project(marked[0], name, address)


def ensure_project(  # noqa: PLR0913, PLR0917  where, whose and what
    client: "LabelStudio",
    address: Address,
    workspace: Workspace,
    name: str,
    campaign: str,
    form: "Form",
) -> Project:
    """The project of a campaign, made if there is none.

    Of several that machines made at the same time, all take the first, and the others are deleted.

    Args:
        client: Of the server.
        address: Of the server.
        workspace: Of the campaign.
        name: What it is for, such as `easy`.
        campaign: The name of the campaign.
        form: What people are asked; it counts only if the project is made.

    Raises:
        UsageError: The campaign cannot be called so, or the workspace is that of another.
        GoneError: The project that the workspace records is no longer on the server.
        ServerError: The server is down, refuses or fails.
    """
    if found := find_project(client, address, workspace, name, campaign):
        return found
    marker = _marker(name, campaign)
    try:
        _make(client, address, f"{campaign} · {name}", marker, form)
    except UnreachableError as error:  # it may have been made all the same
        log.warning("%s; whether the project was made is looked up", error)
    time.sleep(_SETTLING)
    marked = patiently(address, lambda: _marked(client, address, marker))
    if not marked:
        message = f"{address.url} did not make the project; push again when it is well"
        raise UnreachableError(message)
    first, *others = marked
    for other in others:
        if not other.task_number:  # all take the first, so nobody needs it
            with suppress(GoneError):  # another machine did so
                patiently(address, partial(client.projects.delete, other.id))
    _record(workspace, name, campaign, address, first)
    return _project(first, name, address)


def recall(workspace: Workspace, name: str) -> dict[str, Any]:
    """What the workspace records of a project; nothing if it records none.

    Args:
        workspace: Of the campaign.
        name: Of the project.

    Raises:
        OutputError: The record cannot be read.
    """
    return read_manifest(workspace.record(name)) or {}


def remember(workspace: Workspace, name: str, **values: Any) -> None:
    """Adds to what the workspace records of a project, or changes it.

    Args:
        workspace: Of the campaign.
        name: Of the project.
        **values: What JSON can hold.

    Raises:
        OutputError: It cannot be written.
    """
    write_json({**recall(workspace, name), **values}, workspace.record(name))


def _marker(name: str, campaign: str) -> str:
    if not _NAME.fullmatch(campaign):
        message = (
            f"“{campaign}” cannot be the name of a campaign; "
            "give --name at most 30 letters, digits, - and _"
        )
        raise UsageError(message)
    return f"treehole/{name}/{campaign}"


def _make(client: "LabelStudio", address: Address, title: str, marker: str, form: "Form") -> None:
    with explained(address):
        client.projects.create(
            title=title,
            description=f"{marker} (by this mark Treehole finds the project; leave it here)",
            label_config=form.config,
            expert_instruction=form.instruction,
            show_instruction=True,
            # In the order of the push, and what somebody leaves out goes to somebody else.
            sampling="Sequential sampling",
            show_skip_button=True,
            skip_queue="REQUEUE_FOR_OTHERS",
            # People start from the prediction, all of which is shown at once.
            show_collab_predictions=True,
            model_version=MODEL_VERSION,
            reveal_preannotations_interactively=False,
            evaluate_predictions_automatically=False,
            # An answer with nothing in it is a slip of the hand.
            enable_empty_annotation=False,
            maximum_annotations=1,
        )


def _recorded(client: "LabelStudio", address: Address, known: dict[str, Any]) -> Any:
    """The project that the record names, or None if it is not there."""
    try:
        with explained(address):
            found = client.projects.get(known["id"])
    except GoneError:
        return None
    return found if str(found.created_at) == known["created_at"] else None


def _marked(client: "LabelStudio", address: Address, marker: str) -> list[Any]:
    """The projects with a marker; those with tasks, and the oldest, first."""
    with explained(address):
        every: Any = client.projects.list(include=_FIELDS, page_size=_PAGE)
        marked = [found for found in every if marker in (found.description or "").split()]
    return sorted(marked, key=lambda found: (not found.task_number, int(found.id)))


def _project(found: Any, name: str, address: Address) -> Project:
    return Project(
        id=int(found.id),
        name=name,
        title=found.title or "",
        url=f"{address.url}/projects/{found.id}",
        config=found.label_config or "",
        shown=found.model_version or "",
    )


def _record(workspace: Workspace, name: str, campaign: str, address: Address, found: Any) -> None:
    remember(
        workspace,
        name,
        campaign=campaign,
        url=address.url,
        id=int(found.id),
        title=found.title,
        created_at=str(found.created_at),
    )


def gone(address: Address, workspace: Workspace, name: str) -> GoneError:
    """What to tell a person when a project that the workspace records is not on the server.

    Args:
        address: Of the server.
        workspace: Of the campaign.
        name: Of the project.
    """
    title = recall(workspace, name).get("title", name)
    record, pushed = workspace.record(name), workspace.pushed(name)
    return GoneError(
        f"the project “{title}” is no longer on {address.url}, or is not shown to the owner of the "
        "token; what was pulled stays. To begin a new one, "
        f"move {record} and {pushed} away"
    )
