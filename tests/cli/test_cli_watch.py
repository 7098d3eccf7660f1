"""`treehole watch`: the job, the list, and what the team does."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import Ended, Treehole

from small_models import write_model
from treehole.watch.queue import open_queue

COMMENTS = (
    ("a1", "u1", "2026-05-01T20:00:00+08:00", "最近好累，活着好痛苦"),
    ("a2", "u1", "2026-05-01T20:10:00+08:00", "我在成都，今晚就去跳楼，再见了"),
    ("a3", "u2", "2026-05-01T20:11:00+08:00", "今天吃了面，天气不错"),
    ("a4", "=u3", "2026-05-01T20:12:00+08:00", "药攒够了，遗书也写好了"),
)
PATIENCE = 60.0
MISTAKES = (
    (["take", "9", "--as", "a"], "there is no case 9; treehole watch list"),
    (["take", "one", "--as", "a"], "CASE is a number"),
    (["take", "1", "--as", " "], "say who you are"),
    (["list", "--since", "soon"], "--since soon: write it like 24h"),
    (["list", "--json", "--csv"], "two formats"),
    (["list", "--with-text"], "--json and --csv"),
    (["reveal", "1", "--as", "a", "--why", "b"], "--vault DIR"),
    (["comments.jsonl", "--once", "--when", "model"], "needs a model; name it: --model"),
    (["comments.jsonl", "--once", "--model", "none"], "none: no such folder"),
    (["missing.jsonl", "--once"], "missing.jsonl does not exist; check the path"),
    (["-"], "standard input cannot be followed"),
    (["other.jsonl", "--once", "--text-column", "body"], "has no column body"),
    (["comments.jsonl", "--once", "--webhook", "example"], "begins with https://"),
    (["comments.jsonl", "--once", "--webhook", "https://a.example/x"], "the key that signs"),
    (["comments.jsonl", "--once", "--vault", "v"], "--vault needs pseudonyms"),
)


def lines(*rows: tuple[str, str, str, str]) -> str:
    names = ("comment_id", "user_id", "created_at", "text")
    return "".join(
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n" for row in rows
    )


@pytest.fixture
def comments(treehole: Treehole) -> Path:
    return treehole.write("comments.jsonl", lines(*COMMENTS))


@pytest.fixture
def watch(treehole: Treehole, comments: Path) -> Any:
    """Runs `treehole watch`; there is a queue of two cases."""

    def call(*arguments: str | Path, **more: Any) -> Ended:
        return treehole("watch", *arguments, "--queue", "queue", **more)

    assert call(comments, "--once", "--quiet") == Ended(0, "", "")
    return call


def listed(watch: Any, *more: str) -> list[dict[str, Any]]:
    ended = watch("list", "--json", *more)
    assert (ended.code, ended.err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(ended.out)
    return rows


def test_once_says_what_it_did(treehole: Treehole, comments: Path) -> None:
    comments.write_text(lines(*COMMENTS) + "no json\n", "utf-8")
    ended = treehole("watch", comments, "--queue", "queue", "--once")
    assert (ended.code, ended.err) == (0, "")
    first, second, said, unreadable, cases = ended.out.splitlines()
    assert first == "case 1  level 10  may act 2026-05-01 20:10 to 2026-05-02 06:00  四川省"
    assert second.startswith("case 2  level 7")
    assert said.startswith("5 comments, 2 of high risk, 2 alerts; ")
    assert unreadable.startswith("1 could not be read whole")
    assert cases == "cases in queue: 2 new, 0 taken, 0 contacted, 0 closed"
    again = treehole("watch", "run", "--queue", "queue", comments, "--once")
    assert again.out.startswith("0 comments, 0 of high risk, 0 alerts; ")


def test_lists(watch: Any) -> None:
    assert [row["number"] for row in listed(watch)] == [1, 2]
    assert [row["number"] for row in listed(watch, "--province", "四川")] == [1]
    assert [row["number"] for row in listed(watch, "--level", "8")] == [1]
    assert [row["number"] for row in listed(watch, "--since", "1h")] == [1, 2]
    assert listed(watch, "--since", "2100-01-01") == []
    assert listed(watch, "--state", "closed") == []
    assert "comment" not in listed(watch)[0]
    assert listed(watch, "--with-text")[0]["comment"]["text"] == COMMENTS[1][3]
    table = watch("list")
    assert "四川省" in table.out
    assert COMMENTS[1][3] not in table.out
    assert table.out.endswith("2 cases, 2 waiting for somebody\n")
    rows = list(csv.DictReader(io.StringIO(watch("list", "--csv").out.removeprefix("\ufeff"))))
    assert [(row["number"], row["user"]) for row in rows] == [("1", "u1"), ("2", "'=u3")]


def test_a_case_is_shown_and_the_look_is_on_record(watch: Any) -> None:
    shown = watch("show", "1")
    assert shown.out.startswith("case 1  level 10: suicide may be ongoing\nnew; u1\n")
    assert COMMENTS[1][3] in shown.out
    assert "成都 (四川省)" in shown.out
    told = json.loads(watch("show", "#1", "--json").out)
    assert [seen["level"] for seen in told["trend"]] == [2, 10]
    assert [event["kind"] for event in told["history"]] == ["escalated"]
    audit = watch("audit").out
    assert audit.count("viewed  case 1") == 2
    assert "跳楼" not in audit


def test_a_case_is_seen_to(watch: Any) -> None:
    assert watch("take", "1", "--as", "小林").out == "case 1 is taken by 小林\n"
    assert "taken by 小林; ask them" in watch("take", "1", "--as", "小王").refusal
    assert "take it first" in watch("contact", "2", "--as", "小王").refusal
    assert watch("contact", "1", env={"TREEHOLE_NAME": "小林"}).code == 0
    assert watch("note", "1", "家人在身边", "--as", "小王").code == 0
    assert watch("close", "1", "--as", "小林", "--note", "平安").out == "case 1 is closed\n"
    assert [row["number"] for row in listed(watch)] == [2]
    assert [row["number"] for row in listed(watch, "--all")] == [2, 1]
    assert watch("reopen", "1", "--as", "小王").out == "case 1 is new\n"
    assert "家人在身边" in watch("show", "1").out
    events = json.loads(watch("audit", "--json", "--case", "1").out)
    kinds = [event["kind"] for event in events]
    assert kinds == ["escalated", "taken", "contacted", "noted", "closed", "reopened", "viewed"]
    assert watch("audit", "--verify").out.endswith(" events, the trail is whole\n")


def test_mistakes_are_said_in_a_line(treehole: Treehole, watch: Any) -> None:
    treehole.write("other.jsonl", '{"text": "x"}\n')
    for arguments, reason in MISTAKES:
        assert reason in watch(*arguments).refusal


def test_there_must_be_a_queue(treehole: Treehole) -> None:
    ended = treehole("watch", "list", "--queue", "none")
    assert ended.refusal == "none holds no queue; treehole watch COMMENTS --queue none makes one"
    assert not (treehole.folder / "none").exists()


def test_a_damaged_queue_is_made_again(treehole: Treehole, watch: Any) -> None:
    watch("take", "1", "--as", "小林")
    path = treehole.folder / "queue" / "queue.sqlite"
    path.write_bytes(b"not a database" * 1000)
    for arguments in (["list"], ["comments.jsonl", "--once"]):
        refusal = watch(*arguments).refusal
        assert "is damaged" in refusal
        assert refusal.endswith("treehole watch restore --queue queue")
    ended = watch("restore")
    assert ended.out.startswith("made again from ")
    assert "is kept as kept-" in ended.out
    assert listed(watch)[0]["taken_by"] == "小林"
    again = watch("comments.jsonl", "--once")
    assert "0 alerts" in again.out
    path.unlink()
    assert "restore" in watch("comments.jsonl", "--once").refusal
    assert watch("restore").code == 0


def test_a_full_disk_is_said_and_gone_on_from(
    treehole: Treehole, small_disk: Path, comments: Path
) -> None:
    queue = small_disk / "queue"
    refusal = treehole("watch", comments, "--queue", queue, "--once").refusal
    assert "disk" in refusal


def test_users_get_pseudonyms_and_the_vault_is_opened_by_who_has_the_case(
    treehole: Treehole, comments: Path
) -> None:
    env = {"TREEHOLE_KEY": "k" * 40, "TREEHOLE_VAULT_KEY": "v" * 64}

    def call(*arguments: str | Path) -> Ended:
        return treehole("watch", *arguments, "--queue", "queue", env=env)

    assert call(comments, "--once", "--quiet", "--vault", "vault") == Ended(0, "", "")
    [case, other] = json.loads(call("list", "--json").out)
    assert case["user"].startswith("u-")
    stored = b"".join(path.read_bytes() for path in (treehole.folder / "queue").iterdir())
    assert b"u1" not in stored
    asked = ("reveal", str(case["number"]), "--vault", "vault", "--as", "小林", "--why")
    assert "take it first" in call(*asked, "要联系").refusal
    call("take", str(case["number"]), "--as", "小林")
    assert "say why" in call(*asked, " ").refusal
    assert call(*asked, "要联系").out == "account   u1\n"
    assert "revealed  case 1  why 要联系" in call("audit").out
    assert "要联系" in (treehole.folder / "vault" / "reveals.jsonl").read_text("utf-8")
    assert "take it first" in call(
        "reveal", str(other["number"]), "--vault", "vault", "--as", "小林", "--why", "x"
    ).refusal  # fmt: skip


@pytest.fixture
def begin(treehole: Treehole) -> Iterator[Any]:
    """Starts a watch that goes on."""
    begun: list[subprocess.Popen[str]] = []

    def call(*arguments: str | Path) -> "subprocess.Popen[str]":
        environment = os.environ | {"XDG_CACHE_HOME": str(treehole.cache), "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "treehole", "watch", *map(str, arguments)]
        begun.append(
            subprocess.Popen(
                [*command, "--queue", "queue"],
                cwd=treehole.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return begun[-1]

    yield call
    for process in begun:
        process.kill()
        process.communicate()


def until_cases(folder: Path, number: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
        if (folder / "audit.jsonl").exists():
            with open_queue(folder) as queue:
                if len(queue.cases()) == number:
                    return


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_watch_goes_on_until_it_is_stopped(
    treehole: Treehole, begin: Any, number: signal.Signals
) -> None:
    process = begin("comments.jsonl")
    path, queue = treehole.folder / "comments.jsonl", treehole.folder / "queue"
    path.write_text(lines(*COMMENTS[:2]), "utf-8")
    until_cases(queue, 1)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(lines(*COMMENTS[2:]))
    until_cases(queue, 2)
    assert "another run is at work in queue" in treehole(
        "watch", path, "--queue", "queue", "--once"
    ).refusal  # fmt: skip
    assert treehole("watch", "take", "2", "--as", "小林", "--queue", "queue").code == 0
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "4 comments, 2 of high risk, 2 alerts" in out
    assert "cases in queue: 1 new, 1 taken, 0 contacted, 0 closed" in out
    waited = "treehole: comments.jsonl is not there yet; it is waited for\n"
    assert err in {"", waited}


@pytest.mark.slow
def test_a_file_that_cannot_be_read_ends_once_with_an_error(treehole: Treehole) -> None:
    treehole.write("in/a.jsonl", lines(*COMMENTS))
    treehole.write("in/b.csv", "comment_id,body\n1,2\n")
    ended = treehole("watch", "in", "--queue", "queue", "--once")
    assert ended.code == 1
    assert "2 alerts" in ended.out
    assert "b.csv has no column text" in ended.err


@pytest.mark.slow
def test_a_model_speaks_too(treehole: Treehole, comments: Path) -> None:
    write_model(treehole.folder / "model")
    arguments = ("watch", comments, "--queue", "queue", "--once", "--model", "model")
    ended = treehole(*arguments)
    assert ended.code == 0, ended
    cases = json.loads(treehole("watch", "list", "--queue", "queue", "--json").out)
    assert all(0 <= case["probability"] <= 1 for case in cases)
    assert {"rules"} <= {source for case in cases for source in case["sources"]}
    assert "leave out --users" in treehole(*arguments, "--users", comments).refusal
