"""The command, run in a folder of the test's own."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Treehole

from treehole.knowledge.version import KnowledgeFiles


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def treehole(tmp_path: Path, cache: Path) -> Treehole:
    return Treehole(tmp_path, cache)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Copies the shipped `ontology` or `rules` for editing."""

    def copy(name: str) -> Path:
        shipped = KnowledgeFiles.locate()
        source = shipped.ontology if name == "ontology" else shipped.rules
        return Path(shutil.copytree(source, tmp_path / "knowledge" / name))

    return copy
