"""`treehole annotate install`, `up`, `down` and `status`, as an operator types them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import Ended, Treehole

from label_studio import free_port, program, server_in
from treehole.annotation.local_server import LocalServer
from treehole.annotation.server_environment import VERSION
from treehole.corpus.locking import locked

Annotate = Callable[..., Ended]


@pytest.fixture
def annotate(treehole: Treehole) -> Iterator[Annotate]:
    """`treehole annotate`, in a folder whose workspace has a server that was up before."""
    server_in(treehole.folder / "workspace" / "server")
    yield lambda *arguments: treehole("annotate", *arguments, env={"LABEL_STUDIO": str(program())})
    LocalServer(treehole.folder / "workspace" / "server").stop()


def test_help_names_the_commands(treehole: Treehole) -> None:
    for ended in (treehole("annotate"), treehole("annotate", "--help")):
        assert re.findall(r"^  ([a-z]+)  ", ended.out, re.M)[:4] == [
            "install", "up", "down", "status",
        ]  # fmt: skip
    assert "No such command 'odd'" in treehole("annotate", "odd").refusal


@pytest.mark.slow
def test_up_and_down(annotate: Annotate, treehole: Treehole) -> None:
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    ended = annotate("up", "--port", port)
    assert ended.code == 0
    assert f"is up at {url}\n" in ended.out
    secrets = [treehole.folder / "workspace" / "server" / name for name in ("token", "password")]
    for path in secrets:
        assert f"workspace/server/{path.name}" in ended.out
        assert path.read_text().strip() not in ended.out + ended.err
    again = annotate("up")
    assert (again.code, again.err) == (0, "")
    assert f"is up already at {url}\n" in again.out
    said = annotate("status")
    assert said.code == 0
    assert re.search(rf"Label Studio {VERSION} is up at {url} \(process \d+\)", said.out)
    assert re.search(r"for 0:00:\d\d; 0 projects, 0 tasks", said.out)
    assert re.search(r"[\d.]+ MB in workspace/server/data", said.out)
    down = annotate("down")
    assert (down.code, down.err) == (0, "")
    assert "stopped; its data stay in workspace/server/data" in down.out
    down = annotate("down")
    assert (down.code, down.out, down.err) == (0, "no server is up in workspace/server\n", "")


@pytest.mark.slow
def test_status_for_programs(annotate: Annotate, treehole: Treehole) -> None:
    ended = annotate("status", "--json")
    assert (ended.code, ended.err) == (1, "")
    said = json.loads(ended.out)
    assert said.pop("bytes") > 1_000_000
    assert said == {"up": False, "answers": False, "data": "workspace/server/data"}
    annotate("up", "--port", str(port := free_port()))
    ended = annotate("status", "--json")
    said = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert {name: said[name] for name in ("up", "answers", "url", "version")} == {
        "up": True, "answers": True, "url": f"http://127.0.0.1:{port}", "version": VERSION,
    }  # fmt: skip
    assert (said["projects"], said["tasks"]) == (0, 0)
    os.kill(said["pid"], signal.SIGKILL)
    while annotate("status").code == 0:
        time.sleep(0.1)
    assert annotate("status").out.startswith("no server is up in workspace/server\n")


@pytest.mark.slow
def test_what_keeps_it_from_coming_up(annotate: Annotate, treehole: Treehole) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = annotate("up", "--port", str(port))
        assert ended.code == 1
        told, refusal = ended.err.splitlines()
        assert told.startswith("annotate: starting Label Studio")
        assert refusal == (
            f"treehole: port {port} is taken by another program; choose another with --port"
        )
    missing = treehole("annotate", "up", "--no-install", env={"LABEL_STUDIO": ""})
    assert missing.code == 2
    assert missing.refusal.endswith("install it with: treehole annotate install")
    for path in ("missing", sys.executable):
        ended = annotate("up", "--label-studio", path)
        assert ended.code == 2
        assert f"{path} is no label-studio in the bin folder" in ended.refusal
    assert annotate("up", "--port", "0").code == 2
    assert "no server is up" in annotate("status").out


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground(annotate: Annotate, treehole: Treehole, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "treehole", "annotate", "up", "--foreground"]
    environment = {**os.environ, "LABEL_STUDIO": str(program()), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--port", str(free_port())],
        cwd=treehole.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "the log in" in line:
                break
        assert annotate("status").code == 0
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in said
    assert annotate("status").code == 1


@pytest.mark.slow
def test_the_foreground_says_when_the_server_ends(annotate: Annotate, treehole: Treehole) -> None:
    command = [sys.executable, "-m", "treehole", "annotate", "up", "--foreground"]
    environment = {**os.environ, "LABEL_STUDIO": str(program()), "PYTHONUNBUFFERED": "1"}
    for end in ("down", "killed"):
        with subprocess.Popen(
            [*command, "--port", str(free_port())],
            cwd=treehole.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if "the log in" in line:
                    break
            if end == "down":
                assert annotate("down").code == 0
            else:
                pid = json.loads(annotate("status", "--json").out)["pid"]
                os.kill(pid, signal.SIGKILL)
            _, said = process.communicate(timeout=60)
        if end == "down":
            assert process.returncode == 0
        else:
            assert process.returncode == 1
            assert "treehole: the server ended by itself: " in said


def test_the_program_that_is_there_is_used(treehole: Treehole, tmp_path: Path) -> None:
    place = tmp_path / "bin"
    place.mkdir()
    for name in ("label-studio", "python3"):
        (place / name).symlink_to("/bin/true")
    there = place / "label-studio"
    there.unlink()
    there.write_text("#!/bin/sh\n")
    there.chmod(0o755)
    ended = treehole("annotate", "install", env={"LABEL_STUDIO": str(there)})
    assert (ended.code, ended.out) == (0, f"Label Studio is installed: {there}\n")


@pytest.mark.slow
def test_an_installation_that_fails_leaves_nothing(treehole: Treehole, tmp_path: Path) -> None:
    nowhere = {"PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/simple", "PIP_RETRIES": "0"}
    nowhere |= {"PIP_CONFIG_FILE": os.devnull, "LABEL_STUDIO": "", "PIP_NO_CACHE_DIR": "1"}
    nowhere |= {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    made = tmp_path / "cache" / "treehole" / f"label-studio-{VERSION}"
    with subprocess.Popen(
        [sys.executable, "-m", "treehole", "annotate", "install"], env={**os.environ, **nowhere}
    ) as process:
        while not list(made.glob("*/bin/python3")):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    assert treehole("annotate", "up", "--no-install", env=nowhere).code == 2  # never half of it
    ended = treehole("annotate", "install", env=nowhere)
    assert ended.code == 1
    assert "treehole: pip cannot reach the packages of Label Studio" in ended.err
    assert "Traceback" not in ended.err
    assert [path.name for path in made.iterdir()] == [".lock"]


def test_two_installations_at_once(treehole: Treehole, tmp_path: Path) -> None:
    made = tmp_path / "cache" / "treehole" / f"label-studio-{VERSION}"
    with locked(made):
        environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "LABEL_STUDIO": ""}
        ended = treehole("annotate", "install", env=environment)
    assert ended.code == 1
    assert ended.refusal.startswith(f"another run is at work in {made}; wait for it")


def test_an_installation_on_a_small_disk(treehole: Treehole, small_disk: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(small_disk), "LABEL_STUDIO": ""}
    ended = treehole("annotate", "install", env=environment)
    assert ended.code == 1
    assert "1 GB of disk is needed" in ended.refusal
