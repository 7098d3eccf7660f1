"""Manifests: the JSON file in a folder of results that says what they were made from."""

import json
from pathlib import Path
from typing import Any

from treehole.errors import OutputError


def read_manifest(path: Path) -> dict[str, Any] | None:
    """What a manifest says; None if there is no such file.

    Raises:
        OutputError: It cannot be read, or is not one, so nothing may be written beside it.
    """
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read ({error}); choose a new folder"
        raise OutputError(message) from error
    if not isinstance(manifest, dict):
        message = f"{path} is not a manifest; choose a new folder"
        raise OutputError(message)
    return manifest
