"""`treehole explain`: the comment, its level, and why."""

import json
import os
import pty
import re
import subprocess
import sys

import pytest
from commands import Treehole

PLAN = "药攒够了，今晚就走。饭饭，等我"
WRITTEN = "2026-05-01T22:30:00+08:00"


def test_text_and_json_say_the_same(treehole: Treehole) -> None:
    shown = treehole("explain", PLAN, "--created-at", WRITTEN)
    ended = treehole("explain", PLAN, "--created-at", WRITTEN, "--json")
    assert (shown.code, shown.err, ended.code, ended.err) == (0, "", 0, "")
    assert "\x1b" not in shown.out + ended.out
    found = json.loads(ended.out)
    lines = shown.out.splitlines()
    assert lines[0] == found["text"] == PLAN
    assert f"level {found['level']}  (high risk)" in lines
    assert found["risk"] == "high"
    assert f"time  {found['act_from']} – {found['act_until']}" in lines
    assert found["act_from"] == "2026-05-01T22:30+08:00"
    levels = [held["level"] for held in found["held"]]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == found["level"]
    for held in found["held"]:
        words = "、".join(mention["surface"] for mention in held["evidence"])
        line = f"  {held['level']:>2}  {held['rule']}: {held['sentence']}  [{words}]"
        assert line in lines
    for mention in found["mentions"]:
        assert PLAN[mention["start"] : mention["end"]] == mention["surface"]
        name = f"{mention['name_zh']} ({mention['name_en']})"
        place = f"{mention['start']}–{mention['end']}"
        assert f"{mention['surface']}  {mention['ontology']}: {name}, {place}" in lines


def test_what_does_not_count_is_named(treehole: Treehole) -> None:
    shown = treehole("explain", "没有自杀的想法")
    assert shown.code == 0
    assert "level 0  (low risk)" in shown.out
    assert re.search(r"–  自杀\S* does not count, because of 没有 \(\w+: ", shown.out)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (PLAN.encode() + b"\n", PLAN),
        (b"\xef\xbb\xbf" + PLAN.encode() + b"\r\n", PLAN),
        (PLAN.encode() + b"\n\n", PLAN + "\n"),
        (b"", ""),
        (b'halt.\n:- shell("touch PWNED").', 'halt.\n:- shell("touch PWNED").'),
        ("[red]不想\0活了[/red] :smile:".encode(), "[red]不想\0活了[/red] :smile:"),
    ],
)
def test_standard_input(treehole: Treehole, given: bytes, text: str) -> None:
    ended = treehole("explain", "-", "--json", stdin=given)
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["text"] == text
    assert not (treehole.folder / "PWNED").exists()


def test_standard_input_that_is_not_utf8(treehole: Treehole) -> None:
    ended = treehole("explain", "-", stdin=PLAN.encode("gb18030"))
    assert ended.code == 1
    assert re.fullmatch(r"standard input is not UTF-8 \(byte \d+\); .*", ended.refusal)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([PLAN, "--created-at", "gestern"], "not a time; write it like 2026-"),
        ([PLAN, "--created-at", ""], "not a time; write it like 2026-"),
        ([b"\xff\xfe".decode("utf-8", "surrogateescape")], "not UTF-8; convert it first"),
        ([], "Missing argument 'TEXT'"),
        ([PLAN, "--nope"], "No such option: --nope"),
        ([PLAN, "--rules", "nope"], "--rules nope: no such folder"),
    ],
)
def test_wrong_usage_ends_with_two(treehole: Treehole, arguments: list[str], said: str) -> None:
    ended = treehole("explain", *arguments)
    assert ended.code == 2
    assert said in ended.refusal
    assert ended.out == ""


@pytest.mark.parametrize("text", ["", "今天的云很好看", "[/] [red", "@小猫咪 😭👨‍👩‍👧 \u202e"])
def test_nothing_to_see(treehole: Treehole, text: str) -> None:
    ended = treehole("explain", text)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(text + "\n")
    assert "level 0  (low risk)" in ended.out


def test_without_a_time_of_writing_it_is_now(treehole: Treehole) -> None:
    ended = treehole("explain", PLAN, "--json")
    assert json.loads(ended.out)["act_from"].endswith("+08:00")


def test_too_much_to_judge_is_said(treehole: Treehole) -> None:
    ended = treehole("explain", "-", stdin=("想死不想死跳楼" * 8_000).encode())
    assert (ended.code, ended.err) == (0, "")
    assert re.search(r"level –  \(too much to judge risk\)|level \d+  \(", ended.out)


def test_a_terminal_without_these_characters(treehole: Treehole) -> None:
    ended = treehole("explain", PLAN, env={"PYTHONIOENCODING": "ascii"})
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("\\u836f")


@pytest.mark.parametrize("no_color", [True, False])
def test_colours_on_a_terminal_only(treehole: Treehole, no_color: bool) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "XDG_CACHE_HOME": str(treehole.cache), "TERM": "xterm-256color"}
    environment |= {"NO_COLOR": "1"} if no_color else {}
    command = [sys.executable, "-m", "treehole", "explain", PLAN]
    with subprocess.Popen(command, stdout=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    assert (re.search(rb"\x1b\[[\d;]*3[1-6]m", shown) is None) == no_color


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so where the other end was closed
        return b""
