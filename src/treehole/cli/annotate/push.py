"""`treehole annotate push`: chooses what people should see, and brings it to Label Studio."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich.table import Table
from rich.text import Text

from treehole.annotation import pushing
from treehole.annotation import workspace as campaign
from treehole.annotation.connection import SECONDS, Address, ServerError, connect
from treehole.annotation.delivery import Delivery, Holdings, holdings
from treehole.annotation.evidence import EvidenceReader
from treehole.annotation.forms import form_of
from treehole.annotation.projects import Project, ensure_project, find_project
from treehole.annotation.selection import AUDIT, Settings, Strategy, read_mix
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
from treehole.cli.options import Ontology, Quiet, Rules
from treehole.cli.terminal import Terminal, counted
from treehole.corpus.locking import locked
from treehole.corpus.sources import find_sources
from treehole.errors import UsageError
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.progress import progress

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

_SHARE = 0.2
"""Of the tasks that several people annotate, unless told otherwise."""
_SHOWN = 5
"""Of the comments that somebody deleted."""


def push(
    tier: TierOption,
    predictions: Annotated[
        list[str],
        typer.Option(
            "--from",
            metavar="PREDICTIONS",
            help="What treehole predict or treehole label wrote: a folder, file or glob; may be "
            "given several times.",
        ),
    ],
    size: Annotated[int, typer.Option("--size", min=1, metavar="N", help="Comments to choose.")],
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            "--strategy",
            metavar="NAME[=SHARE],...",
            help="By what to choose: balanced (as many of high as of low risk), uncertain (nearest "
            "the model's threshold), disagreement (rules against model), diverse (of every kind "
            "some), urgent (the highest level first); several with their shares, as in "
            "uncertain=2,diverse=1. By default balanced for the easy tier, and uncertain, "
            "disagreement and urgent alike for the hard one.",
        ),
    ] = None,
    audit: Annotated[
        float,
        typer.Option(
            "--audit",
            min=0,
            max=1,
            metavar="SHARE",
            help="Drawn at random from all, so that accuracy can be estimated without bias.",
        ),
    ] = 0.1,
    overlap: Annotated[
        int | None,
        typer.Option(
            "--overlap", min=1, metavar="K", help="Have K people annotate a share of all tasks."
        ),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option("--share", min=0.01, max=1, help="That share; by default 0.2."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Another one chooses other comments.")
    ] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be pushed.")
    ] = False,
    restore: Annotated[
        bool,
        typer.Option("--restore", help="Bring back what somebody deleted in Label Studio."),
    ] = False,
    workspace: Workspace = WORKSPACE,
    url: Url = None,
    token_file: TokenFile = None,
    timeout: Timeout = SECONDS,
    name: Name = NAME,
    quiet: Quiet = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Choose what people should see, and bring it to Label Studio with the predictions.

    The same push asked for again, after a crash or by mistake, brings what is missing of it and
    nothing more; for more comments give another --seed. What is in the project already is never
    chosen again, and what somebody deleted there is not brought back unless you ask for it.
    """
    if share is not None and overlap in {None, 1}:
        message = "--share says of how many; say by how many people, with --overlap 2 or more"
        raise UsageError(message)
    settings = Settings(size, audit, read_mix(strategy) if strategy else {}, seed)
    request = pushing.Request(tier, find_sources(predictions), settings)
    files = KnowledgeFiles.locate(ontology, rules)
    place = campaign.Workspace(workspace)

    def planned(held: Holdings) -> pushing.Plan:
        pushed = pushing.read_pushed(place.pushed(tier))
        with progress("choose", quiet=quiet) as reporter:
            reporter.expect(request.corpus.estimate_rows())
            return pushing.plan(
                request, pushed, held, lambda: EvidenceReader(files), reporter.advance
            )

    if dry_run:
        try:
            client, address = _connected(workspace, url, token_file, timeout)
            found = find_project(client, address, place, tier, name)
            held = holdings(client, address, found) if found else {}
        except (ServerError, UsageError) as error:
            _explain(planned({}), {})
            Terminal().print(Text(f"what is there already is not known: {error}"))
        else:
            _explain(planned(held), held)
        return
    client, address = _connected(workspace, url, token_file, timeout)
    with locked(workspace):
        project = ensure_project(client, address, place, tier, name, form_of(tier))
        pushing.check(project, form_of(tier))
        held = holdings(client, address, project)
        chosen = planned(held)
        if overlap is not None:
            several = overlap > 1
            pushing.set_overlap(
                client, address, project, overlap, (share or _SHARE) if several else 1.0
            )
        with progress("push", quiet=quiet) as reporter:
            reporter.expect(len(chosen.rows))
            delivery = Delivery(client, address, project, reporter.advance)
            done = pushing.push(delivery, place, chosen, held, restore)
    if not quiet:
        _explain(chosen, held)
    _tell(done, project)


