"""What is pushed, and that it is pushed once."""

import json
from pathlib import Path
from threading import Thread
from typing import Any

import evidence_apart
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from campaigns import Campaign, Run, predictions
from hypothesis import given
from hypothesis import strategies as st

from label_studio import Server
from treehole.annotation import pushing
from treehole.annotation.connection import GoneError, ServerError
from treehole.annotation.delivery import Delivery, Held, holdings
from treehole.annotation.forms import answer_in, form_of
from treehole.annotation.projects import MODEL_VERSION, find_project, recall
from treehole.annotation.selection import Settings, Strategy
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, TreeholeError, UsageError
from treehole.models.datasets import Tier


@pytest.fixture
def campaign(label_studio: Server, tmp_path: Path, labelling: Run) -> Campaign:
    return Campaign(label_studio.address, tmp_path / "workspace", labelling)


def next_task(campaign: Campaign, tier: Tier = Tier.EASY) -> dict[str, Any]:
    """What an annotator is shown who presses the button for the next task."""
    response = campaign.client._client_wrapper.httpx_client.request(
        f"api/projects/{campaign.project(tier).id}/next", method="GET"
    )
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.slow
def test_what_was_chosen_is_there_with_its_prediction(campaign: Campaign, tmp_path: Path) -> None:
    done = campaign.push(predictions(tmp_path), 20)
    assert (done.sent, done.there, done.finished, done.deleted) == (20, 20, 0, [])
    rows = {row["comment_id"]: row for row in campaign.pushed().to_pylist()}
    tasks = campaign.tasks()
    assert {task.data["comment_id"] for task in tasks} == set(rows)
    for task in tasks:
        row = rows[task.data["comment_id"]]
        assert set(task.data) == {"comment_id", "text", "chosen_by", "batch"}
        assert task.data["text"] == row["text"]
        assert (task.data["chosen_by"], task.data["batch"]) == (row["chosen_by"], row["batch"])
        (prediction,) = task.predictions
        assert prediction["model_version"] == MODEL_VERSION
        assert prediction["score"] == pytest.approx(row["probability"])
        assert answer_in(prediction["result"], row["text"]).label == row["risk"]


@pytest.mark.slow
def test_annotators_start_from_the_prediction(campaign: Campaign, tmp_path: Path) -> None:
    campaign.push(predictions(tmp_path), 5)
    campaign.push(predictions(tmp_path), 5, seed=2)
    task = next_task(campaign)
    assert [one["model_version"] for one in task["predictions"]] == [MODEL_VERSION]
    settings = campaign.client.projects.get(campaign.project().id)
    assert settings.show_collab_predictions
    assert settings.show_instruction
    assert not settings.reveal_preannotations_interactively
    assert settings.label_config == form_of(Tier.EASY).config.strip()


@pytest.mark.slow
def test_the_same_push_again_sends_nothing(campaign: Campaign, tmp_path: Path) -> None:
    path = predictions(tmp_path)
    campaign.push(path)
    numbers = sorted(task.id for task in campaign.tasks())
    rows = campaign.pushed()
    done = campaign.push(path)
    assert (done.sent, done.there) == (0, 20)
    assert sorted(task.id for task in campaign.tasks()) == numbers
    assert campaign.pushed().equals(rows)


@pytest.mark.slow
def test_another_seed_brings_others_until_there_are_no_more(
    campaign: Campaign, tmp_path: Path
) -> None:
    path = predictions(tmp_path, 50)
    assert [campaign.push(path, seed=seed).sent for seed in (1, 2, 3, 4)] == [20, 20, 10, 0]
    assert set(campaign.there().values()) == {1}
    assert len(campaign.there()) == 50


@pytest.mark.slow
def test_what_belongs_to_a_comment_stays_at_home(campaign: Campaign, tmp_path: Path) -> None:
    path = predictions(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"model": {"name": "models/bert-7"}}))
    campaign.push(path, 20)
    rows = campaign.pushed()
    assert rows.schema == pushing.PUSHED
    assert rows["pushed_at"].null_count == 0
    assert set(rows["model"].to_pylist()) == {"bert-7"}
    assert all(user.startswith("u") for user in rows["user_id"].to_pylist())
    assert set(rows["created_at"].to_pylist()) == {"2026-05-01T20:00:00+08:00"}
    assert rows["rules_level"].null_count == 0
    shown = " ".join(str(task.data) for task in campaign.tasks())
    assert "u1" not in shown
    assert "2026" not in shown


