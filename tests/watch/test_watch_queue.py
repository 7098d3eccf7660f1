"""The queue: one alert a user and escalation, whatever comes in whatever order."""

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alarms import CHENGDU, ROOFTOP, START, finding, tell
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from treehole.errors import InputError, UsageError
from treehole.watch.cases import State, by_urgency
from treehole.watch.queue import CaseError, Filter, NoCaseError, Queue, StaleError, open_queue
from treehole.watch.restoring import restore
from treehole.watch.storage import QUEUE, TRAIL, QueueError

LATER = timedelta(days=365)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with open_queue(tmp_path / "queue", create=True) as opened:
        yield opened


def test_a_user_has_one_case_that_rises(queue: Queue) -> None:
    raised = queue.put(
        [finding(1, "u", 6), finding(2, "u", 6, 1), finding(3, "u", 8, 2), finding(4, "u", 7, 3)],
        {},
    )
    assert [(alert.level, alert.before) for alert in raised] == [(6, None), (8, 6)]
    [case] = queue.cases()
    assert (case.level, case.highest, case.escalations, case.state) == (8, 8, 2, State.NEW)
    assert case.comment.comment_id == "c3"
    assert case.last_seen == START + timedelta(minutes=3)
    assert [seen.level for seen in queue.case(case.number).trend] == [6, 6, 8, 7]


def test_a_comment_that_is_read_again_changes_nothing(queue: Queue) -> None:
    found = [finding(1, "u", 6), finding(2, "u", 3, 1), finding(3, None, 9)]
    queue.put(found, {})
    before = queue.cases(), queue.events()
    assert queue.put(found, {}) == []
    assert (queue.cases(), queue.events()) == before


def test_comments_of_nobody_are_cases_of_their_own(queue: Queue) -> None:
    assert len(queue.put([finding(1, None, 6), finding(2, None, 6), finding(1, None, 6)], {})) == 2


def test_levels_of_others_are_kept_without_name_or_text(queue: Queue) -> None:
    queue.put([finding(1, "somebody", 4)], {})
    assert queue.cases() == []
    stored = b"".join(path.read_bytes() for path in queue.folder.iterdir())
    assert b"somebody" not in stored
    queue.put([finding(2, "somebody", 6, 9)], {})
    assert [seen.level for seen in queue.case(1).trend] == [4, 6]


def test_what_the_act_and_the_places_are_follows_the_latest(queue: Queue) -> None:
    queue.put([finding(1, "u", 8, 0, (CHENGDU,), act_in=2)], {})
    queue.put([finding(2, "u", 6, 1, (ROOFTOP,)), finding(3, "u", 7, 2, act_in=1)], {})
    [case] = queue.cases()
    assert case.comment.comment_id == "c1"
    assert [place.concept for place in case.places] == ["Rooftop", "Chengdu"]
    assert case.act_from == START + timedelta(hours=1, minutes=2)


def test_a_case_is_taken_contacted_and_closed(queue: Queue) -> None:
    queue.put([finding(1, "u", 7)], {})
    with pytest.raises(CaseError, match="take it first"):
        queue.contact(1, "小林")
    assert queue.take(1, "小林", "我来").taken_by == "小林"
    with pytest.raises(CaseError, match="taken by 小林"):
        queue.take(1, "小王")
    with pytest.raises(CaseError, match="小林"):
        queue.shut(1, "小王")
    assert queue.contact(1, " 小林 ").state is State.CONTACTED
    assert queue.note(1, "小王", "她在成都").taken_by == "小林"
    closed = queue.shut(1, "小林", "家人在身边")
    assert (closed.state, closed.taken_by, closed.waiting) == (State.CLOSED, None, False)
    assert [note.text for note in closed.notes] == ["我来", "她在成都", "家人在身边"]
    with pytest.raises(CaseError, match="reopen"):
        queue.take(1, "小王")
    assert queue.reopen(1, "小王").waiting
    kinds = [event.kind for event in queue.events(1)]
    assert kinds == ["escalated", "taken", "contacted", "noted", "closed", "reopened"]


def test_who_looked_at_an_older_version_is_told(queue: Queue) -> None:
    queue.put([finding(1, "u", 7)], {})
    seen = queue.case(1).version
    queue.take(1, "小林", expected=seen)
    with pytest.raises(StaleError, match="taken by 小林"):
        queue.shut(1, "小林", expected=seen)


