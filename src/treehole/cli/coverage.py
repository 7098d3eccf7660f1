"""`treehole coverage`: what each rule, concept and word did, and how right it was."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from treehole.analysis.coverage import Coverage, Figures, Settings, Summary, measure
from treehole.analysis.tally import Mistake
from treehole.cli.inputs import cores, opened, refuse_to_overwrite
from treehole.cli.options import Gold, Inputs, Ontology, Quiet, Rules, TextColumn, Workers
from treehole.cli.terminal import ONTOLOGY_STYLES, Terminal, counted
from treehole.corpus.schema import TEXT
from treehole.corpus.writing import write_text
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.progress import progress
from treehole.report.coverage import figure_text, marked, page, shown_figures, write_table

_FIGURES = (
    "reached", "won", "overlapped", "conflicted", "precision", "recall", "level_error",
)  # fmt: skip


def coverage(
    inputs: Inputs,
    gold: Gold = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Write all rules, concepts and their words as CSV."
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Write a page: all of it, the mistakes, and what the columns mean.",
        ),
    ] = None,
    mistakes: Annotated[
        int,
        typer.Option(
            "--mistakes", min=0, help="Costly mistakes to show, overall and of each rule."
        ),
    ] = 5,
    concepts: Annotated[
        int, typer.Option("--concepts", min=0, help="Concepts to show on the terminal.")
    ] = 25,
    text_column: TextColumn = TEXT,
    workers: Workers = None,
    quiet: Quiet = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Show what each rule and concept did: the comments it reached, won, overlapped, conflicted.

    With --gold also how right it was, and its most costly mistakes.
    """
    files = KnowledgeFiles.locate(ontology, rules)
    settings = Settings(text_column, gold, workers or cores(), mistakes)
    with opened(inputs) as sources, progress("coverage", quiet=quiet) as reporter:
        refuse_to_overwrite(sources, csv, html)
        found = measure(sources, files, settings, reporter)
    try:
        if csv:
            write_table(found, csv)
        if html:
            write_text(page(found), html)
    finally:  # what was found is shown even if it cannot be written
        _show(found, concepts)


def _show(found: Coverage, most_concepts: int) -> None:
    console = Terminal()
    _show_summary(found.summary, console)
    names = shown_figures(_FIGURES, found)
    table = _table("rule", "level", names)
    for entry in found.rules:
        level = entry.rule.level
        if entry.figures.reached:
            _add(table, entry.rule.id, Text("–" if level is None else str(level)), entry.figures)
    if table.row_count:
        console.print()
        console.print(table)
    if dead := [entry.rule.id for entry in found.rules if not entry.figures.reached]:
        console.print(Text(f"never reached a comment: {', '.join(dead)}", "dim"))
    _show_concepts(found, most_concepts, names, console)
    if found.mistakes:
        console.print("\nthe most costly mistakes")
    for mistake in found.mistakes:
        _show_mistake(mistake, console)


def _show_summary(summary: Summary, console: Console) -> None:
    total = summary.comments
    said = [
        counted(total, "comment"),
        f"a rule held for {summary.reached:,} ({_share(summary.reached, total)})",
        f"{summary.high:,} called high risk ({_share(summary.high, total)})",
    ]
    if summary.unjudged:
        said.append(f"{summary.unjudged:,} too much to judge: look at them yourself")
    console.print("; ".join(said))
    if summary.known:
        scores = [
            f"F1 {_score(summary.f1)}",
            f"precision {_score(summary.precision)}",
            f"recall {_score(summary.recall)}",
        ]
        line = f"high risk, of {summary.known:,} that people judged: {', '.join(scores)}"
        if summary.level_error is not None:
            line += f"; level error {summary.level_error:.3f}, bias {summary.level_bias:+.3f}"
        console.print(line)


def _show_concepts(found: Coverage, most: int, names: Sequence[str], console: Console) -> None:
    reached = [entry for entry in found.concepts if entry.figures.with_subclasses]
    dead = len(found.concepts) - len(reached)
    table = _table("concept", "ontology", names)
    for entry in reached[:most]:
        concept = entry.concept
        name = f"{concept.name} {concept.name_zh}"
        _add(table, name, Text(concept.ontology, ONTOLOGY_STYLES[concept.ontology]), entry.figures)
    if table.row_count:
        console.print()
        console.print(table)
    left = len(reached) - table.row_count
    console.print(
        Text(
            f"{left:,} more concepts were mentioned, {dead:,} never: --csv and --html list them, "
            "with their words",
            "dim",
        )
    )


def _table(name: str, kind: str, figures: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(name, overflow="fold")
    table.add_column(kind, justify="right" if kind == "level" else "left")
    for figure in figures:
        table.add_column(figure.replace("_", " "), justify="right")
    return table


def _add(table: Table, name: str, kind: Text, figures: Figures) -> None:
    """Add a row with the figures that the table has columns for."""
    shown = [str(column.header).replace(" ", "_") for column in table.columns[2:]]
    table.add_row(Text(name), kind, *(figure_text(f, getattr(figures, f)) for f in shown))


def _show_mistake(mistake: Mistake, console: Console) -> None:
    by = f"by {mistake.rule}" if mistake.rule else "as no rule held"
    about = Text(f"{mistake.gold} by people, {mistake.level} given {by}", "bold")
    console.print(about, Text(f"(costs {mistake.cost}; {mistake.name})", "dim"))
    text = Text("    ")
    for piece, ontology in marked(mistake):
        style = f"bold {ONTOLOGY_STYLES[ontology]}" if ontology else ""
        text.append("".join(c if c.isprintable() else " " for c in piece), style)
    console.print(text)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
