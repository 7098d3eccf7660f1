"""Serving the pages until the process is told to end."""

import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from treehole.errors import InputError
from treehole.web.application import application
from treehole.web.visits import Site

_GRACE = 5
"""Seconds that answers under way have when it is to end."""
_AT_ONCE = 200
"""Requests; of more, some are sent away."""


@dataclass(frozen=True)
class Certificate:
    """By which the pages are served over HTTPS.

    Attributes:
        chain: The file with the certificate, in PEM.
        key: The file with its key.
    """

    chain: Path
    key: Path


def serve(
    site: Site,
    listener: socket.socket,
    names: Collection[str] = (),
    certificate: Certificate | None = None,
    *,
    behind_proxy: bool = False,
) -> None:
    """Serve; in the main thread, and until SIGINT or SIGTERM.

    Args:
        site: What.
        listener: Where.
        names: By which it is reached, besides addresses and `localhost`.
        certificate: To serve over HTTPS; None for HTTP.
        behind_proxy: Whether a proxy on this machine says from where requests come.

    Raises:
        InputError: The certificate or its key is none.
    """
    config = uvicorn.Config(
        application(site, names),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=behind_proxy,
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    try:
        config.load()
    except OSError as error:  # also of what is no certificate
        message = f"the certificate cannot be used ({error.strerror or error}); name PEM files"
        raise InputError(message) from error
    uvicorn.Server(config).run(sockets=[listener])
