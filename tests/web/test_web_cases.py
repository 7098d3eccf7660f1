"""What each role sees of cases, and does with them."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from team import Person, Served

from invented_queue import TEXTS, finding, make_queue, pseudonym
from treehole.corpus.vault import open_vault
from treehole.watch.queue import open_queue
from treehole.web.cases import ON_A_PAGE

pytestmark = pytest.mark.slow


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'href="/cases/(\d+)"', page)]


def test_the_list_is_by_urgency_and_holds_no_text(site: Served) -> None:
    page = Person(site, "小林").get("/").text
    assert numbers(page)[0] == 1
    assert sorted(numbers(page)) == list(range(1, 7))
    assert not any(text[:8] in page for text in TEXTS)
    assert "u-aaaa" not in page


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("level=9", {1, 2}), ("province=Sichuan", {4}), ("within=1", {1, 2, 3, 4, 5, 6}),
        ("state=taken", set()), ("state=closed", {6}), ("level=x&within=-1&state=?&page=99", None),
        ("level=" + "9" * 40, None), ("province=%3Cscript%3E", set()),
    ],
)  # fmt: skip
def test_filters(site: Served, asked: str, expected: set[int] | None) -> None:
    one = Person(site, "小林")
    one.do(6, "close")
    page = one.get(f"/?{asked}")
    assert page.status_code == 200
    found = set(numbers(page.text))
    assert (
        found == {1, 2, 3, 4, 5}
        if expected is None
        else found == expected - {6} | ({6} if asked == "state=closed" else set())
    )


def test_a_case_whole_for_a_volunteer_and_in_part_for_others(site: Served) -> None:
    page = Person(site, "小林").get("/cases/1").text
    assert "&lt;script&gt;document.title" in page
    assert "<script>document" not in page
    assert '<mark class="space" title="riverside">江边</mark>' in page
    assert pseudonym(1) in page
    for name in ("阿美", "管理"):
        page = Person(site, name).get("/cases/1").text
        assert "for volunteers" in page
        assert 'class="trend"' in page
        for hidden in ("江边", "再回来", "u-aaa", "<textarea", "/reveal"):
            assert hidden not in page


def test_take_contact_note_close_reopen(site: Served) -> None:
    one = Person(site, "小林")
    assert one.do(1, "take", note="先看看").headers["location"] == "/cases/1?said=taken"
    assert "You have this case now" in one.get("/cases/1?said=taken").text
    assert one.do(1, "contact").is_redirect
    assert one.do(1, "note", note="等回复\r\n明早再看").is_redirect
    assert one.do(1, "note", note="  ").status_code == 400
    assert one.do(1, "close").is_redirect
    assert one.do(1, "take").status_code == 409
    assert one.do(1, "reopen").is_redirect
    with open_queue(site.folder) as queue:
        case = queue.case(1)
        kinds = [e.kind for e in queue.events(1) if e.who == "小林" and e.kind != "viewed"]
        assert queue.verify()
    assert kinds == ["taken", "contacted", "noted", "closed", "reopened"]
    assert [note.text for note in case.notes] == ["先看看", "等回复\n明早再看"]


def test_of_two_who_take_a_case_the_second_is_told_who_has_it(site: Served) -> None:
    first, second = Person(site, "小林"), Person(site, "Ana")
    fields = second.form("/cases/1")
    assert first.do(1, "take").is_redirect
    answer = second.post("/cases/1/take", data={**fields, "note": "I wrote <this>"})
    assert answer.status_code == 409
    assert "taken by 小林" in answer.text
    assert "小林 has this case" in answer.text
    assert ">I wrote &lt;this&gt;</textarea>" in answer.text
    again = second.do(1, "take")
    assert again.status_code == 409
    with open_queue(site.folder) as queue:
        assert queue.case(1).taken_by == "小林"


def test_a_form_from_before_a_change_changes_nothing(site: Served) -> None:
    one = Person(site, "小林")
    fields = one.form("/cases/1")
    one.do(1, "note", note="…")
    assert "has changed since you looked" in one.post("/cases/1/take", data=fields).text


@pytest.mark.parametrize("name", ["阿美", "管理"])
def test_others_change_nothing(site: Served, name: str) -> None:
    one = Person(site, name)
    mark = one.form("/")["mark"]
    for action in ("take", "contact", "close", "reopen", "note", "reveal"):
        answer = one.post(f"/cases/1/{action}", data={"mark": mark, "note": "x", "why": "x"})
        assert answer.status_code == 403
    with open_queue(site.folder) as queue:
        assert queue.case(1).state == "new"
        refused = [e.details["path"] for e in queue.events() if e.kind == "not-allowed"]
    assert len(refused) == 6


def test_who_has_taken_a_case_sees_the_account_on_record(site: Served) -> None:
    one = Person(site, "小林")
    assert one.do(1, "reveal", why="先看看").status_code == 409
    one.do(1, "take")
    assert "70001" not in one.get("/cases/1").text
    assert one.do(1, "reveal", why=" ").status_code == 400
    page = one.do(1, "reveal", why="联系本人")
    assert page.status_code == 200
    for shown in ("70001", "小草", 'href="https://example.org/u/70001" rel="noreferrer'):
        assert shown in page.text
    assert Person(site, "Ana").do(1, "reveal", why="我也想看").status_code == 409
    assert "70001" not in one.get("/cases/1").text
    with open_queue(site.folder) as queue:
        [told] = [e for e in queue.events(1) if e.kind == "revealed"]
    assert (told.who, told.details["why"]) == ("小林", "联系本人")
    vault = site.folder.parent / "vault"
    assert "联系本人" in (vault / "reveals.jsonl").read_text()
    assert open_vault(vault, vault.with_suffix(".key")).verify() == 1


def test_an_account_that_the_input_named_openly_is_shown_no_other_way(site: Served) -> None:
    with open_queue(site.folder) as queue:
        named = replace(finding(50, 9, datetime.now(UTC), "月底"), user="weibo 80002")
        [raised] = queue.put([named], {})
    one, number = Person(site, "小林"), raised.number
    for path in ("/", f"/cases/{number}"):
        assert "80002" not in one.get(path).text
    assert "80002" not in one.do(number, "reveal", why="联系本人").text
    one.do(number, "take")
    assert "weibo 80002" in one.do(number, "reveal", why="联系本人").text
    with open_queue(site.folder) as queue:
        assert [e.kind for e in queue.events(number)].count("revealed") == 1


def test_an_account_that_is_not_there(site: Served) -> None:
    one = Person(site, "小林")
    one.do(2, "take")
    answer = one.do(2, "reveal", why="联系本人")
    assert answer.status_code == 500
    assert "not in the vault" in answer.text
    assert str(site.folder.parent) not in answer.text


@pytest.mark.parametrize("number", ["0", "77", "9" * 30, "-1", "x", "１", "1.5", "%00"])
def test_no_such_case(site: Served, number: str) -> None:
    one = Person(site, "小林")
    assert one.get(f"/cases/{number}").status_code == 404
    fields = one.form("/cases/1")
    assert one.post(f"/cases/{number}/take", data=fields).status_code == 404


def test_everything_looked_at_is_on_record_without_text(site: Served) -> None:
    one = Person(site, "小林")
    one.get("/")
    one.get("/cases/2")
    with open_queue(site.folder) as queue:
        events = {event.kind: event for event in queue.events() if event.who == "小林"}
    assert sorted(events["listed"].details["cases"]) == [1, 2, 3, 4, 5, 6]
    assert events["viewed"].number == 2


def test_accounts_and_trail_are_for_admins(site: Served) -> None:
    for name in ("小林", "阿美"):
        one = Person(site, name)
        assert one.get("/accounts").status_code == one.get("/audit").status_code == 403
    admin = Person(site, "管理")
    page = admin.get("/audit").text
    assert "signed in" in page
    assert not any(text[:6] in page for text in TEXTS)
    assert "The trail is whole" in admin.send_form("/audit", "/audit").text
    for asked in ("1", "3", "x", "9" * 40, "-1"):
        assert admin.get(f"/audit?before={asked}").status_code == 200


def test_an_admin_bars_resets_and_moves(site: Served) -> None:
    admin, one = Person(site, "管理"), Person(site, "小林")
    change = ("/accounts", "/accounts/change")
    assert admin.send_form(*change, name="小林", change="bar").status_code == 200
    assert one.get("/").status_code == 303
    assert one.sign_in("小林").status_code == 403
    admin.send_form(*change, name="小林", change="enable")
    assert one.sign_in("小林").is_redirect
    admin.send_form(*change, name="小林", change="role", role="reader")
    assert one.get("/").status_code == 303
    for fields in (
        {"name": "管理", "change": "bar"}, {"name": "管理", "change": "role", "role": "reader"},
        {"name": "nobody", "change": "bar"}, {"name": "小林", "change": "role", "role": "king"},
    ):  # fmt: skip
        answer = admin.send_form(*change, **fields)
        assert (answer.status_code, "Nothing was done" in answer.text) == (400, True)
    assert admin.send_form("/accounts", "/accounts", name="ana", role="reader").status_code == 400
    assert admin.send_form(*change, name="小林", change="?").status_code == 404


def test_paging(site: Served) -> None:
    make_queue(site.folder, 2 * ON_A_PAGE + 3)
    one, seen = Person(site, "小林"), []
    for page in (1, 2, 3):
        text = one.get(f"/?page={page}&level=6").text
        seen += numbers(text)
        assert f"page {page} of 3" in text
    assert sorted(set(seen)) == list(range(1, 2 * ON_A_PAGE + 4))
    assert "level=6&amp;page=2" in text


def test_it_works_beside_a_watch_that_writes(site: Served) -> None:
    one = Person(site, "小林")
    with closing(sqlite3.connect(site.folder / "queue.sqlite")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")  # as a watch that takes in a batch
        other.execute("UPDATE positions SET path = path")
        assert one.get("/pulse").status_code == 200
        other.execute("COMMIT")
        assert one.get("/").status_code == 200


def test_a_queue_that_is_damaged_or_gone(site: Served) -> None:
    one = Person(site, "小林")
    for path in site.folder.glob("queue.sqlite*"):
        path.write_bytes(b"not a queue, but as long as one " * 200)
    answer = one.get("/")
    assert answer.status_code == 503
    assert str(site.folder) not in answer.text
    for path in site.folder.glob("queue.sqlite*"):
        path.unlink()
    assert one.get("/cases/1").status_code == 503


def test_the_pulse_shows_nobody_and_keeps_no_session_alive(site: Served) -> None:
    one = Person(site, "小林")
    assert one.get("/pulse").json()["waiting"] == 6
    with closing(sqlite3.connect(site.folder / "accounts.sqlite")) as store:
        store.execute("UPDATE sessions SET seen = seen - 3000")
        store.commit()
        one.get("/pulse")
        [(old,)] = store.execute("SELECT began - seen FROM sessions")
        assert old == 3000
        one.get("/cases/1")
        [(new,)] = store.execute("SELECT began - seen FROM sessions")
        assert new <= 0
