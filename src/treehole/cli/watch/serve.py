"""`treehole watch serve`: the queue as pages, for the team to sign in to."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from treehole.cli.listening import listening
from treehole.cli.terminal import Terminal
from treehole.cli.watch.options import QueueFolder, VaultFolder, VaultKey
from treehole.corpus.vault import open_vault
from treehole.errors import UsageError
from treehole.extras import require

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  not bound to, but asked about


def serve(
    queue: QueueFolder,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8765,
    vault: VaultFolder = None,
    vault_key: VaultKey = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="NAME", help="A host name by which the team reaches it."),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="FILE", help="Serve HTTPS by this, in PEM."),
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option("--certificate-key", metavar="FILE", help="Its key.")
    ] = None,
    behind_https: Annotated[
        bool,
        typer.Option("--behind-https", help="A proxy on this machine serves it over HTTPS."),
    ] = False,
) -> None:
    """Serve the team's pages; each signs in with an account of their own. Ends with Ctrl-C.

    The first account is made with: treehole watch account add NAME --role admin
    """
    require("watch")
    if (certificate is None) != (certificate_key is None):
        message = "--certificate and --certificate-key go together; name both"
        raise UsageError(message)
    from treehole.web import serving  # noqa: PLC0415  what it needs may be missing
    from treehole.web.application import is_ready  # noqa: PLC0415
    from treehole.web.visits import Site  # noqa: PLC0415

    ready = is_ready(queue)
    https = behind_https or certificate is not None
    site = Site(queue, open_vault(vault, vault_key) if vault else None, https)
    pair = None
    if certificate and certificate_key:
        pair = serving.Certificate(certificate, certificate_key)
    console = Terminal()
    with listening(host, port) as listener:
        here = _address(host, listener.getsockname()[1], encrypted=pair is not None)
        console.print(Text(f"the team's pages are at {here}; Ctrl-C ends it"))
        if not ready:
            console.print("nobody can sign in yet: treehole watch account add NAME --role admin")
        if not (https or _is_loopback(host)):
            console.print(
                "passwords and comments cross the network unencrypted: use --certificate, or a "
                "proxy with HTTPS on this machine and --behind-https",
                style="yellow",
            )
        try:
            serving.serve(site, listener, names or (), pair, behind_proxy=behind_https)
        except KeyboardInterrupt:  # how it is meant to end
            console.print("ended")


def _address(host: str, port: int, *, encrypted: bool) -> str:
    host = "127.0.0.1" if host in _EVERYWHERE else host
    scheme = "https" if encrypted else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
