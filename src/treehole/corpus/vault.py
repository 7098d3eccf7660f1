"""The vault: which account is behind a pseudonym, for the rescuer who has taken that case.

A folder with two files:

- `accounts.sqlite` holds a record a person, sealed with AES-256-GCM (NIST SP 800-38D) under a key
  that is not in the folder, and bound to the pseudonym: a record put in another's place does not
  open. What a record says of a person's nickname by its length is hidden by padding.
- `reveals.jsonl` is the trail of who was shown whom and why. It is only ever appended to, and on
  disk before anything is shown. Each line carries the hash of the line before, so that a line
  changed or cut out shows; how many there are, and the hash of the last, is kept in the vault,
  sealed too, so that a trail cut off at its end shows as well.

There is no way to see all accounts: they are revealed one at a time, each on record.
"""

import fcntl
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from treehole.corpus.secret_files import read_secret
from treehole.errors import InputError, OutputError, UsageError

KEY_VARIABLE = "TREEHOLE_VAULT_KEY"
ACCOUNTS, TRAIL = "accounts.sqlite", "reveals.jsonl"

_LEAST = 32
"""Characters of a key; it must stand against whoever has the files, for as long as they have."""

_NONCE = 12
_PADDED = 256
_WAIT = 30.0
"""Seconds for another process to finish what it writes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (pseudonym TEXT PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, sealed BLOB NOT NULL);
"""
_HEAD, _CHECK = "head of the trail", "check of the key"
_NO_LINE = "0" * 64


@dataclass(frozen=True)
class Account:
    """Where a person can be reached.

    Attributes:
        platform_id: What tells the account from all others.
        nickname: As the person is called there, if known.
        link: To the person's page, if known.
    """

    platform_id: str = field(repr=False)
    nickname: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)


class Vault:
    """Accounts by pseudonym; opened with `open_vault`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Use `open_vault`, which checks the key."""
        self._folder = folder
        self._seal = _Seal(key)

    def keep(self, accounts: Mapping[str, Account], *, replace: bool = True) -> int:
        """Keep the accounts of some people; what is kept already stays as it is.

        All of them are kept, or, if this is killed, none.

        Args:
            accounts: By pseudonym.
            replace: Whether an account that differs from the one kept takes its place.

        Returns:
            How many were new or changed.

        Raises:
            InputError: The vault cannot be read.
            OutputError: It cannot be written.
        """
        with self._opened() as database:
            changed = [
                (pseudonym, self._sealed(pseudonym, account))
                for pseudonym, account in accounts.items()
                if self._differs(database, pseudonym, account, replace)
            ]
            database.executemany("INSERT OR REPLACE INTO accounts VALUES (?, ?)", changed)
        return len(changed)

    def count(self) -> int:
        """How many people it holds."""
        with self._opened() as database:
            [(number,)] = database.execute("SELECT count(*) FROM accounts")
        return int(number)

    def reveal(self, pseudonym: str, who: str, why: str) -> Account:
        """The account behind a pseudonym; that it was asked for is on disk before.

        Args:
            pseudonym: Of the person.
            who: Is to see it.
            why: They have to; such as the case that they have taken.

        Raises:
            UsageError: Who or why is missing.
            InputError: The vault holds no such person, or was tampered with.
            OutputError: It cannot be put on record, so nothing is shown.
        """
        who, why = " ".join(who.split()), " ".join(why.split())
        if not who or not why:
            message = "say who is to see the account, and why; both are put on record"
            raise UsageError(message)
        asked = {"at": datetime.now(UTC).isoformat(), "who": who, "why": why, "whom": pseudonym}
        with self._opened() as database:
            sealed = _found(database, "accounts", "pseudonym", pseudonym)
            self._put_on_record(database, {**asked, "known": sealed is not None})
        if sealed is None:
            message = f"the vault in {self._folder} holds no account of {pseudonym}"
            raise InputError(message)
        return Account(**self._open(sealed, f"account {pseudonym}"))

    def verify(self) -> int:
        """Check that the trail is whole.

        Returns:
            How many lines it has.

        Raises:
            InputError: A line was changed, or is missing.
        """
        with self._opened() as database, self._trail() as trail:
            head = self._head(database)
            lines = trail.read().splitlines(keepends=True)
        before = _NO_LINE
        for number, line in enumerate(lines, start=1):
            if not _follows(line, before):
                raise self._broken(f"line {number} does not follow on the one before")
            before = _hash(line)
            if number == head["lines"] and before != head["hash"]:
                raise self._broken(f"line {number} was changed")
        if len(lines) < head["lines"]:
            raise self._broken(f"it has {len(lines)} lines of {head['lines']}")
        return len(lines)

    def _broken(self, reason: str) -> InputError:
        path = self._folder / TRAIL
        return InputError(f"{path} was tampered with: {reason}; compare it with a copy kept apart")

    def _put_on_record(self, database: sqlite3.Connection, entry: dict[str, Any]) -> None:
        """Appends a line to the trail, and waits until it is on disk."""
        with self._trail() as trail:
            lines = trail.read().splitlines(keepends=True)
            # What a kill or a full disk left of a line stays, as the line that it became.
            torn = b"" if not lines or lines[-1].endswith(b"\n") else b"\n"
            before = _hash(lines[-1] + torn) if lines else _NO_LINE
            line = json.dumps({**entry, "before": before}, ensure_ascii=False).encode() + b"\n"
            trail.write(torn + line)
            trail.flush()
            os.fsync(trail.fileno())
            self._set_head(database, len(lines) + 1, _hash(line))

    def _set_head(self, database: sqlite3.Connection, lines: int, last: str) -> None:
        head = json.dumps({"lines": lines, "hash": last}).encode()
        sealed = self._seal.close(head, _HEAD)
        database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_HEAD, sealed))

    def _head(self, database: sqlite3.Connection) -> dict[str, Any]:
        return self._open(_found(database, "facts", "name", _HEAD) or b"", _HEAD)

    def _sealed(self, pseudonym: str, account: Account) -> bytes:
        text = json.dumps(asdict(account), ensure_ascii=False).encode("utf-8", "surrogatepass")
        padded = text.ljust(-(-len(text) // _PADDED) * _PADDED)  # with spaces, which JSON allows
        return self._seal.close(padded, f"account {pseudonym}")

    def _differs(
        self, database: sqlite3.Connection, pseudonym: str, account: Account, replace: bool
    ) -> bool:
        kept = _found(database, "accounts", "pseudonym", pseudonym)
        if kept is None:
            return True
        return replace and Account(**self._open(kept, f"account {pseudonym}")) != account

    def _open(self, sealed: bytes, what: str) -> dict[str, Any]:
        try:
            opened: dict[str, Any] = json.loads(self._seal.open(sealed, what))
        except (InvalidTag, ValueError) as error:
            raise self._damaged(what) from error
        return opened

    def _damaged(self, what: str) -> InputError:
        return InputError(
            f"{self._folder / ACCOUNTS}: the {what} does not open: it is damaged, or was put there "
            "from elsewhere; restore the vault from a copy"
        )

    def check_key(self) -> None:
        """See that the key is the one the vault was made with; a new vault takes it.

        Raises:
            UsageError: It is another one.
        """
        with self._opened() as database:
            sealed = _found(database, "facts", "name", _CHECK)
            if sealed is None:
                [(kept,)] = database.execute("SELECT count(*) FROM accounts")
                if kept:
                    raise self._damaged(_CHECK)
                sealed = self._seal.close(b"{}", _CHECK)
                database.execute("INSERT INTO facts VALUES (?, ?)", (_CHECK, sealed))
                self._set_head(database, 0, _NO_LINE)
        try:
            self._seal.open(sealed, _CHECK)
        except InvalidTag:
            message = f"the vault in {self._folder} was made with another key; name that one"
            raise UsageError(message) from None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The database, in a transaction that holds if the block does not fail."""
        path = self._folder / ACCOUNTS
        try:
            with closing(sqlite3.connect(path, timeout=_WAIT, isolation_level=None)) as database:
                database.execute("PRAGMA synchronous = FULL")
                database.execute("PRAGMA secure_delete = ON")
                database.executescript(_SCHEMA)
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            message = f"{path} cannot be used ({error}); make room, or restore it from a copy"
            raise OutputError(message) from error

    @contextmanager
    def _trail(self) -> Iterator[BinaryIO]:
        """The trail, from its start; what is written goes to its end."""
        path = self._folder / TRAIL
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a+b") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                stream.seek(0)
                yield stream
        except OSError as error:
            message = f"{path} cannot be written ({error.strerror}), so nothing is shown"
            raise OutputError(message) from error


class _Seal:
    """Closes and opens records, each bound to what it is called."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, content: bytes, what: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, what.encode())

    def open(self, sealed: bytes, what: str) -> bytes:
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], what.encode())


