"""The pages of cases: the list, one case, and what a volunteer does with it."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from starlette.responses import JSONResponse, Response

from treehole.corpus.pseudonyms import is_pseudonym
from treehole.errors import TreeholeError
from treehole.report.watch_page import ALERT_DAYS, LEVELS, provinces_of
from treehole.watch.accounts import Role
from treehole.watch.cases import Case, State
from treehole.watch.queue import CaseError, NoCaseError, Queue, StaleError
from treehole.watch.revealing import reveal as reveal_account
from treehole.web.visits import Handler, Visit

log = logging.getLogger(__name__)

ON_A_PAGE = 50
"""Cases."""

_WHY = 500
_DIGITS = 15
_SILENT = frozenset({"viewed", "delivered", "refused"})
"""Events that say nothing of what was done for a person."""


def listed(visit: Visit) -> Response:
    """The list, most urgent first."""
    if visit.asked("said") == "password":
        visit.message = ("notice", visit.say("password_changed"))
    chosen = {name: visit.asked(name) for name in ("level", "province", "within", "state")}
    everything = visit.site.listing.cases(visit.queue, visit.say.now)
    wanted = [case for case in everything if _fits(case, chosen, visit)]
    pages = max(1, -(-len(wanted) // ON_A_PAGE))
    page = min(max(1, _whole(visit.asked("page")) or 1), pages)
    cases = wanted[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    shown = [case.number for case in cases]
    visit.queue.record("listed", visit.member.name, None, {"cases": shown})
    return visit.page(
        "watch_list.html",
        cases=cases,
        count=len(wanted),
        waiting=sum(case.waiting for case in wanted),
        pulse=_pulse(everything),
        provinces=provinces_of(everything, visit.say),
        states=list(State),
        chosen=chosen,
        query={name: value for name, value in chosen.items() if value},
        page=page,
        pages=pages,
    )


def pulse(visit: Visit) -> Response:
    """How many cases wait, and whether the list has changed; shows nothing of anybody."""
    return JSONResponse(_pulse(visit.site.listing.cases(visit.queue, visit.say.now)))


def shown(visit: Visit) -> Response:
    """One case."""
    number = _number(visit)
    said = visit.asked("said")
    if said in {"taken", "contacted", "closed", "reopened", "noted"}:
        visit.message = ("notice", visit.say(f"said_{said}"))
    visit.queue.record("viewed", visit.member.name, visit.queue.case(number).number)
    return _case_page(visit, number)


def _case_page(
    visit: Visit, number: int, status: int = 200, kept: str = "", account: object = None
) -> Response:
    case = visit.queue.case(number)
    whole = visit.member.role is Role.VOLUNTEER
    mine = case.taken_by == visit.member.name
    history = visit.queue.events(number) if whole else []
    return visit.page(
        "watch_one.html",
        status,
        case=case,
        whole=whole,
        mine=mine,
        acts=_acts(case, mine=mine) if whole else [],
        others=bool(case.taken_by) and not mine,
        history=[event for event in history if event.kind not in _SILENT],
        kept=kept,
        account=account,
        can_reveal=whole and mine and case.user is not None,
        has_account=visit.site.vault is not None
        or not (case.user is None or is_pseudonym(case.user)),
    )


def _acts(case: Case, *, mine: bool) -> list[tuple[str, str]]:
    """What may be done with a case now, the likeliest first: the action, and what it is called."""
    if case.state is State.CLOSED:
        return [("reopen", "reopen")]
    if case.taken_by is None:
        return [("take", "take"), ("close", "close")]
    if not mine:
        return [("reopen", "reopen")]
    acts = [("contact", "contact")] if case.state is State.TAKEN else []
    if case.risen:
        acts.insert(0, ("take", "take_again"))
    return [*acts, ("close", "close"), ("reopen", "reopen")]


def _move(action: str, said: str, visit: Visit) -> Response:
    """Do something with a case, if it is still as the volunteer saw it."""
    number, note = _number(visit), visit.form.get("note", "")
    change: Callable[..., Case] = getattr(Queue, action)
    return _try(
        visit,
        number,
        lambda: change(
            visit.queue, number, visit.member.name, note, _whole(visit.form.get("version", ""))
        ),
        said,
    )


def noted(visit: Visit) -> Response:
    """Write something down, whatever else has changed meanwhile."""
    number, note = _number(visit), visit.form.get("note", "")
    if not note.strip():
        visit.message = ("refusal", visit.say("note_empty"))
        return _case_page(visit, number, 400)
    return _try(visit, number, lambda: visit.queue.note(number, visit.member.name, note), "noted")


def _try(visit: Visit, number: int, change: Callable[[], Case], said: str) -> Response:
    try:
        change()
    except (StaleError, CaseError) as error:
        key = "stale" if isinstance(error, StaleError) else "conflict"
        standing = visit.say.standing(visit.queue.case(number))
        visit.message = ("refusal", visit.say(key, standing=standing))
        return _case_page(visit, number, 409, visit.form.get("note", ""))
    return visit.go(f"/cases/{number}?said={said}")


def revealed(visit: Visit) -> Response:
    """The account behind a case, to who has taken it; on record before it is shown."""
    number, why = _number(visit), " ".join(visit.form.get("why", "")[:_WHY].split())
    if not why:
        visit.message = ("refusal", visit.say("reveal_empty"))
        return _case_page(visit, number, 400)
    try:
        account = reveal_account(visit.queue, visit.site.vault, number, visit.member.name, why)
    except NoCaseError:
        raise
    except CaseError:
        standing = visit.say.standing(visit.queue.case(number))
        visit.message = ("refusal", visit.say("conflict", standing=standing))
        return _case_page(visit, number, 409)
    except TreeholeError as error:
        log.error("an account was asked for and not shown: %s", error)
        visit.message = ("refusal", visit.say("reveal_failed"))
        return _case_page(visit, number, 500)
    return _case_page(visit, number, account=account)


ACTIONS: dict[str, Handler] = {
    "take": partial(_move, "take", "taken"),
    "contact": partial(_move, "contact", "contacted"),
    "close": partial(_move, "shut", "closed"),
    "reopen": partial(_move, "reopen", "reopened"),
    "note": noted,
    "reveal": revealed,
}
"""What a volunteer does, by the last part of the address."""


def _fits(case: Case, chosen: dict[str, str], visit: Visit) -> bool:
    """Whether a case is one of those chosen; of what makes no sense, all are."""
    state, level, within = chosen["state"], _whole(chosen["level"]), _whole(chosen["within"])
    if state in set(State):
        if case.state != state:
            return False
    elif case.state is State.CLOSED:
        return False
    if level is not None and level in LEVELS and case.level < level:
        return False
    if (
        within
        and within in ALERT_DAYS
        and visit.say.now - case.escalated_at >= timedelta(days=within)
    ):
        return False
    return not chosen["province"] or chosen["province"] in case.provinces


def _pulse(cases: list[Case]) -> dict[str, int]:
    waiting = sum(case.waiting for case in cases)
    return {"waiting": waiting, "version": max((case.version for case in cases), default=0)}


def _number(visit: Visit) -> int:
    """The number of the case that the address names.

    Raises:
        NoCaseError: It is none.
    """
    number = _whole(visit.request.path_params["number"])
    if number is None:
        message = "that is no number of a case"
        raise NoCaseError(message)
    return number


def _whole(text: str) -> int | None:
    """A whole number, or None."""
    fits = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if fits else None
