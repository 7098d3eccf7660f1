"""`treehole annotate agree`: how far people agree, who says otherwise, and about what."""

import json as notation
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
import typer
from rich.table import Table
from rich.text import Text

from treehole.annotation import workspace as campaign
from treehole.annotation.connection import SECONDS, Address, connect
from treehole.annotation.delivery import Delivery, Task
from treehole.annotation.disputes import Dispute, disputed_form, disputes, tasks_of
from treehole.annotation.forms import form_of
from treehole.annotation.labels import DISPUTED, read_pulled
from treehole.annotation.projects import ensure_project
from treehole.annotation.pushing import check
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
from treehole.cli.options import Draws, DrawsSeed, Quiet
from treehole.cli.terminal import Terminal, counted
from treehole.corpus.locking import locked
from treehole.corpus.schema import COMMENT_ID, TEXT
from treehole.corpus.writing import write_csv
from treehole.errors import InputError
from treehole.extras import require
from treehole.models.datasets import Tier
from treehole.pipeline.progress import progress

if TYPE_CHECKING:
    from treehole.annotation.agreement import Agreement, Pair
    from treehole.models.metrics import Figure

_SHOWN = 10
"""Disputed comments, unless told otherwise."""

_FEW = 50
"""With fewer comments answered by several people, the figures mean little."""

_MOST_PAIRS = 30
_LEAST_PREFIX = 7


def agree(
    tier: TierOption,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write all disputed comments as CSV."),
    ] = None,
    adjudicate: Annotated[
        bool,
        typer.Option(
            "--adjudicate",
            help="Push disputed comments to a project of their own, where a judge decides.",
        ),
    ] = False,
    most: Annotated[
        int | None,
        typer.Option(
            "--most",
            min=1,
            metavar="N",
            help="Disputed comments to show, or with --adjudicate to push, the costliest first; by "
            f"default {_SHOWN} are shown, and all pushed.",
        ),
    ] = None,
    draws: Draws = 1_000,
    seed: DrawsSeed = 1,
    workspace: Workspace = WORKSPACE,
    url: Url = None,
    token_file: TokenFile = None,
    timeout: Timeout = SECONDS,
    name: Name = NAME,
    quiet: Quiet = False,
) -> None:
    """Tell how far people agree on the comments that several of them annotated.

    Of what was pulled; the server is needed for --adjudicate only. The judge sees all answers, but
    not by whom; what the judge decides goes before all of them at the next pull.
    """
    require("annotation")
    from treehole.annotation.agreement import measure  # noqa: PLC0415  scikit-learn is slow to load

    place = campaign.Workspace(workspace)
    if not place.history(tier).exists():
        message = f"nothing was pulled to {workspace} yet; run treehole annotate pull --tier {tier}"
        raise InputError(message)
    pulled = read_pulled(place, tier)
    found = measure(pulled.first, tier, pulled.decided, draws, seed)
    disputed = disputes(pulled.first, tier, pulled.decided)
    texts = _texts(pulled.pushed) | _texts(pulled.texts)
    if csv is not None:
        _write(disputed, texts, csv)
    if json:
        told = [_told(one, texts) for one in disputed]
        whole = asdict(found) | {"disputed": told}
        typer.echo(notation.dumps(whole, ensure_ascii=False, allow_nan=False, indent=2))
    elif not adjudicate:
        _show(found, disputed[: most or _SHOWN], len(disputed), texts)
    if adjudicate:
        tasks = tasks_of(disputed[:most], texts, tier)
        address = server_address(workspace, url, token_file, timeout)
        with locked(workspace):
            _adjudicate(address, place, (tier, name), tasks, quiet=quiet or json)


