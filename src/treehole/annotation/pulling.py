"""Pulling: what people said in Label Studio, into the history.

Every pull lists all tasks, but with three light fields only: when a task was last changed, and how
many annotations and skips it has. The server changes them whenever an annotation is made, changed,
skipped or deleted, and after it has done so; a task for which they are as before is not read again.
What is listed is listed before the task is read, and saved after the history, so that a change in
between, or a pull that is killed, costs a second look and loses nothing. Only renaming a label for
all tasks at once goes unnoticed by this; a full pull sees it as well.

The server's export would be quicker for a whole project. It is not used: each export leaves a copy
of all comments, with the e-mail address of the project's owner, in the server's folder for good.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from treehole.annotation.connection import Address, GoneError, connect
from treehole.annotation.forms import form_of, misfit
from treehole.annotation.labels import DISPUTED, read_pulled, write_labels
from treehole.annotation.merging import Method
from treehole.annotation.projects import Project, find_project, recall, remember
from treehole.annotation.pushing import read_pushed
from treehole.annotation.standing import ANNOTATOR, FIELDS, Changes, Standing, signature
from treehole.annotation.summary import Summary, summarise
from treehole.annotation.tasks import FETCHED, Tasks, patiently
from treehole.annotation.versions import Reader, moment
from treehole.annotation.workspace import Workspace
from treehole.corpus.locking import locked
from treehole.corpus.pseudonyms import Pseudonyms, make_key, pseudonyms
from treehole.corpus.writing import sweep
from treehole.errors import InputError, UsageError
from treehole.models.datasets import Tier

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

Progress = tuple[Callable[[int], None], Callable[[int], None]]
"""Told how many tasks are to be read in all, and how many more were."""


@dataclass(frozen=True)
class Request:
    """What is to be pulled, and how.

    Attributes:
        tier: Whose answers.
        campaign: Its name.
        method: How answers that differ are merged.
        full: Read all tasks, not only those that something happened to.
        progress: Told how far it is.
    """

    tier: Tier
    campaign: str
    method: Method = Method.MAJORITY
    full: bool = False
    progress: Progress = (lambda _: None, lambda _: None)


@dataclass(frozen=True)
class Outcome:
    """What a pull brought.

    Attributes:
        changes: What happened since the one before, by project.
        misfits: How the form was edited so that answers cannot be read, by project.
        summary: What people did, as it stands.
        manifest: What the labels were made from.
    """

    changes: Mapping[str, Changes]
    misfits: Mapping[str, str]
    summary: Summary
    manifest: Mapping[str, Any]


def pull(address: Address, workspace: Workspace, request: Request) -> Outcome:
    """Bring histories and labels of a tier up to what the server has.

    Args:
        address: Of the server.
        workspace: Of the campaign.
        request: What is to be pulled.

    Raises:
        InputError: Nothing was pushed yet, or a history is damaged; it is left as it is.
        GoneError: The project is gone; what was pulled stays.
        ServerError: The server is down, refuses or fails; what was pulled so far stays.
        OutputError: The workspace cannot be written, or another run is at work there.
        UsageError: The workspace belongs to another campaign, server, or key of pseudonyms.
    """
    client, tier = connect(address), request.tier
    form = form_of(tier)
    changes, misfits = {}, {}
    with locked(workspace.folder):
        sweep(workspace.folder)
        for project in _projects(client, address, workspace, request):
            changes[project.name] = pull_project(client, address, workspace, project, request)
            if found := misfit(project.config, form):
                misfits[project.name] = found
        pulled = read_pulled(workspace, tier)
        labels, manifest = write_labels(workspace, pulled, request.method, request.campaign)
        return Outcome(changes, misfits, summarise(pulled, labels), manifest)


def _projects(
    client: "LabelStudio", address: Address, workspace: Workspace, request: Request
) -> list[Project]:
    """That of the tier, and the one in which disputed comments are decided, if there is one."""
    tier, campaign = str(request.tier), request.campaign
    first = find_project(client, address, workspace, tier, campaign)
    if first is None:
        message = (
            f"{address.url} has no project {tier} of the campaign “{campaign}”; "
            f"run treehole annotate push --tier {tier} first, or name another with --name"
        )
        raise InputError(message)
    second = find_project(client, address, workspace, f"{tier}{DISPUTED}", campaign)
    return [first] if second is None else [first, second]


def pull_project(
    client: "LabelStudio",
    address: Address,
    workspace: Workspace,
    project: Project,
    request: Request,
) -> Changes:
    """Bring the history of a project up to what the server has.

    Stopped at any moment and called again, it goes on where it was.

    Args:
        client: Of the server.
        address: Of the server.
        workspace: Of the campaign; the caller keeps others out of it.
        project: As it was found on the server.
        request: How to pull.

    Raises:
        InputError: The history is damaged; it is left as it is.
        GoneError: The project is gone; what was pulled stays.
        ServerError: The server is down, refuses or fails; what was pulled so far stays.
        OutputError: The history cannot be written; the old one stays.
        UsageError: Another key of pseudonyms was used before.
    """
    people = people_of(workspace, project.name)
    made_at = str(recall(workspace, project.name).get("created_at", project.id))
    annotator = _annotators(client, address, people)
    pushed = read_pushed(workspace.pushed(project.name)).select(["comment_id", "model"])
    models = dict(zip(*(column.to_pylist() for column in pushed.columns), strict=True))
    reader = Reader(request.tier, made_at, project.shown, annotator, models)
    standing = Standing(workspace, project.name, reader, people)
    tasks = Tasks(client, address, project.id)
    signatures: dict[int, str] = {}
    wanted = []
    for task in tasks.listed(FIELDS):
        signatures[task["id"]] = signature(task)
        if request.full or standing.asks_for(task):
            wanted.append(task["id"])
    standing.changes.tasks = len(signatures)
    expect, advance = request.progress
    expect(len(wanted))
    for start in range(0, len(wanted), FETCHED):
        numbers = wanted[start : start + FETCHED]
        standing.take(tasks.whole(numbers), numbers, signatures)
        advance(len(numbers))
        if standing.is_due:
            standing.save()
    standing.drop_all_but(signatures)
    standing.save()
    return standing.changes


def people_of(workspace: Workspace, name: str) -> Pseudonyms:
    """The pseudonyms of a workspace: by `TREEHOLE_KEY`, else by a key made on first use.

    Args:
        workspace: Of the campaign.
        name: Of the project whose record tells which key was used before.

    Raises:
        UsageError: Another key was used before.
        InputError: The key cannot be read.
        OutputError: The key cannot be written.
    """
    found = pseudonyms()
    if found is None:
        make_key(workspace.key)
        found = cast("Pseudonyms", pseudonyms(workspace.key))  # never None, with a file
    known = recall(workspace, name).get("key")
    if known not in {None, found.mark}:
        message = (
            f"annotators in {workspace.folder} were named by another key, and would be counted "
            f"twice; put that one into TREEHOLE_KEY, or unset it if the key was {workspace.key}"
        )
        raise UsageError(message)
    if known is None:
        remember(workspace, name, key=found.mark)
    return found


def _annotators(
    client: "LabelStudio", address: Address, people: Pseudonyms
) -> Callable[[int], str]:
    """Gives pseudonyms by what stays the same of an account: its number, and when it was made.

    The address of a server may change, and so may the name and the mail address of a person.
    """

    @cache
    def annotator(number: int) -> str:
        try:
            user = patiently(address, lambda: client.users.get(number))
        except GoneError:  # has left the organisation; the account may still be there
            joined = None
        else:
            joined = user.date_joined
        since = "" if joined is None else moment(joined).isoformat()
        return people.of(f"{number} {since}", ANNOTATOR)

    return annotator
