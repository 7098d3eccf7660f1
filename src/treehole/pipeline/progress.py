"""Progress: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

LINE_SECONDS = 10.0
"""Between two plain lines."""


class Reporter(Protocol):
    """What a job tells of its progress."""

    def expect(self, rows: int | None) -> None:
        """About so many rows are to come; None if that cannot be told."""

    def advance(self, rows: int) -> None:
        """So many more rows are done."""


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "–/s")


class _Bar:
    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=None)

    def expect(self, rows: int | None) -> None:
        self._progress.update(self._task, total=rows)

    def advance(self, rows: int) -> None:
        self._progress.advance(self._task, rows)


class _Lines:
    def __init__(self, what: str, rows: str) -> None:
        self._rows = rows
        self._total: int | None = None
        self._what = what
        self._done = 0
        self._start = self._last = time.monotonic()

    def expect(self, rows: int | None) -> None:
        self._total = rows
        self._start = self._last = time.monotonic()

    def advance(self, rows: int) -> None:
        self._done += rows
        now = time.monotonic()
        if now - self._last >= LINE_SECONDS:
            self._last = now
            self.print(now)

    def print(self, now: float) -> None:
        rate = self._done / max(now - self._start, 1e-9)
        line = f"{self._what}: {self._done:,} {self._rows}, {rate:,.0f}/s"
        if self._total and rate:
            left = max(self._total - self._done, 0) / rate
            line += f", {100 * self._done / self._total:.0f} %, about {left:,.0f} s left"
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


class _Silent:
    def expect(self, rows: int | None) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""


@contextmanager
def progress(what: str, *, quiet: bool = False, rows: str = "comments") -> Iterator[Reporter]:
    """Show progress on standard error while the block runs.

    Args:
        what: What is being done.
        quiet: Show nothing.
        rows: What is counted.
    """
    console = Console(stderr=True)
    if quiet:
        yield _Silent()
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            yield _Bar(bar, what)
    else:
        yield _Lines(what, rows)
