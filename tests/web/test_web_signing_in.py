"""Who is let in, and what keeps others out."""

import re

import httpx
import pytest
from team import PASSWORD, Person, Served

from treehole.watch.accounts import open_accounts
from treehole.watch.queue import open_queue

pytestmark = pytest.mark.slow


def kinds(site: Served) -> list[tuple[str, str]]:
    with open_queue(site.folder) as queue:
        assert queue.verify()
        return [(event.kind, event.who) for event in queue.events()]


def test_nothing_is_shown_before_signing_in(site: Served) -> None:
    visitor = Person(site)
    for path in ("/", "/cases/1", "/accounts", "/audit", "/password"):
        answer = visitor.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    assert visitor.get("/pulse").status_code == 403
    assert visitor.do(1, "take").status_code == 403
    assert not {kind for kind, _ in kinds(site)} & {"viewed", "listed", "taken"}


def test_signing_in_and_out_is_on_record(site: Served) -> None:
    one = Person(site, "小林")
    assert "小林, volunteer" in one.get("/").text
    copied = dict(one.cookies)
    assert "You are signed out" in one.send_form("/", "/sign-out").text
    assert one.get("/").status_code == 303
    assert httpx.get(site.url, cookies=copied).status_code == 303
    assert [k for k in kinds(site) if k[0].startswith("signed")] == [
        ("signed-in", "小林"), ("signed-out", "小林"),
    ]  # fmt: skip


def test_after_signing_in_one_is_where_the_link_led_and_nowhere_else(site: Served) -> None:
    there = Person(site).get("/cases/3").headers["location"]
    answer = Person(site).send_form(there, "/sign-in", name="小林", password=PASSWORD)
    assert answer.headers["location"] == "/cases/3"
    for elsewhere in ("https://example.org", "//example.org", "/\\example.org", "/audit"):
        answer = Person(site).sign_in("小林", next=elsewhere)
        assert answer.headers["location"] == "/"


def test_a_link_from_elsewhere_finds_who_is_signed_in(site: Served) -> None:
    answer = Person(site).get("/cases/3", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert 'content="0; url=/cases/3"' in answer.text


def test_a_wrong_name_and_a_wrong_password_look_the_same(site: Served) -> None:
    answers = [Person(site).sign_in(name, "not that one") for name in ("小林", "nobody")]
    said = [re.sub(r'(value|nonce)="[^"]*"', "", answer.text) for answer in answers]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert said[0].replace(" autofocus", "") == said[1].replace(" autofocus", "")
    assert kinds(site).count(("sign-in-refused", "?")) == 2


def test_who_tries_passwords_must_wait(site: Served) -> None:
    visitor = Person(site)
    for _ in range(5):
        assert visitor.sign_in("小林", "not that one").status_code == 403
    answer = visitor.sign_in("小林", PASSWORD)
    assert answer.status_code == 429
    assert "Too many attempts; wait 1 min" in answer.text
    assert Person(site, "Ana").get("/").status_code == 200
    with open_accounts(site.folder) as accounts:
        accounts.set_password("小林", "another river")
    assert Person(site).sign_in("小林", "another river").status_code == 303


def test_cookies_are_for_this_server_alone(site: Served) -> None:
    answer = Person(site).sign_in("小林")
    [session] = [c for c in answer.headers.get_list("set-cookie") if "session=" in c]
    assert "HttpOnly" in session
    assert "SameSite=strict" in session
    token = session.partition("=")[2].partition(";")[0]
    for path in site.folder.glob("accounts.sqlite*"):
        assert token.encode() not in path.read_bytes()
        assert PASSWORD.encode() not in path.read_bytes()
    assert (site.folder / "accounts.sqlite").stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("mark", [None, "", "0" * 64, "ä"])
def test_a_form_from_elsewhere_is_refused(site: Served, mark: str | None) -> None:
    one = Person(site, "小林")
    fields = one.form("/cases/1") | ({} if mark is None else {"mark": mark})
    if mark is None:
        del fields["mark"]
    for path in ("/cases/1/take", "/cases/1/note", "/cases/1/reveal", "/password", "/sign-out"):
        assert one.post(path, data=fields).status_code == 403
    assert (
        Person(site).post("/sign-in", data={"name": "小林", "password": PASSWORD}).is_client_error
    )
    assert ("taken", "小林") not in kinds(site)


def test_another_volunteers_mark_is_refused(site: Served) -> None:
    theirs = Person(site, "Ana").form("/cases/1")
    assert Person(site, "小林").post("/cases/1/take", data=theirs).status_code == 403


def test_a_form_with_a_strange_origin_is_refused(site: Served) -> None:
    one = Person(site, "小林")
    fields = one.form("/cases/1")
    for origin in ("https://example.org", "null"):
        answer = one.post("/cases/1/take", data=fields, headers={"origin": origin})
        assert answer.status_code == 403
    assert one.post("/cases/1/take", data=fields, headers={"origin": site.url}).is_redirect


def test_headers(site: Served) -> None:
    one = Person(site, "小林")
    for path in ("/", "/cases/1", "/no-such-page", "/sign-in"):
        headers = one.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers or "uvicorn" in headers["server"]
    nonces = {re.findall("nonce-([^']*)'", one.get("/").headers["content-security-policy"])[0]
              for _ in range(3)}  # fmt: skip
    assert len(nonces) == 3


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1.example.org", "", "[", "localhost.x:80"]
)
def test_a_strange_host_is_refused(site: Served, host: str) -> None:
    assert Person(site).get("/sign-in", headers={"host": host}).status_code in {400, 421}


@pytest.mark.parametrize("host", ["localhost:1", "[::1]:8765", "192.0.2.7", "LOCALHOST"])
def test_addresses_are_no_strange_hosts(site: Served, host: str) -> None:
    assert Person(site).get("/sign-in", headers={"host": host}).status_code == 200


def test_a_password_given_by_an_admin_must_be_changed(site: Served) -> None:
    admin = Person(site, "管理")
    page = admin.send_form("/accounts", "/accounts", name="新来", role="volunteer").text
    [given] = re.findall(r'class="secret">([^<]+)<', page)
    one = Person(site, "新来", given)
    assert one.get("/").headers["location"] == "/password"
    assert one.get("/cases/1").headers["location"] == "/password"
    other = Person(site, "新来", given)
    for new, again, said in (
        ("short", "short", "Use 12 characters"), ("a long one", "another one", "not the same"),
        (given, given, "Choose another"), ("x" * 300, "x" * 300, "at most"),
    ):  # fmt: skip
        answer = one.send_form("/password", "/password", old=given, new=new, again=again)
        assert (answer.status_code, said in answer.text) == (400, True)
    wrong = one.send_form("/password", "/password", old="no", new=PASSWORD, again=PASSWORD)
    assert "not your password" in wrong.text
    assert one.send_form(
        "/password", "/password", old=given, new=PASSWORD, again=PASSWORD
    ).is_redirect
    assert one.get("/").status_code == 200
    assert other.get("/").status_code == 303
    assert ("password-changed", "新来") in kinds(site)


def test_too_large_a_form_is_refused(site: Served) -> None:
    one = Person(site, "小林")
    assert one.do(1, "note", note="字" * 100_000).status_code == 413
    many = {f"field{number}": "" for number in range(50)}
    assert one.post("/cases/1/note", data=many).status_code == 413


def test_languages(site: Served) -> None:
    one = Person(site)
    assert "Sign in" in one.get("/sign-in").text
    assert one.get("/language/zh?next=/cases/1").headers["location"] == "/cases/1"
    assert "登录" in one.get("/sign-in").text
    assert one.get("/language/fr").status_code == 404
