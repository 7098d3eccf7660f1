"""Too little memory is said in one line; anything else is left as it is."""

import pytest

from treehole.errors import TreeholeError
from treehole.models.memory import enough_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to"),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
    ],
)
def test_too_little(error: Exception) -> None:
    said = pytest.raises(TreeholeError, match="not enough memory; use a smaller --batch")
    with said, enough_memory("use a smaller --batch"):
        raise error


def test_anything_else() -> None:
    with pytest.raises(RuntimeError, match="a mistake"), enough_memory("rest"):
        raise RuntimeError("a mistake")
