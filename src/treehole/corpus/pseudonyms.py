"""Pseudonyms: a person's identity replaced by a keyed hash, the same wherever the key is the same.

HMAC with SHA-256 (RFC 2104); without the key nobody can tell whose pseudonym it is by trying all
names there are. The first 80 bits are kept: among a million people two share one with a probability
of 4e-13.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from treehole.corpus.schema import USER_ID
from treehole.corpus.secret_files import read_secret, write_secret
from treehole.errors import InputError, UsageError

KEY_VARIABLE = "TREEHOLE_KEY"
USER = "u"
"""The prefix of people who write."""

_PSEUDONYM = re.compile(f"{USER}-[a-z2-7]{{16}}")
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

    def of(self, identity: str, prefix: str = USER) -> str:
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

    @property
    def mark(self) -> str:
        """Tells the key from others, without telling anything of it."""
        return self.of("which key", "k")

    def of_users(self, identities: Iterable[str]) -> list[str]:
        """The pseudonyms of people who write; what is one already stays as it is."""
        return [one if is_pseudonym(one) else self.of(one) for one in identities]


def is_pseudonym(name: str) -> bool:
    """Whether a name of somebody who writes is a pseudonym already."""
    return _PSEUDONYM.fullmatch(name) is not None


def identities(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Who each row names, as strings without white space around them; null for nobody.

    Args:
        column: Of strings or numbers.

    Raises:
        InputError: It is of something else.
    """
    if pa.types.is_nested(column.type):
        message = f"the column {USER_ID} holds {column.type}, not names; flatten it"
        raise InputError(message)
    if pa.types.is_floating(column.type):  # whole numbers among which one was missing
        column = pc.if_else(pc.is_nan(column), None, column).cast(pa.int64(), safe=False)
    names = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(names, ""), pa.scalar(None, pa.string()), names)


def pseudonymised(column: pa.ChunkedArray, given: Pseudonyms | None) -> pa.ChunkedArray:
    """The pseudonyms of those whom each row names; null for nobody.

    Args:
        column: Of strings or numbers.
        given: By which; None if they are anonymous already.
    """
    names = identities(column)
    if given is None:
        return names
    encoded = names.combine_chunks().dictionary_encode()
    own = pa.array(given.of_users(encoded.dictionary.to_pylist()), pa.string())
    return pa.chunked_array([own.take(encoded.indices)])


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