@pytest.mark.parametrize("who", ["", "  ", "treehole", "a" * 81, "a\x1b[31m"])
def test_nobody_is_nobody(queue: Queue, who: str) -> None:
    queue.put([finding(1, "u", 7)], {})
    with pytest.raises(UsageError, match="say who you are"):
        queue.take(1, who)


def test_a_case_that_is_none_is_refused(queue: Queue) -> None:
    with pytest.raises(NoCaseError, match="no case 7"):
        queue.take(7, "小林")


def test_a_rise_is_seen_by_who_has_the_case(queue: Queue) -> None:
    queue.put([finding(1, "u", 6)], {})
    assert not queue.take(1, "小林").waiting
    queue.put([finding(2, "u", 9)], {})
    case = queue.case(1)
    assert (case.state, case.taken_by, case.risen, case.waiting) == ("taken", "小林", True, True)
    assert not queue.take(1, "小林").waiting


def test_a_closed_case_opens_by_what_is_written_later(queue: Queue) -> None:
    queue.put([finding(1, "u", 8)], {})
    queue.shut(1, "小林")
    assert queue.put([finding(2, "u", 8, 1)], {}) == []  # written before it was closed
    later = replace(finding(3, "u", 6), at=datetime.now(UTC) + LATER)
    [raised] = queue.put([later], {})
    assert (raised.number, raised.level, raised.before) == (1, 6, None)
    case = queue.case(1)
    assert (case.state, case.level, case.highest) == (State.NEW, 6, 8)


def test_a_closed_case_opens_by_a_rise_whenever_written(queue: Queue) -> None:
    queue.put([finding(1, "u", 8)], {})
    queue.shut(1, "小林")
    assert [raised.level for raised in queue.put([finding(2, "u", 9, -60)], {})] == [9]


def test_cases_are_filtered_and_sorted_by_urgency(queue: Queue) -> None:
    now = START + timedelta(minutes=10)
    queue.put(
        [
            finding(1, "a", 8, 0, act_in=20),
            finding(2, "b", 8, 0, (CHENGDU,), act_in=3),
            finding(3, "c", 9),
            finding(4, "d", 8, -600, act_in=1),  # over
            finding(5, "e", 10),
            finding(6, "f", 8),
        ],
        {},
    )
    queue.shut(5, "小林")
    assert [case.user for case in queue.cases(now=now)] == ["c", "b", "a", "f", "d", "e"]
    assert by_urgency(reversed(queue.cases(now=now)), now) == queue.cases(now=now)
    for name in ("四川", "四川省", "Sichuan", "sichuan"):
        assert [case.user for case in queue.cases(Filter(province=name))] == ["b"]
    assert queue.cases(Filter(province="")) == []
    assert [case.user for case in queue.cases(Filter(frozenset({State.CLOSED})))] == ["e"]
    assert {case.user for case in queue.cases(Filter(level=9))} == {"c", "e"}
    assert queue.cases(Filter(since=datetime.now(UTC) + LATER)) == []


def test_a_batch_that_fails_leaves_nothing(queue: Queue) -> None:
    def fail(_: object) -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        queue.put([finding(1, "a", 3), finding(2, "b", 7)], {"file": {"offset": 9}}, fail)
    assert (queue.cases(), queue.positions(), len(queue.events())) == ([], {}, 1)


def test_old_levels_are_forgotten_but_for_open_cases(queue: Queue) -> None:
    queue.put([finding(1, "a", 3), finding(2, "b", 3), finding(3, "b", 7)], {})
    assert queue.forget(36500) == 0
    assert queue.forget(0) == 1
    assert [seen.level for seen in queue.case(1).trend] == [3, 7]
    queue.shut(1, "小林")
    assert queue.forget(0) == 2


def test_letters_go_out_until_they_are_settled(queue: Queue) -> None:
    queue.put([finding(1, "a", 7), finding(2, "b", 9)], {}, tell)
    first, second = queue.letters("waiting")
    assert json.loads(second.body) == {"case": 2, "level": 9}
    queue.put_off(first.key, 5e9, "HTTP 503")
    assert [letter.key for letter in queue.letters("waiting", due=4e9)] == [second.key]
    queue.settle(second, "HTTP 200", delivered=True)
    queue.settle(first, "HTTP 400", delivered=False)
    assert [letter.attempts for letter in queue.letters("refused")] == [2]
    assert queue.retry_letters() == 1
    assert [letter.key for letter in queue.letters("waiting")] == [first.key]


