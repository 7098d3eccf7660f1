"""The encoder that comes with Treehole: its name, and where it lies; known without loading any."""

from pathlib import Path

BUILTIN = "builtin"
BUILTIN_FOLDER = Path(__file__).parent / BUILTIN
