"""Whatever goes wrong in a pull, what was pulled stays, and the next pull has all of it."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from label_studio import Server
from people import Round, begin
from treehole.annotation import pulling, standing, tasks
from treehole.annotation.connection import Address, GoneError, ServerError, UnreachableError
from treehole.annotation.forms import Answer
from treehole.annotation.history import current, read_history
from treehole.annotation.pulling import Changes, Request, pull
from treehole.annotation.workspace import Workspace
from treehole.corpus.locking import locked
from treehole.errors import InputError, OutputError
from treehole.models.datasets import Tier

pytestmark = pytest.mark.slow

HIGH, LOW = Answer(label="high"), Answer(label="low")
COMMENTS = [f"c{number:03}" for number in range(60)]
_STEP = 10
"""Tasks read, and saved, at once."""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREEHOLE_KEY", "a key for tests, of some length")


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_steps(monkeypatch.setattr)


def in_small_steps(change: Callable[[object, str, int], None] = setattr) -> None:
    change(pulling, "FETCHED", _STEP)
    change(standing, "CHECKPOINT", _STEP)
    change(standing, "_SHARE", 10**9)


def pull_in_small_steps(address: Address, folder: Path, campaign: str) -> None:
    """In a process of its own, to be killed."""
    in_small_steps()
    pull(address, Workspace(folder), Request(Tier.EASY, campaign))


def contents(place: Round) -> dict[str, bytes]:
    """All that a pull has written."""
    names = ("history", "seen", "labels", "manifest")
    paths = (getattr(place.workspace, name)("easy") for name in names)
    return {path.name: path.read_bytes() for path in paths if path.exists()}


def history(place: Round) -> pa.Table:
    """The history, but for when it was seen."""
    return read_history(place.workspace.history("easy")).drop_columns("seen_at")


def undisturbed(place: Round, folder: Path) -> pa.Table:
    """What another machine pulls, to which nothing happens."""
    other = replace(place, workspace=Workspace(folder))
    other.pull()
    return history(other)


def answered(server: Server, folder: Path) -> Round:
    place = begin(server, folder)
    place.bring_answered(COMMENTS, LOW)
    return place


def at(moment: int, act: Callable[[], object]) -> dict[str, object]:
    """The option of a pull that does something after so many steps."""
    steps = iter(range(10**6))

    def advance(_: int) -> None:
        if next(steps) == moment:
            act()

    def expect(_: int) -> None:
        if moment < 0:
            act()

    return {"progress": (expect, advance)}


def test_a_server_that_is_down_is_said_to_be_so(own_server: Server, tmp_path: Path) -> None:
    place = begin(own_server, tmp_path / "workspace", comments=["c1"])
    place.say("c1", LOW)
    place.pull()
    before = contents(place)
    own_server.stop()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        place.pull()
    assert contents(place) == before


@pytest.mark.usefixtures("small_steps")
def test_a_server_killed_in_the_middle_loses_nothing(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_WAITS", (0.1, 0.2))
    place = answered(own_server, tmp_path / "workspace")
    for moment in (-1, 0, 2):
        with pytest.raises(UnreachableError, match="cannot be reached"):
            place.pull(**at(moment, own_server.kill))
        own_server.start()
    read = place.pull().changes["easy"].read
    assert 0 < read < len(COMMENTS)  # it went on where it was
    assert history(place).equals(undisturbed(place, tmp_path / "another"))
    assert set(history(place)["comment_id"].to_pylist()) == set(COMMENTS)


@pytest.mark.usefixtures("small_steps")
def test_a_server_that_is_slow_for_a_while_is_waited_for(
    own_server: Server, tmp_path: Path
) -> None:
    place = answered(own_server, tmp_path / "workspace")
    whole = undisturbed(place, tmp_path / "another")
    place.address = replace(place.address, timeout=1.0)

    def sleepy() -> None:
        own_server.suspend()
        threading.Timer(2.5, own_server.resume).start()

    place.pull(**at(1, sleepy))
    assert history(place).equals(whole)


def test_a_server_that_is_too_slow_is_given_up(own_server: Server, tmp_path: Path) -> None:
    place = answered(own_server, tmp_path / "workspace")
    place.address = replace(place.address, timeout=0.5)
    with pytest.raises(UnreachableError, match=r"did not answer within 0\.5 seconds"):
        place.pull(**at(-1, own_server.suspend))
    own_server.resume()
    place.address = own_server.address
    assert place.pull().changes["easy"].made == len(COMMENTS)


def test_a_pull_killed_at_any_moment_goes_on_where_it_was(
    label_studio: Server, tmp_path: Path
) -> None:
    place = answered(label_studio, tmp_path / "workspace")
    whole = undisturbed(place, tmp_path / "another")
    arguments = (place.address, place.workspace.folder, place.campaign)
    spawned = multiprocessing.get_context("spawn")
    path = place.workspace.history("easy")
    killed = 0
    for step in range(100):
        process = spawned.Process(target=pull_in_small_steps, args=arguments)
        process.start()
        wanted = _rows(path) + _STEP
        while process.is_alive() and _rows(path) < wanted:  # until it has written once more
            time.sleep(0.002)
        time.sleep(0.01 * step)
        process.kill()
        process.join()
        found = history(place)
        assert found.equals(whole.slice(0, len(found)))
        if process.exitcode == 0:
            break
        killed += 1
    assert killed
    assert place.pull().changes["easy"].made == 0
    assert history(place).equals(whole)


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows) if path.exists() else 0


def test_a_history_saved_without_its_tasks_is_pulled_on_without_doubles(
    label_studio: Server, tmp_path: Path
) -> None:
    place = answered(label_studio, tmp_path)
    place.pull()
    whole = history(place)
    place.workspace.seen("easy").unlink()  # as if killed in between
    assert place.pull().changes["easy"] == Changes(tasks=len(COMMENTS), read=len(COMMENTS))
    place.workspace.seen("easy").write_bytes(b"PAR1")
    assert place.pull().changes["easy"].read == len(COMMENTS)
    assert place.pull().changes["easy"].read == 0
    assert history(place).equals(whole)


def test_a_wrong_token_changes_nothing(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    place.say("c1", LOW)
    place.pull()
    before = contents(place)
    place.address = replace(place.address, token="0" * 40)
    with pytest.raises(ServerError, match="does not let the token in"):
        place.pull()
    assert contents(place) == before


def test_a_token_without_rights_changes_nothing(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    place.say("c1", LOW)
    place.pull()
    before = contents(place)
    left = label_studio.sign_up(place.campaign)
    gone = httpx.delete(
        f"{place.address.url}/api/organizations/1/memberships/{left.number}/",
        headers={"Authorization": f"Token {place.address.token}"},
    )
    assert gone.is_success
    place.address = replace(place.address, token=left.legacy)
    with pytest.raises(ServerError) as raised:
        place.pull()
    assert "\n" not in str(raised.value)
    assert contents(place) == before


def test_of_a_deleted_project_all_that_was_pulled_stays(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    place.say("c1", LOW)
    place.pull()
    before = contents(place)
    place.client.projects.delete(place.project.id)
    with pytest.raises(GoneError, match=r"is no longer on .*; what was pulled stays"):
        place.pull()
    assert contents(place) == before


@pytest.mark.usefixtures("small_steps")
def test_a_project_deleted_in_the_middle_of_a_pull(label_studio: Server, tmp_path: Path) -> None:
    place = answered(label_studio, tmp_path)
    with pytest.raises(GoneError):
        place.pull(**at(1, lambda: place.client.projects.delete(place.project.id)))
    assert 0 < len(current(history(place))) < len(COMMENTS)


def test_a_project_in_place_of_a_deleted_one_adds_to_the_history(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    place.say("c1", LOW)
    place.pull()
    place.client.projects.delete(place.project.id)
    place.workspace.record("easy").unlink()  # as the message says
    again = place.beside("easy", ["c2"])
    again.say("c2", HIGH)
    assert again.pull().changes["easy"] == Changes(tasks=1, read=1, made=1)
    table = pq.read_table(place.workspace.labels("easy"))
    assert dict(zip(*table.select(["comment_id", "label"]).to_pydict().values(), strict=True)) == {
        "c1": "low", "c2": "high",
    }  # fmt: skip
    assert None not in table["text"].to_pylist()


@pytest.mark.usefixtures("small_steps")
def test_a_task_deleted_in_the_middle_of_a_pull(label_studio: Server, tmp_path: Path) -> None:
    place = answered(label_studio, tmp_path)
    *_, last = place.client.tasks.list(project=place.project.id, include="id")
    changes = place.pull(**at(1, lambda: place.client.tasks.delete(str(last.id)))).changes
    assert changes["easy"].made == len(COMMENTS) - 1
    assert place.pull().changes["easy"] == Changes(tasks=len(COMMENTS) - 1)


@pytest.mark.usefixtures("small_steps")
def test_a_change_in_the_middle_of_a_pull_is_seen_by_the_next_at_the_latest(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=COMMENTS)
    numbers = {name: place.say(name, LOW) for name in (COMMENTS[0], COMMENTS[-1])}

    def change() -> None:
        for name, number in numbers.items():
            place.change(number, name, HIGH)

    place.pull(**at(-1, change))  # between the list and the reading
    place.pull()
    found = current(read_history(place.workspace.history("easy")))
    assert found["label"].to_pylist() == ["high", "high"]


def test_answers_to_a_form_that_somebody_edited_are_kept_and_read_when_it_fits_again(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"])
    place.say("c1", LOW)
    edited = place.project.config.replace('name="label"', 'name="risk"')
    place.client.projects.delete(place.project.id)
    place.workspace.record("easy").unlink()
    place = place.beside("easy", ["c1", "c2"])
    place.client.projects.update(place.project.id, label_config=edited)
    region = {"from_name": "risk", "to_name": "text", "type": "choices", "id": "r"}
    said = [{**region, "value": {"choices": ["high"]}}]
    number = place.say_raw("c1", said)
    outcome = place.pull()
    assert list(outcome.misfits) == ["easy"]
    assert (outcome.summary.unread, outcome.summary.comments) == (1, 0)
    (row,) = read_history(place.workspace.history("easy")).to_pylist()
    assert (row["label"], row["skipped"]) == (None, False)
    assert '"choices": ["high"]' in row["unread"]
    assert place.pull().changes["easy"] == Changes(tasks=2, read=1)  # asked for again, no double
    place.client.annotations.delete(number)
    place.client.projects.update(place.project.id, label_config=place.project.config)
    place.say("c1", HIGH)
    outcome = place.pull()
    assert (outcome.misfits, outcome.summary.unread) == ({}, 0)
    assert outcome.summary.comments == 1


def test_what_cannot_be_read_of_an_answer_is_kept_beside_what_can(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"])
    region = {"from_name": "label", "to_name": "text", "type": "choices", "id": "r"}
    place.say_raw("c1", [
        {**region, "value": {"choices": ["low"]}},
        {**region, "from_name": "mood", "value": {"choices": ["calm"]}},
        {"from_name": "evidence", "type": "labels", "value": {"labels": ["wish"]}},
    ])  # fmt: skip
    place.say_raw("c2", [])
    place.pull()
    first, second = read_history(place.workspace.history("easy")).to_pylist()
    assert (first["label"], second["label"]) == ("low", None)
    assert "calm" in first["unread"]
    assert "wish" in first["unread"]
    assert "low" not in first["unread"]
    assert second["unread"] == "[]"


def test_on_a_full_disk_the_old_history_stays(label_studio: Server, small_disk: Path) -> None:
    place = begin(label_studio, small_disk, comments=["c1"])
    place.say("c1", LOW)
    place.pull()
    before = contents(place)
    rest = small_disk / "rest"
    place.bring_answered(COMMENTS, HIGH)
    free = os.statvfs(small_disk)
    rest.write_bytes(bytes(free.f_bavail * free.f_frsize))
    with pytest.raises(OutputError, match="the disk is full"):
        place.pull()
    assert contents(place) == before
    rest.unlink()
    assert place.pull().changes["easy"].made == len(COMMENTS)


def test_a_damaged_history_is_left_as_it_is(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    place.say("c1", LOW)
    place.pull()
    path = place.workspace.history("easy")
    path.write_bytes(path.read_bytes()[:-50])
    before = contents(place)
    with pytest.raises(InputError, match=r"is damaged .* and is left as it is"):
        place.pull()
    assert contents(place) == before


def test_two_pulls_at_once_do_not_get_in_each_others_way(
    label_studio: Server, tmp_path: Path
) -> None:
    place = answered(label_studio, tmp_path)
    with locked(tmp_path), pytest.raises(OutputError, match="another run is at work"):
        place.pull()
    assert contents(place) == {}
    assert place.pull().changes["easy"].made == len(COMMENTS)
