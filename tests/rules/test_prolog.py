"""The bridge to SWI-Prolog."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import judging
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Run = Callable[..., Any]

TEXTS = st.text(max_size=200) | st.text("\0'\\\"{}().:-!\n\r\x1e\x1f~w\u200b🙂死", max_size=50)


@settings(deadline=None, max_examples=150)
@given(text=TEXTS)
def test_any_text_goes_to_prolog_and_back(shipped: Run, text: str) -> None:
    [answer] = shipped(judging.ask, (f"echo {text}", ""))
    assert answer == f"!SWI-Prolog: no answer to echo {text}"


def test_a_lone_surrogate_comes_back_replaced(shipped: Run) -> None:
    [answer] = shipped(judging.ask, ("死\ud83d死\udc00", ""))
    assert answer.replace("\ufffd", "") == "!SWI-Prolog: no answer to 死死"
    assert "\ufffd死\ufffd" in answer


def test_an_answer(shipped: Run) -> None:
    [answer] = shipped(judging.ask, ("version", "not used"))
    assert int(answer.removeprefix("=")) >= 80_000


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("", ""),
        ("Version", ""),
        ("version\0", ""),
        ("halt.", ""),
        ("shell('exit 1')", ""),
        ("judge", ""),
        ("judge", "\0"),
        ("judge", "我想死"),
        ("learn", "no such lesson"),
        ("learn", "token one two three"),
        ("learn", "token 1 2"),
        ("learn", "halt."),
    ],
)
def test_what_has_no_answer_is_an_error(shipped: Run, question: str, text: str) -> None:
    refused, version = shipped(judging.ask, (question, text), ("version", ""))
    assert refused == f"!SWI-Prolog: no answer to {question}"
    assert version[0] == "="


def test_an_error_of_prolog(spare: Run) -> None:
    [missing] = spare(judging.ask, ("load", "no/such/folder"))
    assert missing.startswith("!SWI-Prolog: ")
    assert "no/such/folder" in missing


def test_another_thread_may_not_ask(shipped: Run) -> None:
    other, made_there, own = shipped(judging.ask_from_thread, "version")
    assert other.startswith("!SWI-Prolog was asked from another thread")
    assert made_there == other
    assert own[0] == "="


def test_prolog_again_in_one_process(apart: Run) -> None:
    before, after = apart(judging.engine_again, ["我想死", "我想跳楼", "今晚跳楼"])
    assert [found.level for found in before] == [4]
    assert [found.level for found in after] == [4, 7, 10]


MISSING = """
import treehole.rules.prolog as bridge
from treehole.errors import PrologError
try:
    bridge.Prolog()
except PrologError as error:
    print(error)
"""


def test_without_swi_prolog(tmp_path: Any) -> None:
    nowhere = str(tmp_path / "nowhere")
    environment = {**os.environ, "LIBSWIPL_PATH": nowhere, "SWI_HOME_DIR": nowhere}
    done = subprocess.run(
        [sys.executable, "-c", MISSING],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SWI-Prolog cannot be used (")
    assert done.stdout.endswith("; install it with: apt-get install swi-prolog-nox\n")
    assert done.stdout.count("\n") == 1
