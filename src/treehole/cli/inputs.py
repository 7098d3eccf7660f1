"""What a person named as input, opened for a command that keeps nothing of it."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from treehole.corpus.sources import STDIN, Source, find_sources, spool_stdin


@contextmanager
def opened(inputs: Sequence[str]) -> Iterator[list[Source]]:
    """The sources named; standard input is kept in a temporary file while the block runs.

    Raises:
        UsageError: Nothing was named.
        InputError: An input does not exist, cannot be read, or is no table.
    """
    if STDIN not in inputs:
        yield find_sources(inputs)
        return
    with tempfile.TemporaryDirectory(prefix="treehole-") as folder:
        yield find_sources(inputs, stdin=spool_stdin(sys.stdin.buffer, Path(folder)))


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
