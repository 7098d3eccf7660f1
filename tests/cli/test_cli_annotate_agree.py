import csv
import json
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import Row, Treehole

from answering import annotations
from label_studio import Server
from treehole.annotation.connection import connect
from treehole.annotation.delivery import Delivery
from treehole.annotation.forms import Answer, answer_in, form_of, result_of
from treehole.annotation.history import write_history
from treehole.annotation.projects import Project, ensure_project
from treehole.annotation.pushing import PUSHED
from treehole.annotation.workspace import Workspace
from treehole.corpus.writing import write_part
from treehole.models.datasets import Tier

TEXT = "[b]今天又下雨了[/b]\n好累"


def campaign(
    folder: Path, tier: Tier, answers: dict[str, list[Any]], judge: list[Any] | None = None
) -> None:
    """A workspace with what people said of c0, c1, …; None if they said nothing."""

    def written(name: str, said: dict[str, list[Any]]) -> None:
        rows = [
            (f"c{number}", f"a-{person}", answer)
            for person, all_ in said.items()
            for number, answer in enumerate(all_)
            if answer is not None
        ]
        write_history(annotations(rows), place.history(name))

    place = Workspace(folder / "workspace")
    written(tier, answers)
    if judge is not None:
        written(f"{tier}-disputed", {"judge": judge})
    size = max(map(len, answers.values()), default=0)
    rows = [{"comment_id": f"c{number}", "text": TEXT} for number in range(size)]
    nothing = dict.fromkeys(PUSHED.names)
    table = pa.Table.from_pylist([nothing | row for row in rows], schema=PUSHED)
    write_part(table, place.pushed(tier))


def agree(treehole: Treehole, tier: Tier, *options: str | Path) -> str:
    ended = treehole("annotate", "agree", "--tier", tier, *options)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def as_json(treehole: Treehole, tier: Tier, *options: str) -> Row:
    found: Row = json.loads(agree(treehole, tier, "--json", *options), parse_constant=pytest.fail)
    return found


def test_two_people(treehole: Treehole) -> None:
    """The figures are those of tests/annotation/test_agreement.py, worked out by hand."""
    high, low = "high", "low"
    first = [high] * 5 + [low] * 5
    second = [high] * 4 + [low, high, high] + [low] * 3
    campaign(treehole.folder, Tier.EASY, {"ann": first, "bea": second})
    said = agree(treehole, Tier.EASY)
    assert "10 comments answered by 2 annotators; 10 by two of them or more" in said
    assert "push more with treehole annotate push --tier easy --overlap 2 --share 0.2" in said
    assert "the same 70.0 % of the time" in said
    assert "alpha of the risk 0.424 (" in said
    assert "0.400" in said
    assert "disputed: 3; the costliest first" in said
    assert "c4  a-ann high, a-bea low\n    [b]今天又下雨了[/b] 好累" in said
    found = as_json(treehole, Tier.EASY)
    assert found["pairs"][0]["kappa"] == pytest.approx(0.4)
    assert [one["comment_id"] for one in found["disputed"]] == ["c4", "c5", "c6"]
    assert found["disputed"][0]["text"] == TEXT


def test_equal_seeds_give_equal_words(treehole: Treehole) -> None:
    campaign(treehole.folder, Tier.HARD, {"1": [3, 7, 5, 0], "2": [4, 7, 5, 2], "3": [3, 9, 5, 0]})
    assert agree(treehole, Tier.HARD) == agree(treehole, Tier.HARD)
    quick = agree(treehole, Tier.HARD, "--draws", "0")
    assert "alpha of the level 0." in quick
    assert "levels above others" in quick


