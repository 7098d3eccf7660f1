"""`treehole report users`: a page on the people behind the comments."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from treehole.cli.inputs import opened, refuse_to_overwrite, zone_of
from treehole.cli.options import Gold, Quiet
from treehole.cli.terminal import Terminal
from treehole.corpus.writing import write_text
from treehole.errors import UsageError
from treehole.extras import require
from treehole.pipeline.progress import progress


def users(
    table: Annotated[
        str,
        typer.Argument(metavar="USERS", help="The table that treehole features wrote."),
    ],
    labels: Annotated[
        list[str],
        typer.Option(
            "--labels",
            metavar="LABELS",
            help="What treehole label or treehole predict wrote, with a column user_id; may be "
            "given several times.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page to write, as HTML.")],
    gold: Gold = None,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="ID", help="Show this person's comments over time."),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Show what the person wrote, too.")
    ] = False,
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="NAME", help="Where the users live.")
    ] = "Asia/Shanghai",
    quiet: Quiet = False,
) -> None:
    """Write a page on how users at high risk differ from the others: one file, no network.

    It shows how the ten features are spread, and when people write. A user is at high risk if any
    of their comments is; by default as the labels say, with --gold as people said.
    """
    require("models")
    if with_text and user is None:
        message = "--with-text shows what one person wrote; name the person with --user"
        raise UsageError(message)
    from treehole.analysis.activity import Settings  # noqa: PLC0415  what it needs may be missing
    from treehole.analysis.users import study_users  # noqa: PLC0415
    from treehole.report.users_page import in_short, page  # noqa: PLC0415

    settings = Settings(gold, zone_of(timezone), user, with_text)
    with opened([table]) as tables, opened(labels) as comments:
        refuse_to_overwrite([*tables, *comments], out)
        with progress("read comments", quiet=quiet) as reporter:
            study = study_users(tables, comments, settings, reporter)
        content = page(study, [source.name for source in comments])
    write_text(content, out)
    console = Terminal()
    for line in in_short(study):
        console.print(Text(line))
    console.print(Text(f"page in {out}"))
