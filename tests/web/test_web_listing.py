"""The list is read anew when something has changed it, and only then."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from invented_queue import finding, make_queue
from treehole.watch.queue import Queue, open_queue
from treehole.web.listing import Listing

NOW = datetime.now(UTC)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with open_queue(make_queue(tmp_path / "queue")) as opened:
        yield opened


def test_it_is_the_queues_own_after_each_change(queue: Queue) -> None:
    listing = Listing()
    changes = (
        lambda: None, lambda: queue.record("viewed", "小林", 1), lambda: queue.take(1, "小林"),
        lambda: queue.contact(1, "小林"), lambda: queue.shut(1, "小林"),
        lambda: queue.reopen(1, "小林"), lambda: queue.note(2, "小林", "…"),
        lambda: queue.put([finding(9, 9, NOW, "月底")], {}),
        lambda: queue.put([finding(2, 10, NOW, "今晚")], {}),
    )  # fmt: skip
    for change in changes:
        change()
        shown = [(case.number, case.state, case.level) for case in listing.cases(queue, NOW)]
        assert shown == [(case.number, case.state, case.level) for case in queue.cases(now=NOW)]


def test_what_only_goes_on_record_does_not_have_it_read_anew(queue: Queue) -> None:
    listing = Listing()
    before = listing.cases(queue, NOW)
    queue.record("listed", "小林")
    assert all(a is b for a, b in zip(before, listing.cases(queue, NOW), strict=True))


def test_the_order_follows_the_time(queue: Queue) -> None:
    listing, later = Listing(), NOW + timedelta(days=2)
    listing.cases(queue, NOW)
    shown = [case.number for case in listing.cases(queue, later)]
    assert shown == [case.number for case in queue.cases(now=later)]


def test_another_queue_in_its_place(queue: Queue, tmp_path: Path) -> None:
    listing = Listing()
    for _ in range(20):
        queue.record("listed", "小林")
    assert len(listing.cases(queue, NOW)) == 6
    with open_queue(make_queue(tmp_path / "other", 3)) as other:
        assert len(listing.cases(other, NOW)) == 3
        assert len(listing.cases(queue, NOW)) == 6
