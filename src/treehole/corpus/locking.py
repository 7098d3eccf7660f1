"""One run at a time in a folder of results."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from treehole.errors import OutputError

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder against other runs while the block runs; it is made if need be.

    Args:
        folder: Where the results go.

    Raises:
        OutputError: It cannot be written, or another run holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror}; choose another folder with --out"
        raise OutputError(message) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = f"another run is at work in {folder}; wait for it, or choose another folder"
        raise OutputError(message) from None
    else:
        yield
    finally:
        os.close(descriptor)
