"""Signing in and out, and one's password."""

import re

from starlette.responses import Response

from treehole.report.narration import Language
from treehole.watch.accounts import LEAST, MOST, PasswordError, SignInError, TooManyError
from treehole.web.visits import Visit

OWN_PAGE = re.compile(r"/(cases/\d{1,15})?")
"""Pages that somebody may be sent on to."""

_STRANGER = "?"
"""Stands in the trail for who did not sign in."""


def sign_in_page(visit: Visit) -> Response:
    """The form; who comes from a link goes on to its page afterwards."""
    return visit.page("watch_sign_in.html", next=_next(visit.asked("next")), name="")


def sign_in(visit: Visit) -> Response:
    """Begin a session, if name and password fit; on record either way."""
    name, password = visit.form.get("name", ""), visit.form.get("password", "")
    try:
        token = visit.accounts.sign_in(name, password, visit.host)
    except TooManyError as error:
        seconds = visit.say.span(error.length)
        return _again(visit, name, 429, visit.say("sign_in_wait", span=seconds))
    except SignInError:
        known = next((m.name for m in visit.accounts.all() if m.name == name.strip()), None)
        about = {"name": known} if known else {}
        visit.queue.record("sign-in-refused", _STRANGER, None, about)
        return _again(visit, name, 403, visit.say("sign_in_failed"))
    member = visit.accounts.signed_in(token)
    if member is not None:
        visit.queue.record("signed-in", member.name)
    return visit.begin(visit.go(_next(visit.form.get("next", ""))), token)


def sign_out(visit: Visit) -> Response:
    """End the session."""
    visit.accounts.sign_out(visit.token)
    visit.queue.record("signed-out", visit.member.name)
    visit.who = None
    visit.message = ("notice", visit.say("signed_out"))
    return visit.end(visit.page("watch_sign_in.html", next="/", name=""))


def password_page(visit: Visit) -> Response:
    """The form for another password."""
    if visit.member.temporary:
        visit.message = ("notice", visit.say("must_change"))
    return visit.page("watch_password.html", least=LEAST)


def change_password(visit: Visit) -> Response:
    """Take another password; all sessions end but a new one."""
    name, new = visit.member.name, visit.form.get("new", "")
    if new != visit.form.get("again", ""):
        return _password_again(visit, "password_differs")
    try:  # the password is tried as when signing in, so that it cannot be guessed here either
        visit.accounts.sign_out(visit.accounts.sign_in(name, visit.form.get("old", ""), visit.host))
        visit.accounts.set_password(name, new)
        token = visit.accounts.sign_in(name, new, visit.host)
    except TooManyError as error:
        return _password_again(visit, "sign_in_wait", span=visit.say.span(error.length))
    except SignInError:
        return _password_again(visit, "password_wrong")
    except PasswordError as error:
        return _password_again(visit, f"password_{error.reason}", least=LEAST, most=MOST)
    visit.queue.record("password-changed", name)
    return visit.begin(visit.go("/?said=password"), token)


def language(visit: Visit) -> Response:
    """Speak another language from now on."""
    chosen = visit.request.path_params["language"]
    if chosen not in set(Language):
        return visit.refuse("gone", 404)
    return visit.speak(visit.go(_next(visit.asked("next"))), chosen)


def _again(visit: Visit, name: str, status: int, said: str) -> Response:
    visit.message = ("refusal", said)
    page = _next(visit.form.get("next", ""))
    return visit.page("watch_sign_in.html", status, next=page, name=name[:80])


def _password_again(visit: Visit, key: str, **values: object) -> Response:
    visit.message = ("refusal", visit.say(key, **values))
    return visit.page("watch_password.html", 400, least=LEAST)


def _next(path: str) -> str:
    return path if OWN_PAGE.fullmatch(path) else "/"
