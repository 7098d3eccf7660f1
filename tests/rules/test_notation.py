"""The notation in Prolog itself: what a clause means, and what it was compiled to."""

import subprocess
from pathlib import Path

import pytest

import treehole.rules
from treehole.knowledge.version import KnowledgeFiles


@pytest.mark.parametrize("tests", ["notation.plt", "compiled.plt", "derivation.plt"])
def test_in_prolog(tests: str) -> None:
    engine = Path(treehole.rules.__file__).parent
    goal = "run_tests -> true ; halt(1)"
    file = str(Path(__file__).with_name(tests))
    command = ["swipl", "-p", f"treehole={engine}", "-g", goal, "-t", "halt", file, "--"]
    done = subprocess.run(
        [*command, str(KnowledgeFiles.locate().rules)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "tests passed" in said, said
    assert "Warning" not in said, said
    assert "ERROR" not in said, said
