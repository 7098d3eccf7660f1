"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Files, globs, folders or addresses with comments, as CSV, TSV, JSONL or Parquet, "
        "packed with gzip or zstd or not; - for standard input.",
    ),
]
TextColumn = Annotated[
    str, typer.Option("--text-column", metavar="NAME", help="The column with the comments.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes; by default one a core.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
Draws = Annotated[
    int,
    typer.Option("--draws", min=0, help="Draws of the bootstrap for intervals; 0 for none."),
]
DrawsSeed = Annotated[int, typer.Option("--seed", min=0, help="For the draws.")]
Gold = Annotated[
    str | None,
    typer.Option(
        "--gold",
        metavar="COLUMN",
        help="The column with what people said: a level from 0 to 10, or high or low.",
    ),
]
Judged = Annotated[
    list[str],
    typer.Option(
        "--data",
        metavar="FILE",
        help="Comments with what people said of them, as treehole label reads them; may be given "
        "several times.",
    ),
]
Users = Annotated[
    str | None,
    typer.Option(
        "--users",
        metavar="FILE",
        help="The psychology features of the writers, for models that were trained with them.",
    ),
]
Ontology = Annotated[
    Path | None,
    typer.Option("--ontology", metavar="DIR", help="Use the ontologies in DIR, an edited copy."),
]
Rules = Annotated[
    Path | None,
    typer.Option("--rules", metavar="DIR", help="Use the rules in DIR, an edited copy."),
]
