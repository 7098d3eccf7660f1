"""`treehole annotate install`, `up`, `down` and `status`: a Label Studio of one's own."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from treehole.annotation import server_environment
from treehole.annotation import workspace as campaign
from treehole.annotation.connection import ServerError
from treehole.annotation.local_server import PORT, SECONDS, Holdings, LocalServer, Running
from treehole.annotation.server_environment import VARIABLE, find_program
from treehole.annotation.server_settings import EMAIL
from treehole.cli.annotate.options import WORKSPACE, Workspace
from treehole.cli.terminal import Terminal, counted
from treehole.errors import UsageError

Program = Annotated[
    Path | None,
    typer.Option(
        "--label-studio",
        metavar="FILE",
        envvar=VARIABLE,
        help="The program label-studio, if it is installed already; by default one in the cache.",
    ),
]


def install(program: Program = None) -> None:
    """Install Label Studio, once.

    It gets an environment of its own, in the cache, and nothing else is touched. Takes a minute or
    two, the network, and 1 GB of disk.
    """
    path = find_program(program)
    if path:
        _say(f"Label Studio is installed: {path}")
    else:
        _say(f"installed: {server_environment.install(_tell)}")


def up(
    workspace: Workspace = WORKSPACE,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="On which it is to listen.")
    ] = PORT,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", min=1, metavar="SECONDS", help="How long it may take to come up."
        ),
    ] = SECONDS,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay until it ends; Ctrl-C ends it.")
    ] = False,
    no_install: Annotated[
        bool, typer.Option("--no-install", help="Do not install it if it is missing.")
    ] = False,
    program: Program = None,
) -> None:
    """Start a Label Studio for this machine alone.

    Its data are in the workspace; started again, it has all that it had. It tells nobody anything,
    and whoever is to sign up needs the link that its page Organization shows.
    """
    server = _server(workspace)
    path = find_program(program)
    if path is None and no_install:
        message = "Label Studio is not installed; install it with: treehole annotate install"
        raise UsageError(message)
    path = path or server_environment.install(_tell)
    before = server.running()
    if before is None:
        _tell("starting Label Studio; the first time takes half a minute")
    running = server.start(path, port, timeout)
    console = Terminal()
    console.print(f"Label Studio is up{' already' if running == before else ''} at {running.url}")
    console.print(Text(f"sign in as {EMAIL}; the password is in {server.password}"))
    console.print(Text(f"the token for programs is in {server.token}, the log in {server.log}"))
    if not foreground:
        console.print(Text(f"stop it with: treehole annotate down --workspace {workspace}"))
    if foreground:
        _stay(server, running)


def down(workspace: Workspace = WORKSPACE) -> None:
    """Stop the server of the workspace; its data stay."""
    server = _server(workspace)
    ended = server.stop()
    if ended is None:
        _say(f"no server is up in {server.folder}")
        return
    if not ended:
        _tell("the server did not end when asked to, and was killed")
    _say(f"stopped; its data stay in {server.data}")


def status(
    workspace: Workspace = WORKSPACE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether the server is up, and what it has.

    Exits with 1 if it is not up, or does not answer.
    """
    server = _server(workspace)
    running = server.running()
    holdings = server.holdings(running) if running else None
    if as_json:
        content = _content(server, running, holdings)
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    else:
        for line in _lines(server, running, holdings):
            _say(line)
    if holdings is None:
        raise typer.Exit(1)


def _server(workspace: Path) -> LocalServer:
    return LocalServer(campaign.Workspace(workspace).server)


def _stay(server: LocalServer, running: Running) -> None:
    """Stay until the server ends, or is to be ended."""
    try:
        status = server.wait(running)
    except BaseException:
        server.stop()
        raise
    if status not in {0, -signal.SIGTERM, None}:
        message = f"the server ended by itself: {server.last_words()} (more in {server.log})"
        raise ServerError(message)


def _lines(
    server: LocalServer, running: Running | None, holdings: Holdings | None
) -> Iterator[str]:
    """What there is to say, for a person."""
    if running is None:
        yield f"no server is up in {server.folder}"
    elif holdings is None:
        yield f"a server is up at {running.url} (process {running.pid}), but does not answer"
    else:
        yield f"Label Studio {holdings.version} is up at {running.url} (process {running.pid})"
        since = timedelta(seconds=int(time.time() - running.started))
        yield f"for {since}; {counted(holdings.projects, 'project')}, " + counted(
            holdings.tasks, "task"
        )
    if server.data.is_dir():
        yield f"{server.size() / 1e6:.1f} MB in {server.data}"


def _content(
    server: LocalServer, running: Running | None, holdings: Holdings | None
) -> dict[str, Any]:
    """The same, for programs."""
    content: dict[str, Any] = {"up": running is not None, "answers": holdings is not None}
    if running:
        content |= {"url": running.url, "pid": running.pid}
        content["seconds"] = round(time.time() - running.started, 1)
    if holdings:
        content |= asdict(holdings)
    return {**content, "data": str(server.data), "bytes": server.size()}


def _say(line: str) -> None:
    Terminal().print(Text(line))


def _tell(line: str) -> None:
    """Say what is being done, beside the result."""
    sys.stderr.write(f"annotate: {line}\n")
    sys.stderr.flush()
