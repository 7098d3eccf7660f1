"""Pseudonyms: a person's identity replaced by a keyed hash, the same wherever the key is the same.

HMAC with SHA-256 (RFC 2104); without the key nobody can tell whose pseudonym it is by trying all
names there are. The first 80 bits are kept: among a million people two share one with a probability
of 4e-13.
"""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from treehole.corpus.secret_files import read_secret, write_secret
from treehole.errors import UsageError

KEY_VARIABLE = "TREEHOLE_KEY"
_BYTES = 10
_LEAST = 16
"""Characters of a key; fewer could be guessed."""


@dataclass(frozen=True)
class Pseudonyms:
    """Gives pseudonyms by one key.

    Attributes:
        key: Secret; never shown.
    """

    key: bytes = field(repr=False)

    def of(self, identity: str, prefix: str = "u") -> str:
        """The pseudonym of a person.

        Args:
            identity: What tells the person from all others, such as an account's number.
            prefix: What kind of person; the same identity has another pseudonym under another.

        Returns:
            The prefix, a hyphen, and 16 letters and digits.
        """
        told = f"{prefix}\0{identity}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self.key, told, hashlib.sha256)
        return f"{prefix}-{base64.b32encode(digest[:_BYTES]).decode('ascii').lower()}"


def pseudonyms(key_file: Path | None = None) -> Pseudonyms | None:
    """Those by the key in a file, or in the variable `TREEHOLE_KEY`; None if there is none.

    Args:
        key_file: With the key and nothing else; goes before the variable.

    Raises:
        InputError: The file cannot be read, or others than its owner may read it.
        UsageError: The key is too short.
    """
    if key_file is None:
        key = os.environ.get(KEY_VARIABLE, "").strip()
        if not key:
            return None
    else:
        key = read_secret(key_file, "the key of the pseudonyms")
    if len(key) < _LEAST:
        message = (
            f"the key of the pseudonyms has fewer than {_LEAST} characters and could be guessed; "
            "make one with: openssl rand -hex 32"
        )
        raise UsageError(message)
    return Pseudonyms(key.encode("utf-8"))


def make_key(path: Path) -> None:
    """Makes a file with a new key, for its owner only; one that is there stays.

    Raises:
        OutputError: It cannot be written there.
    """
    write_secret(secrets.token_hex(32), path)
