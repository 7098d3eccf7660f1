"""`treehole annotate pull`, against a real server."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from commands import Treehole

from label_studio import Server
from people import Round, begin
from treehole.annotation.forms import Answer
from treehole.annotation.history import read_history
from treehole.models.datasets import Tier

pytestmark = pytest.mark.slow

HIGH, LOW, IRRELEVANT = (Answer(label=label) for label in ("high", "low", "irrelevant"))
QUICK = ("--epochs", "1", "--batch", "8", "--folds", "2")


def asked(place: Round, server: Server, *more: str) -> tuple[str | Path, ...]:
    """The command with what it needs."""
    return (
        "annotate", "pull", "--tier", place.tier, "--workspace", place.workspace.folder,
        "--url", server.url, "--token-file", server.token_file, "--name", place.campaign, *more,
    )  # fmt: skip


def test_what_people_did_is_told_in_a_few_lines(treehole: Treehole, label_studio: Server) -> None:
    place = begin(label_studio, treehole.folder / "w", predicted=HIGH)
    place.bring(["c1", "c2", "c3", "c4"], HIGH)
    for comment, answer in (("c1", HIGH), ("c2", LOW), ("c3", IRRELEVANT)):
        place.say(comment, answer, lead_time=6.0)
    place.skip("c4")
    ended = treehole(*asked(place, label_studio))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "easy: 4 new (1 skipped); 4 tasks",
        "3 comments labelled by 1 annotator: 1 of high risk, 2 of low, of these 1 irrelevant",
        "66.7 % of 3 answers correct what was shown",
        "6.0 s a comment (median)",
        "1 skip",
        "the risk shown was right in 33.3 % of 3 comments drawn at random "
        "(95 % interval 6.1–79.2 %)",
        f"labels in {place.workspace.labels('easy')}",
    ]
    again = treehole(*asked(place, label_studio))
    assert again.out.splitlines()[0] == "easy: nothing new; 4 tasks"


def test_that_help_is_needed_stands_out(treehole: Treehole, label_studio: Server) -> None:
    place = begin(label_studio, treehole.folder / "w", Tier.HARD, ["c1", "c2"])
    place.say("c1", Answer(level=10, help_now=True))
    place.say("c2", Answer(level=0))
    ended = treehole(*asked(place, label_studio))
    assert "by level 0: 1, 10: 1\n" in ended.out
    assert "1 comment where somebody said that help is needed now: c1\n" in ended.out


def test_everything_as_json(treehole: Treehole, label_studio: Server) -> None:
    place = begin(label_studio, treehole.folder / "w", comments=["c1"], predicted=LOW)
    place.say("c1", LOW)
    ended = treehole(*asked(place, label_studio, "--json", "--full", "--method", "dawid-skene"))
    assert ended.err == ""
    told = json.loads(ended.out)
    assert told["changes"]["easy"]["made"] == 1
    assert told["summary"]["accuracy"]["right"] == 1
    assert told["manifest"]["method"] == "dawid-skene"
    assert told["labels"] == str(place.workspace.labels("easy"))
    assert label_studio.token not in ended.out


def test_answers_that_cannot_be_read_are_told_of(treehole: Treehole, label_studio: Server) -> None:
    place = begin(label_studio, treehole.folder / "w", comments=["c1"])
    place.say_raw("c1", [{"from_name": "mood", "to_name": "text", "type": "choices", "id": "r",
                          "value": {"choices": ["calm"]}}])  # fmt: skip
    ended = treehole(*asked(place, label_studio))
    assert ended.code == 0
    assert "1 annotation holds what cannot be read; nothing of it is lost" in ended.out
    assert "0 comments labelled" in ended.out


@pytest.mark.parametrize("tier", [Tier.EASY, Tier.HARD])
def test_the_labels_are_what_train_reads(
    treehole: Treehole, label_studio: Server, tier: Tier
) -> None:
    names = [f"{mood}，第{number}天" for mood in ("难熬", "还好") for number in range(20)]
    place = begin(label_studio, treehole.folder / "w", tier)
    for name in names:
        high = name.startswith("难熬")
        easy = HIGH if high else LOW
        place.bring_answered([name], easy if tier is Tier.EASY else Answer(level=7 if high else 1))
    ended = treehole(*asked(place, label_studio))
    assert "40 comments labelled by 1 annotator: 20 of high risk, 20 of low" in ended.out
    data = place.workspace.labels(tier)
    kind = ("--kind", "bert") if tier is Tier.EASY else ()
    ended = treehole(
        "train", tier, "--data", data, "--out", "model", "--encoder", "builtin", *kind, *QUICK
    )
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended
    trained = json.loads((treehole.folder / "model" / "training.json").read_text("utf-8"))
    assert (trained["data"]["comments"], trained["data"]["high"]) == (40, 20)


@pytest.mark.parametrize(
    ("gone", "line"),
    [
        ("the project", "is no longer on"),
        ("the token", "does not let the token in"),
        ("the history", "is damaged"),
    ],
)
def test_what_went_wrong_is_one_line(
    treehole: Treehole, label_studio: Server, gone: str, line: str
) -> None:
    place = begin(label_studio, treehole.folder / "w", comments=["c1"])
    place.say("c1", LOW)
    treehole(*asked(place, label_studio))
    history = place.workspace.history("easy")
    arguments: tuple[str | Path, ...] = asked(place, label_studio)
    if gone == "the project":
        place.client.projects.delete(place.project.id)
    elif gone == "the token":
        wrong = treehole.write("token", "0" * 40)
        wrong.chmod(0o600)
        arguments = (*arguments, "--token-file", wrong)
    else:
        history.write_bytes(b"PAR1 and no more")
    before = history.read_bytes(), place.workspace.labels("easy").read_bytes()
    ended = treehole(*arguments)
    assert line in ended.refusal
    assert ended.code == 1
    assert (history.read_bytes(), place.workspace.labels("easy").read_bytes()) == before


def test_without_a_server_the_cure_is_named(treehole: Treehole) -> None:
    ended = treehole("annotate", "pull", "--tier", "easy")
    assert "treehole annotate up" in ended.refusal


def test_the_free_tier_is_not_annotated(treehole: Treehole) -> None:
    ended = treehole("annotate", "pull", "--tier", "free")
    assert ended.code == 2
    assert "free is not one of easy, hard" in ended.err


def test_the_local_server_of_the_workspace_needs_no_address(
    treehole: Treehole, own_server: Server
) -> None:
    folder = own_server.local.folder.parent
    place = begin(own_server, folder, comments=["c1"])
    place.say("c1", LOW)
    ended = treehole(
        "annotate", "pull", "--tier", "easy", "--workspace", folder, "--name", place.campaign
    )
    assert ended.code == 0, ended
    assert len(read_history(place.workspace.history("easy"))) == 1
    assert pq.read_table(place.workspace.labels("easy"))["label"].to_pylist() == ["low"]
