"""Arguments and options that the commands for the queue share."""

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from treehole.corpus.vault import KEY_VARIABLE as VAULT_KEY_VARIABLE
from treehole.errors import UsageError
from treehole.knowledge.calendar import HOME_ZONE, parse_moment

QueueFolder = Annotated[
    Path,
    typer.Option(
        "--queue", metavar="DIR", envvar="TREEHOLE_QUEUE", help="The folder of the queue."
    ),
]
Number = Annotated[
    str, typer.Argument(metavar="CASE", help="The number of a case, as list shows it.")
]
Who = Annotated[
    str,
    typer.Option(
        "--as", metavar="WHO", envvar="TREEHOLE_NAME", help="Who you are; it is put on record."
    ),
]
AddedNote = Annotated[
    str | None, typer.Option("--note", metavar="TEXT", help="What the others should know.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
VaultFolder = Annotated[
    Path | None,
    typer.Option("--vault", metavar="DIR", help="The vault with the accounts of users."),
]
VaultKey = Annotated[
    Path | None,
    typer.Option(
        "--vault-key",
        metavar="FILE",
        help=f"The key of the vault; by default, it is in {VAULT_KEY_VARIABLE}.",
    ),
]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def number_of(case: str) -> int:
    """The number of a case as typed.

    Raises:
        UsageError: It is none.
    """
    digits = case.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):  # noqa: PLR2004
        message = f"CASE is a number, as treehole watch list shows it; not “{case[:40]}”"
        raise UsageError(message)
    return int(digits)


def since_of(given: str | None) -> datetime | None:
    """A time as typed: in ISO 8601, or so long ago, such as 90m, 24h, 7d or 2w.

    Raises:
        UsageError: It is none.
    """
    if given is None:
        return None
    amount, unit = given[:-1], given[-1:]
    if unit in _UNITS and amount.isascii() and amount.isdecimal() and len(amount) < 6:  # noqa: PLR2004
        return datetime.now(UTC) - timedelta(**{_UNITS[unit]: int(amount)})
    moment = parse_moment(given)
    if moment is None:
        message = f"--since {given}: write it like 24h, 7d, or 2026-05-01T22:30"
        raise UsageError(message)
    return moment


def shown_time(moment: datetime | None) -> str:
    """A time as people read it here, to the minute."""
    return "–" if moment is None else moment.astimezone(HOME_ZONE).strftime("%Y-%m-%d %H:%M")


def login() -> str:
    """Who is logged in to this machine, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return "unknown"
