"""Commands asked to end while they are at work."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import SECONDS, Treehole


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_no_temporary_file_stays(
    treehole: Treehole, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    environment = {"XDG_CACHE_HOME": str(treehole.cache), "TMPDIR": str(folder)}
    with subprocess.Popen(
        [sys.executable, "-m", "treehole", "coverage", "-", "--quiet"],
        stdin=subprocess.PIPE,  # which stays open, so that it waits for more
        stderr=subprocess.PIPE,
        cwd=treehole.folder,
        env=os.environ | environment,
    ) as process:
        deadline = time.monotonic() + SECONDS
        while not list(folder.glob("treehole-*/*")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(SECONDS) == code
        assert process.stderr
        assert b"Traceback" not in process.stderr.read()
    assert not list(folder.iterdir())
