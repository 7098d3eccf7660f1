"""What a person named as input, opened for a command that keeps nothing of it."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from treehole.corpus.sources import STDIN, Source, find_sources, spool_stdin
from treehole.errors import UsageError


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


def refuse_to_overwrite(sources: Sequence[Source], *outputs: Path | None) -> None:
    """Check that no result would replace an input.

    Raises:
        UsageError: One would.
    """
    inputs = {Path(source.path).resolve() for source in sources if source.is_local}
    for path in outputs:
        if path and path.resolve() in inputs:
            message = f"{path} is an input; choose another file for the result"
            raise UsageError(message)


def zone_of(name: str) -> ZoneInfo:
    """The time zone that `--timezone` names.

    Raises:
        UsageError: There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"--timezone {name}: there is no such zone; write it like Asia/Shanghai"
        raise UsageError(message) from None


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
