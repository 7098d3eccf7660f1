"""Nothing that may be a pickle is let through."""

from pathlib import Path

import pytest

from treehole.errors import InputError
from treehole.models.pickles import ENDINGS, refuse_pickles


@pytest.mark.parametrize("ending", [*sorted(ENDINGS), ".PKL"])
def test_a_pickle_is_refused_and_named(tmp_path: Path, ending: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"weights{ending}").write_bytes(b"")
    with pytest.raises(InputError, match=f"weights{ending} may be a pickle"):
        refuse_pickles(tmp_path)


def test_anything_else_passes(tmp_path: Path) -> None:
    for name in ("model.safetensors", "config.json", "vocab.txt"):
        (tmp_path / name).write_bytes(b"")
    refuse_pickles(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