def test_what_is_disputed_as_csv(treehole: Treehole) -> None:
    campaign(treehole.folder, Tier.HARD, {"1": [3, 7, 5], "2": [4, 3, 5], "3": [3]})
    said = agree(treehole, Tier.HARD, "--csv", "disputed.csv", "--most", "1")
    assert "1 more: --most shows, --csv lists them" in said
    with (treehole.folder / "disputed.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["comment_id", "about_risk", "spread", "text", "a-1", "a-2", "a-3"],
            ["c1", "True", "4", TEXT, "7", "3", ""],
            ["c0", "False", "1", TEXT, "3", "4", "3"],
        ]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "0 comments answered by 0 annotators"),
        ({"1": [3, 4]}, "that is nothing to tell agreement from"),
        ({"1": [3, 4], "2": [None, None, 5]}, "0 by two of them or more"),
        ({"1": [3, 3], "2": [3, 3]}, "not defined: all say the same"),
    ],
)
def test_where_nothing_can_be_told(
    treehole: Treehole, answers: dict[str, list[Any]], said: str
) -> None:
    campaign(treehole.folder, Tier.HARD, answers)
    shown = agree(treehole, Tier.HARD)
    assert said in shown
    assert "nan" not in shown
    assert as_json(treehole, Tier.HARD)["disputed"] == []


def test_what_a_judge_decided_is_no_longer_listed(treehole: Treehole) -> None:
    campaign(treehole.folder, Tier.EASY, {"1": ["high", "low"], "2": ["low", "high"]}, ["low"])
    found = as_json(treehole, Tier.EASY)
    assert found["decided"] == 1
    assert [one["comment_id"] for one in found["disputed"]] == ["c1"]
    assert "1 decided by a judge" in agree(treehole, Tier.EASY)


def test_nothing_was_pulled(treehole: Treehole) -> None:
    ended = treehole("annotate", "agree", "--tier", "easy")
    assert "run treehole annotate pull --tier easy" in ended.refusal


def test_a_damaged_history(treehole: Treehole) -> None:
    treehole.write("workspace/easy.history.parquet", "damaged")
    assert "is damaged" in treehole("annotate", "agree", "--tier", "easy").refusal


def test_what_cannot_be_written(treehole: Treehole, small_disk: Path) -> None:
    campaign(treehole.folder, Tier.EASY, {"1": ["high"] * 5000, "2": ["low"] * 5000})
    ended = treehole(
        "annotate", "agree", "--tier", "easy", "--draws", "0", "--csv", small_disk / "all.csv"
    )
    assert "the disk is full" in ended.refusal


def test_wrong_tier(treehole: Treehole) -> None:
    assert "free is not one of" in treehole("annotate", "agree", "--tier", "free").refusal


def test_without_a_server_nothing_is_pushed(treehole: Treehole) -> None:
    campaign(treehole.folder, Tier.EASY, {"1": ["high"], "2": ["low"]})
    ended = treehole("annotate", "agree", "--tier", "easy", "--adjudicate")
    assert "treehole annotate up" in ended.refusal


def test_a_text_that_is_not_known(treehole: Treehole) -> None:
    campaign(treehole.folder, Tier.EASY, {"1": ["high"], "2": ["low"]})
    (treehole.folder / "workspace" / "easy.pushed.parquet").unlink()
    assert "pushed from another workspace" in agree(treehole, Tier.EASY)
    ended = treehole("annotate", "agree", "--tier", "easy", "--adjudicate")
    assert "of 1 disputed comments the workspace has no text" in ended.refusal


class Work:
    """A campaign on a real server, with people in it."""

    def __init__(self, server: Server, treehole: Treehole, tier: Tier) -> None:
        self.server, self.treehole, self.tier = server, treehole, tier
        self.name = uuid.uuid4().hex[:12]
        self.client = connect(server.address)
        self.place = Workspace(treehole.folder / "workspace")
        self.project = self.found(tier)

    def found(self, name: str) -> Project:
        form = form_of(self.tier)
        return ensure_project(self.client, self.server.address, self.place, name, self.name, form)

    def bring(self, texts: dict[str, str]) -> None:
        tasks = [
            {"data": {"comment_id": comment, "text": text}, "predictions": []}
            for comment, text in texts.items()
        ]
        Delivery(self.client, self.server.address, self.project).deliver(tasks)

    def tasks(self, project: Project) -> list[Any]:
        found = self.client.tasks.list(project=project.id, fields="all")
        return [task.dict() for task in found]

    def say(self, project: Project, comment: str, answer: Answer, person: int) -> None:
        (task,) = [one for one in self.tasks(project) if one["data"]["comment_id"] == comment]
        result: Any = result_of(answer, self.tier, task["data"]["text"])
        self.client.annotations.create(id=task["id"], result=result, completed_by=person)

    def run(self, command: str, *options: str) -> str:
        at = ("--url", self.server.url, "--token-file", str(self.server.token_file))
        ended = self.treehole(
            "annotate", command, "--tier", self.tier, "--name", self.name, *at, *options
        )
        assert ended.code == 0, ended
        return ended.out


