"""Extras: libraries that some commands need, and that are not installed with the others."""

from importlib.util import find_spec

from treehole.errors import TreeholeError

NEEDED = {
    "annotation": ("crowdkit", "defusedxml", "krippendorff", "label_studio_sdk", "scipy", "sklearn",
                   "starlette", "uvicorn"),
    "models": ("torch", "transformers", "safetensors", "scipy", "sklearn", "lightgbm"),
    "watch": ("argon2", "starlette", "uvicorn"),
}  # fmt: skip
"""The modules of each extra that Treehole imports."""


def require(extra: str) -> None:
    """Check that an extra is installed, without loading it.

    Args:
        extra: Its name, one of `NEEDED`.

    Raises:
        TreeholeError: It is not.
    """
    missing = [name for name in NEEDED[extra] if find_spec(name) is None]
    if missing:
        message = (
            f"this command needs {', '.join(missing)}; install with: pip install "
            f"'treehole[{extra}]'"
        )
        raise TreeholeError(message)
