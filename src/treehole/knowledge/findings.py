"""Findings: what a check has to say of a place in an ontology or rule file."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from treehole.errors import KnowledgeError


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The knowledge cannot be used, or does not do what it says."""
    WARNING = "warning"
    """It works, but something in it has no effect or is likely a slip."""
    NOTE = "note"
    """Worth knowing; nothing to mend."""


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes:
        check: The name of the check, such as `label-twice`.
        severity: How much it matters.
        message: What is wrong and, where that is not plain, what to do.
        path: The file.
        line: The line, from 1; None where it has none.
    """

    check: str
    severity: Severity
    message: str
    path: Path
    line: int | None = None

    def as_error(self) -> KnowledgeError:
        """The same as an error that stops what needs the knowledge."""
        return KnowledgeError(self.message, self.path, self.line)
