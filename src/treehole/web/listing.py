"""The cases as the list shows them, read anew only when something has changed them.

To read thousands of cases takes longer than all else that a page asks for, and most of what goes on
record, such as that somebody looked, changes none.
"""

import threading
from datetime import datetime

from treehole.watch.audit import Event
from treehole.watch.cases import Case, by_urgency
from treehole.watch.queue import Queue

_CHANGING = frozenset({"escalated", "again", "taken", "contacted", "closed", "reopened"})
"""Events after which the list is another one."""


class Listing:
    """Remembers the cases of one queue, for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Event | None = None
        self._cases: list[Case] = []

    def cases(self, queue: Queue, now: datetime) -> list[Case]:
        """All cases, most urgent first, as the queue has them now; without trend and notes.

        Of each, the time of the last comment may be that of an earlier moment.

        Raises:
            TreeholeError: The queue cannot be read.
        """
        with self._lock:
            known = self._last
            since = queue.events(after=known.seq - 1 if known else 0, most=-1 if known else 1)
            # A queue that was exchanged has another event where this one was.
            same = known is not None and bool(since) and since[0].hash == known.hash
            if not same or any(event.kind in _CHANGING for event in since[1:]):
                self._last = queue.trail.last()  # at most what the cases are of
                self._cases = queue.cases(now=now)
            else:
                self._last = since[-1]
            cases = self._cases
        return by_urgency(cases, now)
