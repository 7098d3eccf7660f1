"""Revealing: the account behind a case, for whoever has taken it, on record in both trails."""

from treehole.corpus.pseudonyms import is_pseudonym
from treehole.corpus.vault import Account, Vault
from treehole.errors import UsageError
from treehole.watch.cases import State
from treehole.watch.queue import CaseError, Queue


def reveal(queue: Queue, vault: Vault | None, number: int, who: str, why: str) -> Account:
    """The account of the person whom a case is about.

    That it is asked for is on record before it is given: in the trail of the queue and in that of
    the vault. Of users whom the input named openly, the queue has the account itself.

    Args:
        queue: With the case.
        vault: With the account; None if there is none.
        number: Of the case.
        who: Asks for it; has taken the case.
        why: They have to.

    Raises:
        NoCaseError: There is none of that number.
        CaseError: They have not taken it, or it names no user.
        UsageError: There is no reason, or no vault where one is needed.
        TreeholeError: It cannot be put on record, or the vault does not have the account.
    """
    if not why.strip():
        message = "say why you need the account; it is put on record"
        raise UsageError(message)
    case = queue.case(number)
    if case.state not in {State.TAKEN, State.CONTACTED} or case.taken_by != who:
        whose = f"it is {case.taken_by}'s" if case.taken_by else f"it is {case.state}"
        message = f"only who has taken case {number} may see the account; {whose}: take it first"
        raise CaseError(message)
    if case.user is None:
        message = f"case {number} is about a comment whose writer the input did not name"
        raise CaseError(message)
    if vault is None and is_pseudonym(case.user):
        message = f"case {number} has a pseudonym; name the vault with the accounts: --vault DIR"
        raise UsageError(message)
    queue.record("revealed", who, number, {"why": why.strip()})
    if vault is None or not is_pseudonym(case.user):
        return Account(case.user)
    return vault.reveal(case.user, who, f"case {number}: {why.strip()}")
