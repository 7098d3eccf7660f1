"""Groups of commands; each command is loaded when it is called, since some take long to."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


def lazy_group(
    package: str, modules: Mapping[str, str], otherwise: str | None = None
) -> type[TyperGroup]:
    """A group of commands by name.

    Args:
        package: Where their modules are.
        modules: In which module each command is: as a function of its name, with an underscore
            after the names that Python has itself, or as an `app` of several.
        otherwise: The command that is meant where the first word names none and could be its.
    """

    class Commands(TyperGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            named = not args or args[0] in {*modules, *ctx.help_option_names}
            if otherwise and not named and (args[0].startswith("-") or self._takes_arguments(ctx)):
                args = [otherwise, *args]
            return super().parse_args(ctx, args)

        def _takes_arguments(self, ctx: Any) -> bool:
            params = self.get_command(ctx, str(otherwise)).params
            return any(param.param_type_name == "argument" for param in params)

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the name is Typer's
            return list(modules)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
            if cmd_name not in modules:
                return None
            module = import_module(f"{package}.{modules[cmd_name]}")
            if several := getattr(module, "app", None):
                return get_command(several)
            single = typer.Typer(add_completion=False, rich_markup_mode=None)
            function = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
            single.command(cmd_name)(function)
            return get_command(single)

    return Commands


def group(
    package: str, modules: Mapping[str, str], what: str, otherwise: str | None = None
) -> typer.Typer:
    """A command of several commands; called without any, it says what there is.

    Args:
        package: See `lazy_group`.
        modules: See `lazy_group`.
        what: What they are for, shown with `--help`.
        otherwise: See `lazy_group`.
    """
    app = typer.Typer(
        cls=lazy_group(package, modules, otherwise),
        add_completion=False,
        invoke_without_command=True,
        rich_markup_mode=None,
        help=what,
    )

    @app.callback()
    def _help(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())
            raise typer.Exit(2)

    return app
