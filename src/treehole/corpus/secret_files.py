"""Files that hold a secret, such as a key or a token: for their owner's eyes only."""

import os
import stat
from pathlib import Path

from treehole.errors import InputError, OutputError


def read_secret(path: Path, what: str) -> str:
    """The secret in a file that holds nothing else.

    Args:
        path: The file.
        what: What the secret is called, such as `the key`.

    Raises:
        InputError: It cannot be read, is no text, or others than its owner may read it.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"{path}: {what} cannot be read ({reason}); name a file with nothing else in it"
        raise InputError(message) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"{path} can be read by others than you; change that with: chmod 600 {path}"
        raise InputError(message)
    return text.strip()


def write_secret(secret: str, path: Path) -> bool:
    """Makes a file with a secret that only its owner may read; one that is there stays.

    Args:
        secret: What to write.
        path: The file to make; folders missing above it are made.

    Returns:
        Whether it was made.

    Raises:
        OutputError: It cannot be written there.
    """
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    if path.is_file():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secret + "\n")
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror}); choose another folder"
        raise OutputError(message) from error
    return True