def test_what_the_model_says_later_is_added(queue: Queue) -> None:
    said = finding(1, "u", 8)
    assert said.alarm
    by_rules = replace(said, alarm=replace(said.alarm, probability=None))
    by_both = replace(said, alarm=replace(said.alarm, sources=("rules", "model")))
    assert len(queue.put([by_rules], {})) == 1
    for _ in range(2):
        assert queue.put([by_both], {"file": 1}) == []
    case = queue.case(1)
    assert (case.probability, case.sources, case.escalations) == (0.75, ("rules", "model"), 1)
    assert [event.kind for event in queue.events(1)] == ["escalated", "scored"]


def test_files_are_for_their_owner_only(queue: Queue) -> None:
    queue.put([finding(1, "u", 7)], {})
    assert queue.folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in queue.folder.iterdir())


def test_the_trail_is_not_changed_by_mistake(queue: Queue) -> None:
    with sqlite3.connect(queue.folder / QUEUE) as connection:
        for change in ("DELETE FROM audit", "UPDATE audit SET who = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="audit trail"):
                connection.execute(change)


def test_no_queue_is_told_from_a_lost_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no queue"):
        open_queue(tmp_path)
    with open_queue(tmp_path, create=True) as queue:
        queue.put([finding(1, "u", 7)], {})
    (tmp_path / QUEUE).unlink()
    for create in (False, True):
        with pytest.raises(QueueError, match="treehole watch restore"):
            open_queue(tmp_path, create=create)


def test_a_trail_that_says_more_is_refused(tmp_path: Path) -> None:
    with open_queue(tmp_path, create=True) as queue:
        queue.put([finding(1, "u", 7)], {})
    old = (tmp_path / QUEUE).read_bytes()
    with open_queue(tmp_path) as queue:
        queue.take(1, "小林")
    for path in tmp_path.glob(f"{QUEUE}*"):
        path.unlink()
    (tmp_path / QUEUE).write_bytes(old)
    with pytest.raises(QueueError, match="says more than"):
        open_queue(tmp_path)
    restore(tmp_path)
    with open_queue(tmp_path) as queue:
        assert queue.case(1).taken_by == "小林"


@pytest.mark.parametrize("place", [0, 100, 4096])
def test_a_damaged_queue_is_refused_kept_and_made_again(tmp_path: Path, place: int) -> None:
    with open_queue(tmp_path, create=True) as queue:
        queue.put([finding(n, f"u{n}", 7, n, (CHENGDU,)) for n in range(1, 60)], {"f": 3}, tell)
        queue.take(3, "小林", "我来")
        cases, trail = queue.cases(), queue.events()
    damaged = bytearray((tmp_path / QUEUE).read_bytes())
    damaged[place : place + 20_000] = os.urandom(20_000)
    (tmp_path / QUEUE).write_bytes(damaged)
    for _ in range(2):
        with (
            pytest.raises(QueueError, match="watch restore") as refused,
            open_queue(tmp_path) as queue,
        ):
            queue.check()
    [copy] = tmp_path.glob("kept-*.sqlite")
    assert copy.name in str(refused.value)
    assert copy.read_bytes() == damaged
    assert restore(tmp_path) == (len(trail), copy.name)
    with open_queue(tmp_path) as queue:
        queue.check()
        assert (queue.cases(), queue.events(), queue.positions()) == (cases, trail, {"f": 3})
        assert len(queue.letters("waiting")) == 59
        assert queue.verify() == len(trail)
        assert queue.put([finding(3, "u3", 7)], {}) == []


def test_what_was_killed_before_the_trail_was_written_is_written_then(tmp_path: Path) -> None:
    with open_queue(tmp_path, create=True) as queue:
        queue.put([finding(1, "u", 7)], {})
        queue.take(1, "小林")
    trail = tmp_path / TRAIL
    lines = trail.read_bytes().splitlines(keepends=True)
    trail.write_bytes(b"".join(lines[:-2]) + lines[-2][:20])
    with open_queue(tmp_path) as queue:
        queue.mirror()
        assert trail.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("what", ["changed", "taken out", "cut"])
def test_a_trail_that_was_tampered_with_shows(tmp_path: Path, what: str) -> None:
    with open_queue(tmp_path, create=True) as queue:
        queue.put([finding(n, f"u{n}", 7) for n in range(1, 5)], {})
    trail = tmp_path / TRAIL
    lines = trail.read_bytes().splitlines(keepends=True)
    if what == "changed":
        lines[2] = lines[2].replace(b'"level": 7', b'"level": 6')
    elif what == "taken out":
        del lines[2]
    else:
        lines = lines[:3]
    trail.write_bytes(b"".join(lines))
    if what == "cut":  # the queue knows better, and writes it again
        with open_queue(tmp_path) as queue:
            assert queue.verify() == 5
        return
    with open_queue(tmp_path) as queue, pytest.raises(QueueError, match="event 3"):
        queue.verify()
    (tmp_path / QUEUE).unlink()
    with pytest.raises(QueueError, match="event 3"):
        restore(tmp_path)


class Machine(RuleBasedStateMachine):
    """Batches, changes by people, kills and restorations in any order, against a plain model."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name) / "queue"
        self.queue = open_queue(self.folder, create=True)
        self.seen: dict[int, int] = {}
        self.alerts: dict[str, list[int]] = {}
        self.closed: set[str] = set()
        self.highest: dict[str, int] = {}
        self.number: dict[str, int] = {}
        self.told: list[str] = []

    def teardown(self) -> None:
        self.queue.close()
        self._folder.cleanup()

    @rule(
        batch=st.lists(
            st.tuples(st.integers(1, 60), st.sampled_from("abc"), st.integers(1, 10)), max_size=8
        )
    )
    def put(self, batch: list[tuple[int, str, int]]) -> None:
        found = [finding(digest * 10 + level, user, level) for digest, user, level in batch]
        raised = self.queue.put(found, {"file": len(self.seen)}, tell)
        expected = []
        for item in found:
            if item.digest in self.seen:
                continue
            self.seen[item.digest] = item.level
            user = str(item.user)
            if item.level < 6:
                continue
            self.number.setdefault(user, len(self.number) + 1)
            before = self.alerts.setdefault(user, [0])
            bound = self.highest[user] if user in self.closed else before[-1]
            if item.level > bound:  # written long ago, so a closed case opens by a rise alone
                before.append(item.level)
                self.closed.discard(user)
                self.highest[user] = max(self.highest.get(user, 0), item.level)
                expected.append((self.number[user], item.level))
        assert [(alert.number, alert.level) for alert in raised] == expected
        self.told += [alert.key for alert in raised]

    @precondition(lambda self: self.number)
    @rule(data=st.data(), act=st.sampled_from(["take", "contact", "shut", "reopen"]))
    def change(self, data: st.DataObject, act: str) -> None:
        user = data.draw(st.sampled_from(sorted(self.number)))
        who = data.draw(st.sampled_from(["小林", "小王"]))
        try:
            case = getattr(self.queue, act)(self.number[user], who)
        except CaseError:
            return
        if case.state is State.CLOSED:
            self.closed.add(user)
        else:
            self.closed.discard(user)

    @rule()
    def killed(self) -> None:
        """Nothing is said goodbye to."""
        self.queue._connection.close()
        self.queue = open_queue(self.folder)

    @rule()
    def made_again(self) -> None:
        cases, events = self.queue.cases(now=START), self.queue.events()
        letters = self.queue.letters("waiting")
        self.queue.close()
        restore(self.folder)
        for copy in self.folder.glob("kept-*"):
            copy.unlink()
        self.queue = open_queue(self.folder)
        self.seen = {digest: level for digest, level in self.seen.items() if level >= 6}
        assert [replace(c, last_seen=c.first_seen) for c in self.queue.cases(now=START)] == [
            replace(c, last_seen=c.first_seen) for c in cases
        ]
        assert (self.queue.events(), self.queue.letters("waiting")) == (events, letters)

    @invariant()
    def one_alert_a_user_and_escalation(self) -> None:
        assert [letter.key for letter in self.queue.letters("waiting")] == self.told
        assert len(set(self.told)) == len(self.told)
        assert self.queue.verify() == len(self.queue.events())


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
