"""`treehole report models`: a page that tells how good models are."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from treehole.cli.caveats import warn
from treehole.cli.inputs import opened, refuse_to_overwrite
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
from treehole.corpus.writing import write_text
from treehole.extras import require
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.progress import progress


def models(
    data: Judged,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page to write, as HTML.")],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="A model's folder; may be given several times. The rules are always there to "
            "compare with.",
        ),
    ] = None,
    gold: Gold = None,
    users: Users = None,
    ordinary: Annotated[
        list[str] | None,
        typer.Option(
            "--ordinary",
            metavar="FILE",
            help="Posts by people at large, to count false alarms on; may be given several times.",
        ),
    ] = None,
    draws: Draws = 1_000,
    seed: DrawsSeed = 1,
    text_column: TextColumn = TEXT,
    quiet: Quiet = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Write a page that tells how good models are, to read and send: one file, no network.

    It says what a model finds and what it costs, the figures beside those of the paper, curves,
    and where it fails. The first model is compared with each of the others.
    """
    require("models")
    from treehole.analysis.evaluation import (  # noqa: PLC0415  what it needs may be missing
        Settings,
        evaluate_models,
        open_scorers,
    )
    from treehole.analysis.ordinary import count_false_alarms  # noqa: PLC0415
    from treehole.models.lineage import lineages, overlaps  # noqa: PLC0415
    from treehole.models.scoring import RULES  # noqa: PLC0415
    from treehole.report.model_report import Report, in_short, page  # noqa: PLC0415

    files = KnowledgeFiles.locate(ontology, rules)
    judged = model or []
    judged = judged if RULES in judged else [*judged, RULES]
    with opened(data) as sources:
        posts = find_sources(ordinary) if ordinary else []
        tables = find_sources([users]) if users else []
        refuse_to_overwrite([*sources, *posts], out)
        scorers = open_scorers(judged, files)
        trained = lineages(judged)
        names = [scorer.name for scorer in scorers]
        known = overlaps(names, trained, [*sources, *posts])
        warn(scorers, users, known)
        with progress("evaluate", quiet=quiet) as reporter:
            settings = Settings(gold, text_column, draws, seed, tables)
            found = evaluate_models(sources, scorers, files, settings, reporter)
        alarms = None
        if posts:
            with progress("ordinary posts", quiet=quiet) as reporter:
                alarms = count_false_alarms(posts, scorers, text_column, reporter)
        told = Report(
            evaluation=found,
            data=[source.name for source in sources],
            trained=trained,
            overlaps=known,
            alarms=alarms,
            ordinary=[source.name for source in posts],
        )
    write_text(page(told), out)
    console = Terminal()
    for line in in_short(told):
        console.print(Text(line))
    console.print(Text(f"page in {out}"))
