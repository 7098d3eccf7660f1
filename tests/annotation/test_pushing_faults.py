"""Pushing while servers fail, programs are killed, and others push too."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from threading import Thread, Timer

import pytest
from campaigns import Campaign, Run, predictions

from label_studio import Server
from treehole.annotation import delivery as delivering
from treehole.annotation import pushing
from treehole.annotation.connection import Address, ServerError, UnreachableError, connect
from treehole.annotation.delivery import Delivery
from treehole.annotation.forms import form_of
from treehole.annotation.projects import find_project
from treehole.models.datasets import Tier

pytestmark = pytest.mark.slow

COUNT = 600
TOKEN = "fedcba9876543210fedcba9876543210fedcba98"


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten tasks a batch, so that there is a middle to fail in, and short waits."""
    monkeypatch.setattr(delivering, "BATCH", 10)
    monkeypatch.setattr(delivering, "_WAITS", (0.2, 0.2, 0.2, 0.2, 0.2))
    monkeypatch.setattr("treehole.annotation.tasks._WAITS", (0.2, 0.2, 0.2))


@pytest.fixture
def own(own_server: Server, tmp_path: Path, labelling: Run) -> Campaign:
    return Campaign(own_server.address, tmp_path / "workspace", labelling)


@pytest.fixture
def campaign(label_studio: Server, tmp_path: Path, labelling: Run) -> Campaign:
    return Campaign(label_studio.address, tmp_path / "workspace", labelling)


def command(campaign: Campaign, server: Server, path: Path, size: int) -> list[str]:
    arguments = (
        "annotate", "push", "--tier", "easy", "--from", path, "--size", size, "--quiet",
        "--workspace", campaign.folder, "--name", campaign.name, "--url", campaign.address.url,
        "--token-file", server.token_file,
    )  # fmt: skip
    return [sys.executable, "-m", "treehole", *map(str, arguments)]


def complete(campaign: Campaign, count: int) -> None:
    """Everything is there exactly once, and the workspace knows it."""
    there = campaign.there()
    assert set(there.values()) == {1}
    assert len(there) == count
    assert set(there) == set(campaign.names())
    assert len(campaign.names()) == count
    assert campaign.pushed()["pushed_at"].null_count == 0


@pytest.mark.usefixtures("small_steps")
def test_a_server_that_is_down_is_named(own_server: Server, own: Campaign, tmp_path: Path) -> None:
    planned = own.planned(predictions(tmp_path))
    own_server.kill()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        own.bring(planned)
    assert not own.names()


@pytest.mark.usefixtures("small_steps")
def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(
    own_server: Server, own: Campaign, tmp_path: Path
) -> None:
    planned = own.planned(predictions(tmp_path, 200), 200)
    taken = 0

    def kill_later(count: int) -> None:
        nonlocal taken
        taken += count
        if taken == 50:
            Timer(0.03, own_server.kill).start()

    with pytest.raises(UnreachableError):
        own.bring(planned, advance=kill_later)
    assert 50 <= taken < 200
    kept = own.pushed()
    assert len(kept) == 200
    assert kept["pushed_at"].null_count > 0
    own_server.start()
    assert own.push(predictions(tmp_path, 200), 200).there == 200
    complete(own, 200)


@pytest.mark.usefixtures("small_steps")
def test_a_server_that_comes_back_in_time_is_not_noticed(
    own_server: Server, own: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_WAITS", (1.0,) * 100)
    planned = own.planned(predictions(tmp_path, 100), 100)
    restarts: list[Thread] = []

    def restart(_: int) -> None:
        if not restarts:
            own_server.kill()
            restarts.append(Thread(target=own_server.start))
            restarts[0].start()

    assert own.bring(planned, advance=restart).there == 100
    restarts[0].join()
    complete(own, 100)


@pytest.mark.usefixtures("small_steps")
def test_a_server_that_was_asleep_gets_nothing_twice(
    own_server: Server, own: Campaign, tmp_path: Path
) -> None:
    own.address = Address(own.address.url, own.address.token, timeout=1.0)
    planned = own.planned(predictions(tmp_path, 100), 100)
    naps: list[Timer] = []

    def sleep(_: int) -> None:
        if len(naps) < 3:
            own_server.suspend()
            naps.append(Timer(2.5, own_server.resume))
            naps[-1].start()

    assert own.bring(planned, advance=sleep).there == 100
    complete(own, 100)


@pytest.mark.usefixtures("small_steps")
def test_a_server_that_sleeps_on_is_given_up(
    own_server: Server, own: Campaign, tmp_path: Path
) -> None:
    own.address = Address(own.address.url, own.address.token, timeout=0.5)
    planned = own.planned(predictions(tmp_path, 40), 40)
    own_server.suspend()
    with pytest.raises(UnreachableError, match=r"did not answer within 0\.5 seconds"):
        own.bring(planned)
    own_server.resume()
    own.address = own_server.address
    own.bring(planned)
    complete(own, 40)


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.8])
def test_a_push_that_is_killed_is_completed_by_the_next(
    label_studio: Server, campaign: Campaign, tmp_path: Path, seconds: float
) -> None:
    path = predictions(tmp_path, COUNT)
    asked = command(campaign, label_studio, path, COUNT)
    with subprocess.Popen(asked, start_new_session=True) as process:
        while not campaign.workspace.pushed("easy").exists():  # written before anything is sent
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(seconds)
        process.kill()
    ended = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"{COUNT} of the push are there" in ended.stdout
    complete(campaign, COUNT)


