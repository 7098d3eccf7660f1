"""The server of a workspace: started, stopped, killed, and all that stands in its way."""

import json
import os
import re
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from label_studio import Server, free_port, program, server_in
from treehole.annotation import local_server
from treehole.annotation.connection import ServerError, connect
from treehole.annotation.forms import annotation_folder
from treehole.annotation.local_server import LocalServer
from treehole.annotation.server_settings import EMAIL, variables
from treehole.errors import InputError, OutputError


@pytest.fixture
def not_started(tmp_path: Path) -> Server:
    return server_in(tmp_path / "server")


def signed_in(server: Server, password: str, browser: httpx.Client | None = None) -> bool:
    """Whether the web page lets the operator in with the password."""
    browser = browser or httpx.Client()
    browser.get(f"{server.url}/user/login/")
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": EMAIL}
    answer = browser.post(f"{server.url}/user/login/", data={**form, "password": password})
    return answer.status_code == 302


def lets_in(server: Server, token: str) -> bool:
    headers = {"Authorization": f"Token {token}"}
    return httpx.get(f"{server.url}/api/projects/", headers=headers).status_code == 200


@pytest.mark.slow
def test_it_is_for_this_machine_alone(label_studio: Server) -> None:
    assert lets_in(label_studio, label_studio.token)
    assert signed_in(label_studio, label_studio.password)
    for path in (label_studio.local.token, label_studio.local.password, label_studio.local.log):
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConnectionRefusedError):  # another address of the same machine
        socket.create_connection(("127.0.0.2", label_studio.port), timeout=5)
    strange = httpx.get(f"{label_studio.url}/health", headers={"Host": "elsewhere.example"})
    assert strange.status_code == 400


@pytest.mark.slow
def test_it_tells_nobody_anything(label_studio: Server) -> None:
    browser = httpx.Client()
    assert signed_in(label_studio, label_studio.password, browser)
    settings = browser.get(f"{label_studio.url}/version").text
    for line in ('"COLLECT_ANALYTICS": "False"', '"LATEST_VERSION_CHECK": "False"'):
        assert line in settings
    for line in ('"SENTRY_DSN": ""', '"FRONTEND_SENTRY_DSN": ""', '"DEBUG": "False"'):
        assert line in settings


