"""A folder of results: Parquet parts and a manifest that says what they are for.

Parts hold a fixed number of rows and appear whole or not at all; the manifest is written first. A
second run with the same plan keeps the parts that are there and makes the others; any other run is
refused.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from treehole.corpus.manifests import read_manifest
from treehole.corpus.writing import write_json
from treehole.errors import UsageError

MANIFEST = "manifest.json"
ROWS_A_PART = 10_000


@dataclass(frozen=True)
class Results:
    """The folder.

    Attributes:
        folder: Where it is.
        what: What it holds, such as `labels`; parts are named after it.
    """

    folder: Path
    what: str

    def path(self, number: int) -> Path:
        """Where the part of that number stands."""
        return self.folder / f"{self.what}-{number:05d}.parquet"

    def parts(self) -> list[Path]:
        """The parts that are there, in order."""
        return sorted(self.folder.glob(f"{self.what}-?????.parquet"))

    def manifest(self) -> dict[str, Any] | None:
        """The manifest; None if there is none.

        Raises:
            OutputError: It is not one.
        """
        return read_manifest(self.folder / MANIFEST)

    def prepare(self, plan: dict[str, Any], *, overwrite: bool) -> dict[str, Any] | None:
        """Leave in the folder only what a run of this plan can build on.

        Args:
            plan: All that the parts depend on.
            overwrite: Replace what another run left.

        Returns:
            The manifest, if the same was done already.

        Raises:
            OutputError: What is there is no manifest.
            UsageError: The folder belongs to another run.
        """
        known = self.manifest()
        if overwrite:
            (self.folder / MANIFEST).unlink(missing_ok=True)
            for path in self.parts():
                path.unlink()
            known = None
        elif known is None and self.parts():
            message = f"{self.folder} holds {self.what} without a manifest; choose a new folder"
            raise UsageError(message)
        if known is None:
            write_json({**plan, "complete": False}, self.folder / MANIFEST)
        elif other := differences(known, plan):
            message = (
                f"{self.folder} holds {self.what} of another job (it differs in: {other}); "
                "choose a new folder, or replace them with --overwrite"
            )
            raise UsageError(message)
        elif known.get("complete") and known.get("parts") == len(self.parts()):
            return known
        return None


def differences(known: dict[str, Any], plan: dict[str, Any]) -> str:
    """In what another run, whose manifest is known, differs from a plan; nothing if it does not."""
    other = [key for key in plan if _essence(known.get(key)) != _essence(plan[key])]
    return ", ".join(key.replace("_", " ") for key in other)


def _essence(value: Any) -> Any:
    """What of a plan's entry matters: inputs and models are the same if their content is."""
    if isinstance(value, list):
        return [_essence(entry) for entry in value]
    if isinstance(value, dict):
        return value.get("sha256", value)
    return value
