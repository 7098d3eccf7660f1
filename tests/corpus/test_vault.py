"""The vault: one account at a time, on record before it is shown."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.corpus.vault import ACCOUNTS, TRAIL, Account, Vault, open_vault
from treehole.errors import InputError, OutputError, UsageError

SECRET = "0123456789abcdef0123456789abcdef"
ONE = Account("1234567890", "某人", "https://example.org/u/1")
OTHER = Account("777")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "vault.key"
    path.parent.mkdir()
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def vault(tmp_path: Path, key: Path) -> Vault:
    found = open_vault(tmp_path / "vault", key, make=True)
    found.keep({"u-one": ONE, "u-other": OTHER})
    return found


def test_what_is_kept_is_revealed(vault: Vault) -> None:
    assert vault.count() == 2
    assert vault.reveal("u-one", "anna", "case 7") == ONE
    assert vault.reveal("u-other", "anna", "case 8") == OTHER
    assert vault.verify() == 2


def test_no_name_is_in_the_clear(vault: Vault, tmp_path: Path) -> None:
    vault.reveal("u-one", "anna", "case 7")
    for path in (tmp_path / "vault").iterdir():
        content = path.read_bytes()
        assert ONE.platform_id.encode() not in content
        assert str(ONE.nickname).encode() not in content
        assert path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "vault").stat().st_mode & 0o077 == 0
    assert "某人" not in repr(ONE)
    assert "1234567890" not in repr(ONE)


def test_records_of_long_and_short_names_are_alike(vault: Vault, tmp_path: Path) -> None:
    vault.keep({"u-long": Account("1", "一个很长很长的名字" * 3, "https://example.org/u/1")})
    with sqlite3.connect(tmp_path / "vault" / ACCOUNTS) as database:
        sizes = {len(sealed) for (sealed,) in database.execute("SELECT sealed FROM accounts")}
    database.close()
    assert len(sizes) == 1


def test_keeping_again_changes_nothing_and_another_account_replaces(
    vault: Vault, tmp_path: Path
) -> None:
    before = (tmp_path / "vault" / ACCOUNTS).read_bytes()
    assert vault.keep({"u-one": ONE}) == 0
    assert (tmp_path / "vault" / ACCOUNTS).read_bytes() == before
    renamed = Account(ONE.platform_id, "新名字")
    assert vault.keep({"u-one": renamed}, replace=False) == 0
    assert vault.reveal("u-one", "anna", "case 7") == ONE
    assert vault.keep({"u-one": renamed, "u-new": OTHER}) == 2
    assert vault.reveal("u-one", "anna", "case 7") == renamed
    assert vault.count() == 3


@given(st.dictionaries(st.text(max_size=9), st.builds(Account, st.text(), st.none() | st.text())))
def test_any_account_comes_back(
    tmp_path_factory: pytest.TempPathFactory, accounts: dict[str, Account]
) -> None:
    sound = {name.encode("utf-8", "replace").decode(): one for name, one in accounts.items()}
    found = Vault(tmp_path_factory.mktemp("vault"), bytes(32))
    found.check_key()
    assert found.keep(sound) == len(sound)
    for name, account in sound.items():
        assert found.reveal(name, "anna", "case 7") == account


def test_who_asks_is_on_record_before_anything_is_shown(vault: Vault, tmp_path: Path) -> None:
    for who, why in (("", "case 7"), ("anna", " \n"), ("  ", "")):
        with pytest.raises(UsageError, match="say who is to see the account, and why"):
            vault.reveal("u-one", who, why)
    assert vault.verify() == 0
    with pytest.raises(InputError, match="holds no account of u-nobody"):
        vault.reveal("u-nobody", "anna", "case 7")
    vault.reveal("u-one", "an\nna", "case 8")
    lines = (tmp_path / "vault" / TRAIL).read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    shown = [(e["who"], e["why"], e["whom"], e["known"]) for e in entries]
    assert shown == [("anna", "case 7", "u-nobody", False), ("an na", "case 8", "u-one", True)]
    assert entries[0]["before"] == "0" * 64


def test_without_a_record_nothing_is_shown(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "vault" / TRAIL).mkdir()
    with pytest.raises(OutputError, match="nothing is shown"):
        vault.reveal("u-one", "anna", "case 7")


def tampered(trail: Path, change: str) -> None:
    lines = trail.read_bytes().splitlines(keepends=True)
    if change == "a line is cut out":
        del lines[1]
    elif change == "the first is cut out":
        del lines[0]
    elif change == "the last is cut off":
        del lines[-1]
    elif change == "all are gone":
        lines.clear()
    elif change == "a word is changed":
        lines[1] = lines[1].replace(b"anna", b"olga")
    elif change == "the last is changed":
        lines[-1] = lines[-1].replace(b"anna", b"olga")
    elif change == "a line is made garbage":
        lines[1] = b"?\n"
    trail.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    "change",
    [
        "a line is cut out",
        "the first is cut out",
        "the last is cut off",
        "all are gone",
        "a word is changed",
        "the last is changed",
        "a line is made garbage",
    ],
)
def test_a_trail_that_was_tampered_with_shows(vault: Vault, tmp_path: Path, change: str) -> None:
    for case in range(4):
        vault.reveal("u-one", "anna", f"case {case}")
    assert vault.verify() == 4
    tampered(tmp_path / "vault" / TRAIL, change)
    with pytest.raises(InputError, match="was tampered with"):
        vault.verify()


def test_a_torn_line_stays_and_the_trail_goes_on(vault: Vault, tmp_path: Path) -> None:
    vault.reveal("u-one", "anna", "case 1")
    with (tmp_path / "vault" / TRAIL).open("ab") as stream:
        stream.write(b'{"at": "2026')
    assert vault.verify() == 2
    vault.reveal("u-one", "anna", "case 2")
    assert vault.verify() == 3


def test_a_record_in_anothers_place_does_not_open(vault: Vault, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "vault" / ACCOUNTS) as database:
        database.execute(
            "UPDATE accounts SET sealed = (SELECT sealed FROM accounts WHERE pseudonym = 'u-one')"
        )
    database.close()
    assert vault.reveal("u-one", "anna", "case 7") == ONE
    with pytest.raises(InputError, match="account u-other does not open"):
        vault.reveal("u-other", "anna", "case 7")


def test_a_vault_without_its_check_is_not_taken_over(
    vault: Vault, tmp_path: Path, key: Path
) -> None:
    with sqlite3.connect(tmp_path / "vault" / ACCOUNTS) as database:
        database.execute("DELETE FROM facts")
    database.close()
    with pytest.raises(InputError, match="does not open"):
        open_vault(tmp_path / "vault", key)


def test_a_file_that_is_no_vault(tmp_path: Path, key: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / ACCOUNTS).write_bytes(b"no database" * 100)
    with pytest.raises(OutputError, match="restore it from a copy"):
        open_vault(tmp_path / "vault", key)


def test_keys(vault: Vault, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "vault"
    monkeypatch.delenv("TREEHOLE_VAULT_KEY", raising=False)
    with pytest.raises(UsageError, match="--vault-key, or set TREEHOLE_VAULT_KEY"):
        open_vault(folder)
    monkeypatch.setenv("TREEHOLE_VAULT_KEY", SECRET)
    assert open_vault(folder).count() == 2
    monkeypatch.setenv("TREEHOLE_VAULT_KEY", SECRET[:31])
    with pytest.raises(UsageError, match="fewer than 32 characters"):
        open_vault(folder)
    monkeypatch.setenv("TREEHOLE_VAULT_KEY", SECRET[::-1])
    with pytest.raises(UsageError, match="made with another key"):
        open_vault(folder)
    with pytest.raises(UsageError, match="there is no key"):
        open_vault(folder, tmp_path / "none.key")
    key.chmod(0o644)
    with pytest.raises(InputError, match="can be read by others"):
        open_vault(folder, key)
    inside = folder / "vault.key"
    inside.write_text(SECRET)
    inside.chmod(0o600)
    (tmp_path / "link.key").symlink_to(inside)
    for path in (inside, tmp_path / "link.key"):
        with pytest.raises(UsageError, match="keep the key somewhere else"):
            open_vault(folder, path)


def test_no_vault(tmp_path: Path, key: Path) -> None:
    with pytest.raises(InputError, match="there is no vault in"):
        open_vault(tmp_path / "none", key)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another folder"):
        open_vault(tmp_path / "file", key, make=True)


def test_a_full_disk(small_disk: Path, key: Path) -> None:
    found = open_vault(small_disk / "vault", key, make=True)
    with pytest.raises(OutputError, match="cannot be used"):
        found.keep({f"u-{n}": OTHER for n in range(1_000)})
    assert found.count() == 0


KILLED = """
import os, sys
from pathlib import Path
from treehole.corpus.vault import Account, open_vault
vault = open_vault(Path(sys.argv[1]), Path(sys.argv[2]), make=True)
print("begin", flush=True)
for n in range(10**6):
    vault.keep({f"u-{n}-{m}": Account(str(m), "某人") for m in range(50)})
    vault.reveal(f"u-{n}-0", "anna", f"case {n}")
    print(n, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("told", [0, 1, 5, 17])
def test_killed_at_any_moment_nothing_is_lost(tmp_path: Path, key: Path, told: int) -> None:
    folder = tmp_path / "vault"
    command = [sys.executable, "-c", KILLED, str(folder), str(key)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    shown = [process.stdout.readline() for _ in range(told)]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    found = open_vault(folder, key)
    assert found.count() % 50 == 0
    assert found.verify() >= len(shown)
    for line in shown:
        assert found.reveal(f"u-{int(line)}-49", "anna", "after").platform_id == "49"
    assert found.verify() >= 2 * len(shown)
