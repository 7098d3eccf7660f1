"""The connection to a Label Studio server, and what its failures mean to a person.

Requests are never sent again by the client itself: an import that the server had carried out before
its answer was lost would be carried out twice. Who may ask again says so.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from treehole.corpus.secret_files import read_secret
from treehole.errors import TreeholeError, UsageError

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

TOKEN_VARIABLE = "LABEL_STUDIO_API_KEY"  # noqa: S105  the name of the variable
SECONDS = 60.0
"""How long an answer is waited for, unless told otherwise."""

_CHATTY = ("httpx", "httpcore", "label_studio_sdk")
"""Libraries whose log shows addresses and what was sent."""


class ServerError(TreeholeError):
    """The server is down, too slow, refuses, or says what makes no sense."""


class UnreachableError(ServerError):
    """The server did not answer; whether it did what was asked is not known."""


class GoneError(ServerError):
    """What was asked for is not on the server, or not for this token."""


@dataclass(frozen=True)
class Address:
    """Where a server is and how it knows us.

    Attributes:
        url: Such as `http://127.0.0.1:8080`, without a slash at the end.
        token: A personal access token, or a legacy one; never shown.
        timeout: How long an answer is waited for, in seconds.
    """

    url: str
    token: str = field(repr=False)
    timeout: float = SECONDS


def address_of(url: str, token_file: Path | None = None, timeout: float = SECONDS) -> Address:
    """The address of a server, with the token from a file or the environment.

    Args:
        url: Of the server.
        token_file: With the token and nothing else; None for the variable `LABEL_STUDIO_API_KEY`.
        timeout: In seconds.

    Raises:
        UsageError: The address is none, or there is no token.
        InputError: The file cannot be read, is empty, or may be read by everybody.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"{url} is no address of a server; give one such as http://127.0.0.1:8080"
        raise UsageError(message)
    token = (
        os.environ.get(TOKEN_VARIABLE, "")
        if token_file is None
        else read_secret(token_file, "the token")
    )
    if not (token := token.strip()):
        message = (
            f"there is no token for {url}; put one from its page Account & Settings into the "
            f"variable {TOKEN_VARIABLE}, or into a file named with --token-file"
        )
        raise UsageError(message)
    if not (token.isascii() and token.isprintable() and " " not in token):
        message = "the token holds characters that no token has; copy it again, and only it"
        raise UsageError(message)
    return Address(url.rstrip("/"), token, timeout)


def connect(address: Address) -> "LabelStudio":
    """A client for the server; nothing is sent yet.

    Args:
        address: Of the server.

    Raises:
        UsageError: label-studio-sdk is not installed.
    """
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        from label_studio_sdk import LabelStudio  # noqa: PLC0415  it takes a second to load
    except ImportError:
        message = "label-studio-sdk is not installed; install it with: "
        raise UsageError(message + "pip install 'treehole[annotation]'") from None
    return LabelStudio(  # type: ignore[no-untyped-call]
        base_url=address.url, api_key=address.token, timeout=address.timeout, max_retries=0
    )


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Turns what goes wrong with the server into an error that a person can act upon.

    Args:
        address: Of the server.

    Raises:
        UnreachableError: It is down, or did not answer in time.
        GoneError: What was asked for is not there.
        ServerError: It refused, or failed.
    """
    import httpx  # noqa: PLC0415  both come with the client
    from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415

    url = address.url
    try:
        yield
    except httpx.TimeoutException as error:
        message = (
            f"{url} did not answer within {address.timeout:g} seconds; ask again later, or give "
            "it longer with --timeout"
        )
        raise UnreachableError(message) from error
    except httpx.TransportError as error:
        message = f"{url} cannot be reached; is the server up? (treehole annotate status)"
        raise UnreachableError(message) from error
    except ApiError as error:
        raise _refusal(url, error.status_code, error.body) from error
    except ValueError as error:  # an answer that is no JSON, or not of the form it should have
        message = f"{url} answers, but not as Label Studio does; is the address right?"
        raise ServerError(message) from error


def _refusal(url: str, code: int | None, body: object) -> ServerError:
    if code == 401:  # noqa: PLR2004  codes of HTTP
        return ServerError(
            f"{url} does not know the token; copy a new one from its page Account & Settings"
        )
    if code == 403:  # noqa: PLR2004
        return ServerError(
            f"{url} does not allow this to the owner of the token; use the token of an account "
            "that may change the project"
        )
    if code == 404:  # noqa: PLR2004
        return GoneError(f"{url} has no such thing, or does not show it to the owner of the token")
    if code is not None and code >= 500:  # noqa: PLR2004
        return UnreachableError(
            f"{url} failed (HTTP {code}); look into its log, and ask again later"
        )
    said = str(body.get("detail", body) if isinstance(body, dict) else body)
    return ServerError(f"{url} refused (HTTP {code}): {' '.join(said.split())[:300]}")
