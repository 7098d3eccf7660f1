"""Pulling from a real server: what people did is seen, once, whatever it was."""

import json
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from label_studio import Server
from people import Round, begin, text_of
from treehole.annotation.forms import Answer, Span, result_of
from treehole.annotation.history import HISTORY, current, read_history
from treehole.annotation.merging import Method
from treehole.annotation.projects import find_project
from treehole.annotation.pulling import Changes
from treehole.annotation.pushing import PUSHED
from treehole.annotation.workspace import Workspace
from treehole.corpus.writing import write_part
from treehole.errors import InputError, UsageError
from treehole.models.datasets import Tier

pytestmark = pytest.mark.slow

HIGH, LOW, IRRELEVANT = (Answer(label=label) for label in ("high", "low", "irrelevant"))


def rows(place: Round, name: str = "") -> list[dict[str, Any]]:
    """The history."""
    found: list[dict[str, Any]] = read_history(
        place.workspace.history(name or place.project.name)
    ).to_pylist()
    return found


def events(place: Round) -> list[tuple[str, str]]:
    return [(row["comment_id"], row["event"]) for row in rows(place)]


def labels(place: Round) -> dict[str, Any]:
    table = pq.read_table(place.workspace.labels(place.tier))
    said = "label" if place.tier is Tier.EASY else "level"
    return dict(zip(table["comment_id"].to_pylist(), table[said].to_pylist(), strict=True))


