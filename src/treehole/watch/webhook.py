"""The webhook: alerts told to another program, at least once each.

What is to be told lies in the queue, put there in the transaction that raised the alert; a thread
of its own takes it from there, so that a slow receiver never holds up the watch. It is sent as a
POST with JSON and these headers:

    Idempotency-Key: the same each time this alert is told, and for no other
    X-Treehole-Signature: t=SECONDS,v1=HEX

HEX is the HMAC-SHA256 (RFC 2104), by the key that both sides have, over SECONDS, a full stop and
the body; SECONDS is when it was sent, since 1970, so that an old message cannot be sent again by
somebody else. The receiver answers with a status from 200 to 299; one that has seen the key before
does so and nothing else. What meets with another answer, or none, is tried again, later each time,
up to an hour apart, with chance in it so that many do not come at once. A refusal that will not
change (400 to 499, but for 408, 409, 425 and 429) is kept and shown; a new start tries it again.

By default nothing of what the person wrote is told, and not who they are: the level, when the act
may come, the provinces, and the number of the case.
"""

import hashlib
import hmac
import json
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import treehole
from treehole.corpus.secret_files import read_secret
from treehole.errors import TreeholeError, UsageError
from treehole.watch.findings import Announce, Escalation, Letter
from treehole.watch.queue import Queue, open_queue

KEY_VARIABLE = "TREEHOLE_WEBHOOK_KEY"
SIGNATURE = "X-Treehole-Signature"
IDEMPOTENCY = "Idempotency-Key"

_LEAST = 32
"""Characters of a key; fewer could be guessed by whoever sees a message."""
_LONGEST_WAIT = 3600.0
_TIMEOUT = 10.0
_POLL = 1.0
_PAUSE = 5.0
"""Seconds after a failure of the queue."""
_AT_ONCE = 50
_WILL_CHANGE = frozenset({408, 409, 425, 429})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Webhook:
    """Where alerts are told.

    Attributes:
        url: Secret, as it may hold a token; never shown whole.
        key: Secret; signs.
        timeout: Seconds to wait for an answer.
    """

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    timeout: float = _TIMEOUT

    @property
    def host(self) -> str:
        """Where it is, as far as it may be shown."""
        return urlsplit(self.url).hostname or "?"


def webhook_of(url: str, key_file: Path | None = None) -> Webhook:
    """A webhook with the key in a file, or in the variable `TREEHOLE_WEBHOOK_KEY`.

    Raises:
        UsageError: The address is none, or there is no key, or one that could be guessed.
        InputError: The file cannot be read, or others than its owner may read it.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        message = "--webhook is no address of a web server; it begins with https://"
        raise UsageError(message)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        message = "the webhook at %s is not encrypted: whoever is on the way can read alerts"
        _log.warning(message, parts.hostname)
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if key_file is not None:
        key = read_secret(key_file, "the key of the webhook")
    if len(key) < _LEAST:
        reason = "is too short" if key else "is missing"
        message = (
            f"the key that signs for the webhook {reason}; make one with openssl rand -hex 32, "
            f"and name its file with --webhook-key, or put it into {KEY_VARIABLE}"
        )
        raise UsageError(message)
    return Webhook(url, key.encode())


def announcement(link: str | None = None, *, with_text: bool = False) -> Announce:
    """What is told of alerts.

    Args:
        link: The address of the team's pages, if they are to be linked to.
        with_text: Tell the comment and the user too.
    """

    def announce(raised: Escalation) -> str:
        alarm = raised.finding.alarm
        if alarm is None:
            message = "an alert without an alarm"
            raise ValueError(message)
        places = [place for place in alarm.places if place.province]
        told: dict[str, Any] = {
            "event": "escalated",
            "id": raised.key,
            "case": raised.number,
            "level": raised.level,
            "level_before": raised.before,
            "act_from": alarm.act_from and alarm.act_from.isoformat(),
            "act_until": alarm.act_until and alarm.act_until.isoformat(),
            "provinces": list(dict.fromkeys(place.province_zh for place in places)),
            "written_at": raised.finding.at.isoformat(),
        }
        if link:
            told["link"] = f"{link.rstrip('/')}/cases/{raised.number}"
        if with_text:
            told |= {"user": raised.finding.user, "text": alarm.comment.text}
        return json.dumps(told, ensure_ascii=False)

    return announce


def signature(key: bytes, seconds: int, body: bytes) -> str:
    """The value of the header that proves who sent a message.

    Args:
        key: Both sides have it.
        seconds: When it is sent, since 1970.
        body: What is sent.
    """
    signed = hmac.digest(key, f"{seconds}.".encode() + body, hashlib.sha256).hex()
    return f"t={seconds},v1={signed}"


def is_signed(key: bytes, header: str, body: bytes, now: float, tolerance: float = 300.0) -> bool:
    """Whether a message comes from who has the key, and lately; for receivers.

    Args:
        key: Both sides have it.
        header: `X-Treehole-Signature`.
        body: As received.
        now: Seconds since 1970.
        tolerance: Seconds by which the message may be older, or the clocks differ.
    """
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    sent = parts.get("t", "")
    if not (sent.isascii() and sent.isdecimal()) or abs(now - int(sent)) > tolerance:
        return False
    return hmac.compare_digest(header.encode(), signature(key, int(sent), body).encode())


def wait_after(attempts: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many attempts: doubling from 1 s to an hour, half of it by chance.

    Args:
        attempts: Made so far, at least 1.
        chance: Gives a number from 0 to 1.
    """
    longest = min(2.0 ** min(attempts - 1, 20), _LONGEST_WAIT)
    return longest * (0.5 + chance() / 2)


