"""`treehole watch account`: who may sign in to the team's pages."""

import sys
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from treehole.cli.terminal import Terminal
from treehole.cli.watch.options import QueueFolder, login, shown_time
from treehole.errors import UsageError
from treehole.extras import require
from treehole.watch.queue import open_queue

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Who may sign in to the team's pages.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Under which what they do is recorded.")]
Role = Literal["reader", "volunteer", "admin"]
Generated = Annotated[
    bool,
    typer.Option("--generate", help="Make a password that must be changed, and print it once."),
]
_ROLE = typer.Option("--role", help="Readers see no text; volunteers rescue; admins make accounts.")


@app.command("list")
def list_(queue: QueueFolder) -> None:
    """Show who there is."""
    require("watch")
    from treehole.watch.accounts import open_accounts  # noqa: PLC0415  what it needs may be missing

    open_queue(queue).close()
    with open_accounts(queue) as accounts:
        members = accounts.all()
    table = Table("name", "role", "since", "", box=None)
    for one in members:
        standing = "barred" if one.barred else "must choose a password" if one.temporary else ""
        table.add_row(Text(one.name), str(one.role), shown_time(one.made_at), standing)
    console = Terminal()
    if members:
        console.print(table)
    else:
        console.print("nobody yet: treehole watch account add NAME --role admin")


@app.command()
def add(
    name: Name, queue: QueueFolder, role: Annotated[Role, _ROLE], generate: Generated = False
) -> None:
    """Add somebody; asks for the password, or reads it from standard input."""
    require("watch")
    from treehole.watch import accounts as team  # noqa: PLC0415  what it needs may be missing

    with open_queue(queue) as opened, team.open_accounts(queue) as accounts:
        password = team.new_password() if generate else _asked()
        member = accounts.add(name, team.Role(role), password, temporary=generate)
        opened.record("account-added", login(), None, {"name": member.name, "role": role})
    _say(f"{member.name} may sign in as {role}", password if generate else None)


@app.command()
def password(name: Name, queue: QueueFolder, generate: Generated = False) -> None:
    """Give somebody another password, and let them try again at once."""
    require("watch")
    from treehole.watch import accounts as team  # noqa: PLC0415  what it needs may be missing

    with open_queue(queue) as opened, team.open_accounts(queue) as accounts:
        found = accounts.member(name).name
        new = team.new_password() if generate else _asked()
        accounts.set_password(found, new, temporary=generate)
        opened.record("account-changed", login(), None, {"name": found, "change": "reset"})
    _say(f"{found} has another password", new if generate else None)


@app.command()
def role(name: Name, queue: QueueFolder, role: Annotated[Role, _ROLE]) -> None:
    """Give somebody another role."""
    require("watch")
    from treehole.watch import accounts as team  # noqa: PLC0415  what it needs may be missing

    with open_queue(queue) as opened, team.open_accounts(queue) as accounts:
        found = accounts.member(name).name
        accounts.set_role(found, team.Role(role))
        details = {"name": found, "change": "role", "role": role}
        opened.record("account-changed", login(), None, details)
    _say(f"{found} is {role} now")


@app.command()
def bar(
    name: Name,
    queue: QueueFolder,
    undo: Annotated[bool, typer.Option("--undo", help="Let them sign in again.")] = False,
) -> None:
    """Let somebody sign in no more, and end what they have open."""
    require("watch")
    from treehole.watch import accounts as team  # noqa: PLC0415  what it needs may be missing

    with open_queue(queue) as opened, team.open_accounts(queue) as accounts:
        found = accounts.member(name).name
        accounts.bar(found, barred=not undo)
        details = {"name": found, "change": "enable" if undo else "bar"}
        opened.record("account-changed", login(), None, details)
    _say(f"{found} may sign in again" if undo else f"{found} may not sign in any more")


def _asked() -> str:
    """The password as typed, without showing it; or from standard input, if that is no terminal."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        message = "there is no password on standard input; type it, or use --generate"
        raise UsageError(message)
    return given


def _say(what: str, generated: str | None = None) -> None:
    console = Terminal()
    console.print(Text(what))
    if generated:
        console.print(Text(f"password, printed this once: {generated}"))