def test_an_annotation_is_pulled_with_all_that_is_known_of_it(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"], predicted=HIGH)
    person = place.somebody()
    place.say("c1", Answer(label="low", note="写的人在说天气"), lead_time=7.5, completed_by=person)
    outcome = place.pull()
    assert outcome.changes == {"easy": Changes(tasks=1, read=1, made=1)}
    (row,) = rows(place)
    assert (row["comment_id"], row["event"]) == ("c1", "made")
    assert row["task_id"] == place.tasks["c1"]
    assert (row["label"], row["level"], row["note"]) == ("low", None, "写的人在说天气")
    assert (row["seconds"], row["skipped"], row["unread"]) == (7.5, False, None)
    assert (row["shown_model"], row["shown_label"]) == ("treehole", "high")
    assert (row["shown_probability"], row["accepted"]) == (0.75, False)
    assert row["chosen_by"] == "audit"
    assert row["annotator"].startswith("a-")
    assert timedelta() < row["seen_at"] - row["created_at"] < timedelta(minutes=2)


def test_of_the_hard_tier_level_evidence_and_help_are_pulled(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, Tier.HARD, ["c1", "c2", "c3"])
    shown = Answer(level=4, spans=(Span("time", 0, 2),))
    place.bring(["d1", "d2"], shown)
    full = Answer(
        level=5, spans=(Span("time", 0, 2), Span("wish", 13, 18)), confidence="unsure",
        help_now=True, note="语气很急",
    )  # fmt: skip
    place.say("c1", full)
    place.say("d1", shown)
    place.say("d2", Answer(level=4, spans=(Span("time", 0, 3),)))
    outcome = place.pull()
    c1, d1, d2 = rows(place)
    assert c1["spans"] == [
        {"kind": "time", "start": 0, "end": 2}, {"kind": "wish", "start": 13, "end": 18},
    ]  # fmt: skip
    assert (c1["level"], c1["confidence"], c1["help_now"]) == (5, "unsure", True)
    assert (c1["accepted"], d1["accepted"], d2["accepted"]) == (None, True, False)
    assert labels(place) == {"c1": 5, "d1": 4, "d2": 4}
    assert outcome.summary.help_now == ("c1",)
    assert outcome.manifest["levels"] == {"4": 2, "5": 1}


def test_changes_are_seen_by_the_next_pull_and_nothing_is_seen_twice(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2", "c3", "c4"], predicted=HIGH)
    place.say("c1", HIGH)
    changed, deleted = place.say("c2", HIGH, lead_time=3.0), place.say("c3", HIGH)
    place.pull()
    assert place.pull().changes == {"easy": Changes(tasks=4)}
    assert place.pull(full=True).changes == {"easy": Changes(tasks=4, read=4)}
    before = rows(place)
    place.change(changed, "c2", LOW, lead_time=8.0)
    place.client.annotations.delete(deleted)
    place.skip("c4")
    outcome = place.pull()
    assert outcome.changes == {
        "easy": Changes(tasks=4, read=3, made=1, changed=1, deleted=1, skipped=1)
    }
    after = rows(place)
    assert after[: len(before)] == before  # it only grows
    assert sorted(events(place)[len(before) :]) == [
        ("c2", "changed"), ("c3", "deleted"), ("c4", "made"),
    ]  # fmt: skip
    found = {row["comment_id"]: row for row in after[len(before) :]}
    assert (found["c2"]["seconds"], found["c2"]["accepted"]) == (8.0, False)
    assert (found["c3"]["label"], found["c4"]["label"]) == ("high", None)
    assert found["c4"]["skipped"]
    assert found["c4"]["accepted"] is None
    assert labels(place) == {"c1": "high", "c2": "low"}
    assert outcome.summary.skipped == 1


def test_a_skip_that_is_taken_back_is_an_answer(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    number = place.skip("c1")
    place.pull()
    place.change(number, "c1", LOW, was_cancelled=False)
    assert place.pull().changes["easy"] == Changes(tasks=1, read=1, changed=1)
    assert [row["skipped"] for row in rows(place)] == [True, False]
    assert labels(place) == {"c1": "low"}


def test_an_answer_that_becomes_a_skip_no_longer_counts(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    number = place.say("c1", Answer(label="high", note="拿不准"))
    place.pull()
    place.client.annotations.update(id=number, was_cancelled=True)
    assert place.pull().changes["easy"].skipped == 1
    assert labels(place) == {}
    assert rows(place)[-1]["note"] == "拿不准"


def test_of_a_deleted_task_the_history_stays(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"])
    place.say("c1", HIGH)
    place.say("c2", LOW)
    place.pull()
    place.client.tasks.delete(str(place.tasks["c2"]))
    assert place.pull().changes["easy"] == Changes(tasks=1, deleted=1)
    assert events(place) == [("c1", "made"), ("c2", "made"), ("c2", "deleted")]
    # The server on SQLite gives the number of the deleted task to the next one.
    place.bring(["c3"])
    place.say("c3", IRRELEVANT)
    assert place.pull().changes["easy"] == Changes(tasks=2, read=1, made=1)
    assert labels(place) == {"c1": "high", "c3": "irrelevant"}


def test_a_task_number_given_to_another_comment_between_two_pulls_is_noticed(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"])
    place.say("c2", LOW)
    place.pull()
    place.client.tasks.delete(str(place.tasks["c2"]))
    place.bring(["c3"])
    place.pull()
    assert events(place) == [("c2", "made"), ("c2", "deleted")]
    place.say("c3", HIGH)
    place.pull()
    assert labels(place) == {"c3": "high"}


def test_all_annotations_deleted_in_the_data_manager_are_seen(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"])
    place.say("c1", HIGH)
    place.say("c2", HIGH)
    place.pull()
    place.client.actions.create(
        request_options={
            "additional_body_parameters": {"selectedItems": {"all": True, "excluded": []}}
        },
        id="delete_tasks_annotations",
        project=place.project.id,
    )
    assert place.pull().changes["easy"].deleted == 2
    assert labels(place) == {}


def test_answers_of_several_people_are_merged_and_people_are_told_apart(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"], predicted=LOW)
    people = [place.somebody() for _ in range(3)]
    for person, answer in zip(people, (HIGH, HIGH, LOW), strict=True):
        place.say("c1", answer, completed_by=person)
    place.say("c2", LOW, completed_by=people[0])
    outcome = place.pull(method=Method.DAWID_SKENE)
    assert labels(place) == {"c1": "high", "c2": "low"}
    first = rows(place)
    assert len({row["annotator"] for row in first}) == 3
    assert first[0]["annotator"] == first[3]["annotator"]
    assert outcome.summary.annotators == 3
    assert outcome.manifest["method"] == "dawid-skene"
    manifest = json.loads(place.workspace.manifest("easy").read_text("utf-8"))
    assert manifest == outcome.manifest
    assert manifest["merged_by"] == {"dawid-skene": 1, "one": 1}
    assert manifest["rows"] == 2


def test_nothing_written_tells_who_an_annotator_is(
    label_studio: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    place = begin(label_studio, tmp_path / "workspace", comments=["c1"])
    email = "someone.in.particular@example.org"
    person = place.client.users.create(
        email=email, username="particular", first_name="Particular", last_name="Person"
    )
    place.say("c1", LOW, completed_by=person.id)
    place.pull()
    files = [path for path in place.workspace.folder.iterdir() if path.is_file()]
    contents = b"".join(path.read_bytes() for path in files)
    texts = json.dumps(rows(place), default=str) + caplog.text
    for told in ("particular", "Particular", "example.org"):
        assert told.encode() not in contents
        assert told not in texts
    assert "completed_by" not in HISTORY.names


def test_a_person_has_the_same_pseudonym_in_all_projects_of_a_workspace(
    label_studio: Server, tmp_path: Path
) -> None:
    easy = begin(label_studio, tmp_path, comments=["c1"])
    person = easy.somebody()
    hard = easy.beside("hard", ["c1"])
    easy.say("c1", LOW, completed_by=person)
    hard.say("c1", Answer(level=2), completed_by=person)
    easy.pull()
    hard.pull()
    (first,), (second,) = rows(easy), rows(hard)
    assert first["annotator"] == second["annotator"]


def test_the_work_of_deleted_accounts_stays_with_their_pseudonyms(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2", "c3"])
    person = place.somebody()
    number = place.say("c1", LOW, completed_by=person)
    place.pull()
    place.say("c2", LOW, completed_by=person)
    place.say("c3", LOW, completed_by=person)
    place.client.users.delete(person)
    place.change(number, "c1", HIGH)
    place.pull()
    made, changed, *others = rows(place)
    assert made["annotator"] == changed["annotator"]
    assert len({row["annotator"] for row in (made, *others)}) == 3  # nobody can tell any more


def test_another_key_is_refused(
    label_studio: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    monkeypatch.setenv("TREEHOLE_KEY", "a key of at least sixteen characters")
    place.say("c1", LOW)
    place.pull()
    assert not place.workspace.key.exists()
    monkeypatch.setenv("TREEHOLE_KEY", "another key of at least sixteen characters")
    with pytest.raises(UsageError, match="were named by another key"):
        place.pull()
    monkeypatch.delenv("TREEHOLE_KEY")
    with pytest.raises(UsageError, match="were named by another key"):
        place.pull()


def test_the_prediction_that_an_annotation_was_made_from_counts_as_shown(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"], predicted=HIGH)
    old = next(iter(place.client.predictions.list(task=place.tasks["c1"])))
    place.say("c2", HIGH)
    for comment in ("c1", "c2"):
        request: Any = place.task(comment, LOW, "audit")["predictions"][0]
        place.client.predictions.create(task=place.tasks[comment], **request)
    place.say("c1", HIGH, parent_prediction=old.id)
    place.pull()
    by_comment = {row["comment_id"]: row for row in rows(place)}
    assert by_comment["c1"]["shown_label"] == "high"  # it says so
    assert by_comment["c2"]["shown_label"] == "high"  # the other was not there yet
    place.say("c1", LOW)
    place.pull()
    assert rows(place)[-1]["shown_label"] == "low"  # the latest


def test_a_prediction_taken_away_later_was_shown_all_the_same(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"], predicted=HIGH)
    number = place.say("c1", HIGH)
    place.pull()
    for prediction in place.client.predictions.list(task=place.tasks["c1"]):
        place.client.predictions.delete(prediction.id)
    assert place.pull().changes["easy"].changed == 0
    place.change(number, "c1", LOW)
    place.pull()
    assert [(row["shown_label"], row["accepted"]) for row in rows(place)] == [
        ("high", True), ("high", False),
    ]  # fmt: skip


def test_a_draft_is_no_annotation(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    made = httpx.post(
        f"{place.address.url}/api/tasks/{place.tasks['c1']}/drafts",
        headers={"Authorization": f"Token {place.address.token}"},
        json={"result": result_of(LOW, Tier.EASY, text_of("c1")), "lead_time": 3.0},
    )
    assert made.status_code == HTTPStatus.CREATED
    assert place.pull().changes["easy"].made == 0
    assert rows(place) == []


def test_two_tasks_with_the_same_comment_count_as_one_comment(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1"])
    place.say("c1", LOW, completed_by=place.somebody())
    place.bring(["c1"])
    place.say("c1", HIGH, completed_by=place.somebody())
    outcome = place.pull()
    assert outcome.changes["easy"] == Changes(tasks=2, read=2, made=2)
    assert outcome.summary.comments == 1
    assert labels(place) == {"c1": "high"}


def test_tasks_that_somebody_imported_by_hand_are_pulled_as_well(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path)
    made = place.client.projects.import_tasks(
        id=place.project.id, request=[{"data": {"text": "雨停了"}}], return_task_ids=True
    )
    place.tasks["by hand"] = (made.task_ids or [0])[0]
    place.say("by hand", LOW)
    place.pull()
    table = pq.read_table(place.workspace.labels("easy"))
    assert table.select(["text", "label"]).to_pylist() == [{"text": "雨停了", "label": "low"}]


def test_what_was_pushed_is_joined_and_elsewhere_the_text_of_the_task_stands_in(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c22"], predicted=HIGH)
    nothing = dict.fromkeys(PUSHED.names)
    row = {
        "comment_id": "c1", "text": "雨下了一夜", "user_id": "u-1", "created_at": "2026-05-01",
        "probability": 0.5, "risk": "high", "level": 7, "model": "students", "chosen_by": "urgent",
    }  # fmt: skip
    pushed = pa.Table.from_pylist([nothing | row], schema=PUSHED)
    write_part(pushed, place.workspace.pushed("easy"))
    for comment in ("c1", "c22"):
        place.say(comment, LOW)
    outcome = place.pull()
    first, second = pq.read_table(place.workspace.labels("easy")).to_pylist()
    assert (first["text"], first["user_id"], first["created_at"]) == (
        "雨下了一夜", "u-1", "2026-05-01",
    )  # fmt: skip
    assert (first["predicted_level"], first["predicted_risk"]) == (7, "high")
    assert (second["text"], second["user_id"]) == (text_of("c22"), None)
    assert outcome.manifest["models"] == {"students": 1}
    assert [row["shown_model"] for row in rows(place)] == ["students", "treehole"]


def test_what_was_decided_of_disputed_comments_wins(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path, comments=["c1", "c2"])
    place.say("c1", HIGH, completed_by=place.somebody())
    place.say("c1", HIGH, completed_by=place.somebody())
    place.say("c2", LOW)
    judge = place.beside("easy-disputed", ["c1"])
    judge.say("c1", IRRELEVANT)
    outcome = place.pull()
    assert list(outcome.changes) == ["easy", "easy-disputed"]
    assert labels(place) == {"c1": "irrelevant", "c2": "low"}
    assert [row["label"] for row in rows(place, "easy-disputed")] == ["irrelevant"]
    judge.client.annotations.delete(
        next(iter(judge.client.annotations.list(judge.tasks["c1"]))).id or 0
    )
    place.pull()
    assert labels(place) == {"c1": "high", "c2": "low"}


def test_the_accuracy_of_the_model_is_that_on_the_audit_share(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path)
    audit = [f"a{number}" for number in range(10)]
    place.bring(audit, HIGH, "audit")
    place.bring(["u1", "u2"], LOW, "uncertain")
    for number, comment in enumerate(audit):
        place.say(comment, HIGH if number < 7 else LOW, lead_time=float(number))
    place.say("u1", HIGH, lead_time=100.0)
    place.say("u2", IRRELEVANT)
    found = place.pull().summary
    assert found.accuracy is not None
    assert (found.accuracy.comments, found.accuracy.right) == (10, 7)
    assert found.accuracy.low == pytest.approx(0.3968, abs=1e-4)  # Wilson's interval of 7 of 10
    assert found.accuracy.high == pytest.approx(0.8922, abs=1e-4)
    assert (found.comments, found.high) == (12, 8)
    assert (found.judged, found.corrected) == (12, 5)
    assert found.seconds == 5.0


def test_a_project_named_anew_and_another_machine_find_the_same(
    label_studio: Server, tmp_path: Path
) -> None:
    place = begin(label_studio, tmp_path / "one", comments=["c1"])
    place.say("c1", LOW)
    place.client.projects.update(place.project.id, title="another title")
    place.pull()
    place.workspace = Workspace(tmp_path / "two")
    place.pull()
    assert labels(place) == {"c1": "low"}


def test_before_anything_was_pushed_the_cure_is_named(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path)
    place.campaign, place.workspace = "another", Workspace(tmp_path / "other")
    with pytest.raises(InputError, match="run treehole annotate push --tier easy first"):
        place.pull()
    assert find_project(place.client, place.address, place.workspace, "easy", "another") is None


def test_markup_and_long_texts_come_back_as_they_were(label_studio: Server, tmp_path: Path) -> None:
    place = begin(label_studio, tmp_path)
    texts = ["<script>alert(1)</script>&amp; <b>雨</b>", "雨" * 100_000, "a\r\nb\u2028c😀"]
    made = place.client.projects.import_tasks(
        id=place.project.id,
        request=[{"data": {"comment_id": f"c{i}", "text": t}} for i, t in enumerate(texts)],
        return_task_ids=True,
    )
    place.tasks |= {f"c{i}": number for i, number in enumerate(made.task_ids or ())}
    for comment in place.tasks:
        place.say(comment, LOW)
    place.pull()
    table = pq.read_table(place.workspace.labels("easy"))
    assert table["text"].to_pylist() == texts
    assert len(current(read_history(place.workspace.history("easy")))) == 3