@pytest.mark.slow
def test_psychologists_see_level_and_evidence(campaign: Campaign, tmp_path: Path) -> None:
    columns = {"text": [f"打算明天去跳楼{n}" for n in range(20)]}
    campaign.push(predictions(tmp_path, 20, **columns), 20, Tier.HARD)
    rows = {row["comment_id"]: row for row in campaign.pushed(Tier.HARD).to_pylist()}
    for task in campaign.tasks(Tier.HARD):
        row = rows[task.data["comment_id"]]
        (prediction,) = task.predictions
        answer = answer_in(prediction["result"], row["text"])
        assert answer.level == pushing.shown_level(row)
        marked = {span.kind: row["text"][span.start : span.end] for span in answer.spans}
        assert marked["time"] == "明天"
        assert marked["method"] == "跳楼"


@pytest.mark.slow
def test_another_machine_finds_the_project_though_it_was_renamed(
    campaign: Campaign, tmp_path: Path
) -> None:
    path = predictions(tmp_path)
    campaign.push(path)
    project = campaign.project()
    campaign.client.projects.update(project.id, title="our students")
    other = campaign.elsewhere()
    done = other.push(path)
    assert (done.sent, done.there) == (0, 20)
    assert sorted(other.names()) == sorted(campaign.names())
    assert other.project().id == project.id
    assert recall(other.workspace, "easy")["title"] == "our students"


@pytest.mark.slow
def test_another_machine_leaves_out_what_is_there(campaign: Campaign, tmp_path: Path) -> None:
    path = predictions(tmp_path)
    campaign.push(path, seed=1)
    other = campaign.elsewhere()
    assert other.push(path, seed=2).sent == 20
    assert not set(other.names()) & set(campaign.names())
    assert set(campaign.there().values()) == {1}


@pytest.mark.slow
def test_what_somebody_deleted_comes_back_only_if_asked_for(
    campaign: Campaign, tmp_path: Path
) -> None:
    path = predictions(tmp_path)
    campaign.push(path)
    victim = campaign.tasks()[3]
    campaign.client.tasks.delete(str(victim.id))
    done = campaign.push(path)
    assert (done.sent, done.there, list(done.deleted)) == (0, 19, [victim.data["comment_id"]])
    assert campaign.push(path, seed=2).deleted == []
    assert victim.data["comment_id"] not in campaign.there()
    done = campaign.push(path, restore=True)
    assert (done.sent, done.there, list(done.deleted)) == (1, 20, [])
    assert campaign.there()[victim.data["comment_id"]] == 1


@pytest.mark.slow
def test_what_another_push_left_over_is_brought_too(campaign: Campaign, tmp_path: Path) -> None:
    path = predictions(tmp_path)
    planned = campaign.planned(path)
    pushing.write_part(planned.rows, campaign.workspace.pushed("easy"))  # and then it was killed
    done = campaign.push(path, seed=2)
    assert (done.sent, done.there, done.finished) == (40, 20, 20)
    assert campaign.pushed()["pushed_at"].null_count == 0
    assert set(campaign.there().values()) == {1}


@pytest.mark.slow
def test_doubles_are_removed_but_never_an_answer(campaign: Campaign, tmp_path: Path) -> None:
    path = predictions(tmp_path)
    planned = campaign.planned(path)
    project = campaign.project()
    tasks = pushing.tasks_of(planned.rows, form_of(Tier.EASY), project)
    for _ in range(2):  # as two machines may at the same moment
        campaign.client.projects.import_tasks(id=project.id, request=tasks[:4])
    first, second = (
        [task for task in campaign.tasks() if task.data["comment_id"] == name]
        for name in (tasks[0]["data"]["comment_id"], tasks[1]["data"]["comment_id"])
    )
    campaign.answer(first[1])
    campaign.answer(second[0])
    campaign.answer(second[1])
    done = campaign.bring(planned)
    assert (done.sent, done.removed, done.kept, done.there) == (16, 3, 1, 20)
    there = campaign.there()
    assert there.pop(second[0].data["comment_id"]) == 2
    assert set(there.values()) == {1}
    numbers = {task.id for task in campaign.tasks()}
    assert first[1].id in numbers
    assert first[0].id not in numbers


@pytest.mark.slow
def test_a_task_that_took_over_the_number_of_a_double_stays(
    campaign: Campaign, tmp_path: Path
) -> None:
    planned = campaign.planned(predictions(tmp_path))
    campaign.bring(planned)
    project = campaign.project()
    held = holdings(campaign.client, campaign.address, project)
    one, other = list(held)[:2]
    stale = {**held, one: [*held[one], *held[other]]}  # seen before the number changed hands
    delivery = Delivery(campaign.client, campaign.address, project)
    tasks = pushing.tasks_of(planned.rows, form_of(Tier.EASY), project)
    delivery.deliver(tasks, stale)
    assert delivery.done.removed == 0
    assert set(campaign.there().values()) == {1}
    assert len(campaign.there()) == 20


