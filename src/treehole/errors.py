"""The errors a person may meet; the CLI prints each as one line.

An error says what was given, what was expected and what to do. `exit_code` follows the
convention of command-line tools: 2 for wrong usage, 1 for a failure of the work itself.
"""

from pathlib import Path


class TreeholeError(Exception):
    """Base of all errors meant to be read by a person."""

    exit_code = 1


class UsageError(TreeholeError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class InputError(TreeholeError):
    """An input file is missing, or is not what its name says."""


class OutputError(TreeholeError):
    """A result cannot be written where it was asked for."""


class PrologError(TreeholeError):
    """SWI-Prolog is missing, or failed in a way that is not a rule's fault."""


class KnowledgeError(TreeholeError):
    """An ontology or rule file is wrong; names the file, and the line where known."""

    def __init__(self, message: str, path: Path | None = None, line: int | None = None) -> None:
        self.reason = message
        self.path = path
        self.line = line
        place = "" if path is None else f"{path}:{line}: " if line else f"{path}: "
        super().__init__(place + message)
