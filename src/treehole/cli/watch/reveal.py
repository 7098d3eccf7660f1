"""`treehole watch reveal`: the account behind a case, for who has taken it."""

from typing import Annotated

import typer
from rich.text import Text

from treehole.cli.terminal import Terminal
from treehole.cli.watch.options import Number, QueueFolder, VaultFolder, VaultKey, Who, number_of
from treehole.corpus.vault import open_vault
from treehole.errors import UsageError
from treehole.watch import revealing
from treehole.watch.queue import open_queue


def reveal(
    queue: QueueFolder,
    case: Number,
    who: Who,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="Why you need it; it is put on record.")
    ],
    vault: VaultFolder = None,
    vault_key: VaultKey = None,
) -> None:
    """Show the account of the person of a case that you have taken; on record in two trails."""
    if vault is None:
        message = "name the vault with the accounts: --vault DIR"
        raise UsageError(message)
    with open_queue(queue) as opened:
        opened_vault = open_vault(vault, vault_key)
        account = revealing.reveal(opened, opened_vault, number_of(case), who, why)
    console = Terminal()
    console.print(Text(f"account   {account.platform_id}"))
    for name, value in (("nickname", account.nickname), ("page", account.link)):
        if value:
            console.print(Text(f"{name:8}  {value}"))