def _connected(
    workspace: Path, url: str | None, token_file: Path | None, timeout: float
) -> tuple["LabelStudio", Address]:
    address = server_address(workspace, url, token_file, timeout)
    return connect(address), address


def _explain(planned: pushing.Plan, held: Holdings) -> None:
    """What was chosen, from what, and by what."""
    console = Terminal()
    rows = planned.rows
    if planned.again:
        moment = "; it is taken up again" if rows["pushed_at"].null_count else ""
        console.print(f"this push was asked for before{moment}; for more, give another --seed")
    else:
        left = ", ".join(f"{n:,} {reason}" for reason, n in sorted(planned.left_out.items()) if n)
        console.print(
            f"{counted(len(rows), 'comment')} chosen of {planned.read or 0:,}"
            + (f"; left out: {left}" if left else "")
        )
    table = Table("chosen by", "", "probability", "level", "high", "low", box=None, pad_edge=False)
    names = [AUDIT, *(str(name) for name in Strategy)]
    for name in names:
        part = rows.filter(pc.equal(rows["chosen_by"], name))
        if len(part):
            table.add_row(name, *_figures(part))
    table.add_row("all", *_figures(rows))
    console.print(table)
    there = pc.sum(pc.is_in(rows["comment_id"], pa.array(held, pa.string()))).as_py() or 0
    console.print(
        f"{len(rows) - there:,} new, {there:,} there already; push {planned.request.batch}"
    )


def _figures(rows: pa.Table) -> list[str]:
    """How many comments, their probabilities and levels, and how many of high and of low risk."""
    levels = pc.coalesce(rows["level"], rows["rules_level"])
    high = pc.sum(pc.equal(rows["risk"], "high")).as_py() or 0
    counts = (f"{number:,}" for number in (high, len(rows) - high))
    return [f"{len(rows):,}", _range(rows["probability"], ".2f"), _range(levels, "d"), *counts]


def _range(column: pa.ChunkedArray, form: str) -> str:
    bounds = pc.min_max(column).as_py()
    if bounds["min"] is None:
        return "–"
    least, most = format(bounds["min"], form), format(bounds["max"], form)
    return least if least == most else f"{least}–{most}"


def _tell(done: pushing.Pushed, project: Project) -> None:
    """What was done."""
    console = Terminal()
    console.print(f"{counted(done.sent, 'task')} sent; {done.there:,} of the push are there")
    if done.finished:
        console.print(f"{done.finished:,} of them were left over from another push")
    if done.removed:
        console.print(f"{done.removed:,} that were there twice, unanswered, were removed")
    if done.kept:
        console.print(f"{done.kept:,} are there twice, as people answered both")
    if done.deleted:
        shown = ", ".join(done.deleted[:_SHOWN]) + (" …" if len(done.deleted) > _SHOWN else "")
        console.print(
            Text(
                f"{len(done.deleted):,} were deleted in Label Studio and are left so ({shown}); "
                "bring them back with --restore"
            )
        )
    console.print(Text(f"annotate at {project.url}"))
