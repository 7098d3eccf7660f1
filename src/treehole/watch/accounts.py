"""The team's accounts: who may sign in to its pages, as what, and who is signed in.

An SQLite file beside the queue, `DIR/accounts.sqlite`, for its owner's eyes only. Passwords are
kept as Argon2id hashes (RFC 9106), sessions as SHA-256 of their random token; neither can be had
back from the file. There is no password that anybody has who was not given it.

Of one name, five wrong passwords may be tried in a quarter of an hour; each further one must wait,
twice as long as the one before. From one host 30 may, for all names together.
"""

import hashlib
import os
import secrets
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from treehole.errors import OutputError, TreeholeError, UsageError

ACCOUNTS = "accounts.sqlite"

LEAST, MOST = 12, 256
"""Characters of a password."""

IDLE, LONGEST = 3600.0, 12 * 3600.0
"""Seconds after which a session ends: without a sign of life, and in any case."""

_TRIES, _TRIES_OF_HOST = 5, 30
_WINDOW = 900.0
_FIRST_WAIT = 30.0
"""Seconds."""

_PATIENCE = 30.0
_NAME = 80
_MACHINE = "treehole"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('reader', 'volunteer', 'admin')),
  hash TEXT NOT NULL,
  temporary INTEGER NOT NULL,  -- the password is to be changed
  barred INTEGER NOT NULL DEFAULT 0,
  made_at REAL NOT NULL        -- seconds since 1970, as all times here
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
  digest BLOB PRIMARY KEY,     -- of the token
  name TEXT NOT NULL REFERENCES accounts (name),
  began REAL NOT NULL,
  seen REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS failures (what TEXT NOT NULL, at REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS failures_by_what ON failures (what, at);
"""


class Role(StrEnum):
    """What somebody may do; each role its own, none is above another."""

    READER = "reader"
    """Sees which cases there are and how they stand; nothing that a person wrote."""
    VOLUNTEER = "volunteer"
    """Sees the cases whole, and looks after them."""
    ADMIN = "admin"
    """Sees what a reader sees, and the audit trail; makes accounts."""


class SignInError(TreeholeError):
    """Name and password do not fit, or the account is barred."""


class TooManyError(SignInError):
    """Too many wrong passwords.

    Attributes:
        length: Until the next may be tried.
    """

    def __init__(self, wait: float) -> None:
        super().__init__(f"too many attempts; wait {wait:.0f} seconds")
        self.length = timedelta(seconds=wait)


class PasswordError(UsageError):
    """A password that cannot be taken.

    Attributes:
        reason: `short`, `long` or `same`.
    """

    def __init__(self, reason: str) -> None:
        said = {
            "short": f"a password has {LEAST} characters or more",
            "long": f"a password has {MOST} characters at most",
            "same": "choose another password than before, and not the name",
        }
        super().__init__(said[reason])
        self.reason = reason


@dataclass(frozen=True)
class Member:
    """Somebody with an account.

    Attributes:
        name: Under which all they do is put on record.
        role: What they may do.
        temporary: Whether they must choose a password before anything else.
        barred: Whether they may not sign in.
        made_at: When the account was made.
    """

    name: str
    role: Role
    temporary: bool
    barred: bool
    made_at: datetime


class Accounts:
    """The accounts in a folder; of one thread. Opened with `open_accounts`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """See `open_accounts`."""
        self._path = path
        self._connection = connection

    def __enter__(self) -> "Accounts":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def all(self) -> list[Member]:
        """Everybody, by name."""
        with self._explained():
            rows = self._connection.execute(f"{_MEMBERS} ORDER BY name").fetchall()
        return [_member(row) for row in rows]

    def member(self, name: str) -> Member:
        """Somebody.

        Raises:
            UsageError: There is no account of that name.
        """
        with self._explained():
            row = self._connection.execute(f"{_MEMBERS} WHERE name = ?", (_plain(name),)).fetchone()
        if row is None:
            message = f"there is no account “{name[:_NAME]}”"
            raise UsageError(message)
        return _member(row)

    def add(self, name: str, role: Role, password: str, *, temporary: bool = False) -> Member:
        """Make an account.

        Args:
            name: Nobody else's, whatever its case.
            role: What they may do.
            password: Theirs.
            temporary: Whether they must change it.

        Raises:
            UsageError: The name is taken or none, or the password is too short.
        """
        name = _checked(name)
        _check_password(password, name)
        hashed = _hash(password)
        with self._change() as connection:
            taken = [row[0] for row in connection.execute("SELECT name FROM accounts")]
            if name.casefold() in {other.casefold() for other in taken}:
                message = f"there is an account “{name}” already"
                raise UsageError(message)
            connection.execute(
                "INSERT INTO accounts VALUES (?, ?, ?, ?, 0, ?)",
                (name, str(role), hashed, temporary, time.time()),
            )
        return self.member(name)

    def set_password(self, name: str, password: str, *, temporary: bool = False) -> None:
        """Give somebody another password, sign them out everywhere, and let them try again.

        Raises:
            UsageError: There is no such account.
            PasswordError: The password cannot be taken.
        """
        name = self.member(name).name
        _check_password(password, name)
        with self._explained():
            [(before,)] = self._connection.execute(
                "SELECT hash FROM accounts WHERE name = ?", (name,)
            )
        if _fits(before, password):
            raise PasswordError("same")
        hashed = _hash(password)
        with self._change() as connection:
            connection.execute(
                "UPDATE accounts SET hash = ?, temporary = ? WHERE name = ?",
                (hashed, temporary, name),
            )
            connection.execute("DELETE FROM sessions WHERE name = ?", (name,))
            connection.execute("DELETE FROM failures WHERE what = ?", (_of_name(name),))

    def set_role(self, name: str, role: Role) -> None:
        """Have somebody do something else; they are signed out.

        Raises:
            UsageError: There is no such account, or they are the last admin.
        """
        self._set(name, "role", str(role))

    def bar(self, name: str, *, barred: bool = True) -> None:
        """Let somebody sign in no more, and end their sessions; or let them again.

        Raises:
            UsageError: There is no such account, or they are the last admin.
        """
        self._set(name, "barred", int(barred))

    def sign_in(self, name: str, password: str, host: str, now: float | None = None) -> str:
        """Begin a session.

        As much time is spent on a name that there is not as on one that there is.

        Args:
            name: As typed.
            password: As typed.
            host: From where.
            now: The present, in seconds since 1970.

        Returns:
            The token of the session: whoever has it is signed in.

        Raises:
            TooManyError: Too many wrong passwords came before; this one was not looked at.
            SignInError: They do not fit.
        """
        now = time.time() if now is None else now
        name = _plain(name)
        limits = ((_of_name(name), _TRIES), (f"host {host}", _TRIES_OF_HOST))
        with self._change() as connection:
            connection.execute("DELETE FROM failures WHERE at < ?", (now - _WINDOW,))
            wait = max(_wait(connection, what, most, now) for what, most in limits)
            if wait > 0:
                raise TooManyError(wait)
            # Put down as wrong until it is known to be right, so that many at once count as well.
            noted = [
                connection.execute("INSERT INTO failures VALUES (?, ?)", (what, now)).lastrowid
                for what, _ in limits
            ]
            row = connection.execute(
                "SELECT hash, barred FROM accounts WHERE name = ?", (name,)
            ).fetchone()
        right = _fits(row[0] if row else _nobody(), password) and row is not None and not row[1]
        if not right:
            message = "name and password do not fit"
            raise SignInError(message)
        token = secrets.token_urlsafe(32)
        renewed = _hash(password) if _hasher().check_needs_rehash(row[0]) else row[0]
        with self._change() as connection:
            connection.execute("DELETE FROM failures WHERE what = ?", (_of_name(name),))
            connection.execute("DELETE FROM failures WHERE rowid = ?", (noted[1],))
            done = connection.execute(
                "UPDATE accounts SET hash = ? WHERE name = ? AND hash = ? AND NOT barred",
                (renewed, name, row[0]),
            )
            if not done.rowcount:  # it was changed or barred meanwhile
                message = "name and password do not fit"
                raise SignInError(message)
            connection.execute("DELETE FROM sessions WHERE seen < ?", (now - IDLE,))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)", (_digest(token), name, now, now)
            )
        return token

    def signed_in(
        self, token: str, now: float | None = None, *, alive: bool = True
    ) -> Member | None:
        """Who has a token.

        Args:
            token: As `sign_in` gave it.
            now: The present, in seconds since 1970.
            alive: Whether this is a sign of life, by which the session goes on.

        Returns:
            None if it is no token, or its time is over.
        """
        now = time.time() if now is None else now
        digest = _digest(token)
        with self._explained():
            row = self._connection.execute(
                f"{_MEMBERS} JOIN sessions USING (name) "
                "WHERE digest = ? AND seen > ? AND began > ? AND NOT barred",
                (digest, now - IDLE, now - LONGEST),
            ).fetchone()
            if row is not None and alive:
                self._connection.execute(  # not each time: that would be a write for every page
                    "UPDATE sessions SET seen = ? WHERE digest = ? AND seen < ?",
                    (now, digest, now - IDLE / 60),
                )
        return None if row is None else _member(row)

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._change() as connection:
            connection.execute("DELETE FROM sessions WHERE digest = ?", (_digest(token),))

    def _set(self, name: str, column: str, value: object) -> None:
        name = self.member(name).name
        with self._change() as connection:
            connection.execute(
                f"UPDATE accounts SET {column} = ? WHERE name = ?",  # noqa: S608  names from above
                (value, name),
            )
            admins = connection.execute(
                "SELECT count(*) FROM accounts WHERE role = 'admin' AND NOT barred"
            )
            if not admins.fetchone()[0]:
                message = f"{name} is the last admin; make another one first"
                raise UsageError(message)
            connection.execute("DELETE FROM sessions WHERE name = ?", (name,))

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _failed(self._path, error) from error


