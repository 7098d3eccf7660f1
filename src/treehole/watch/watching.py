"""The watch: reads what is new, judges it, and puts it into the queue, until it is told to stop."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from treehole.corpus.locking import locked
from treehole.models.interruption import Interruption, interruption
from treehole.watch.alerting import Alerting
from treehole.watch.findings import Announce, Escalation, Finding
from treehole.watch.following import Batch, Following
from treehole.watch.identities import Identities
from treehole.watch.queue import Queue, open_queue
from treehole.watch.rows import Columns, Row
from treehole.watch.storage import make_folder
from treehole.watch.webhook import Postman, Webhook, announcement

KEEP_DAYS = 30.0

_ROWS = 300
"""Comments judged at once, at most about."""
_AHEAD = 100
"""Batches by which the rules may be ahead of a model."""
_PAUSE = 0.2
"""Seconds between two looks at the files."""
_HOUR = 3600.0
_PATIENCE = 15.0
"""Seconds to wait for a webhook at the end."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How to watch.

    Attributes:
        queue: The folder of the queue.
        columns: What the columns of the comments are called.
        once: Read what there is, and end.
        keep_days: Levels of comments without an alert are remembered for so many days.
        identities: How users are called.
        webhook: Where alerts are told; None for nowhere.
        announce: What is told of them.
    """

    queue: Path
    columns: Columns = field(default_factory=Columns)
    once: bool = False
    keep_days: float = KEEP_DAYS
    identities: Identities = field(default_factory=Identities)
    webhook: Webhook | None = None
    announce: Announce = field(default_factory=announcement)


@dataclass(frozen=True)
class Outcome:
    """What a watch did.

    Attributes:
        counts: How many comments were `read`, `high`, `unreadable`, `old`, `ahead` and
            `passed_over`, and how many `alerts` were raised; see `treehole.watch.alerting.Found`.
        cases: How many cases there are in each state.
        failed: Files that could not be read, with the reason.
        untold: Alerts that the webhook has not taken yet.
        seconds: How long it took.
    """

    counts: Counter[str]
    cases: dict[str, int]
    failed: dict[str, str]
    untold: int
    seconds: float


def watch(
    inputs: Sequence[str],
    alerting: Alerting,
    settings: Settings,
    tell: Callable[[Sequence[Escalation]], None],
) -> Outcome:
    """Watch files of comments; Ctrl-C ends it between two batches. For the main thread.

    Args:
        inputs: Files, globs and folders.
        alerting: Judges comments.
        settings: How to watch.
        tell: Is told of alerts once they are in the queue.

    Raises:
        TreeholeError: Of several kinds; what was done so far stays, and is built upon next time.
    """
    started = time.monotonic()
    make_folder(settings.queue)
    with locked(settings.queue), open_queue(settings.queue, create=True) as queue:
        queue.check()
        queue.mirror()
        following = Following(
            inputs,
            settings.columns,
            queue.positions(),
            once=settings.once,
            leave_out=settings.queue,
        )
        postman = Postman(settings.queue, settings.webhook) if settings.webhook else None
        if postman:
            queue.retry_letters()
            postman.start()
        try:
            with interruption() as noted:
                watching = _Watching(queue, following, alerting, settings, tell, postman)
                watching.run(noted)
        finally:
            if postman:
                postman.end(_PATIENCE)
        return Outcome(
            watching.counts,
            queue.counts(),
            following.failed,
            len(queue.letters("waiting")) + len(queue.letters("refused")) if postman else 0,
            time.monotonic() - started,
        )


@dataclass
class _Watching:
    """A watch at work."""

    queue: Queue
    following: Following
    alerting: Alerting
    settings: Settings
    tell: Callable[[Sequence[Escalation]], None]
    postman: Postman | None
    counts: Counter[str] = field(default_factory=Counter)
    unscored: "deque[_Taken]" = field(default_factory=deque)

    def run(self, noted: Interruption) -> None:
        """Go on until there is nothing more, or it is asked to stop."""
        forgotten = float("-inf")
        while not noted.asked:
            if time.monotonic() - forgotten > _HOUR:
                self.queue.forget(self.settings.keep_days)
                forgotten = time.monotonic()
            self._look_after_postman()
            full = self._read(noted)
            if self.unscored:
                self._take_in(self.unscored.popleft())
            elif full is None and self.settings.once:
                break
            if not (full or self.unscored or self.settings.once):
                time.sleep(_PAUSE)
        if self.settings.once and self.postman:
            self._wait_for_postman(noted)

    def _look_after_postman(self) -> None:
        """Say so if alerts are told no more; the watch goes on."""
        if self.postman and not self.postman.is_alive():
            _log.error("the webhook is told no more; stop the watch and start it again")
            self.postman = None

    def _wait_for_postman(self, noted: Interruption) -> None:
        """Wait until each alert has been told, or tried to be."""
        end = time.monotonic() + _PATIENCE
        while self.postman and self.queue.letters("waiting", due=time.time(), most=1):
            if noted.asked or time.monotonic() > end:
                break
            time.sleep(_PAUSE)

    def _read(self, noted: Interruption) -> bool | None:
        """Read what is new; whether there is likely more, None if there was nothing.

        A model takes long: by the rules alone alerts are raised first, for all that is new.
        """
        read = None
        while len(self.unscored) < _AHEAD and not noted.asked:
            batch = self.following.read(_ROWS)
            if batch is None:
                return read
            read = len(batch.rows) >= _ROWS
            taken = _Taken(*self.settings.identities.hide(batch.rows), batch, datetime.now(UTC))
            if not self.alerting.rules_suffice:
                self._take_in(taken)
                return read
            self.unscored.append(taken)
            found = self.alerting.find(taken.rows, taken.at, by_model=False)
            alarms = [finding for finding in found.findings if finding.alarm]
            if alarms:
                self._put(alarms, taken, {})
        return read

    def _take_in(self, taken: "_Taken") -> None:
        found = self.alerting.find(taken.rows, taken.at)
        self._put(found.findings, taken, taken.batch.positions)
        self.counts += found.counts
        self.counts.update(passed_over=taken.batch.passed_over)

    def _put(self, findings: Sequence[Finding], taken: "_Taken", positions: dict[str, Any]) -> None:
        self.settings.identities.keep(findings, taken.behind)
        announce = self.settings.announce if self.settings.webhook else None
        raised = self.queue.put(findings, positions, announce)
        self.counts.update(alerts=len(raised))
        if raised:
            if self.postman:
                self.postman.wake()
            self.tell(raised)


class _Taken(NamedTuple):
    """Rows that were read, and are to be put into the queue."""

    rows: list[Row]
    behind: dict[str, str]
    batch: Batch
    at: datetime
