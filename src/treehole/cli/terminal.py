"""Standard output, as all commands write to it."""

from rich.console import Console

ONTOLOGY_STYLES = {"suicide": "red", "wish": "magenta", "time": "cyan", "space": "green"}
"""The colour of each ontology."""

_UNBOUNDED = 1000
"""Columns, more than any table has."""


class Terminal(Console):
    """Writes what it is given as it stands, in colour on a terminal; elsewhere nothing is cut."""

    def __init__(self) -> None:
        super().__init__(highlight=False, soft_wrap=True)
        if not self.is_terminal:  # nobody looks at a file through a window
            self.width = _UNBOUNDED

    def on_broken_pipe(self) -> None:
        """Leave it to the command as a whole that the reader, such as `head`, has gone."""
        raise BrokenPipeError


def counted(number: int, what: str) -> str:
    """Such as “1 comment” and “1,200 comments”."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
