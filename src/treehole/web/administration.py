"""What an admin does: the team's accounts, and the audit trail."""

from starlette.responses import Response

from treehole.errors import UsageError
from treehole.watch.accounts import Role, new_password
from treehole.web.visits import Visit

ON_A_PAGE = 100
"""Events."""

_SHOWN = ("level", "name", "role", "change", "why", "path", "answer")
"""Of the details of an event, what is shown: nothing that a person wrote whom a case is about.

A note is written by the team about a case, and so stays on the page of the case.
"""


def accounts_page(
    visit: Visit, given: tuple[str, str] | None = None, status: int = 200
) -> Response:
    """Everybody's account."""
    return visit.page(
        "watch_accounts.html", status, members=visit.accounts.all(), roles=list(Role), given=given
    )


def add_account(visit: Visit) -> Response:
    """Make an account; its password is shown once, and must be changed."""
    password, role = new_password(), visit.form.get("role", "")
    try:
        member = visit.accounts.add(
            visit.form.get("name", ""), _role(role), password, temporary=True
        )
    except UsageError as error:
        return _refused(visit, error)
    details = {"name": member.name, "role": str(member.role)}
    visit.queue.record("account-added", visit.member.name, None, details)
    return accounts_page(visit, (member.name, password))


def change_account(visit: Visit) -> Response:
    """Reset somebody's password, change their role, bar them, or let them in again."""
    name, change = visit.form.get("name", ""), visit.form.get("change", "")
    given = None
    try:
        name = visit.accounts.member(name).name
        details = {"name": name, "change": change}
        if change == "reset":
            given = (name, new_password())
            visit.accounts.set_password(*given, temporary=True)
        elif change == "role":
            details["role"] = visit.form.get("role", "")
            visit.accounts.set_role(name, _role(details["role"]))
        elif change in {"bar", "enable"}:
            visit.accounts.bar(name, barred=change == "bar")
        else:
            return visit.refuse("gone", 404)
    except UsageError as error:
        return _refused(visit, error)
    visit.queue.record("account-changed", visit.member.name, None, details)
    if name == visit.member.name:  # their sessions have ended
        return visit.go("/accounts")
    return accounts_page(visit, given)


def audit_page(visit: Visit) -> Response:
    """The trail, the latest first; on record too."""
    visit.queue.record("audit-read", visit.member.name)
    return _audit(visit)


def verify(visit: Visit) -> Response:
    """Check the whole trail."""
    number = visit.queue.verify()
    visit.message = ("notice", visit.say("trail_whole", number=f"{number:,}"))
    return _audit(visit)


def _audit(visit: Visit) -> Response:
    asked = visit.asked("before")
    last = visit.queue.trail.last()
    end = last.seq if last else 0
    if asked.isascii() and asked.isdecimal() and len(asked) < 16:  # noqa: PLR2004  of SQLite
        end = min(end, int(asked) - 1)
    first = max(0, end - ON_A_PAGE)
    events = visit.queue.events(after=first, most=max(0, end - first))
    rows = [
        (event, "  ".join(str(event.details[name]) for name in _SHOWN if name in event.details))
        for event in reversed(events)
    ]
    return visit.page("watch_audit.html", rows=rows, before=first + 1 if first else None)


def _role(text: str) -> Role:
    if text not in set(Role):
        message = "there is no such role"
        raise UsageError(message)
    return Role(text)


def _refused(visit: Visit, error: UsageError) -> Response:
    visit.message = ("refusal", visit.say("account_refused", reason=error))
    return accounts_page(visit, status=400)
