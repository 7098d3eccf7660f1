"""Compares versions of the knowledge, in processes of the tests' own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processes import Noted, rows
from treehole.analysis.comparison import Comparison
from treehole.analysis.diff import Settings, compare
from treehole.corpus.sources import find_sources
from treehole.knowledge.revisions import opened_version
from treehole.pipeline.job import Settings as JobSettings
from treehole.pipeline.job import label_sources


def compared(
    inputs: Sequence[Path], old: Path, new: Path, **settings: Any
) -> tuple[Comparison, list[tuple[str, int]]]:
    """The comparison, and what was reported: what was done, and with how many comments."""
    reported = []

    @contextmanager
    def shown(what: str) -> Iterator[Noted]:
        noted = Noted()
        yield noted
        reported.append((what, noted.done))

    sources = find_sources([str(path) for path in inputs])
    with opened_version(str(old)) as before, opened_version(str(new)) as after:
        found = compare(sources, before, after, Settings(**settings), shown)
    return found, reported


def labels(path: Path, knowledge: Path, out: Path) -> list[dict[str, Any]]:
    """The labels that `treehole label` gives by a version."""
    with opened_version(str(knowledge)) as version:
        label_sources(find_sources([str(path)]), version.files, JobSettings(out), Noted())
    return rows(out)
