"""Pickles: files that can run any program when they are opened, and so are never opened."""

from pathlib import Path

from treehole.errors import InputError

ENDINGS = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill"})
"""Of files that are, or may be, pickles."""


def refuse_pickles(folder: Path) -> None:
    """Check that nothing in a folder, or in the folders in it, may be a pickle.

    Raises:
        InputError: Something may.
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in ENDINGS:
            message = (
                f"{path} may be a pickle, which can run any program when it is opened; use a "
                "model whose weights are in safetensors, and take this file away"
            )
            raise InputError(message)
