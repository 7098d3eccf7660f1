"""A bar on a terminal, plain lines elsewhere, nothing if told so."""

import os
import pty
import re
import subprocess
import sys

import pytest

from treehole.pipeline import progress as module
from treehole.pipeline.progress import progress

SHOW = """
from treehole.pipeline.progress import progress
with progress("label") as reporter:
    reporter.expect(30)
    reporter.advance(10)
    reporter.advance(20)
"""


@pytest.fixture(autouse=True)
def _no_forced_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    with progress("label") as reporter:
        reporter.expect(2000)
        reporter.advance(500)
        reporter.advance(1500)
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    shape = r"label: {} comments, [\d,]+/s, {} %, about [\d,]+ s left"
    assert re.fullmatch(shape.format("500", "25"), first)
    assert re.fullmatch(shape.format("2,000", "100"), second)


@pytest.mark.parametrize("total", [None, 0])
def test_lines_without_a_total(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, total: int | None
) -> None:
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    with progress("label") as reporter:
        reporter.expect(total)
        reporter.advance(7)
    assert re.fullmatch(r"label: 7 comments, [\d,]+/s\n", capsys.readouterr().err)


def test_more_rows_than_expected_leave_no_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    with progress("label") as reporter:
        reporter.expect(10)
        reporter.advance(12)
    assert capsys.readouterr().err.endswith("120 %, about 0 s left\n")


def test_a_short_job_prints_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("label") as reporter:
        reporter.expect(10)
        reporter.advance(10)
    assert capsys.readouterr() == ("", "")


def test_quiet_is_silent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    with progress("label", quiet=True) as reporter:
        reporter.expect(10)
        reporter.advance(10)
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen([sys.executable, "-c", SHOW], stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"30/30" in shown
    assert b"\x1b[" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so where the other end was closed
        return b""
