"""The commands, put together."""

from typing import Annotated

import typer

import treehole
from treehole.cli.check import check_command
from treehole.cli.coverage import coverage
from treehole.cli.diff import diff
from treehole.cli.doctor import doctor
from treehole.cli.explain import explain
from treehole.cli.label import label
from treehole.cli.suggest import suggest_command

app = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find, among tree-hole comments, those whose writers may be about to act.",
)
app.command()(label)
app.command()(explain)
app.command("check")(check_command)
app.command()(coverage)
app.command()(diff)
app.command("suggest")(suggest_command)
app.command()(doctor)


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
