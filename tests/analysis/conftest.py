"""Compiled knowledge is kept where all processes of the tests find it."""

import pytest


@pytest.fixture(autouse=True)
def _own_cache(cache_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", cache_folder)
