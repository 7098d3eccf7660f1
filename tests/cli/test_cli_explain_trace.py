"""`treehole explain` with `--trace`, `--lang` and `--html`: step by step, and as a page."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import Treehole

PLAN = "没勇气去跳河，今晚就走。饭饭，等我"
PLAIN = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "C.UTF-8"}


def test_the_trace_comes_after_the_explanation(treehole: Treehole) -> None:
    moment = ("--created-at", "2026-05-01T22:30:00+08:00")
    alone = treehole("explain", PLAN, *moment)
    traced = treehole("explain", PLAN, "--trace", *moment, env=PLAIN)
    assert (traced.code, traced.err) == (0, "")
    assert "\x1b" not in traced.out
    assert traced.out.startswith(alone.out + "\nderivation\n")
    steps = traced.out.removeprefix(alone.out).splitlines()[2:]
    assert re.fullmatch(r"  10  act_tonight: .*。 \(level_10\.pl:\d+\)", steps[0])
    assert "      “今晚就”: tonight (time)" in steps
    assert "      close by: nothing between" in steps
    assert "        “走”: going → departure, ambiguous (wish)" in steps
    assert any(line.startswith("  跳河 does not count, because of 没勇气") for line in steps)
    assert steps[-1] == "  level 10, by act_tonight: no rule that holds has a higher level"


def test_in_chinese(treehole: Treehole) -> None:
    ended = treehole("explain", PLAN, "--trace", "--lang", "zh", env=PLAIN)
    assert (ended.code, ended.err) == (0, "")
    assert "等级 10  （高风险）" in ended.out
    assert "跳河  自杀: 溺水, 4–6" in ended.out
    assert "      “今晚就”：今晚（时间）" in ended.out
    assert ended.out.endswith("等级 10，出自 act_tonight：成立的规则里没有更高的\n")


@pytest.mark.parametrize(
    ("variables", "arguments", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, ["--trace"], True),
        ({"LC_ALL": "zh_TW.UTF-8"}, ["--trace"], True),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, ["--trace"], False),
        ({"LANG": "zh_CN.UTF-8"}, ["--trace", "--lang", "en"], False),
        ({"LANG": "zh_CN.UTF-8"}, [], False),  # as ever
        ({}, ["--trace"], False),
        ({}, ["--lang", "zh"], True),
    ],
)
def test_the_language_is_that_of_the_system_or_as_asked(
    treehole: Treehole, variables: dict[str, str], arguments: list[str], chinese: bool
) -> None:
    ended = treehole("explain", PLAN, *arguments, env=PLAIN | variables)
    assert (ended.code, ended.err) == (0, "")
    assert ("等级 10" in ended.out) is chinese
    assert ("level 10" in ended.out) is not chinese


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("", "level 0: nothing is mentioned that the ontologies name"),
        ("没有自杀的想法", "level 0: what is mentioned makes no rule for a level hold"),
    ],
)
def test_why_nothing_held(treehole: Treehole, text: str, last: str) -> None:
    ended = treehole("explain", text, "--trace", "--lang", "en")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "  " + last


def test_too_much_to_judge_is_said(treehole: Treehole) -> None:
    flood = ("想死不想死跳楼" * 8_000).encode()
    ended = treehole("explain", "-", "--trace", "--lang", "en", stdin=flood)
    assert (ended.code, ended.err) == (0, "")
    last = ended.out.splitlines()[-1]
    assert re.match(r"  no level: too much to judge within the limit;|  level \d+, by", last)


def test_json_has_the_derivations_only_if_asked(treehole: Treehole) -> None:
    moment = ("--created-at", "2026-05-01T22:30:00+08:00", "--json")
    plain = json.loads(treehole("explain", PLAN, *moment).out)
    paged = treehole("explain", PLAN, *moment, "--html", "page.html", "--lang", "zh")
    assert json.loads(paged.out) == plain
    ended = treehole("explain", PLAN, *moment, "--trace")
    assert (ended.code, ended.err) == (0, "")
    traced = json.loads(ended.out)
    derivations = [e.pop("derivation") for e in traced["held"] + traced["ruled_out"]]
    assert traced == plain
    assert {"path", "line", "steps"} == set(derivations[0])
    surfaces = [step["surface"] for step in flat(derivations[0]["steps"]) if "concepts" in step]
    assert surfaces == ["今晚就", "走"]
    for derivation in derivations:
        for step in flat(derivation["steps"]):
            assert PLAN[step["start"] : step["end"]] == step["surface"]
            assert None not in step.values()


def flat(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [s for step in steps for s in (step, *flat(step.get("steps", [])))]


def test_the_page_is_written(treehole: Treehole) -> None:
    text = "<script>alert(1)</script>我想跳楼 & {{ 7 * 7 }}"
    ended = treehole("explain", text, "--html", "pages/one.html", "--lang", "zh")
    assert (ended.code, ended.err) == (0, "")
    assert "推导" not in ended.out
    shown = (treehole.folder / "pages" / "one.html").read_text("utf-8")
    assert '<html lang="zh">' in shown
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "{{ 7 * 7 }}" in shown
    assert "等级 7，出自 method" in shown
    assert re.search(r"（level_07\.pl:\d+）", shown)
    assert str(Path.cwd()) not in shown


def test_the_trace_uses_the_rules_that_were_edited(treehole: Treehole, copied: Any) -> None:
    rules = copied("rules")
    content = (rules / "level_07.pl").read_text("utf-8")
    (rules / "level_07.pl").write_text("\n\n\n" + content, "utf-8")
    found = [
        re.search(r"level_07\.pl:(\d+)", treehole("explain", "我想跳楼", "--trace", *more).out)
        for more in ([], ["--rules", str(rules)])
    ]
    lines = [int(match[1]) for match in found if match]
    assert lines[1] == lines[0] + 3


def test_a_page_that_cannot_be_written(treehole: Treehole) -> None:
    treehole.write("file", "")
    for name, said in (("file/page.html", "a file stands where"), (".", "a folder of that name")):
        ended = treehole("explain", PLAN, "--html", name)
        assert ended.code == 1
        assert said in ended.refusal
        assert ended.out == ""


def test_a_full_disk(treehole: Treehole, small_disk: Path) -> None:
    (small_disk / "full").write_bytes(b"\0" * 60_000)
    ended = treehole("explain", PLAN, "--html", small_disk / "page.html")
    assert ended.code == 1
    assert "the disk is full" in ended.refusal
    assert sorted(path.name for path in small_disk.iterdir()) == ["full"]


def test_another_language_is_refused(treehole: Treehole) -> None:
    ended = treehole("explain", PLAN, "--trace", "--lang", "fr")
    assert ended.code == 2
    assert "'fr' is not one of 'zh', 'en'" in ended.refusal


def test_a_tree_on_a_terminal(treehole: Treehole) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, **PLAIN, "XDG_CACHE_HOME": str(treehole.cache)}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "60", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "treehole", "explain", PLAN, "--trace"]
    with subprocess.Popen(command, stdout=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[\d;]*m", "", shown.decode())
    tree = text[text.index("derivation") :].splitlines()
    assert all(line[:1] in "├│└ " for line in tree[1:] if line.strip())
    assert any("└── “走”: going → departure" in line for line in tree)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so where the other end was closed
        return b""
