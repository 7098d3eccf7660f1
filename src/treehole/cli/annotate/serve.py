"""`treehole annotate serve`: rules and model behind Label Studio, for what is opened there."""

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from treehole.annotation import workspace as campaign
from treehole.annotation.connection import SECONDS, Address, connect
from treehole.annotation.projects import Project, find_project
from treehole.cli.annotate.options import (
    NAME,
    TIERS,
    WORKSPACE,
    Name,
    Timeout,
    TokenFile,
    Url,
    Workspace,
    server_address,
    tier_of,
)
from treehole.cli.listening import listening
from treehole.cli.options import Ontology, Rules
from treehole.cli.terminal import Terminal
from treehole.corpus.secret_files import read_secret
from treehole.errors import UsageError
from treehole.extras import require
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.datasets import Tier
from treehole.models.scoring import RULES

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  not bound to, but asked about


def serve(
    model: Annotated[
        str, typer.Option("--model", metavar="DIR", help="A model that `train` made; or rules.")
    ] = RULES,
    tier: Annotated[
        Tier | None,
        typer.Option(
            "--tier",
            parser=tier_of,
            metavar="|".join(TIERS),
            help="Serve projects of this tier only; by default of both.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 9090,
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="Ask Label Studio for the password in FILE.",
        ),
    ] = None,
    register: Annotated[
        bool, typer.Option("--register", help="Connect the campaign's projects to it.")
    ] = False,
    reached_at: Annotated[
        str | None,
        typer.Option(
            "--reached-at",
            metavar="ADDRESS",
            help="With --register: where Label Studio reaches it, if it runs elsewhere.",
        ),
    ] = None,
    workspace: Workspace = WORKSPACE,
    url: Url = None,
    token_file: TokenFile = None,
    timeout: Timeout = SECONDS,
    name: Name = NAME,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Have comments pre-labelled by rules and model when they are opened in Label Studio.

    Only comments without a prediction, such as those added in the web page; what was pushed has
    one. Ends with Ctrl-C. The options from --workspace to --name are for --register.
    """
    require("annotation")
    if model != RULES:
        require("models")
    from treehole.annotation import backend  # noqa: PLC0415  what it needs may be missing

    files = KnowledgeFiles.locate(ontology, rules)
    password = read_secret(password_file, "the password") if password_file else None
    if password is not None and not (password and password.isascii() and password.isprintable()):
        message = (
            f"{password_file} holds no password of letters, digits and signs; write one, such "
        )
        raise UsageError(message + "as openssl rand -hex 32 makes")
    address = server_address(workspace, url, token_file, timeout) if register else None
    with listening(host, port) as listener:
        here = reached_at or _address(host, listener.getsockname()[1])
        console = Terminal()

        def connect_projects() -> None:
            console.print(Text(f"{model} answers at {here}; Ctrl-C ends it"))
            if address is None:
                console.print(
                    "connect it in Label Studio under Settings, Model; or give --register"
                )
                return
            client = connect(address)
            place = campaign.Workspace(workspace)
            for project in _projects(client, address, place, (tier,) if tier else TIERS, name):
                backend.register(client, address, project, here.rstrip("/"), password)
                console.print(Text(f"“{project.title}” asks it: {project.url}"))

        if password is None and not _is_loopback(host):
            console.print(
                "whoever reaches it is answered; --password-file has a password asked for"
            )
        prelabeller = backend.Prelabeller(model, files)
        try:
            backend.serve(prelabeller, listener, tier, password, connect_projects)
        except KeyboardInterrupt:  # how it is meant to end
            console.print("ended")


def _projects(
    client: "LabelStudio",
    address: Address,
    place: campaign.Workspace,
    tiers: tuple[Tier, ...],
    name: str,
) -> list[Project]:
    """Those of the campaign that there are."""
    found = [find_project(client, address, place, tier, name) for tier in tiers]
    projects = [project for project in found if project]
    if not projects:
        message = (
            f"the campaign “{name}” has no project to connect to on {address.url}; make one with "
            "treehole annotate push"
        )
        raise UsageError(message)
    return projects


def _address(host: str, port: int) -> str:
    host = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