def _adjudicate(
    address: Address,
    place: campaign.Workspace,
    names: tuple[Tier, str],
    tasks: Sequence[Task],
    *,
    quiet: bool,
) -> None:
    tier, name = names
    form = disputed_form(tier)
    client = connect(address)
    project = ensure_project(client, address, place, f"{tier}{DISPUTED}", name, form)
    check(project, form_of(tier))
    with progress("push", quiet=quiet) as reporter:
        reporter.expect(len(tasks))
        delivery = Delivery(client, address, project, reporter.advance)
        delivery.deliver(tasks)
    if not quiet:
        sent = len(delivery.done.sent)
        there = len(tasks) - sent
        said = f"{counted(sent, 'disputed comment')} pushed"
        said += f", {there:,} were there already" if there else ""
        Terminal().print(Text(f"{said}; to be decided at {project.url}"))


def _texts(table: pa.Table) -> dict[str, str]:
    rows = zip(table[COMMENT_ID].to_pylist(), table[TEXT].to_pylist(), strict=True)
    return {comment: text for comment, text in rows if text is not None}


def _told(one: Dispute, texts: Mapping[str, str]) -> dict[str, Any]:
    """A dispute as JSON has it."""
    return {
        "comment_id": one.comment_id,
        "answers": one.answers,
        "spread": one.spread,
        "about_risk": one.about_risk,
        "text": texts.get(one.comment_id),
    }


def _show(
    found: "Agreement", shown: Sequence[Dispute], disputed: int, texts: Mapping[str, str]
) -> None:
    console = Terminal()
    names = _short([one.name for one in found.annotators])
    people = sum(1 for one in found.annotators if one.answered)
    said = [f"{counted(found.comments, 'comment')} answered by {counted(people, 'annotator')}"]
    said.append(f"{found.overlapped:,} by two of them or more")
    if found.decided:
        said.append(f"{found.decided:,} decided by a judge")
    console.print("; ".join(said))
    if found.overlapped < _FEW:
        console.print(
            Text(
                f"that is {'few' if found.overlapped else 'nothing'} to tell agreement from: push "
                f"more with treehole annotate push --tier {found.tier} --overlap 2 --share 0.2",
                "bold",
            )
        )
    if found.overlapped:
        _show_agreement(found, console)
    if found.audits:
        rate = _percent(found.audited, f"of {counted(found.audits, 'comment')}")
        console.print(f"chosen by chance alone: the risk that the model had shown is right {rate}")
    console.print()
    console.print(_annotators(found, names))
    if found.pairs:
        console.print()
        console.print(_pairs(found, names))
        console.print("\npairs of answers to a comment: how often one says this, the other that")
        console.print(_confusion(found))
    for number, one in enumerate(shown):
        if not number:
            console.print(f"\ndisputed: {disputed:,}; the costliest first")
        _show_dispute(one, names, texts.get(one.comment_id), console)
    if disputed > len(shown):
        console.print(
            Text(f"{disputed - len(shown):,} more: --most shows, --csv lists them", "dim")
        )


def _show_agreement(found: "Agreement", console: Terminal) -> None:
    from treehole.annotation.agreement import RELIABLE, TENTATIVE  # noqa: PLC0415

    console.print(f"two answers to a comment are the same {_percent(found.alike, 'of the time')}")
    for name, figure in found.alpha.items():
        if figure.value is None:
            meaning = "not defined: all say the same"
        elif figure.value >= RELIABLE:
            meaning = "reliable"
        elif figure.value >= TENTATIVE:
            meaning = "to be relied upon with care"
        else:
            meaning = f"not reliable; {TENTATIVE} is the least: talk the guideline over"
        console.print(f"Krippendorff's alpha of the {name} {_figure(figure)}: {meaning}")


def _annotators(found: "Agreement", names: dict[str, str]) -> Table:
    above = "levels above others" if found.tier is Tier.HARD else "high above others"
    heads = ("answered", "skipped", "seconds", "corrected", "shared", above, "since first half")
    table = _table("annotator", heads)
    for one in found.annotators:
        table.add_row(
            names[one.name],
            f"{one.answered:,}",
            f"{one.skipped:,}",
            "–" if one.seconds is None else f"{one.seconds:.1f}",
            "–" if one.corrected is None else f"{100 * one.corrected:.1f} %",
            f"{one.overlapped:,}",
            _drift(one.drift),
            _drift(one.moved),
        )
    return table


