"""The webhook: signed, at least once, later each time, and never in the way."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alarms import CHENGDU, finding
from hypothesis import given
from hypothesis import strategies as st
from receiver import KEY, listening

from treehole.errors import InputError, UsageError
from treehole.watch import webhook
from treehole.watch.queue import open_queue
from treehole.watch.webhook import (
    KEY_VARIABLE,
    Postman,
    Webhook,
    announcement,
    is_signed,
    signature,
    wait_after,
    webhook_of,
)

PATIENCE = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_queue(tmp_path, create=True) as queue:
        found = [finding(1, "u-a", 7, 0, (CHENGDU,), act_in=2), finding(2, "u-b", 9)]
        queue.put(found, {}, announcement("https://team.example/"))
    return tmp_path


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def states(folder: Path) -> dict[str, int]:
    with open_queue(folder) as queue:
        return {state: len(queue.letters(state)) for state in ("waiting", "delivered", "refused")}


def tell(folder: Path, url: str, condition: Callable[[], bool], timeout: float = 5.0) -> None:
    postman = Postman(folder, Webhook(url, KEY.encode(), timeout))
    postman.start()
    until(condition)
    postman.end(PATIENCE)
    assert not postman.is_alive()


def test_alerts_are_told_with_as_little_as_is_needed(folder: Path) -> None:
    with listening() as receiver:
        tell(folder, receiver.url, lambda: states(folder)["delivered"] == 2)
    assert [len(told) for told in receiver.told.values()] == [1, 1]
    (key, [first]), _ = receiver.told.items()
    assert first == {
        "event": "escalated", "id": key, "case": 1, "level": 7, "level_before": None,
        "act_from": "2026-05-01T14:00:00+00:00", "act_until": "2026-05-01T16:00:00+00:00",
        "provinces": ["四川省"], "written_at": "2026-05-01T12:00:00+00:00",
        "link": "https://team.example/cases/1",
    }  # fmt: skip
    with open_queue(folder) as queue:
        assert [event.kind for event in queue.events()][-2:] == ["delivered", "delivered"]


def test_the_comment_is_told_only_where_asked_for(tmp_path: Path) -> None:
    with open_queue(tmp_path, create=True) as queue:
        queue.put([finding(1, "u-a", 7)], {}, announcement(with_text=True))
        assert "u-a" in queue.letters("waiting")[0].body
        assert "今晚" in queue.letters("waiting")[0].body


def test_what_fails_is_tried_again_with_the_same_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "wait_after", lambda attempts: 0.05)
    with listening(answers=[500, 503, 429, 408, 302]) as receiver:
        tell(folder, receiver.url, lambda: states(folder)["delivered"] == 2)
    assert receiver.requests == 7
    assert len(receiver.told) == 2


def test_a_refusal_is_kept_and_tried_again_only_by_a_new_start(folder: Path) -> None:
    with listening(answers=[400, 410]) as receiver:
        tell(folder, receiver.url, lambda: states(folder)["refused"] == 2)
        with open_queue(folder) as queue:
            assert {letter.answer for letter in queue.letters("refused")} == {
                "HTTP 400",
                "HTTP 410",
            }
            assert queue.retry_letters() == 2
        tell(folder, receiver.url, lambda: states(folder)["delivered"] == 2)


def test_nobody_there_is_waited_for(folder: Path) -> None:
    with listening() as receiver:
        url = receiver.url

    def put_off() -> bool:
        with open_queue(folder) as queue:
            return all(letter.attempts for letter in queue.letters("waiting"))

    tell(folder, url, put_off)
    with open_queue(folder) as queue:
        assert {letter.answer for letter in queue.letters("waiting")} == {"ConnectError"}


def test_a_wrong_key_is_refused_by_the_receiver(folder: Path) -> None:
    with listening() as receiver:
        postman = Postman(folder, Webhook(receiver.url, b"x" * 32))
        postman.start()
        until(lambda: states(folder)["refused"] == 2)
        postman.end(PATIENCE)
    assert not receiver.told


@given(st.binary(min_size=1), st.binary(), st.integers(0, 2**40))
def test_a_signature_holds_for_that_message_alone(key: bytes, body: bytes, now: int) -> None:
    header = signature(key, now, body)
    assert is_signed(key, header, body, now + 299)
    assert not is_signed(key, header, body, now + 301)
    assert not is_signed(key, header, body + b" ", now)
    assert not is_signed(key + b"x", header, body, now)
    assert not is_signed(key, header.replace(f"t={now}", f"t={now + 1}"), body, now)


@given(st.text())
def test_any_header_is_no_signature(header: str) -> None:
    assert not is_signed(b"key", header, b"", 0)


def test_waiting_doubles_up_to_an_hour() -> None:
    longest = [wait_after(attempts, lambda: 1.0) for attempts in range(1, 40)]
    assert longest[:4] == [1, 2, 4, 8]
    assert max(longest) == longest[-1] == 3600
    assert wait_after(3, lambda: 0.0) == 2


def test_the_key_and_the_address_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    for url in ("ftp://a", "example.org", "http://", "http://[::1", ""):
        with pytest.raises(UsageError, match="https://"):
            webhook_of(url)
    with pytest.raises(UsageError, match="is missing; make one"):
        webhook_of("https://example.org/secret")
    path = tmp_path / "key"
    path.write_text(KEY, "utf-8")
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        webhook_of("https://example.org/secret", path)
    path.chmod(0o600)
    found = webhook_of("http://example.org/secret", path)
    assert "not encrypted" in caplog.text
    assert "secret" not in caplog.text + repr(found)
    monkeypatch.setenv(KEY_VARIABLE, "short")
    with pytest.raises(UsageError, match="too short"):
        webhook_of("https://example.org/secret")