@pytest.mark.slow
@pytest.mark.parametrize("tier", [Tier.EASY, Tier.HARD])
def test_a_dispute_from_end_to_end(label_studio: Server, treehole: Treehole, tier: Tier) -> None:
    work = Work(label_studio, treehole, tier)
    texts = {"c1": TEXT, "c2": "早上好", "c3": "<b>夜里</b>睡不着"}
    work.bring(texts)
    people = [label_studio.sign_up(f"p{uuid.uuid4().hex[:8]}").number for _ in range(2)]

    def answer(level: int) -> Answer:
        label = "high" if level >= 6 else "low"
        return Answer(label=label) if tier is Tier.EASY else Answer(level=level)

    for comment, levels in {"c1": (8, 2), "c2": (0, 0), "c3": (7, 4)}.items():
        for person, level in zip(people, levels, strict=True):
            work.say(work.project, comment, answer(level), person)
    work.run("pull", "--quiet")
    assert "1 disputed comment pushed" in work.run("agree", "--adjudicate", "--most", "1")
    assert "1 disputed comment pushed, 1 were there already" in work.run("agree", "--adjudicate")
    assert "0 disputed comments pushed, 2 were there" in work.run("agree", "--adjudicate")
    judged = work.found(f"{tier}-disputed")
    tasks = {task["data"]["comment_id"]: task for task in work.tasks(judged)}
    assert set(tasks) == {"c1", "c3"}
    for comment, task in tasks.items():
        assert task["data"]["text"] == texts[comment]
        *given, first = sorted(task["predictions"], key=lambda one: one["id"])
        assert [one["model_version"] for one in given] == ["answer 1", "answer 2"]
        assert (first["model_version"], first["result"]) == (judged.shown, [])
        said = [answer_in(one["result"], task["data"]["text"]) for one in given]
        assert said == [answer(2), answer(8)] if comment == "c1" else [answer(4), answer(7)]
    who = pq.read_table(work.place.history(tier))["annotator"].unique().to_pylist()
    assert len(who) == 2
    assert not any(name in str(tasks) for name in who)
    work.say(judged, "c1", answer(8), people[0])
    work.run("pull", "--quiet")
    labels = pq.read_table(work.place.labels(tier)).to_pylist()
    how = {row["comment_id"]: row["merged_by"] for row in labels}
    assert how == {"c1": "adjudicated", "c2": "majority", "c3": "majority"}
    listed = json.loads(work.run("agree", "--json"))["disputed"]
    assert [one["comment_id"] for one in listed] == ["c3"]


@pytest.mark.slow
def test_a_changed_form_is_told(label_studio: Server, treehole: Treehole) -> None:
    work = Work(label_studio, treehole, Tier.EASY)
    campaign(treehole.folder, Tier.EASY, {"1": ["high"], "2": ["low"]})
    work.run("agree", "--adjudicate")
    judged = work.found("easy-disputed")
    work.client.projects.import_tasks(id=judged.id, request=[{"data": {"text": "雨"}}])
    config = '<View><Text name="text" value="$text"/></View>'
    work.client.projects.update(judged.id, label_config=config)
    at = ("--url", label_studio.url, "--token-file", label_studio.token_file, "--name", work.name)
    ended = treehole("annotate", "agree", "--tier", "easy", "--adjudicate", *at)
    assert "was changed in the web page" in ended.refusal