def open_accounts(folder: Path) -> Accounts:
    """Open the accounts of the queue in a folder; an empty file is made if there is none.

    Args:
        folder: Where the queue is.

    Raises:
        OutputError: The file cannot be made, or not be used as it is.
    """
    path = folder / ACCOUNTS
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        message = f"{path} cannot be made ({error.strerror}); give permission"
        raise OutputError(message) from error
    try:
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise _failed(path, error) from error
    return Accounts(path, connection)


def new_password() -> str:
    """A password that nobody guesses, easy to tell on the phone."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))


_MEMBERS = "SELECT accounts.name, role, temporary, barred, made_at FROM accounts"


def _member(row: tuple[str, str, int, int, float]) -> Member:
    name, role, temporary, barred, made_at = row
    made = datetime.fromtimestamp(made_at, UTC)
    return Member(name, Role(role), bool(temporary), bool(barred), made)


def _plain(name: str) -> str:
    """A name as it is compared: composed, with single spaces; what is no name stays no name."""
    sound = name[: 4 * _NAME].encode("utf-8", "replace").decode()
    return " ".join(unicodedata.normalize("NFKC", sound).split())


def _checked(name: str) -> str:
    plain = _plain(name)
    if not plain or len(plain) > _NAME or not plain.isprintable() or plain.casefold() == _MACHINE:
        message = f"a name has 1 to {_NAME} characters that can be printed; not “{plain[:_NAME]}”"
        raise UsageError(message)
    return plain


def _check_password(password: str, name: str) -> None:
    if len(password) < LEAST:
        raise PasswordError("short")
    if len(password) > MOST:
        raise PasswordError("long")
    if password.casefold() == name.casefold():
        raise PasswordError("same")


def _of_name(name: str) -> str:
    return f"name {name.casefold()}"


def _wait(connection: sqlite3.Connection, what: str, most: int, now: float) -> float:
    """Seconds until somebody may try again."""
    count, last = connection.execute(
        "SELECT count(*), coalesce(max(at), 0) FROM failures WHERE what = ?", (what,)
    ).fetchone()
    if count < most:
        return 0.0
    return float(last + min(_WINDOW, _FIRST_WAIT * 2.0 ** (count - most)) - now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB; more of them at once would let a stranger use up the memory."""


_BUSY = 5.0
"""Seconds to wait for that."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # the second of the recommendations of RFC 9106


@cache
def _nobody() -> str:
    """A hash that no password fits, for names that there are not."""
    return _hash(secrets.token_urlsafe(32))


@contextmanager
def _turn() -> Iterator[None]:
    """One's turn to hash; who would wait for long is sent away, so that others are served."""
    if not _AT_ONCE.acquire(timeout=_BUSY):
        raise TooManyError(_BUSY)
    try:
        yield
    finally:
        _AT_ONCE.release()


def _hash(password: str) -> str:
    with _turn():
        return _hasher().hash(_bytes(password))


def _fits(hashed: str, password: str) -> bool:
    """Whether a password is the one that was hashed."""
    if len(password) > MOST:
        return False
    try:
        with _turn():
            return _hasher().verify(hashed, _bytes(password))
    except (Argon2Error, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _failed(path: Path, error: sqlite3.Error) -> OutputError:
    cure = "look at the disk and the permissions, or restore it from a copy"
    message = f"{path} cannot be used ({error}); {cure}"
    return OutputError(message)
