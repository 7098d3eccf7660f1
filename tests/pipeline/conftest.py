"""Files of comments."""

from pathlib import Path

import pytest

from processes import write_comments


@pytest.fixture(autouse=True)
def _own_cache(cache_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", cache_folder)


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    """A file of 1000 comments."""
    return write_comments(tmp_path / "comments.csv", 1000)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 60,000 comments, six parts of the size that the command makes."""
    return write_comments(tmp_path_factory.mktemp("many") / "comments.csv", 60_000)
