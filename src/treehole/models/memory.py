"""Memory: when there is too little of it, that is said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from treehole.errors import TreeholeError

_SIGNS = ("not enough memory", "allocate memory", "out of memory", "bad_alloc", "start new thread")
"""Of it in what PyTorch raises, which has no error of its own for it on processors."""


@contextmanager
def enough_memory(cure: str) -> Iterator[None]:
    """Run a block that may need more memory than there is.

    Args:
        cure: What to do then.

    Raises:
        TreeholeError: There is not enough of it.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        known = isinstance(error, MemoryError) or any(sign in str(error) for sign in _SIGNS)
        if not known:
            raise
        message = f"there is not enough memory; {cure}"
        raise TreeholeError(message) from error
