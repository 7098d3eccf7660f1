"""Standard output that nobody reads on, or that takes no more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Treehole

COMMANDS = (
    ["ontology", "export"],
    ["ontology", "stats", "--json"],
    ["ontology", "tree"],
    ["check", "--format", "github", "--notes"],
    ["explain", "--json", "今晚就走"],
)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_reader_that_has_gone_ends_it_quietly(treehole: Treehole, arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    assert _ended(treehole, arguments, write) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_full_disk_is_named(treehole: Treehole, arguments: list[str]) -> None:
    code, said = _ended(treehole, arguments, os.open("/dev/full", os.O_WRONLY))
    assert (code, said) == (1, b"treehole: the output: No space left on device\n")


def _ended(treehole: Treehole, arguments: list[str], stdout: int) -> tuple[int, bytes]:
    """The exit code, and what stands on standard error."""
    environment = os.environ | {"XDG_CACHE_HOME": str(treehole.cache), "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "treehole", *arguments],
            stdout=stdout,
            stderr=subprocess.PIPE,
            cwd=treehole.folder,
            env=environment,
            check=False,
            timeout=120,
        )
    finally:
        os.close(stdout)
    return done.returncode, done.stderr
