"""Ctrl-C between two steps, so that what is written down is whole."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether the work has been asked to stop."""

    asked = False


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Catch a first Ctrl-C, or a first request to end, while the block runs; only note it.

    A second one stops the program where it is. Works in the main thread alone.
    """
    noted = Interruption()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def note(_signal: int, _frame: FrameType | None) -> None:
        noted.asked = True
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in _SIGNALS:
        signal.signal(number, note)
    try:
        yield noted
    finally:
        restore()
