"""Versions of the knowledge: a folder, or a revision of the git repository around this folder.

What a revision holds is laid out in a temporary folder, under the paths it has in the repository.
Only ontology and rule files are taken out, and no links, so that nothing is written elsewhere.
"""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from treehole.errors import KnowledgeError, TreeholeError, UsageError
from treehole.knowledge.version import KnowledgeFiles

_FOLDERS = ("ontology", "rules")
_SUFFIXES = (".ttl", ".pl")


@dataclass(frozen=True)
class Version:
    """One version of the knowledge.

    Attributes:
        name: What it is called to people: as it was given, with the commit and with what was taken
            from the shipped knowledge.
        files: Where it lies.
    """

    name: str
    files: KnowledgeFiles


@contextmanager
def opened_version(given: str) -> Iterator[Version]:
    """The version of the knowledge that a person named; it is there while the block runs.

    Args:
        given: A folder that has `ontology/` and `rules/` below it, or one of the two, or that holds
            `*.ttl` or `*.pl` itself; the shipped knowledge stands in for what it lacks. Or a
            revision of the git repository around the current folder, in which the two are looked
            for at the place of the current folder, then at the root.

    Raises:
        UsageError: It is neither, or holds no knowledge.
        KnowledgeError: Raised in the block for a revision; names files as git does, such as
            `HEAD~2:ontology/wish.ttl`.
    """
    version = _in_folder(Path(given), given) if given and Path(given).is_dir() else None
    if version is not None:
        yield version
        return
    commit, place, root = _commit(given)
    name = given if commit.startswith(given) else f"{given} ({commit[:7]})"
    with tempfile.TemporaryDirectory(prefix="treehole-") as temporary:
        folder = Path(temporary).resolve()
        try:
            for base in dict.fromkeys((place, "")):
                _lay_out(root, commit, base, folder)
                if found := _in_folder(folder / base, name):
                    break
            else:
                message = f"{name} has neither ontology/ nor rules/ in it; "
                raise UsageError(message + "git log -- ontology rules shows the revisions that do")
            yield found
        except KnowledgeError as error:
            raise KnowledgeError(str(error).replace(f"{folder}/", f"{given}:")) from None


def _in_folder(folder: Path, name: str) -> Version | None:
    found = [
        next((f for f in (folder / kind, folder) if any(f.glob(f"*{suffix}"))), None)
        for kind, suffix in zip(_FOLDERS, _SUFFIXES, strict=True)
    ]
    lacking = [kind for kind, place in zip(_FOLDERS, found, strict=True) if place is None]
    if len(lacking) == len(_FOLDERS):
        return None
    note = f" ({lacking[0]} as shipped)" if lacking else ""
    return Version(name + note, KnowledgeFiles.locate(*found))


def _commit(given: str) -> tuple[str, str, Path]:
    """The hash of a revision, the place of the current folder in the repository, and its root.

    Raises:
        UsageError: There is no such revision, no repository or no git.
    """
    name = given or "an empty name"
    folder = f"{name} is a folder without ontology/ or rules/" if Path(given).is_dir() else ""
    if not given or given.startswith("-"):  # git would take it for an option
        message = f"{name} is neither a folder nor a revision; git log shows the revisions"
        raise UsageError(message)
    if shutil.which("git") is None:
        message = folder or f"{name} is no folder"
        raise UsageError(f"{message}, and git is not installed; install it, or name a folder")
    try:
        places = _git("rev-parse", "--show-toplevel", "--show-prefix")
    except TreeholeError as error:
        message = folder or f"{name} is no folder"
        raise UsageError(f"{message}, and git knows no revisions here: {error}") from None
    top, place, *_ = os.fsdecode(places).split("\n")
    try:
        commit = _git("rev-parse", "--verify", "--quiet", f"{given}^{{commit}}").decode().strip()
    except TreeholeError:
        message = f"{folder}, and no" if folder else f"{name} is neither a folder nor a"
        message += f" revision of the git repository {top}; git log shows the revisions"
        raise UsageError(message) from None
    return commit, place, Path(top)


def _lay_out(root: Path, commit: str, base: str, folder: Path) -> None:
    """Write the ontology and rule files that a commit has below `base` into a folder."""
    wanted = [f"{base}{kind}" for kind in _FOLDERS]
    there = _git("ls-tree", "-d", "-z", "--name-only", commit, "--", *wanted, at=root)
    paths = [os.fsdecode(path) for path in there.split(b"\0") if path]
    if not paths:
        return
    archive = _git("archive", "--format=tar", commit, "--", *paths, at=root)
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            path = PurePosixPath(member.name)
            content = members.extractfile(member) if member.isreg() else None
            if content and str(path.parent) in wanted and path.suffix in _SUFFIXES:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content.read())


def _git(*arguments: str, at: Path | None = None) -> bytes:
    """What git answers.

    Raises:
        TreeholeError: It refuses; says why in its words.
    """
    done = subprocess.run(  # noqa: S603  no shell, and no argument that could be an option
        ["git", "--literal-pathspecs", *arguments],  # noqa: S607  the git of the person who asks
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=at,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines() or ["git says nothing"]
        raise TreeholeError(lines[0].removeprefix("fatal: "))
    return done.stdout
