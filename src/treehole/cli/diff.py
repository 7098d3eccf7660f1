"""`treehole diff`: what an edit of the knowledge does to comments."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from treehole.analysis.comparison import UNJUDGED, Change, Comparison
from treehole.analysis.diff import CSV_COLUMNS, Settings, compare
from treehole.cli.inputs import cores, opened, refuse_to_overwrite
from treehole.cli.options import Gold, Inputs, Quiet, TextColumn, Workers
from treehole.cli.terminal import Terminal
from treehole.corpus.levels import HIGH_RISK
from treehole.corpus.schema import TEXT
from treehole.corpus.writing import write_csv, write_text
from treehole.knowledge.revisions import Version, opened_version
from treehole.pipeline.progress import progress
from treehole.report.diff import (
    cause_columns,
    cause_rows,
    headline,
    knowledge_line,
    level_name,
    levels_that_occur,
    markdown,
    page,
    quality_rows,
    shortened,
)

_MOST = 20
_EFFECTS = {"right": "green", "wrong": "bold red", "neutral": "dim"}


class Format(StrEnum):
    """How the result is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="A folder with ontology/ and rules/, such as . for this one; "
            "or a git revision, such as HEAD.",
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, to compare with it.")],
    inputs: Inputs,
    gold: Gold = None,
    output: Annotated[
        Format,
        typer.Option("--format", help="markdown is fit for a pull request."),
    ] = Format.TEXT,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write all changes to FILE.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page of it to FILE."),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(
            "--most",
            min=0,
            help=f"List so many changes, the most important; by default {_MOST}, in JSON all.",
        ),
    ] = None,
    texts: Annotated[
        bool, typer.Option("--texts", help="Show comments in Markdown too, which leaves them out.")
    ] = False,
    text_column: TextColumn = TEXT,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Show which comments change level from one version of the knowledge to another, and why.

    Into and out of high risk comes first.
    """
    if most is None and output is not Format.JSON:
        most = _MOST
    with opened_version(old) as before, opened_version(new) as after:
        if before.files.version == after.files.version:
            if csv:
                write_csv(CSV_COLUMNS, [], csv)
            _say_same(before, after, output)
            return
        settings = Settings(text_column, gold, workers or cores(), most, csv)
        with opened(inputs) as sources:
            refuse_to_overwrite(sources, csv, html)
            found = compare(sources, before, after, settings, partial(progress, quiet=quiet))
    if html:
        write_text(page(found), html)
    if output is Format.JSON:
        _write_json(found.as_json())
    elif output is Format.MARKDOWN:
        sys.stdout.write(markdown(found, texts=texts))
    else:
        _show(found, Terminal())


def _say_same(old: Version, new: Version, output: Format) -> None:
    version = old.files.version
    if output is Format.JSON:
        same = {"old": old.name, "new": new.name, "knowledge_version": version, "changed": 0}
        _write_json(same)
        return
    sys.stdout.write(f"The knowledge is the same (version {version}): no comment changes.\n")


def _write_json(content: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _show(found: Comparison, console: Console) -> None:
    console.print(Text(f"{found.old} → {found.new}"))
    console.print(Text(headline(found), "bold"))
    console.print(Text(knowledge_line(found), "dim"))
    if found.gold:
        table = _table(f"against {found.gold}", "before", "after")
        for row in quality_rows(found):
            table.add_row(*row)
        effects = ", ".join(f"{count:,} {name}" for name, count in found.effects.items())
        _print(console, table, Text(f"changes of level: {effects}"))
    if found.changed:
        _print(console, _matrix(found))
    if rows := cause_rows(found):
        columns = [name.replace(" ", "\n") for name in cause_columns(found)]  # in little room
        table = _table("because", *columns)
        for sentence, *counts in rows:
            table.add_row(Text(sentence), *counts)
        more = len(found.causes) - len(rows)
        _print(console, table, *([Text(f"and {more:,} more causes")] if more else []))
    for change in found.changes:
        _print(console, *_change(change, gold=bool(found.gold)))
    left = found.changed + found.other_rule - len(found.changes)
    if left:
        left_out = "1 more change" if left == 1 else f"{left:,} more changes"
        line = f"{left_out}; --most shows more of them, --csv writes all"
        _print(console, Text(line, "dim"))


def _print(console: Console, *parts: Text | Table) -> None:
    console.print()
    for part in parts:
        console.print(part)


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(Text(first), overflow="fold")
    for column in columns:
        table.add_column(Text(column), justify="right", no_wrap=True)
    return table


def _matrix(found: Comparison) -> Table:
    """How many comments go from which level to which; those that stay are dim."""
    levels = levels_that_occur(found)
    table = _table("old ↓ new →", *(level_name(level) for level in levels))
    for old in levels:
        cells = [Text(level_name(old), "bold")]
        for new in levels:
            count = int(found.matrix[old, new])
            was_high, is_high = (HIGH_RISK <= level < UNJUDGED for level in (old, new))
            style = "dim" if old == new else "bold red" if was_high != is_high else ""
            cells.append(Text(f"{count:,}" if count else "·", style if count else "dim"))
        table.add_row(*cells)
    return table


def _change(change: Change, *, gold: bool) -> list[Text]:
    style = "bold red" if "high" in change.move else "bold"
    name = f"row {change.row}" + (f" ({change.comment_id})" if change.comment_id else "")
    head = Text.assemble(
        (f"{level_name(change.old_level)} → {level_name(change.new_level)}", style),
        f"  {change.move}  ",
        (name, "dim"),
    )
    if gold and change.effect:
        head.append(f"  {change.effect}", _EFFECTS[change.effect])
        head.append(f" (gold {change.gold})")
    return [
        head,
        Text(shortened(change.text)),
        Text.assemble(
            "  ",
            _reason(change.old_rule, change.old_words),
            " → ",
            _reason(change.new_rule, change.new_words),
        ),
        *(Text(f"  {cause.sentence}", "cyan") for cause in change.causes),
    ]


def _reason(rule: str | None, words: Sequence[str]) -> str:
    if rule is None:
        return "no rule"
    return f"{rule} [{'、'.join(words)}]"
