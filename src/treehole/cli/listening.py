"""The port that a command serves from."""

import os
import socket

from treehole.errors import UsageError


def listening(host: str, port: int) -> socket.socket:
    """A socket to serve from, taken before what is to be served is loaded.

    Args:
        host: A name or an address of this machine.
        port: 0 for any that is free.

    Raises:
        UsageError: The port is taken, or may not be used, or the host is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
        # asyncio leaves this out for such sockets; without it each answer takes 40 ms longer
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except UnicodeError:
        reason = "there is no such host"
    except OSError as error:  # of names that are not found, Python passes on a number below 0
        number = error.errno or 0
        reason = os.strerror(number) if number >= 0 else "there is no such host"
    message = f"{host}:{port} cannot be used ({reason}); choose another --port or --host"
    raise UsageError(message)