@pytest.mark.slow
def test_a_share_of_the_tasks_needs_several_people(campaign: Campaign, tmp_path: Path) -> None:
    project = campaign.project()
    pushing.set_overlap(campaign.client, campaign.address, project, 2, 0.3)
    campaign.push(predictions(tmp_path), 20)
    campaign.push(predictions(tmp_path), 20, seed=2)
    second = campaign.client.users.create(
        username=campaign.name, email=f"{campaign.name}@localhost.local"
    )
    tasks = campaign.tasks()
    assert sorted(task.overlap for task in tasks) == [1] * 28 + [2] * 12
    several = next(task for task in tasks if task.overlap == 2)
    once = next(task for task in tasks if task.overlap == 1)

    def labelled(number: int) -> bool:
        return bool(campaign.client.tasks.get(str(number)).is_labeled)

    campaign.answer(once)
    campaign.answer(several)
    assert (labelled(once.id), labelled(several.id)) == (True, False)
    result = [
        {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["low"]}}
    ]
    campaign.client.annotations.create(id=several.id, result=result, completed_by=second.id)
    assert labelled(several.id)
    pushing.set_overlap(campaign.client, campaign.address, project, 1, 1)
    assert {task.overlap for task in campaign.tasks()} == {1}


@pytest.mark.slow
def test_odd_texts_and_names_arrive_as_they_are(campaign: Campaign, tmp_path: Path) -> None:
    texts = [
        "<script>alert(1)</script><b>好累</b> &amp; &lt;",
        "今天\r\n很累\t啊\n\n",
        "好累" * 50_000,
        "前\0后，想睡觉",
        "😭👨‍👩‍👧e\u0301\u200b\u202e累",
        "{{7*7}} $text %s \\u0041 'x' \"y\"",
        "半个\ufffd字",
    ]
    names = [
        "17", "0017", "a" * 600, "“引号”'\"<b>&amp;", "评论/一?x=1&y=2#三", " 空格 ", "{}[],;null",
    ]  # fmt: skip
    path = predictions(tmp_path, len(texts), text=texts, comment_id=names)
    done = campaign.push(path, 10)
    assert (done.sent, done.there) == (7, 7)
    found = {task.data["comment_id"]: task.data["text"] for task in campaign.tasks()}
    assert found == {
        name: text.replace("\0", "\ufffd") for name, text in zip(names, texts, strict=True)
    }
    assert campaign.push(path, 10).sent == 0
    kept = campaign.pushed()
    at_home = dict(zip(kept["comment_id"].to_pylist(), kept["text"].to_pylist(), strict=True))
    assert at_home == dict(zip(names, texts, strict=True))


