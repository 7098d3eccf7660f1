"""`treehole annotate pull`: brings home what people said in Label Studio."""

import json as notation
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text

from treehole.annotation import pulling
from treehole.annotation import workspace as campaign
from treehole.annotation.connection import SECONDS
from treehole.annotation.merging import Method
from treehole.annotation.standing import Changes
from treehole.annotation.summary import CONFIDENCE, Accuracy, Summary
from treehole.cli.annotate.options import (
    NAME,
    WORKSPACE,
    Name,
    TierOption,
    Timeout,
    TokenFile,
    Url,
    Workspace,
    server_address,
)
from treehole.cli.options import Quiet
from treehole.cli.terminal import Terminal, counted
from treehole.models.datasets import Tier
from treehole.pipeline.progress import progress


def pull(
    tier: TierOption,
    method: Annotated[
        Method,
        typer.Option("--method", help="How answers of several people to one comment are merged."),
    ] = Method.MAJORITY,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Compare all tasks, not only those that something happened to."
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    workspace: Workspace = WORKSPACE,
    url: Url = None,
    token_file: TokenFile = None,
    timeout: Timeout = SECONDS,
    name: Name = NAME,
    quiet: Quiet = False,
) -> None:
    """Bring home what people said in Label Studio.

    Writes two tables to the workspace: TIER.history.parquet, every annotation in each version that
    was ever pulled, which only grows; and TIER.parquet, one label a comment, for treehole train.
    Stopped at any moment and run again, it goes on where it was.
    """
    address = server_address(workspace, url, token_file, timeout)
    place = campaign.Workspace(workspace)
    with progress("pull", quiet=quiet) as reporter:
        told = (reporter.expect, reporter.advance)
        request = pulling.Request(tier, name, method, full, told)
        outcome = pulling.pull(address, place, request)
    if json:
        whole = asdict(outcome) | {"labels": str(place.labels(tier))}
        typer.echo(notation.dumps(whole, ensure_ascii=False, allow_nan=False, indent=2))
    else:
        _show(outcome, tier, place)


def _show(outcome: pulling.Outcome, tier: Tier, place: campaign.Workspace) -> None:
    console = Terminal()
    for project, changes in outcome.changes.items():
        console.print(Text(f"{project}: {_news(changes)}"))
    done = outcome.summary
    for line in (*_work(done, outcome.manifest, tier), *_accuracy(done.accuracy)):
        console.print(Text(line))
    if done.help_now:
        comments = counted(len(done.help_now), "comment")
        names = ", ".join(done.help_now)
        console.print(
            Text(f"{comments} where somebody said that help is needed now: {names}", "bold")
        )
    if done.unread:
        held = "holds what" if done.unread == 1 else "hold what"
        console.print(
            Text(
                f"{counted(done.unread, 'annotation')} {held} cannot be read; nothing of it is "
                "lost: it stands in the history, and is read again with every pull"
            )
        )
    for project, misfit in outcome.misfits.items():
        console.print(Text(f"the form of {project} was edited in Label Studio: {misfit}", "yellow"))
    console.print(Text(f"labels in {place.labels(tier)}"))


def _news(changes: Changes) -> str:
    """What happened since the pull before."""
    found = {
        "new": changes.made,
        "changed": changes.changed,
        "deleted": changes.deleted,
    }
    told = ", ".join(f"{number:,} {what}" for what, number in found.items() if number)
    skips = f" ({changes.skipped:,} skipped)" if changes.skipped else ""
    return f"{told or 'nothing new'}{skips}; {counted(changes.tasks, 'task')}"


def _work(done: Summary, manifest: Mapping[str, Any], tier: Tier) -> Iterator[str]:
    """What people did, as it stands."""
    people = counted(done.annotators, "annotator")
    line = f"{counted(done.comments, 'comment')} labelled by {people}"
    if done.comments:
        line += f": {done.high:,} of high risk, {done.comments - done.high:,} of low"
    if irrelevant := manifest.get("labels", {}).get("irrelevant"):
        line += f", of these {irrelevant:,} irrelevant"
    yield line
    if tier is Tier.HARD and done.comments:
        levels = manifest["levels"]
        counts = (f"{level}: {levels[level]:,}" for level in sorted(levels, key=int))
        yield "by level " + ", ".join(counts)
    if done.judged:
        share = 100 * done.corrected / done.judged
        answers = counted(done.judged, "answer")
        yield f"{share:.1f} % of {answers} correct what was shown"
    if done.seconds is not None:
        yield f"{done.seconds:.1f} s a comment (median)"
    if done.skipped:
        yield f"{counted(done.skipped, 'skip')}"


def _accuracy(found: Accuracy | None) -> Iterator[str]:
    if found is not None:
        low, high = (f"{100 * bound:.1f}" for bound in (found.low, found.high))
        comments = counted(found.comments, "comment")
        yield (
            f"the risk shown was right in {100 * found.share:.1f} % of {comments} drawn at random "
            f"({100 * CONFIDENCE:.0f} % interval {low}–{high} %)"
        )
