"""How commands write figures."""

import pytest

from treehole.cli.terminal import counted


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 comments"), (1, "1 comment"), (2, "2 comments"), (1200, "1,200 comments")],
)
def test_one_is_singular(number: int, said: str) -> None:
    assert counted(number, "comment") == said
