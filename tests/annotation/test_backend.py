"""The backend as Label Studio calls it."""

import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import Backend, backend
from treehole.annotation.forms import answer_in, form_of, problems
from treehole.annotation.projects import MODEL_VERSION
from treehole.models.datasets import Tier

pytestmark = pytest.mark.slow

EASY, HARD = (form_of(tier).config for tier in (Tier.EASY, Tier.HARD))

CALM, PLANNED = "早上好，今天下雨，猫在睡觉", "今晚去天台，遗书写好了"


@pytest.fixture(scope="module")
def rules(cache_folder: str) -> Iterator[Backend]:
    with backend(cache_folder) as found:
        yield found


def test_it_is_well(rules: Backend) -> None:
    assert httpx.get(f"{rules.url}/health").json()["status"] == "UP"
    assert rules.post("/webhook", json={"action": "ANNOTATION_CREATED"}).status_code == 200


@pytest.mark.parametrize("config", [EASY, HARD])
def test_setup(rules: Backend, config: str) -> None:
    asked = {"project": "1.0", "schema": config, "hostname": "", "access_token": "b" * 40}
    assert rules.post("/setup", json=asked).json() == {"model_version": MODEL_VERSION}


def test_what_the_rules_say(rules: Backend) -> None:
    for config, tier in ((EASY, Tier.EASY), (HARD, Tier.HARD)):
        (calm,), (planned,) = rules.predict(config, CALM, PLANNED)
        assert problems(config, calm) == problems(config, planned) == []
        assert calm["model_version"] == planned["model_version"] == MODEL_VERSION
        low, high = answer_in(calm["result"], CALM), answer_in(planned["result"], PLANNED)
        if tier is Tier.EASY:
            assert (low.label, high.label) == ("low", "high")
        else:
            assert low.level == 0
            assert high.level is not None
            assert high.level >= 6
            marked = {PLANNED[span.start : span.end] for span in high.spans}
            assert any("遗书" in words for words in marked)
            assert planned["score"] == high.level / 10


def test_many_at_once_are_answered_as_if_alone(rules: Backend) -> None:
    texts = [f"{PLANNED}，第{number}天" if number % 2 else CALM for number in range(150)]
    alone = rules.predict(HARD, *texts)
    with ThreadPoolExecutor(8) as people:
        answers = [people.submit(rules.predict, HARD, *texts) for _ in range(8)]
        health = people.submit(httpx.get, f"{rules.url}/health", timeout=60)
        assert all(answer.result() == alone for answer in answers)
        assert health.result().status_code == 200


def test_a_task_without_a_text_is_left_out(rules: Backend) -> None:
    found = rules.predict(EASY, CALM, None, "", "  ", 7, CALM)
    assert [len(one) for one in found] == [1, 0, 0, 0, 0, 1]
    asked = {"tasks": [None, {"id": 1}, {"data": []}], "label_config": EASY}
    assert rules.post("/predict", json=asked).json() == {"results": [[], [], []]}
    assert rules.predict(EASY) == []


def test_a_very_long_text(rules: Backend) -> None:
    text = "天台今晚" * 25_000
    ((found,),) = rules.predict(HARD, text)
    assert 0 <= found["score"] <= 1


def test_characters_of_all_kinds(rules: Backend) -> None:
    for text in (
        "<script>alert(1)</script>不想活了",
        "😭😭不想活了😭",
        "\u0000不想活了",
        "a\r\n不想活了",
    ):
        ((found,),) = rules.predict(HARD, text)
        for region in found["result"]:
            if region["type"] == "labels":
                value = region["value"]
                assert text[value["start"] : value["end"]] == value["text"]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"content": b"{"}, "no JSON"),
        ({"content": b"\xff\xfe"}, "no JSON"),
        ({"content": b"[" * 100_000}, "no JSON"),
        ({"json": [1]}, "no JSON object"),
        ({"json": {}}, "no labelling configuration"),
        ({"json": {"tasks": [], "label_config": {"a": 1}}}, "no labelling configuration"),
        ({"json": {"tasks": [], "label_config": "<View/>"}}, "not ours"),
        ({"json": {"tasks": [], "label_config": "<View"}}, "not ours"),
        ({"json": {"tasks": {}, "label_config": EASY}}, "no list of tasks"),
    ],
)
def test_what_makes_no_sense_is_refused(
    rules: Backend, request_: dict[str, Any], reason: str
) -> None:
    answer = rules.post("/predict", **request_)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert reason in answer.json()["error"]
    assert rules.predict(EASY, CALM)


def test_too_much(rules: Backend) -> None:
    answer = rules.post("/predict", content=b" " * (65 * 2**20))
    assert answer.status_code == 413


def test_other_addresses_are_refused(rules: Backend) -> None:
    assert httpx.get(f"{rules.url}/train").status_code == 404
    assert httpx.get(f"{rules.url}/predict").status_code == 405


def test_one_tier_only(cache_folder: str) -> None:
    with backend(cache_folder, "--tier", "hard") as found:
        assert found.predict(HARD, CALM)
        asked = {"tasks": [], "label_config": EASY}
        assert "not ours" in found.post("/predict", json=asked).json()["error"]


def test_a_password(cache_folder: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("cat and:rain\n", "utf-8")
    file.chmod(stat.S_IRUSR)
    with backend(cache_folder, "--password-file", file) as found:
        url = f"{found.url}/health"
        assert httpx.get(url).status_code == 401
        for name, password in (("treehole", "rain"), ("treehole", ""), ("other", "cat and:rain")):
            access = httpx.BasicAuth(name, password)
            assert httpx.get(url, auth=access).status_code == 401
        assert httpx.get(url, headers={"Authorization": "Bearer x"}).status_code == 401
        access = httpx.BasicAuth("treehole", "cat and:rain")
        assert httpx.get(url, auth=access).status_code == 200
        assert found.post("/predict", json={}, auth=access).status_code == 400


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_it_ends_when_asked(cache_folder: str, number: signal.Signals, code: int) -> None:
    with backend(cache_folder) as found, ThreadPoolExecutor(1) as somebody:
        texts = [f"{PLANNED}，第{number}天" for number in range(2_000)]
        under_way = somebody.submit(found.predict, HARD, *texts)
        while not under_way.running():
            pass
        ended = found.end(number)
        assert ended == (code, "")
        error = under_way.exception()
        assert error is None or isinstance(error, httpx.TransportError)


def test_nothing_of_what_was_asked_is_told(cache_folder: str) -> None:
    with backend(cache_folder) as found:
        secret = "c" * 40
        found.post("/setup", json={"schema": EASY, "access_token": secret})
        found.post("/setup", json={"schema": "<View/>", "access_token": secret})
        found.predict(EASY, PLANNED)
        found.post("/predict", json={"tasks": PLANNED, "label_config": EASY})
        code, errors = found.end()
    assert code == 0
    assert errors.count("refused") == 2
    assert secret not in errors
    assert PLANNED not in errors
