"""The commands, put together; each is loaded when it is called, since some take long to."""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

import treehole

_COMMANDS = (
    "label", "explain", "check", "coverage", "diff", "suggest", "ontology",
    "pretrain", "train", "predict", "evaluate", "report", "doctor",
)  # fmt: skip
"""Each has a module of its name, with a function of its name or an `app` of several."""


class _Commands(TyperGroup):
    """The commands by name."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the name is Typer's
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"treehole.cli.{cmd_name}")
        several = getattr(module, "app", None)
        if several is not None:
            return get_command(several)
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(cmd_name)(getattr(module, cmd_name))
        return get_command(single)


app = typer.Typer(
    cls=_Commands,
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
