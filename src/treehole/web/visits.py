"""Visits: one request for a page, by somebody who may or may not be signed in.

A form counts only with the mark of the visitor's own cookie in it (a keyed hash of it, which no
other page can know), and only from this server's own pages.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from treehole.corpus.vault import Vault
from treehole.report.narration import Language
from treehole.report.page import render
from treehole.report.watch_page import shared
from treehole.report.watch_words import Speaker
from treehole.watch.accounts import LONGEST, Accounts, Member
from treehole.watch.queue import Queue
from treehole.web.listing import Listing

_SESSION, _VISITOR, _LANGUAGE = "treehole-session", "treehole-visitor", "treehole-language"
_YEAR = 365 * 86_400


@dataclass(frozen=True)
class Site:
    """What is served.

    Attributes:
        folder: Of the queue, with the accounts.
        vault: With the accounts behind pseudonyms; None if they are not kept here.
        https: Whether it is reached by HTTPS alone; cookies then go no other way.
        listing: Of its cases.
    """

    folder: Path
    vault: Vault | None = None
    https: bool = False
    listing: Listing = field(default_factory=Listing)

    def cookie(self, name: str) -> str:
        """What a cookie is called; by this prefix a browser knows that it is for HTTPS alone."""
        return f"__Host-{name}" if self.https else name


@dataclass
class Visit:
    """A request.

    Attributes:
        site: What is served.
        request: As it came.
        form: What it sent, by name.
        accounts: Open.
        queue: Open.
        who: Is signed in; None for nobody.
        message: To be shown on top of the page; of good tidings or of a refusal.
    """

    site: Site
    request: Request
    form: Mapping[str, str]
    accounts: Accounts
    queue: Queue
    who: Member | None = None
    message: tuple[str, str] | None = None
    say: Speaker = field(init=False)
    _fresh: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.say = Speaker(self._language(), datetime.now(UTC))

    @property
    def member(self) -> Member:
        """Who is signed in, on pages for nobody else."""
        assert self.who is not None  # noqa: S101  the routes see to it
        return self.who

    @property
    def token(self) -> str:
        """Of the session; empty for none."""
        return self.request.cookies.get(self.site.cookie(_SESSION), "")

    @property
    def host(self) -> str:
        """From where the request comes."""
        return self.request.client.host if self.request.client else ""

    def asked(self, name: str, most: int = 200) -> str:
        """What the address asks for under a name."""
        return self.request.query_params.get(name, "")[:most]

    def is_own_form(self) -> bool:
        """Whether what was sent is a form of this visitor, from a page of this server."""
        origin = self.request.headers.get("origin")
        if origin and urlsplit(origin).netloc != self.request.headers.get("host"):
            return False
        secret = self._secret()
        given = self.form.get("mark", "").encode("utf-8", "replace")
        return bool(secret) and hmac.compare_digest(_mark(secret).encode(), given)

    def page(self, template: str, status: int = 200, **content: Any) -> Response:
        """A page for this visitor."""
        secret = self._secret()
        if not secret:
            self._fresh = secret = secrets.token_urlsafe(32)
        body = render(
            template,
            nonce=self.request.state.nonce,
            who=self.who,
            mark=_mark(secret),
            message=self.message,
            here=self.request.url.path if self.request.method == "GET" else "/",
            **shared(self.say),
            **content,
        )
        response = HTMLResponse(body, status)
        if self._fresh:
            self._set(response, _VISITOR, self._fresh)
        return response

    def refuse(self, key: str, status: int, **values: object) -> Response:
        """A page that says why there is nothing else."""
        self.message = ("refusal", self.say(key, **values))
        return self.page("watch_message.html", status)

    def go(self, path: str) -> Response:
        """Send the visitor to another page."""
        return RedirectResponse(path, 303)

    def begin(self, response: Response, token: str) -> Response:
        """Have the browser keep a session's token."""
        self._set(response, _SESSION, token, int(LONGEST))
        response.delete_cookie(self.site.cookie(_VISITOR), secure=self.site.https)
        return response

    def end(self, response: Response) -> Response:
        """Have the browser forget the session."""
        response.delete_cookie(
            self.site.cookie(_SESSION), secure=self.site.https, httponly=True, samesite="strict"
        )
        return response

    def speak(self, response: Response, language: str) -> Response:
        """Have the browser ask for a language from now on."""
        self._set(response, _LANGUAGE, language, _YEAR)
        return response

    def _set(self, response: Response, name: str, value: str, age: int | None = None) -> None:
        response.set_cookie(
            self.site.cookie(name),
            value,
            max_age=age,
            secure=self.site.https,
            httponly=True,
            samesite="strict",
        )

    def _secret(self) -> str:
        """What only this visitor's browser has."""
        if self.who:
            return self.token
        return self.request.cookies.get(self.site.cookie(_VISITOR), "")

    def _language(self) -> Language:
        chosen = self.request.cookies.get(self.site.cookie(_LANGUAGE))
        if chosen in set(Language):
            return Language(chosen)
        wanted = self.request.headers.get("accept-language", "").lower()
        return Language.ENGLISH if wanted.startswith("en") else Language.CHINESE


Handler = Callable[[Visit], Response]


def _mark(secret: str) -> str:
    told = b"a form of this visitor"
    return hmac.digest(secret.encode("utf-8", "replace"), told, hashlib.sha256).hex()
