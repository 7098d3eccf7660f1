"""The pages as an application: which address is answered how, and for whom.

| address                  | reader  | volunteer     | admin   |
|--------------------------|---------|---------------|---------|
| `/`, `/pulse`            | yes     | yes           | yes     |
| `/cases/N`               | in part | whole         | in part |
| `/cases/N/take` and such | no      | yes           | no      |
| `/cases/N/reveal`        | no      | if theirs     | no      |
| `/accounts`              | no      | no            | yes     |
| `/audit`                 | no      | no            | yes     |

The list says of each case the level, when the act may come, the province, and who has it. In part
adds the levels of earlier comments. Whole adds what the person wrote, the places, the pseudonym,
the notes, and what was done. The audit trail has nothing of what people wrote, nor notes. An admin
who rescues has a second account for that: what they make and what they see stay apart in the trail.

Each request has the accounts and the queue opened anew, in a thread: that takes a millisecond, and
whatever else writes there is seen.
"""

import logging
from collections.abc import Collection
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from treehole.errors import TreeholeError
from treehole.report.watch_words import page_words
from treehole.watch.accounts import Role, TooManyError, open_accounts
from treehole.watch.queue import NoCaseError, open_queue
from treehole.web import administration, cases, signing_in
from treehole.web.guard import Guard
from treehole.web.signing_in import OWN_PAGE
from treehole.web.visits import Handler, Site, Visit

log = logging.getLogger(__name__)

EVERYBODY = frozenset(Role)
VOLUNTEERS, ADMINS = frozenset({Role.VOLUNTEER}), frozenset({Role.ADMIN})

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 20
_PASSWORD = "/password"  # noqa: S105  an address
_PULSE = "/pulse"
"""Pages ask for it by themselves, whether anybody is there or not."""


def application(site: Site, names: Collection[str] = ()) -> Starlette:
    """The pages.

    Args:
        site: What is served.
        names: By which it is reached, besides addresses and `localhost`.
    """

    def route(path: str, roles: frozenset[Role] | None = None, **handlers: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            form = await _form(request) if request.method == "POST" else {}
            handler = handlers["post" if request.method == "POST" else "get"]
            return await run_in_threadpool(
                _answer, site, request, form, lambda visit: _stopped(visit, roles) or handler(visit)
            )

        return Route(path, endpoint, methods=[name.upper() for name in handlers])

    routes = [
        route("/", EVERYBODY, get=cases.listed),
        route(_PULSE, EVERYBODY, get=cases.pulse),
        route("/cases/{number}", EVERYBODY, get=cases.shown),
        *(
            route(f"/cases/{{number}}/{action}", VOLUNTEERS, post=handler)
            for action, handler in cases.ACTIONS.items()
        ),
        route("/sign-in", get=signing_in.sign_in_page, post=signing_in.sign_in),
        route("/sign-out", EVERYBODY, post=signing_in.sign_out),
        route(_PASSWORD, EVERYBODY, get=signing_in.password_page, post=signing_in.change_password),
        route("/language/{language}", get=signing_in.language),
        route(
            "/accounts",
            ADMINS,
            get=administration.accounts_page,
            post=administration.add_account,
        ),
        route("/accounts/change", ADMINS, post=administration.change_account),
        route("/audit", ADMINS, get=administration.audit_page, post=administration.verify),
    ]

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  it is registered for these
        key = "too_large" if error.status_code == 413 else "gone"  # noqa: PLR2004
        return await run_in_threadpool(
            _answer, site, request, {}, lambda visit: visit.refuse(key, error.status_code)
        )

    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, names=names, https=site.https)],
        exception_handlers={HTTPException: refused, Exception: _broken},
    )


def _answer(site: Site, request: Request, form: dict[str, str], handler: Handler) -> Response:
    """What a request gets."""
    try:
        with open_accounts(site.folder) as accounts, open_queue(site.folder) as queue:
            visit = Visit(site, request, form, accounts, queue)
            visit.who = accounts.signed_in(visit.token, alive=request.url.path != _PULSE)
            try:
                return handler(visit)
            except NoCaseError:
                return visit.refuse("gone_case", 404)
            except TooManyError as error:
                return visit.refuse("sign_in_wait", 429, span=visit.say.span(error.length))
    except TreeholeError as error:
        log.error("a page could not be shown: %s", error)
        return _apology("failed", 503)


def _stopped(visit: Visit, roles: frozenset[Role] | None) -> Response | None:
    """What stands against a request; None if nothing does."""
    request, who = visit.request, visit.who
    if roles is not None and who is None:
        return _sign_in_first(visit)
    if request.method == "POST" and not visit.is_own_form():
        return visit.refuse("refused", 403)
    if roles is None or who is None:
        return None
    if who.temporary and request.url.path not in {_PASSWORD, "/sign-out"}:
        return visit.go(_PASSWORD)
    if who.role not in roles:
        visit.queue.record("not-allowed", who.name, None, {"path": request.url.path[:100]})
        return visit.refuse("forbidden", 403)
    return None


def _sign_in_first(visit: Visit) -> Response:
    request = visit.request
    if request.method == "POST" or request.url.path == _PULSE:
        return visit.refuse("sign_in_first", 403)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return _once_more(request)
    return visit.go(f"/sign-in?{urlencode({'next': request.url.path})}")


def _once_more(request: Request) -> Response:
    """Have the browser ask again by itself.

    Who follows a link from elsewhere, such as from a message, comes without the cookies, which go
    with requests from these pages alone.
    """
    path = request.url.path
    address = path if OWN_PAGE.fullmatch(path) else "/"
    page = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={}">'
    return HTMLResponse(page.format(address))


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(413)
    try:
        fields = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(413) from None
    return {name: value.replace("\r\n", "\n") for name, value in fields}


async def _broken(_request: Request, error: Exception) -> Response:
    log.error("a page failed: %s", type(error).__name__)
    return _apology("broken", 500)


def _apology(key: str, status: int) -> Response:
    """What is said where no page can be made, in both languages."""
    return PlainTextResponse("\n".join([*page_words()[key].values(), ""]), status)


def is_ready(folder: Path) -> bool:
    """Whether there is a queue in a folder, and an admin who can sign in.

    Raises:
        TreeholeError: The queue or the accounts cannot be used.
    """
    open_queue(folder).close()
    with open_accounts(folder) as accounts:
        return any(m.role is Role.ADMIN and not m.barred for m in accounts.all())