@pytest.mark.slow
def test_nobody_signs_up_without_a_link(label_studio: Server) -> None:
    with httpx.Client(base_url=label_studio.url) as browser:
        browser.get("/user/signup/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        form |= {"email": "uninvited@localhost.local", "password": "calm-and-clear-9"}
        assert browser.post("/user/signup/", data=form).status_code == 403
    assert label_studio.sign_up("invited").number


def test_what_is_not_the_servers_does_not_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = ("USERNAME", "PASSWORD", "HOST", "PORT", "DEBUG", "USER_TOKEN", "LABEL_STUDIO_API_KEY")
    for name in (*bare, "PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "odd")
    for name in ("LABEL_STUDIO_HOST", "POSTGRE_HOST", "DJANGO_DB", "LABEL_STUDIO_BASE_DATA_DIR"):
        monkeypatch.setenv(name, "named")
    found = variables(tmp_path)
    assert "odd" not in found.values()
    assert {name for name in found if found[name] == "named"} == {
        "LABEL_STUDIO_HOST", "POSTGRE_HOST", "DJANGO_DB",
    }  # fmt: skip
    assert found["LABEL_STUDIO_BASE_DATA_DIR"] == str(tmp_path)


@pytest.mark.slow
def test_its_pages_have_the_keys_of_the_guideline(label_studio: Server) -> None:
    keys = json.loads((annotation_folder() / "keymap.json").read_text("utf-8"))
    browser = httpx.Client()
    assert signed_in(label_studio, label_studio.password, browser)
    page = browser.get(f"{label_studio.url}/projects/").text
    found = re.search(r"defaultEditorKeymap = JSON\.parse\((\".*\")\);", page)
    assert found
    assert json.loads(json.loads(found[1])) == keys


@pytest.mark.slow
def test_a_server_that_was_killed_has_all_it_had(own_server: Server) -> None:
    made = connect(own_server.address).projects.create(title="kept")
    own_server.kill()
    assert own_server.local.running() is None
    with pytest.raises(ServerError, match="treehole annotate up"):
        own_server.local.url()
    own_server.start()
    assert [project.id for project in connect(own_server.address).projects.list()] == [made.id]


@pytest.mark.slow
def test_another_process_is_never_taken_for_it(own_server: Server) -> None:
    own_server.kill()
    record = json.loads(own_server.local.record.read_text())
    own_server.local.record.write_text(json.dumps({**record, "pid": os.getpid()}))
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        assert own_server.local.stop() is None
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == []
    own_server.start()
    assert own_server.local.running() == own_server.running


@pytest.mark.slow
def test_a_record_that_is_nonsense(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "_GRACE", 0.2)
    record = own_server.local.record.read_text()
    for nonsense in ("", "[1, 2]", '{"pid": 1}', "\0"):
        own_server.local.record.write_text(nonsense)
        with pytest.raises(ServerError, match=r"server\.json does not say where"):
            own_server.local.running()
    own_server.local.record.write_text(record)
    own_server.kill()
    own_server.local.record.write_text("")
    own_server.start()
    assert own_server.local.running()


@pytest.mark.slow
def test_secrets_that_were_lost_are_made_anew(own_server: Server) -> None:
    token, password = own_server.token, own_server.password
    own_server.token_file.unlink()
    with pytest.raises(ServerError, match="a new one is made by: treehole annotate up"):
        own_server.local.url()
    own_server.start()  # while it is up
    assert own_server.token != token
    assert (lets_in(own_server, token), lets_in(own_server, own_server.token)) == (False, True)
    assert signed_in(own_server, password)
    own_server.stop()
    own_server.local.password.write_text("")  # what a full disk leaves
    own_server.start()
    assert own_server.password != password
    assert signed_in(own_server, own_server.password)
    assert not signed_in(own_server, password)


@pytest.mark.slow
def test_a_token_that_is_another_servers_is_made_to_fit(not_started: Server) -> None:
    not_started.token_file.write_text("ab" * 20)
    not_started.start()
    assert lets_in(not_started, "ab" * 20)
    assert signed_in(not_started, not_started.password)
    not_started.stop()
    not_started.token_file.write_text("a token of mine")
    with pytest.raises(InputError, match="remove it, and a new one is made"):
        not_started.start()
    assert not_started.local.running() is None


@pytest.mark.slow
def test_one_that_does_not_end_is_killed(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_server, "_PATIENCE", 1.0)
    own_server.suspend()
    assert own_server.local.stop() is False
    assert own_server.local.running() is None


@pytest.mark.slow
def test_two_starts_at_once_are_one_server(not_started: Server) -> None:
    ports = [not_started.port, free_port()]
    with ThreadPoolExecutor() as pool:
        running = list(pool.map(lambda port: not_started.local.start(program(), port, 120), ports))
    assert running[0] == running[1]
    assert running[0].port in ports
    assert not_started.local.stop() is True


@pytest.mark.slow
def test_a_port_that_is_taken(not_started: Server) -> None:
    refused = pytest.raises(ServerError, match=r"port \d+ is taken .*--port")
    with socket.create_server(("", not_started.port)), refused:
        not_started.start()
    assert not_started.local.running() is None
    not_started.start()
    not_started.stop()


@pytest.mark.slow
def test_one_that_ends_before_it_is_up(
    not_started: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_DB", "odd")
    with pytest.raises(ServerError, match=r"ended before it was up: .*'odd'.*server\.log"):
        not_started.start()
    assert not_started.local.running() is None
    assert not not_started.local.record.exists()


@pytest.mark.slow
def test_one_that_takes_too_long(not_started: Server) -> None:
    with pytest.raises(ServerError, match=r"did not answer within 0\.2 seconds.*--timeout"):
        not_started.local.start(program(), not_started.port, 0.2)
    assert not_started.local.running() is None
    not_started.start()
    not_started.stop()


@pytest.mark.slow
def test_a_disk_that_is_full(small_disk: Path) -> None:
    (small_disk / "full").write_bytes(bytes(1 << 16))
    server = LocalServer(small_disk / "server")
    with pytest.raises(OutputError, match="the disk is full"):
        server.start(program(), free_port())
    assert server.running() is None


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_a_folder_that_cannot_be(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "here")
    server = LocalServer(tmp_path / "here" / "server")
    assert (server.running(), server.stop(), server.size()) == (None, None, 0)
    with pytest.raises(ServerError, match=f"up --workspace {tmp_path / 'here'}"):
        server.url()
    if make is Path.touch:
        with pytest.raises(OutputError, match="choose another workspace"):
            server.start(Path("label-studio"))