def test_ctrl_c_is_told_in_a_line(label_studio: Server, campaign: Campaign, tmp_path: Path) -> None:
    path = predictions(tmp_path, 4000)
    asked = command(campaign, label_studio, path, 4000)

    def arrived() -> int:
        found = list(campaign.client.projects.list(title=campaign.name))
        return (found[0].task_number or 0) if found else 0

    with subprocess.Popen(
        asked, start_new_session=True, stderr=subprocess.PIPE, text=True
    ) as process:
        while arrived() <= delivering.BATCH:  # then the answer to the first batch was seen
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    assert said.count("\n") == 1
    assert 0 < campaign.pushed()["pushed_at"].null_count < 4000
    ended = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    complete(campaign, 4000)


def test_two_machines_that_push_the_same_at_once_double_nothing(
    label_studio: Server, campaign: Campaign, tmp_path: Path
) -> None:
    path = predictions(tmp_path, 1500)
    machines = [campaign.elsewhere(), campaign.elsewhere()]
    processes = [
        subprocess.Popen(
            command(machine, label_studio, path, 1500),
            start_new_session=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        for machine in machines
    ]
    said = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert all("1,500 of the push are there" in text for text in said)
    for machine in machines:
        complete(machine, 1500)


@pytest.mark.usefixtures("small_steps")
def test_machines_in_step_double_nothing(campaign: Campaign, tmp_path: Path) -> None:
    """Two threads that send the same batches in the same order at the same time."""
    planned = campaign.planned(predictions(tmp_path, 100), 100)
    project = campaign.project()
    tasks = pushing.tasks_of(planned.rows, form_of(Tier.EASY), project)
    deliveries = [Delivery(campaign.client, campaign.address, project) for _ in range(2)]
    errors: list[BaseException] = []

    def run(delivery: Delivery) -> None:
        try:
            delivery.deliver(tasks)
        except BaseException as error:  # noqa: BLE001  a thread's error would be lost
            errors.append(error)

    threads = [Thread(target=run, args=(delivery,)) for delivery in deliveries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    there = campaign.there()
    assert (len(there), set(there.values())) == (100, {1})


def test_a_wrong_token_is_told(campaign: Campaign) -> None:
    address = Address(campaign.address.url, TOKEN)
    with pytest.raises(ServerError, match="does not let the token in"):
        find_project(connect(address), address, campaign.workspace, "easy", campaign.name)


def test_a_token_without_rights_is_told(own_server: Server, own: Campaign, tmp_path: Path) -> None:
    path = predictions(tmp_path)
    own.push(path)
    left = own.client.users.create(username="left", email="left@localhost.local")
    database = own_server.local.folder / "data" / "label_studio.sqlite3"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE authtoken_token SET key = ? WHERE user_id = ?", (TOKEN, left.id))
        connection.execute(
            "UPDATE htx_user SET active_organization_id = NULL WHERE id = ?", (left.id,)
        )
        connection.execute(
            "DELETE FROM organizations_organizationmember WHERE user_id = ?", (left.id,)
        )
    own.address = Address(own.address.url, TOKEN)
    with pytest.raises(ServerError, match="token"):
        own.push(path)


@pytest.mark.usefixtures("small_steps")
def test_a_project_deleted_in_the_middle_is_reported(campaign: Campaign, tmp_path: Path) -> None:
    planned = campaign.planned(predictions(tmp_path, 100), 100)
    project = campaign.project()

    def delete(_: int) -> None:
        campaign.client.projects.delete(project.id)

    with pytest.raises(ServerError, match=r"is no longer on .* move .*easy.json"):
        campaign.bring(planned, advance=delete)
    assert len(campaign.names()) == 100


def test_a_full_disk_is_told_before_anything_is_sent(
    campaign: Campaign, tmp_path: Path, small_disk: Path
) -> None:
    campaign.folder = small_disk / "workspace"
    texts = [os.urandom(2000).hex() for _ in range(60)]
    planned = campaign.planned(predictions(tmp_path, text=texts), 60)
    with pytest.raises(pushing.TreeholeError, match="the disk is full"):
        campaign.bring(planned)
    assert not campaign.tasks()
