"""Treehole: find the comments whose writers may be about to act."""

from importlib.metadata import version

__version__ = version("treehole")