class Postman(threading.Thread):
    """Tells alerts from a thread of its own."""

    def __init__(self, folder: Path, webhook: Webhook) -> None:
        """Make ready; `start` begins.

        Args:
            folder: Of the queue.
            webhook: Where to.
        """
        super().__init__(name="webhook", daemon=True)
        self._folder = folder
        self._webhook = webhook
        self._ended = threading.Event()
        self._woken = threading.Event()

    def wake(self) -> None:
        """Say that there is something to tell."""
        self._woken.set()

    def end(self, patience: float) -> None:
        """Finish what is being told, and stop; whatever is left is told after the next start.

        Args:
            patience: Seconds to wait for that.
        """
        self._ended.set()
        self._woken.set()
        self.join(patience)

    def run(self) -> None:
        """Tell what is due until the end."""
        import httpx  # noqa: PLC0415  slow, and only who has a webhook needs it

        with (
            open_queue(self._folder) as queue,
            httpx.Client(timeout=self._webhook.timeout, follow_redirects=False) as client,
        ):
            while not self._ended.is_set():
                try:
                    self._tell_all(queue, client)
                except TreeholeError as error:  # such as a full disk; the watch says so too
                    _log.warning("webhook: %s", error)
                    self._ended.wait(_PAUSE)
                self._woken.wait(_POLL)
                self._woken.clear()

    def _tell_all(self, queue: Queue, client: Any) -> None:
        """Tell what is due now."""
        while letters := queue.letters("waiting", due=time.time(), most=_AT_ONCE):
            queue.mirror()  # what is told to others is on record before
            for letter in letters:
                if self._ended.is_set():
                    return
                self._tell(queue, client, letter)

    def _tell(self, queue: Queue, client: Any, letter: Letter) -> None:
        import httpx  # noqa: PLC0415  as above

        body, now = letter.body.encode(), int(time.time())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"treehole/{treehole.__version__}",
            IDEMPOTENCY: letter.key,
            SIGNATURE: signature(self._webhook.key, now, body),
        }
        try:
            response = client.post(self._webhook.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._put_off(queue, letter, type(error).__name__, None)
            return
        answer = f"HTTP {response.status_code}"
        if response.is_success:
            queue.settle(letter, answer, delivered=True)
        elif response.is_client_error and response.status_code not in _WILL_CHANGE:
            _log.warning("the webhook at %s refused case %d: %s", self.host, letter.number, answer)
            queue.settle(letter, answer, delivered=False)
        else:
            self._put_off(queue, letter, answer, response.headers.get("Retry-After"))

    def _put_off(self, queue: Queue, letter: Letter, answer: str, asked: str | None) -> None:
        wait = wait_after(letter.attempts + 1)
        if asked and asked.isascii() and asked.isdecimal():
            wait = min(max(wait, float(asked)), _LONGEST_WAIT)
        if not letter.attempts:
            message = "the webhook at %s does not take case %d (%s); it is tried again"
            _log.warning(message, self.host, letter.number, answer)
        queue.put_off(letter.key, time.time() + wait, answer)

    @property
    def host(self) -> str:
        """Where alerts are told."""
        return self._webhook.host