def open_vault(folder: Path, key_file: Path | None = None, *, make: bool = False) -> Vault:
    """The vault in a folder, opened with the key in a file or in `TREEHOLE_VAULT_KEY`.

    Args:
        folder: With the vault.
        key_file: With the key and nothing else, outside the folder; goes before the variable.
        make: Make a new one if there is none.

    Raises:
        UsageError: There is no key, or not the right one, or it lies with what it locks.
        InputError: There is no vault, or the key cannot be read.
        OutputError: A new one cannot be written there.
    """
    key = _key(folder, key_file)
    if not (folder / ACCOUNTS).is_file():
        if not make:
            message = f"there is no vault in {folder}; features --vault makes one"
            raise InputError(message)
        _make(folder)
    vault = Vault(folder, key)
    vault.check_key()
    return vault


def _key(folder: Path, key_file: Path | None) -> bytes:
    cure = "make one with: (umask 077; openssl rand -hex 32 > vault.key)"
    if key_file is None:
        secret = os.environ.get(KEY_VARIABLE, "").strip()
    else:
        if key_file.resolve().is_relative_to(folder.resolve()):
            message = f"{key_file} lies in the vault that it opens; keep the key somewhere else"
            raise UsageError(message)
        if not key_file.exists():
            message = f"there is no key {key_file}; {cure}"
            raise UsageError(message)
        secret = read_secret(key_file, "the key of the vault")
    if not secret:
        message = (
            "the vault has a key of its own: name its file with --vault-key, or set "
            f"{KEY_VARIABLE}; {cure}"
        )
        raise UsageError(message)
    if len(secret) < _LEAST:
        message = (
            f"the key of the vault has fewer than {_LEAST} characters and could be guessed; {cure}"
        )
        raise UsageError(message)
    derive = HKDF(SHA256(), length=32, salt=None, info=b"treehole vault 1")
    return derive.derive(secret.encode())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(folder / ACCOUNTS, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        message = f"{folder} cannot be written ({error.strerror}); choose another folder"
        raise OutputError(message) from error


def _found(database: sqlite3.Connection, table: str, column: str, key: str) -> bytes | None:
    query = f"SELECT sealed FROM {table} WHERE {column} = ?"  # noqa: S608  names from above
    row = database.execute(query, (key,)).fetchone()
    return None if row is None else bytes(row[0])


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _follows(line: bytes, before: str) -> bool:
    """Whether a line carries the hash of the line before; one that a kill cut short cannot."""
    try:
        return bool(json.loads(line)["before"] == before)
    except (ValueError, KeyError, TypeError):
        return True
