"""`treehole label`: comments in, explained risk levels out."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from treehole.cli.inputs import cores
from treehole.cli.options import Inputs, Ontology, Rules, TextColumn, Workers
from treehole.cli.terminal import Terminal, counted
from treehole.corpus.levels import HIGH_RISK
from treehole.corpus.pseudonyms import pseudonyms
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import STDIN, Source, find_sources, spool_stdin
from treehole.errors import UsageError
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.job import Settings, label_sources
from treehole.pipeline.progress import progress


def label(
    inputs: Inputs,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the labels.")],
    text_column: TextColumn = TEXT,
    file_format: Annotated[
        str | None,
        typer.Option("--format", help="csv, tsv, jsonl or parquet, if names do not tell."),
    ] = None,
    workers: Workers = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            metavar="FILE",
            help="Put pseudonyms in place of users, by this key, as features does.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the labels of another job in DIR.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Show no progress and no summary.")
    ] = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Give every comment a risk level from 0 to 10, with the rule and the words that gave it.

    Writes Parquet files and a manifest.json to DIR. Stopped at any moment and run again, it goes on
    where it was.
    """
    files = KnowledgeFiles.locate(ontology, rules)
    spooled = spool_stdin(sys.stdin.buffer, out.absolute()) if STDIN in inputs else None
    try:
        sources = find_sources(inputs, file_format=file_format, stdin=spooled, leave_out=out)
        _refuse_own_output([s for s in sources if s.path != str(spooled)], out)
        hidden = pseudonyms(key_file) if key_file else None
        settings = Settings(out, text_column, workers or cores(), overwrite, pseudonyms=hidden)
        with progress("label", quiet=quiet) as reporter:
            manifest = label_sources(sources, files, settings, reporter)
    finally:
        if spooled:
            spooled.unlink(missing_ok=True)
    if not quiet:
        _show(manifest, out)


def _refuse_own_output(sources: Sequence[Source], out: Path) -> None:
    for source in sources:
        if source.is_local and Path(source.path).parent.resolve() == out.resolve():
            message = f"{source.name} lies in the output folder; choose another --out"
            raise UsageError(message)


def _show(manifest: dict[str, Any], out: Path) -> None:
    """Print how many comments there are of each level and status."""
    console = Terminal()
    rows = manifest["rows"]
    table = Table("level", "risk", "comments", "share", title=counted(rows, "comment"))
    for level, count in manifest["levels"].items():
        risk = "high" if int(level) >= HIGH_RISK else "low"
        share = f"{100 * count / rows:.2f} %" if rows else "–"
        table.add_row(level, risk, f"{count:,}", share, style="bold" if risk == "high" else None)
    for column in table.columns[2:]:
        column.justify = "right"
    console.print(table)
    statuses = ", ".join(f"{count:,} {name}" for name, count in manifest["statuses"].items())
    console.print(f"status: {statuses or 'nothing to label'}")
    speed = f"{rows / manifest['seconds']:,.0f}" if manifest["seconds"] else "–"
    console.print(
        f"{manifest['seconds']:.1f} s, {speed} comments/s; labels in {out}",
    )
