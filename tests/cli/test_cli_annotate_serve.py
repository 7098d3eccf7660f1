import stat
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from commands import Treehole

from label_studio import Server, free_port
from serving import backend
from small_models import write_model
from treehole.annotation.connection import connect
from treehole.annotation.forms import answer_in, form_of
from treehole.annotation.projects import MODEL_VERSION, Project, ensure_project
from treehole.annotation.workspace import Workspace
from treehole.models.datasets import Tier

PLANNED = "今晚去天台，遗书写好了"


def projects(server: Server, folder: Path, tiers: Sequence[Tier]) -> tuple[str, list[Project]]:
    """Projects of a new campaign, and its name."""
    name = uuid.uuid4().hex[:12]
    client, place = connect(server.address), Workspace(folder)
    made = [
        ensure_project(client, server.address, place, tier, name, form_of(tier)) for tier in tiers
    ]
    return name, made


def registering(server: Server, folder: Path, name: str) -> list[str]:
    options = ["--register", "--url", server.url, "--token-file", str(server.token_file)]
    return [*options, "--name", name, "--workspace", str(folder)]


def ask(server: Server, path: str) -> Any:
    headers = {"Authorization": f"Token {server.token}"}
    return httpx.get(f"{server.url}{path}", headers=headers, timeout=60).json()


def added(server: Server, project: Project, text: str) -> int:
    """Somebody adds a comment in the web page."""
    made = connect(server.address).tasks.create(project=project.id, data={"text": text})
    assert made.id is not None
    return made.id


@pytest.mark.slow
def test_what_is_opened_is_pre_labelled(label_studio: Server, cache: Path, tmp_path: Path) -> None:
    name, made = projects(label_studio, tmp_path, (Tier.EASY, Tier.HARD))
    options = registering(label_studio, tmp_path, name)
    with backend(cache, *options, lines=3) as found:
        assert all("asks it" in line for line in found.said[1:])
        for project, tier in zip(made, (Tier.EASY, Tier.HARD), strict=True):
            task = added(label_studio, project, PLANNED)
            (prediction,) = ask(label_studio, f"/api/tasks/{task}")["predictions"]
            answer = answer_in(prediction["result"], PLANNED)
            assert prediction["model_version"] == MODEL_VERSION
            if tier is Tier.EASY:
                assert answer.label == "high"
            else:
                assert (answer.level or 0) >= 6
                assert answer.spans
        code, errors = found.end()
        assert (code, errors) == (0, "")
    task = added(label_studio, made[0], PLANNED)  # it has ended: the task opens all the same
    assert ask(label_studio, f"/api/tasks/{task}")["predictions"] == []


@pytest.mark.slow
def test_the_stream_shows_it_too(label_studio: Server, cache: Path, tmp_path: Path) -> None:
    name, (project,) = projects(label_studio, tmp_path, (Tier.EASY,))
    client = connect(label_studio.address)
    pushed = {
        "data": {"text": "早上好", "comment_id": "c1"},
        "predictions": [{"model_version": MODEL_VERSION, "score": 0.1, "result": []}],
    }
    client.projects.import_tasks(id=project.id, request=[pushed])
    with backend(cache, *registering(label_studio, tmp_path, name)):
        task = added(label_studio, project, PLANNED)
        ask(
            label_studio, f"/api/tasks?project={project.id}&page=1&page_size=30"
        )  # as the page does
        client.annotations.create(id=task - 1, result=[])
        stream = ask(label_studio, f"/api/projects/{project.id}/next")
    assert stream["id"] == task
    assert answer_in(stream["predictions"][0]["result"], PLANNED).label == "high"
    (kept,) = ask(label_studio, f"/api/tasks/{task - 1}")["predictions"]
    assert kept["result"] == []  # what was pushed is not predicted anew


@pytest.mark.slow
def test_registered_twice_it_is_connected_once(
    label_studio: Server, cache: Path, tmp_path: Path
) -> None:
    name, (project,) = projects(label_studio, tmp_path, (Tier.HARD,))
    file = tmp_path / "password"
    file.write_text("cat and rain", "utf-8")
    file.chmod(stat.S_IRUSR)
    options = registering(label_studio, tmp_path, name)
    with backend(cache, *options):
        pass
    with backend(cache, *options, "--password-file", file) as found:
        (connected,) = ask(label_studio, f"/api/ml?project={project.id}")
        assert (connected["url"], connected["state"]) == (found.url, "CO")
        task = added(label_studio, project, PLANNED)
        assert ask(label_studio, f"/api/tasks/{task}")["predictions"]
    assert ask(label_studio, f"/api/webhooks/?project={project.id}") == []
    assert connect(label_studio.address).projects.get(project.id).model_version == MODEL_VERSION


@pytest.mark.slow
def test_a_model_of_ones_own(cache: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    with backend(cache, "--model", model) as found:
        texts = (PLANNED, "早上好", "好累")
        easy = found.predict(form_of(Tier.EASY).config, *texts)
        hard = found.predict(form_of(Tier.HARD).config, *texts)
    for (one,), (other,), text in zip(easy, hard, texts, strict=True):
        assert one["score"] == other["score"]
        level = answer_in(other["result"], text).level
        assert level is not None


@pytest.mark.slow
def test_what_cannot_be_registered(label_studio: Server, treehole: Treehole) -> None:
    options = registering(label_studio, treehole.folder, "nobody")
    ended = treehole("annotate", "serve", "--port", "0", *options)
    assert "has no project" in ended.refusal.split("\n")[-1]


def test_no_server(treehole: Treehole) -> None:
    ended = treehole("annotate", "serve", "--register", "--port", "0")
    assert "treehole annotate up" in ended.refusal


def test_a_port_that_is_taken(treehole: Treehole) -> None:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = treehole("annotate", "serve", "--port", port)
    assert ended.refusal == (
        f"127.0.0.1:{port} cannot be used (Address already in use); choose another --port or --host"
    )
    assert ended.code == 2


@pytest.mark.parametrize("host", ["no.such.host.invalid", "..", "192.0.2.1"])
def test_a_host_that_is_none_of_ours(treehole: Treehole, host: str) -> None:
    ended = treehole("annotate", "serve", "--host", host, "--port", str(free_port()))
    assert "choose another --port or --host" in ended.refusal


def test_a_model_that_is_missing(treehole: Treehole) -> None:
    ended = treehole("annotate", "serve", "--model", "nowhere", "--port", "0")
    assert "no such folder" in ended.refusal


@pytest.mark.parametrize(("content", "mode"), [("", 0o600), ("秘密", 0o600), ("secret", 0o644)])
def test_a_password_that_is_none(treehole: Treehole, content: str, mode: int) -> None:
    file = treehole.write("password", content)
    file.chmod(mode)
    ended = treehole("annotate", "serve", "--password-file", file, "--port", "0")
    assert ended.code in {1, 2}
    assert "password" in ended.refusal
