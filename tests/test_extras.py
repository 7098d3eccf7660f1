"""Extras: what is missing is named, and how to get it."""

import pytest

from treehole import extras
from treehole.errors import TreeholeError


@pytest.mark.parametrize("extra", extras.NEEDED)
def test_here_all_are_installed(extra: str) -> None:
    extras.require(extra)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.NEEDED, "watch", ("argon2", "no_such_library"))
    with pytest.raises(TreeholeError, match=r"needs no_such_library; .*'treehole\[watch\]'$"):
        extras.require("watch")