@pytest.mark.slow
def test_half_a_character_is_replaced(campaign: Campaign, tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    row = {"comment_id": 5, "text": "坏\ud83d的字", "probability": 0.7, "risk": "high"}
    path.write_text(json.dumps(row) + "\n", "utf-8")
    campaign.push(path, 1)
    assert [task.data["text"] for task in campaign.tasks()] == ["坏\ufffd的字"]
    assert campaign.names() == ["5"]


@pytest.mark.slow
def test_a_form_that_was_changed_is_reported_and_nothing_is_sent(
    campaign: Campaign, tmp_path: Path
) -> None:
    path = predictions(tmp_path)
    project = campaign.project()
    config = project.config.replace('alias="high"', 'alias="elevated"')
    assert config != project.config
    campaign.client.projects.update(project.id, label_config=config)
    with pytest.raises(ServerError, match=r"was changed in the web page: .*nothing was sent"):
        campaign.push(path)
    assert not campaign.tasks()
    assert not campaign.names()


@pytest.mark.slow
def test_a_harmless_edit_stays(campaign: Campaign, tmp_path: Path) -> None:
    project = campaign.project()
    config = project.config.replace("<View", '<View className="ours"', 1)
    campaign.client.projects.update(project.id, label_config=config, show_skip_button=False)
    assert campaign.push(predictions(tmp_path)).sent == 20
    after = campaign.client.projects.get(project.id)
    assert after.label_config == config
    assert not after.show_skip_button


@pytest.mark.slow
def test_a_prediction_that_does_not_fit_is_never_sent(campaign: Campaign, tmp_path: Path) -> None:
    planned = campaign.planned(predictions(tmp_path), tier=Tier.HARD)
    column = planned.rows.schema.get_field_index("level")
    wrong = planned.rows.set_column(column, "level", pa.array([11] * 20, pa.int8()))
    plan = pushing.Plan(planned.request, wrong, again=False, read=60, left_out={})
    with pytest.raises(TreeholeError, match=r"does not fit the form .*nothing was sent"):
        campaign.bring(plan)
    assert not campaign.tasks(Tier.HARD)
    assert not campaign.names(Tier.HARD)


@pytest.mark.slow
def test_a_project_that_was_deleted_is_reported_with_a_cure(
    campaign: Campaign, tmp_path: Path
) -> None:
    path = predictions(tmp_path)
    campaign.push(path)
    campaign.client.projects.delete(campaign.project().id)
    with pytest.raises(GoneError, match=r"is no longer on .* To begin a new one, move .*easy.json"):
        campaign.push(path)
    assert len(campaign.names()) == 20
    for place in (campaign.workspace.record("easy"), campaign.workspace.pushed("easy")):
        place.rename(place.with_suffix(".old"))
    assert campaign.push(path).sent == 20


@pytest.mark.slow
def test_a_workspace_belongs_to_one_campaign(campaign: Campaign) -> None:
    campaign.project()
    with pytest.raises(UsageError, match=r"belongs to the campaign “t-.*”, not to “other”"):
        find_project(campaign.client, campaign.address, campaign.workspace, "easy", "other")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", "two words", "a/b", "n" * 31, "x\n"])
def test_what_cannot_be_found_again_is_no_name(campaign: Campaign, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a campaign"):
        find_project(campaign.client, campaign.address, campaign.workspace, "easy", name)


@pytest.mark.slow
def test_machines_that_make_a_project_at_once_end_with_one(campaign: Campaign) -> None:
    campaign.name = "三人同时-" + campaign.name[-6:]
    machines = [campaign.elsewhere() for _ in range(3)]
    threads = [Thread(target=machine.project) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({machine.project().id for machine in machines}) == 1
    titles = [found.title for found in campaign.client.projects.list(title=campaign.name)]
    assert titles == [f"{campaign.name} · easy"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return predictions(tmp_path / "some")


def request_of(paths: list[Path], **settings: Any) -> pushing.Request:
    asked = Settings(**{"size": 10, "audit": 0.1, "mix": {}, "seed": 1, **settings})
    return pushing.Request(Tier.EASY, find_sources(list(map(str, paths))), asked)


def test_a_push_is_known_by_what_it_was_asked_for(source: Path, tmp_path: Path) -> None:
    other = predictions(tmp_path / "other", 30)
    batch = request_of([source, other]).batch
    assert request_of([other, source]).batch == batch
    assert request_of([source, other], mix={Strategy.BALANCED: 1}).batch == batch
    assert request_of([source, source.parent, other]).batch == batch
    others = [
        request_of([source]),
        request_of([source, other], seed=2),
        request_of([source, other], size=11),
        request_of([source, other], audit=0.2),
        request_of([source, other], mix={Strategy.BALANCED: 2}),
    ]
    assert len({batch, *(one.batch for one in others)}) == 6


def test_the_copy_in_the_workspace_may_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "easy.pushed.parquet"
    assert len(pushing.read_pushed(path)) == 0
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(InputError, match=r"is damaged .*restore it from a backup"):
        pushing.read_pushed(path)
    pq.write_table(pa.table({"comment_id": ["a"]}), path)
    with pytest.raises(InputError, match="is damaged"):
        pushing.read_pushed(path)


@given(
    level=st.none() | st.integers(0, 10),
    rules=st.none() | st.integers(0, 10),
    risk=st.sampled_from(["high", "low"]),
)
def test_the_level_shown_agrees_with_the_risk(
    level: int | None, rules: int | None, risk: str
) -> None:
    shown = pushing.shown_level({"level": level, "rules_level": rules, "risk": risk})
    if level is not None:
        assert shown == level
    else:
        assert (shown >= 6) == (risk == "high")
        assert rules is None or (rules >= 6) != (risk == "high") or shown == rules


def test_the_model_is_named_by_the_manifest_beside(source: Path) -> None:
    sources = find_sources([str(source)])
    assert pushing.model_of(sources, by_rules=False) == "model"
    assert pushing.model_of(sources, by_rules=True) == "rules"
    (source.parent / "manifest.json").write_text('{"model": {"name": "/models/风/bert/"}}', "utf-8")
    assert pushing.model_of(sources, by_rules=False) == "bert"


def test_what_is_in_the_project_is_not_chosen(source: Path, labelling: Run) -> None:
    settings = Settings(60, 0.1, {}, 1)
    all_of_it = labelling(evidence_apart.chosen, [str(source)], Tier.EASY, settings)
    assert len(all_of_it["rows"]) == 60
    held = {"c00003": [Held(1, "another", 0)], "c00004": [Held(2, request_of([source]).batch, 0)]}
    settings = Settings(10, 0.1, {}, 1)
    home = all_of_it["rows"].filter(pc.equal(all_of_it["rows"]["comment_id"], "c00005"))
    found = labelling(evidence_apart.chosen, [str(source)], Tier.EASY, settings, home, held)
    assert found["left_out"]["in the project already"] == 2
    assert not {"c00003", "c00005"} & set(found["rows"]["comment_id"].to_pylist())
