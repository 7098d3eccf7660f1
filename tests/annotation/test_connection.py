"""The connection: both kinds of tokens, and one good line for all that fails."""

import uuid
from pathlib import Path

import httpx
import jwt
import pytest

from label_studio import Account, Server, free_port
from treehole.annotation.connection import (
    Address,
    GoneError,
    ServerError,
    UnreachableError,
    address_of,
    connect,
    explained,
)
from treehole.errors import InputError, UsageError

URL = "http://127.0.0.1:8080"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
LATER = 4_000_000_000
KEY = "k" * 32


def address_of_nobody() -> Address:
    return Address(f"http://127.0.0.1:{free_port()}", TOKEN, timeout=5)


def whoami(address: Address) -> str:
    with explained(address):
        return str(connect(address).users.whoami().email)


@pytest.fixture(scope="module")
def member(label_studio: Server) -> Account:
    return label_studio.sign_up(uuid.uuid4().hex)


@pytest.mark.slow
def test_both_kinds_of_tokens_are_let_in(label_studio: Server, member: Account) -> None:
    for token in (member.legacy, member.token):
        assert whoami(Address(label_studio.url, token)) == member.email


@pytest.mark.slow
@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (TOKEN, "Invalid token"),
        ("none", "Invalid token"),
        (jwt.encode({"exp": LATER, "token_type": "refresh"}, KEY), "Token is invalid"),
        (jwt.encode({"exp": LATER, "token_type": "access"}, KEY), "Token"),
    ],
    ids=["legacy", "short", "personal", "access"],
)
def test_a_token_that_is_wrong(label_studio: Server, token: str, reason: str) -> None:
    with pytest.raises(ServerError, match=rf"does not let the token in \({reason}") as raised:
        whoami(Address(label_studio.url, token))
    assert "Account & Settings" in str(raised.value)
    assert token not in str(raised.value)


@pytest.mark.slow
def test_a_token_with_its_end_missing(label_studio: Server, member: Account) -> None:
    with pytest.raises(ServerError, match="does not let the token in"):
        whoami(Address(label_studio.url, member.token[:-5]))


@pytest.mark.parametrize("claims", [{"exp": 1, "token_type": "refresh"}, {"sub": "1"}])
def test_a_token_that_has_expired_is_known_without_the_server(claims: dict[str, object]) -> None:
    with pytest.raises(ServerError, match="does not let the token in"):
        connect(Address(URL, jwt.encode(claims, KEY)))


@pytest.mark.slow
def test_somebody_who_left_the_organization(label_studio: Server) -> None:
    gone = label_studio.sign_up(uuid.uuid4().hex)
    operator = {"Authorization": f"Token {label_studio.token}"}
    left = f"{label_studio.url}/api/organizations/1/memberships/{gone.number}/"
    assert httpx.delete(left, headers=operator).status_code == 204
    legacy, personal = (Address(label_studio.url, token) for token in (gone.legacy, gone.token))
    refused = pytest.raises(ServerError, match=r"refused: Validation error \(title\)$")
    with refused, explained(legacy):
        connect(legacy).projects.create(title="x")
    with pytest.raises(UnreachableError, match="is in no organization any more"):
        whoami(personal)


@pytest.mark.slow
def test_what_is_not_there(label_studio: Server) -> None:
    with pytest.raises(GoneError, match="has no such thing"), explained(label_studio.address):
        connect(label_studio.address).projects.get(id=10**6)


@pytest.mark.slow
def test_an_address_that_leads_elsewhere_on_the_server(
    label_studio: Server, member: Account
) -> None:
    for token in (member.legacy, member.token):
        with pytest.raises(ServerError):
            whoami(Address(f"{label_studio.url}/projects", token))


@pytest.mark.slow
def test_a_server_that_does_not_answer_in_time(own_server: Server) -> None:
    own_server.suspend()
    with pytest.raises(UnreachableError, match=r"did not answer within 0\.5 seconds.*--timeout"):
        whoami(Address(own_server.url, own_server.token, timeout=0.5))
    own_server.resume()
    assert whoami(own_server.address)


@pytest.mark.slow
def test_no_proxy_leads_to_this_machine(
    label_studio: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", address_of_nobody().url)
    assert whoami(label_studio.address)


def test_a_server_that_is_down() -> None:
    address = address_of_nobody()
    with pytest.raises(UnreachableError, match=r"cannot be reached \(.*refused\); is the server"):
        whoami(address)


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8080", "ftp://here", "http://", "http://a:99999", "http://a:b", "http:/a"],
)
def test_what_is_no_address(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    with pytest.raises(UsageError, match="is no address of a server"):
        address_of(url)


def test_a_password_in_the_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    with pytest.raises(UsageError, match="holds a name or password") as raised:
        address_of("http://somebody:secret@label.example/")
    assert "secret" not in str(raised.value)


def test_the_token_is_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", f" {TOKEN}\n")
    address = address_of(f"{URL}/")
    assert (address.url, address.token) == (URL, TOKEN)
    assert TOKEN not in repr(address)


def test_the_token_is_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "another")
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    assert address_of(URL, file).token == TOKEN
    file.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        address_of(URL, file)


@pytest.mark.parametrize("token", ["", " \n", "zwei Wörter", "令牌", "a b"])
def test_what_is_no_token(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    with pytest.raises(UsageError, match="token"):
        address_of(URL)
