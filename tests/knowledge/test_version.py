"""The knowledge version tells what the files say, not where or when."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from treehole.errors import UsageError
from treehole.knowledge.version import KnowledgeFiles, cache_folder


@pytest.fixture
def files(tmp_path: Path, knowledge: Callable[..., KnowledgeFiles]) -> KnowledgeFiles:
    return knowledge(tmp_path, wish=":Wish a owl:Class .\n")


def version(files: KnowledgeFiles) -> str:
    return replace(files).version  # it is read once for each object


def test_it_is_twelve_digits(files: KnowledgeFiles, shipped: KnowledgeFiles) -> None:
    assert re.fullmatch("[0-9a-f]{12}", files.version)
    assert re.fullmatch("[0-9a-f]{12}", shipped.version)
    assert files.version != shipped.version


def test_place_and_time_make_no_difference(files: KnowledgeFiles, tmp_path: Path) -> None:
    copy = KnowledgeFiles(tmp_path / "别处" / "o", tmp_path / "r")
    shutil.copytree(files.ontology, copy.ontology)
    shutil.copytree(files.rules, copy.rules)
    for path in copy.ontology.iterdir():
        os.utime(path, (1, 1))
    assert copy.version == files.version


@pytest.mark.parametrize("name", ["README.md", "notes.txt", "wish.ttl.orig"])
def test_other_files_make_no_difference(files: KnowledgeFiles, name: str) -> None:
    before = version(files)
    (files.ontology / name).write_text("读我")
    (files.rules / name).write_text("读我")
    assert version(files) == before


@pytest.mark.parametrize("name", ["ontology/wish.ttl", "rules/level_01.pl"])
@pytest.mark.parametrize("change", [b"\n", b"#", "。".encode()])
def test_any_byte_makes_one(files: KnowledgeFiles, name: str, change: bytes) -> None:
    before = version(files)
    path = files.ontology.parent / name
    original = path.read_bytes()
    path.write_bytes(original + change)
    assert version(files) != before
    path.write_bytes(original)
    assert version(files) == before


def test_names_and_borders_make_one(files: KnowledgeFiles) -> None:
    seen = {version(files)}
    (files.rules / "level_02.pl").write_bytes(b"")
    seen.add(version(files))
    (files.rules / "level_02.pl").rename(files.rules / "level_03.pl")
    seen.add(version(files))
    text = (files.rules / "level_01.pl").read_bytes()
    (files.rules / "level_01.pl").write_bytes(text[:-1])
    (files.rules / "level_03.pl").write_bytes(text[-1:])
    seen.add(version(files))
    assert len(seen) == 4


# --- Where the files are ---------------------------------------------------------------------


def test_the_shipped_ones_are_found(shipped: KnowledgeFiles) -> None:
    assert (shipped.ontology / "suicide.ttl").is_file()
    assert any(shipped.rules.glob("*.pl"))


def test_given_folders_are_used(files: KnowledgeFiles, shipped: KnowledgeFiles) -> None:
    assert KnowledgeFiles.locate(files.ontology, files.rules) == files
    assert KnowledgeFiles.locate(ontology=files.ontology).rules == shipped.rules
    assert KnowledgeFiles.locate(rules=files.rules).ontology == shipped.ontology


def test_a_relative_folder_is_made_absolute(
    files: KnowledgeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files.ontology.parent)
    assert KnowledgeFiles.locate(Path("ontology"), Path("rules")) == files


@pytest.mark.parametrize("kind", ["ontology", "rules"])
def test_a_folder_that_cannot_be_used(tmp_path: Path, kind: str) -> None:
    empty, file = tmp_path / "empty", tmp_path / "file"
    empty.mkdir()
    file.write_text("")
    for given, reason in [
        (tmp_path / "gone", "no such folder"),
        (file, "no such folder"),
        (empty, f"files in it; copy the shipped {kind}/ folder"),
    ]:
        with pytest.raises(UsageError) as caught:
            KnowledgeFiles.locate(**{kind: given})
        assert str(caught.value).startswith(f"--{kind} {given}: ")
        assert reason in str(caught.value)


def test_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "treehole"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "treehole"


@pytest.mark.slow
def test_a_wheel_has_all_of_it(shipped: KnowledgeFiles, tmp_path: Path) -> None:
    checkout = shipped.ontology.parent
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = [*shipped.ontology.glob("*.ttl"), *shipped.rules.glob("*.pl")]
    assert len(files) > 5
    assert packed >= {f"treehole/shipped/{file.relative_to(checkout)}" for file in files}
