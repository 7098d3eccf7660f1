"""The connection to a Label Studio server, and what its failures mean to a person.

Requests are never sent again by the client itself: an import that the server had carried out before
its answer was lost would be carried out twice. Who may ask again says so.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from treehole.corpus.secret_files import read_secret
from treehole.errors import TreeholeError, UsageError
from treehole.extras import require

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

TOKEN_VARIABLE = "LABEL_STUDIO_API_KEY"  # noqa: S105  the name of the variable
SECONDS = 60.0
"""How long an answer is waited for, unless told otherwise."""

_CHATTY = ("httpx", "httpcore", "label_studio_sdk")
"""Libraries whose log shows addresses and what was sent."""

_HERE = {"127.0.0.1", "::1", "localhost"}
"""This machine, which no proxy leads to."""


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
        UsageError: The address is none or holds a password, or there is no token.
        InputError: The file cannot be read, is empty, or may be read by everybody.
    """
    _require_address(url)
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


def _require_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password:  # which would be shown in every message
        message = f"the address of {parts.hostname} holds a name or password; leave it out"
        raise UsageError(message)
    try:
        named = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
        named = False
    if not named:
        message = f"{url} is no address of a server; give one such as http://127.0.0.1:8080"
        raise UsageError(message)


def connect(address: Address) -> "LabelStudio":
    """A client for the server; nothing is sent yet.

    Args:
        address: Of the server.

    Raises:
        TreeholeError: What Label Studio needs is not installed.
        ServerError: The token has expired.
    """
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    require("annotation")
    import httpx  # noqa: PLC0415  they take a second to load
    from label_studio_sdk import LabelStudio  # noqa: PLC0415

    away = urlsplit(address.url).hostname not in _HERE
    requests = httpx.Client(timeout=address.timeout, follow_redirects=True, trust_env=away)
    with explained(address):
        return LabelStudio(  # type: ignore[no-untyped-call]
            base_url=f"{address.url}/",  # else it asks for access tokens beside an address's path
            api_key=address.token,
            timeout=address.timeout,
            max_retries=0,
            httpx_client=requests,
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
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"{url} cannot be reached ({reason}); is the server up, and the address right?"
        raise UnreachableError(message) from error
    except ApiError as error:
        raise _refusal(url, error.status_code, error.body) from error
    except (ValueError, httpx.RequestError, httpx.InvalidURL) as error:  # such as no JSON
        message = f"{url} answers, but not as Label Studio does; is the address right?"
        raise ServerError(message) from error


def _refusal(url: str, code: int | None, body: object) -> ServerError:
    said = body if isinstance(body, dict) else {}  # else a page, of no use in one line
    reason = " ".join(str(said.get("detail", f"HTTP {code}")).split())[:300]
    if code == HTTPStatus.UNAUTHORIZED:
        return ServerError(
            f"{url} does not let the token in ({reason}); copy a new one from its page Account & "
            "Settings"
        )
    if code == HTTPStatus.FORBIDDEN:
        return ServerError(
            f"{url} does not allow this to the owner of the token; use the token of an account "
            "that may change the project"
        )
    if code == HTTPStatus.NOT_FOUND:
        return GoneError(f"{url} has no such thing, or does not show it to the owner of the token")
    if code is not None and code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnreachableError(
            f"{url} failed (HTTP {code}); look into its log, and ask again later (it also fails so "
            "where the owner of a personal access token is in no organization any more)"
        )
    fields = said.get("validation_errors")  # what it says of them may quote a comment
    named = f" ({', '.join(map(str, fields))})" if isinstance(fields, dict) else ""
    return ServerError(f"{url} refused: {reason}{named}")
