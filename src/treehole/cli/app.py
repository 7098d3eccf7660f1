"""The commands, put together; each is loaded when it is called, since some take long to."""

from typing import Annotated

import typer

import treehole
from treehole.cli.groups import lazy_group

_COMMANDS = (
    "label", "explain", "check", "coverage", "diff", "suggest", "ontology",
    "pretrain", "train", "predict", "features", "annotate", "evaluate", "report", "watch",
    "doctor",
)  # fmt: skip
"""Each has a module of its name, with a function of its name or an `app` of several."""

app = typer.Typer(
    cls=lazy_group("treehole.cli", {name: name for name in _COMMANDS}),
    add_completion=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find, among tree-hole comments, those whose writers may be about to act.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"treehole {treehole.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  the callback answers it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
