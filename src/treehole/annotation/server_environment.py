"""The environment of the local server: Label Studio with all it needs, apart from all else.

It pins Django, pyarrow and a hundred more, so it lives in a virtual environment of its own, in the
cache. One that is half-made, for other versions, or whose Python has gone is made anew.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from treehole.annotation.connection import ServerError
from treehole.corpus.locking import locked
from treehole.corpus.writing import write_json
from treehole.errors import OutputError, UsageError
from treehole.knowledge.version import cache_folder

VERSION = "1.23.0"
VARIABLE = "LABEL_STUDIO"
"""Names a `label-studio` program that is there already."""

_VERSIONS = Path(__file__).with_name("label_studio.lock")
_BYTES = 1_100_000_000
"""What the environment takes."""
_UNREACHED = ("NewConnectionError", "ConnectTimeout", "ReadTimeout", "No matching distribution")


def folder() -> Path:
    """Where the environment is, or will be; it can be deleted while no server is up."""
    return cache_folder() / f"label-studio-{VERSION}"


def find_program(given: Path | None = None) -> Path | None:
    """The program `label-studio`, if it is there.

    Args:
        given: The program, if it is not the one in the cache.

    Raises:
        UsageError: The one given is none.
    """
    if given is None:
        program = _recorded()
        return program if program and _works(program) else None
    program = given.resolve()
    if program.name != "label-studio" or not _works(program):
        message = f"{given} is no label-studio in the bin folder of its environment; name that"
        raise UsageError(message)
    return program


def python_of(program: Path) -> Path:
    """The Python that runs the program."""
    return program.with_name("python3")


def install(report: Callable[[str], None]) -> Path:
    """Makes the environment in the cache, unless it is there.

    Takes a minute or two, the network, and 1 GB of disk. One that is killed is begun anew, in
    another folder, as what it started may live on for a while; that folder is removed.

    Args:
        report: Told, in a line, what is being done.

    Returns:
        The program.

    Raises:
        OutputError: The disk is full, or another run is installing.
        ServerError: pip failed, or cannot reach what it needs.
    """
    with locked(folder()):
        if program := find_program():
            return program
        if _room() < _BYTES:
            raise _full()
        report(f"installing Label Studio {VERSION} in {folder()}: a minute or two, 1 GB of disk")
        program = folder() / uuid.uuid4().hex[:8] / "bin" / "label-studio"
        try:
            for earlier in folder().glob("*/bin"):
                shutil.rmtree(earlier.parent, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(program.parents[1])], "venv")
            pip = [str(python_of(program)), "-m", "pip", "install", "--no-input", "--no-deps"]
            _run([*pip, "--disable-pip-version-check", "-r", str(_VERSIONS)], "pip")
        except BaseException:
            shutil.rmtree(program.parents[1], ignore_errors=True)
            raise
        write_json({"versions": _fingerprint(), "program": str(program)}, _record())
        return program


def _room() -> int:
    """Free bytes where the environment is to be."""
    return shutil.disk_usage(folder()).free


def _full() -> OutputError:
    return OutputError(
        f"{folder()} cannot be made: 1 GB of disk is needed; make room, or set XDG_CACHE_HOME to a "
        "folder on another disk"
    )


def _record() -> Path:
    """The file that says where the environment is that is whole, and of which versions."""
    return folder() / "complete.json"


def _recorded() -> Path | None:
    try:
        record = json.loads(_record().read_text("utf-8"))
        return Path(record["program"]) if record["versions"] == _fingerprint() else None
    except (OSError, ValueError, LookupError, TypeError):
        return None  # it is made anew


def _works(program: Path) -> bool:
    """Whether it can be run; the Python of an environment may have gone."""
    return all(
        path.is_file() and os.access(path, os.X_OK) for path in (program, python_of(program))
    )


def _fingerprint() -> str:
    return hashlib.sha256(_VERSIONS.read_bytes()).hexdigest()


def _run(command: list[str], what: str) -> None:
    """A step of the installation."""
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, errors="replace", check=False
    )
    if not done.returncode:
        return
    said = done.stdout + done.stderr
    if "No space left on device" in said or _room() < _BYTES // 100:
        raise _full()
    if any(sign in said for sign in _UNREACHED):
        message = (
            "pip cannot reach the packages of Label Studio; look at the network (pip's settings, "
            "such as PIP_INDEX_URL, hold), and call it again"
        )
        raise ServerError(message)
    if "ensurepip is not available" in said:
        message = "Python has no venv; install it with: apt-get install python3-venv"
        raise ServerError(message)
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    message = f"{what} failed: {errors[-1] if errors else f'status {done.returncode}'}"
    raise ServerError(message)
