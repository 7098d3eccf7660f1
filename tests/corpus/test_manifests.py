"""Manifests are read, missing, or refused."""

from pathlib import Path

import pytest

from treehole.corpus.manifests import read_manifest
from treehole.corpus.writing import write_json
from treehole.errors import OutputError


def test_what_was_written_is_read(tmp_path: Path) -> None:
    manifest = {"inputs": ["评论.csv"], "complete": False}
    write_json(manifest, tmp_path / "manifest.json")
    assert read_manifest(tmp_path / "manifest.json") == manifest


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "manifest.json") is None
    assert read_manifest(tmp_path / "missing" / "manifest.json") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null"])
def test_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(OutputError, match=r"manifest\.json .*; choose a new folder"):
        read_manifest(tmp_path / "manifest.json")


def test_a_folder_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose a new folder"):
        read_manifest(tmp_path)
