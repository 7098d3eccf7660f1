"""Options that the commands for annotation share, and which server they mean."""

from pathlib import Path
from typing import Annotated

import typer

from treehole.annotation import workspace as campaign
from treehole.annotation.connection import SECONDS, Address, address_of
from treehole.annotation.local_server import LocalServer
from treehole.models.datasets import Tier

WORKSPACE = Path("workspace")
NAME = "treehole"
TIERS = (Tier.EASY, Tier.HARD)
"""Those that people label."""

Workspace = Annotated[
    Path,
    typer.Option(
        "--workspace",
        metavar="DIR",
        envvar="TREEHOLE_WORKSPACE",
        help="The folder with what belongs to the campaign.",
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="ADDRESS",
        help="Of a Label Studio that exists; by default the one that treehole annotate up started "
        "in the workspace.",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="A file with the token and nothing else; by default the variable "
        "LABEL_STUDIO_API_KEY has it.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", min=0.1, metavar="SECONDS", help="How long an answer of the server may take."
    ),
]
Name = Annotated[
    str,
    typer.Option("--name", metavar="NAME", help="Of the campaign, if a server has several."),
]


def tier_of(name: str) -> Tier:
    """The tier of that name, of those that people label."""
    if name not in TIERS:
        message = f"{name} is not one of {', '.join(TIERS)}"
        raise typer.BadParameter(message)
    return Tier(name)


TierOption = Annotated[
    Tier,
    typer.Option(
        "--tier",
        parser=tier_of,
        metavar="|".join(TIERS),
        help="easy: students say high or low; hard: psychologists say the level.",
    ),
]


def server_address(
    workspace: Path,
    url: str | None,
    token_file: Path | None,
    timeout: float = SECONDS,
) -> Address:
    """The server that is meant, and the token for it.

    Args:
        workspace: Folder of the campaign.
        url: Of the server; None for the local one of the workspace, with its own token.
        token_file: With the token; None for the variable `LABEL_STUDIO_API_KEY`.
        timeout: In seconds.

    Raises:
        UsageError: There is no token, or the address is none.
        InputError: The file with the token cannot be used.
        ServerError: The workspace has no server that is up.
    """
    if url is not None:
        return address_of(url, token_file, timeout)
    server = LocalServer(campaign.Workspace(workspace).server)
    return address_of(server.url(), token_file or server.token, timeout)