def _pairs(found: "Agreement", names: dict[str, str]) -> Table:
    hard = found.tier is Tier.HARD
    heads = ("shared", "the same", "kappa", *(["kappa, quadratic"] if hard else []))
    table = _table("pair", (*heads, "second above first"))
    for pair in sorted(found.pairs, key=_unlike)[:_MOST_PAIRS]:
        table.add_row(
            f"{names[pair.first]} {names[pair.second]}",
            f"{pair.comments:,}",
            f"{100 * pair.alike:.1f} %",
            _number(pair.kappa),
            *([_number(pair.weighted_kappa)] if hard else []),
            f"{pair.difference:+.2f}",
        )
    return table


def _unlike(pair: "Pair") -> tuple[float, str, str]:
    """Those who agree least come first."""
    kappa = pair.kappa if pair.weighted_kappa is None else pair.weighted_kappa
    return 1.0 if kappa is None else kappa, pair.first, pair.second


def _confusion(found: "Agreement") -> Table:
    said = [row for row, counts in enumerate(found.table) if any(counts)]
    table = _table("", [str(found.values[place]) for place in said])
    for row in said:
        counts = (found.table[row][column] for column in said)
        table.add_row(str(found.values[row]), *(f"{count:,}" if count else "·" for count in counts))
    return table


def _show_dispute(one: Dispute, names: dict[str, str], text: str | None, console: Terminal) -> None:
    said = ", ".join(f"{names.get(name, name)} {value}" for name, value in one.answers.items())
    console.print(Text.assemble((one.comment_id, "bold"), f"  {said}"))
    shown = "(pushed from another workspace)" if text is None else text
    console.print(Text("    " + "".join(c if c.isprintable() else " " for c in shown), "dim"))


def _write(disputed: Sequence[Dispute], texts: Mapping[str, str], path: Path) -> None:
    people = sorted({name for one in disputed for name in one.answers})
    write_csv(
        ("comment_id", "about_risk", "spread", "text", *people),
        (
            (
                one.comment_id,
                one.about_risk,
                one.spread,
                texts.get(one.comment_id),
                *(one.answers.get(name) for name in people),
            )
            for one in disputed
        ),
        path,
    )


def _table(first: str, heads: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for head in heads:
        table.add_column(head, justify="right")
    return table


def _short(names: Sequence[str]) -> dict[str, str]:
    """The beginnings of pseudonyms that tell them apart."""
    longest = max(map(len, names), default=0)
    lengths = range(_LEAST_PREFIX, longest + 1)
    enough = next((n for n in lengths if len({name[:n] for name in names}) == len(names)), longest)
    return {name: name[:enough] for name in names}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _figure(figure: "Figure") -> str:
    if figure.low is None or figure.high is None:
        return _number(figure.value)
    return f"{_number(figure.value)} ({figure.low:.3f} to {figure.high:.3f})"


def _percent(figure: "Figure", of: str) -> str:
    if figure.value is None:
        return "–"
    said = f"{100 * figure.value:.1f} % {of}"
    if figure.low is None or figure.high is None:
        return said
    return f"{said} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"


def _drift(figure: "Figure") -> Text:
    """Bold where it is more than chance: where the interval leaves out none."""
    if figure.value is None:
        return Text("–")
    if figure.low is None or figure.high is None:
        return Text(f"{figure.value:+.2f}")
    sure = figure.low > 0 or figure.high < 0
    return Text(
        f"{figure.value:+.2f} ({figure.low:+.2f} to {figure.high:+.2f})", "bold" if sure else ""
    )
