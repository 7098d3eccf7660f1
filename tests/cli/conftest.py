"""The command, run in a folder of the test's own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import Preloaded, Treehole

from treehole.knowledge.version import KnowledgeFiles


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preloaded]:
    one = Preloaded(tmp_path_factory.mktemp("preloaded"))
    yield one
    one.end()


@pytest.fixture
def treehole(tmp_path: Path, cache: Path, preloaded: Preloaded) -> Treehole:
    return Treehole(tmp_path, cache, preloaded)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Copies the shipped `ontology` or `rules` for editing."""

    def copy(name: str) -> Path:
        shipped = KnowledgeFiles.locate()
        source = shipped.ontology if name == "ontology" else shipped.rules
        return Path(shutil.copytree(source, tmp_path / "knowledge" / name))

    return copy
