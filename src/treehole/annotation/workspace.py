"""The workspace: the folder that holds what belongs to one campaign of annotation.

    workspace/
      server/                  a local Label Studio, if there is one
      pseudonyms.key           by which annotators get their pseudonyms; for the owner only
      easy.json                the project of the tier: where it is, how far it has been pulled
      easy.pushed.parquet      what was pushed: the columns that stay at home
      easy.history.parquet     every annotation ever seen, in each version; it only grows
      easy.seen.parquet        the tasks as the last pull saw them: it asks again for others only
      easy.parquet             the labels as they stand, to train on
      easy.manifest.json       what these were made from

and the same for `hard`, and for `easy-disputed` and `hard-disputed`.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """Where things stand.

    Attributes:
        folder: Of the campaign; it need not exist yet.
    """

    folder: Path

    @property
    def server(self) -> Path:
        """The folder of the local server."""
        return self.folder / "server"

    @property
    def key(self) -> Path:
        """The key of the pseudonyms."""
        return self.folder / "pseudonyms.key"

    def record(self, project: str) -> Path:
        """What is known of a project, such as `easy`."""
        return self.folder / f"{project}.json"

    def pushed(self, project: str) -> Path:
        """What was pushed."""
        return self.folder / f"{project}.pushed.parquet"

    def history(self, project: str) -> Path:
        """Every annotation ever seen."""
        return self.folder / f"{project}.history.parquet"

    def labels(self, project: str) -> Path:
        """The labels as they stand."""
        return self.folder / f"{project}.parquet"

    def seen(self, project: str) -> Path:
        """The tasks as the last pull saw them."""
        return self.folder / f"{project}.seen.parquet"

    def manifest(self, project: str) -> Path:
        """What the labels were made from."""
        return self.folder / f"{project}.manifest.json"
