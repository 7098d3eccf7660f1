"""Who may sign in: passwords, sessions, and those who guess."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.errors import OutputError, UsageError
from treehole.watch.accounts import (
    ACCOUNTS,
    IDLE,
    LONGEST,
    MOST,
    Accounts,
    PasswordError,
    Role,
    SignInError,
    TooManyError,
    new_password,
    open_accounts,
)

PASSWORD = "calm river, small stone"
NOW = 1_800_000_000.0


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with open_accounts(tmp_path) as opened:
        opened.add("小林", Role.VOLUNTEER, PASSWORD)
        opened.add("Boss", Role.ADMIN, PASSWORD)
        yield opened


def test_nobody_can_sign_in_to_new_accounts(tmp_path: Path) -> None:
    with open_accounts(tmp_path) as opened:
        assert opened.all() == []
        for name, password in (("admin", "admin"), ("", ""), ("treehole", "treehole")):
            with pytest.raises(SignInError):
                opened.sign_in(name, password, "host")
    assert (tmp_path / ACCOUNTS).stat().st_mode & 0o77 == 0


def test_a_session_is_somebodys_until_it_ends(accounts: Accounts) -> None:
    token = accounts.sign_in("小林", PASSWORD, "host", NOW)
    other = accounts.sign_in("小林", PASSWORD, "host", NOW)
    member = accounts.signed_in(token, NOW + 1)
    assert member is not None
    assert (member.name, member.role) == ("小林", Role.VOLUNTEER)
    accounts.sign_out(token)
    assert accounts.signed_in(token, NOW + 2) is None
    assert accounts.signed_in(other, NOW + 2) is not None
    for strange in ("", "x", token[:-1], "ä" * 9, "\udcff"):
        assert accounts.signed_in(strange, NOW) is None


def test_a_session_ends_when_nobody_is_there(accounts: Accounts) -> None:
    token = accounts.sign_in("小林", PASSWORD, "host", NOW)
    assert accounts.signed_in(token, NOW + IDLE - 1, alive=False)
    assert accounts.signed_in(token, NOW + IDLE + 1) is None


def test_a_session_ends_in_any_case(accounts: Accounts) -> None:
    token = accounts.sign_in("小林", PASSWORD, "host", NOW)
    at = NOW
    while at < NOW + LONGEST - IDLE / 2:
        at += IDLE / 2
        assert accounts.signed_in(token, at)
    assert accounts.signed_in(token, NOW + LONGEST + 1) is None


def test_a_new_password_a_role_or_a_bar_ends_sessions(accounts: Accounts) -> None:
    def token() -> str:
        return accounts.sign_in("小林", "another small stone", "host")

    old = accounts.sign_in("小林", PASSWORD, "host")
    accounts.set_password("小林", "another small stone", temporary=True)
    assert accounts.signed_in(old) is None
    one = token()
    member = accounts.signed_in(one)
    assert member is not None
    assert member.temporary
    accounts.set_role("小林", Role.READER)
    assert accounts.signed_in(one) is None
    one = token()
    accounts.bar("小林")
    assert accounts.signed_in(one) is None
    with pytest.raises(SignInError):
        token()
    accounts.bar("小林", barred=False)
    assert accounts.signed_in(token())


def test_who_guesses_waits_ever_longer(accounts: Accounts) -> None:
    waits, now = [], NOW
    for _ in range(9):
        try:
            accounts.sign_in("小林", "wrong", "host", now)
        except TooManyError as error:
            waits.append(error.length)
            now += error.length.total_seconds()
            with pytest.raises(SignInError, match="do not fit"):
                accounts.sign_in("小林", "wrong", "host", now)
        except SignInError:
            pass
    assert waits == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240)]
    assert accounts.sign_in("Boss", PASSWORD, "host", now)
    assert accounts.sign_in("小林", PASSWORD, "host", now + 901)


def test_a_host_that_tries_many_names_waits(accounts: Accounts) -> None:
    for number in range(30):
        with pytest.raises(SignInError, match="do not fit"):
            accounts.sign_in(f"name {number}", "wrong", "host", NOW)
    with pytest.raises(TooManyError):
        accounts.sign_in("小林", PASSWORD, "host", NOW)
    assert accounts.sign_in("小林", PASSWORD, "another", NOW)


def test_many_guesses_at_once_count_one_by_one(tmp_path: Path, accounts: Accounts) -> None:
    ended: list[type[Exception]] = []

    def guess() -> None:
        with open_accounts(tmp_path) as own:
            try:
                own.sign_in("小林", "wrong", "host", NOW)
            except SignInError as error:
                ended.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kind.__name__ for kind in ended) == ["SignInError"] * 5 + ["TooManyError"] * 7


def test_the_file_holds_no_secret(tmp_path: Path, accounts: Accounts) -> None:
    token = accounts.sign_in("小林", PASSWORD, "host")
    for path in tmp_path.iterdir():
        assert PASSWORD.encode() not in path.read_bytes()
        assert token.encode() not in path.read_bytes()
    with sqlite3.connect(tmp_path / ACCOUNTS) as store:
        hashes = {row[0] for row in store.execute("SELECT hash FROM accounts")}
    assert len(hashes) == 2
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in hashes)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\nb\x00", "Treehole", "\u202e"])
def test_no_names(accounts: Accounts, name: str) -> None:
    with pytest.raises(UsageError):
        accounts.add(name, Role.READER, PASSWORD)


@pytest.mark.parametrize("name", ["小林", " 小林 ", "BOSS", "Ｂｏｓｓ"])
def test_names_that_are_taken(accounts: Accounts, name: str) -> None:
    with pytest.raises(UsageError, match="already"):
        accounts.add(name, Role.READER, PASSWORD)


@pytest.mark.parametrize(
    ("password", "reason"),
    [("short", "short"), ("x" * (MOST + 1), "long"), (PASSWORD, "same")],
)
def test_passwords_that_are_not_taken(accounts: Accounts, password: str, reason: str) -> None:
    with pytest.raises(PasswordError) as error:
        accounts.set_password("小林", password)
    assert error.value.reason == reason
    assert accounts.sign_in("小林", PASSWORD, "host")


def test_the_last_admin_stays(accounts: Accounts) -> None:
    for refused in (
        lambda: accounts.bar("Boss"),
        lambda: accounts.set_role("Boss", Role.READER),
    ):
        with pytest.raises(UsageError, match="last admin"):
            refused()
    accounts.set_role("小林", Role.ADMIN)
    accounts.bar("Boss")
    assert [one.name for one in accounts.all() if one.barred] == ["Boss"]


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / ACCOUNTS).write_bytes(b"something else " * 100)
    with pytest.raises(OutputError, match="cannot be used"):
        open_accounts(tmp_path)


def test_generated_passwords_differ_and_can_be_taken(accounts: Accounts) -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    accounts.set_password("小林", made.pop())


@given(name=st.text(), password=st.text(), token=st.text())
def test_whatever_is_typed_lets_nobody_in(
    tmp_path_factory: pytest.TempPathFactory, name: str, password: str, token: str
) -> None:
    with open_accounts(tmp_path_factory.mktemp("store")) as opened:
        with pytest.raises(SignInError):
            opened.sign_in(name, password, "host")
        assert opened.signed_in(token) is None
