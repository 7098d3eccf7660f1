"""Where the knowledge lies and which version of it this is."""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from treehole.errors import UsageError

_PACKAGE = Path(__file__).parents[1]
_SHIPPED = _PACKAGE / "shipped"  # in a wheel
_CHECKOUT = _PACKAGE.parents[1]  # in a source tree


@dataclass(frozen=True)
class KnowledgeFiles:
    """The folders with the ontologies (`*.ttl`) and the rules (`*.pl`)."""

    ontology: Path
    rules: Path

    @classmethod
    def locate(cls, ontology: Path | None = None, rules: Path | None = None) -> "KnowledgeFiles":
        """Use the folders given, or those that come with Treehole.

        Raises:
            UsageError: A folder given does not exist or has no files of its kind.
        """
        return cls(
            _folder(ontology, "ontology", "*.ttl"),
            _folder(rules, "rules", "*.pl"),
        )

    @cached_property
    def version(self) -> str:
        """The first 12 hexadecimal digits of a SHA-256 over all ontology and rule files."""
        digest = hashlib.sha256()
        for path in [*sorted(self.ontology.glob("*.ttl")), *sorted(self.rules.glob("*.pl"))]:
            content = path.read_bytes()
            digest.update(f"{path.name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:12]


def cache_folder() -> Path:
    """Where compiled knowledge is kept between runs; it can be deleted at any time."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "treehole"


def is_installed(folder: Path) -> bool:
    """Whether a folder is part of the installed program, and not of a source tree or a copy."""
    return folder.resolve().is_relative_to(_SHIPPED)


def _folder(given: Path | None, name: str, pattern: str) -> Path:
    if given is None:
        shipped = _SHIPPED / name
        return shipped if shipped.is_dir() else _CHECKOUT / name
    if not given.is_dir():
        message = f"--{name} {given}: no such folder"
        raise UsageError(message)
    if not any(given.glob(pattern)):
        message = f"--{name} {given}: no {pattern} files in it; copy the shipped {name}/ folder"
        raise UsageError(message)
    return given.resolve()
