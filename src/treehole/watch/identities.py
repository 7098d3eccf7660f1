"""Identities: pseudonyms put in place of users on the way in, and the accounts of cases kept apart.

An alert that reaches nobody saves nobody: of a user with an alert, and of no other, the account
goes into the vault, from which whoever has taken the case can have it shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from treehole.corpus.pseudonyms import Pseudonyms, is_pseudonym
from treehole.corpus.vault import Account, Vault
from treehole.watch.findings import Finding
from treehole.watch.rows import Row


@dataclass(frozen=True)
class Identities:
    """How users are called in the queue.

    Attributes:
        pseudonyms: By which they are; None if the input has pseudonyms already, or need not.
        vault: Where the accounts of cases are kept; None for nowhere.
    """

    pseudonyms: Pseudonyms | None = None
    vault: Vault | None = None

    def hide(self, rows: Sequence[Row]) -> tuple[list[Row], dict[str, str]]:
        """Put pseudonyms in place of users.

        Returns:
            The rows, and for each pseudonym that was put in the user.
        """
        if self.pseudonyms is None:
            return list(rows), {}
        hidden, behind = [], {}
        for row in rows:
            if row.user is None or is_pseudonym(row.user):
                hidden.append(row)
            else:
                pseudonym = self.pseudonyms.of(row.user)
                behind[pseudonym] = row.user
                hidden.append(row._replace(user=pseudonym))
        return hidden, behind

    def keep(self, findings: Sequence[Finding], behind: dict[str, str]) -> None:
        """Keep the accounts of those with an alert; what is known of an account already stays.

        Args:
            findings: Of some rows.
            behind: What `hide` said of these.

        Raises:
            TreeholeError: The vault cannot be read or written.
        """
        if self.vault is None:
            return
        users = {finding.user for finding in findings if finding.alarm} & behind.keys()
        accounts = {user: Account(behind[user]) for user in users if user}
        if accounts:
            self.vault.keep(accounts, replace=False)
