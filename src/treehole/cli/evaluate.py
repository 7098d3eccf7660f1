"""`treehole evaluate`: how well models find comments of high risk, side by side."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from treehole.cli.caveats import warn
from treehole.cli.inputs import opened
from treehole.cli.options import (
    Draws,
    DrawsSeed,
    Gold,
    Judged,
    Ontology,
    Quiet,
    Rules,
    TextColumn,
    Users,
)
from treehole.cli.terminal import Terminal
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import find_sources
from treehole.extras import require
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.progress import progress

if TYPE_CHECKING:
    from treehole.analysis.evaluation import Evaluation


def evaluate(
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="A model's folder, or rules.")
    ],
    data: Judged,
    gold: Gold = None,
    users: Users = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            metavar="MODEL",
            help="Another model, to compare the first with; may be given several times.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    draws: Draws = 1_000,
    seed: DrawsSeed = 1,
    text_column: TextColumn = TEXT,
    quiet: Quiet = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Tell how well a model finds comments of high risk, and how it compares with others.

    `treehole report` writes a page of the same figures and more.
    """
    require("models")
    from treehole.analysis.evaluation import (  # noqa: PLC0415  what it needs may be missing
        Settings,
        evaluate_models,
        open_scorers,
    )
    from treehole.models.lineage import lineages, overlaps  # noqa: PLC0415
    from treehole.report.evaluation import as_json  # noqa: PLC0415

    files = KnowledgeFiles.locate(ontology, rules)
    settings = Settings(gold, text_column, draws, seed, find_sources([users]) if users else ())
    models = [model, *(compare or [])]
    with opened(data) as sources:
        scorers = open_scorers(models, files)
        warn(scorers, users, overlaps([s.name for s in scorers], lineages(models), sources))
        with progress("evaluate", quiet=quiet) as reporter:
            found = evaluate_models(sources, scorers, files, settings, reporter)
    if json:
        typer.echo(as_json(found))
    else:
        _show(found)


def _show(found: "Evaluation") -> None:
    from treehole.report.evaluation import (  # noqa: PLC0415
        comparison,
        differences,
        figure_rows,
        in_words,
    )

    console = Terminal()
    low = found.known - found.high
    said = [f"{found.known:,} comments that people judged: {found.high:,} of high risk"]
    said[0] += f", {low:,} of low"
    if found.comments > found.known:
        said.append(f"{found.comments - found.known:,} without gold take no part")
    console.print(Text("; ".join(said)))
    if not found.high or not low:
        which = "low" if low else "high"
        console.print(Text(f"all are of {which} risk: figures that need both are left out", "dim"))
    console.print()
    table = _table("", found)
    for name, figures in figure_rows(found):
        table.add_row(
            name,
            *(Text.assemble(value, (f" {range_}".rstrip(), "dim")) for value, range_ in figures),
        )
    console.print(table)
    console.print()
    for model in found.models:
        console.print(Text(in_words(model)))
    for pair in found.pairs:
        console.print()
        for line in comparison(pair):
            console.print(Text(line))
        for line in differences(pair):
            console.print(Text(f"{line} against {pair.second}"))
    if found.high:
        console.print("\nof high risk, the share found if people read the comments ranked first")
        console.print(_loads(found))


def _loads(found: "Evaluation") -> Table:
    table = _table("read", found)
    for row, load in enumerate(found.models[0].loads):
        shares = (f"{100 * model.loads[row].found_share:.1f} %" for model in found.models)
        table.add_row(f"{load.comments:,} ({100 * load.share:.1f} %)", *shares)
    return table


def _table(first: str, found: "Evaluation") -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for model in found.models:
        table.add_column(Text(model.name), justify="right")
    return table
