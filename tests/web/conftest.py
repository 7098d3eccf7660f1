"""The team's pages over a queue of invented cases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from team import Served, make_team, make_vault, served

from invented_queue import make_queue


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    folder = make_queue(tmp_path / "queue")
    make_team(folder)
    with served(folder, make_vault(tmp_path / "vault")) as one:
        yield one
