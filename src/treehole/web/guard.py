"""What stands before every page: who may ask by which name, and what a browser may do with it."""

import secrets
from collections.abc import Collection
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = ("localhost",)


class Guard:
    """Lets requests through that are for this server, and puts the headers on what they get.

    A request must name this server by one of its names or by an address, as no page from elsewhere
    that has its own name point here can (DNS rebinding). A page runs and loads only what carries
    the nonce of this one answer, is shown in no frame, and kept in no cache.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] = (), *, https: bool = False) -> None:
        """Guard an application.

        Args:
            app: It.
            names: By which it is reached, besides addresses and `localhost`.
            https: Whether it is reached by HTTPS alone.
        """
        self._app = app
        self._names = {name.lower() for name in (*names, *LOCAL)}
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers(nonce))
            await send(message)

        if self._is_ours(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, guarded)
        else:
            refusal = PlainTextResponse("no page is served under that name\n", 421)
            await refusal(scope, receive, guarded)

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition("]")[0].removeprefix("[") or host.partition(":")[0]
        try:
            ip_address(name)
        except ValueError:
            return name.lower() in self._names
        return True

    def _headers(self, nonce: str) -> dict[str, str]:
        own = f"'nonce-{nonce}'"
        headers = {
            "Content-Security-Policy": f"default-src 'none'; style-src {own}; script-src {own}; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "X-Robots-Tag": "noindex, nofollow",
        }
        if self._https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return headers
