"""The labelling job: sources in, a folder of Parquet parts and a manifest out.

A run can be killed at any moment and started again. Parts hold a fixed number of rows and appear
whole or not at all; the manifest, written first, says what the folder is for. A second run with
the same inputs and the same knowledge keeps the parts that are there and makes the others; any
other run is refused. Nothing in a part depends on when it was made, or by how many workers.
"""

import fcntl
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import treehole
from treehole.corpus.cleaning import batch_of
from treehole.corpus.duplicates import Seen
from treehole.corpus.reading import Block, Corpus
from treehole.corpus.schema import TEXT, USER_ID
from treehole.corpus.sources import Source
from treehole.corpus.writing import sweep, write_json, write_part
from treehole.errors import OutputError, UsageError
from treehole.knowledge.lexicon import load_lexicon
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller, output_schema
from treehole.pipeline.progress import Reporter
from treehole.pipeline.workers import run_all

MANIFEST = "manifest.json"
LOCK = ".lock"
ROWS_A_PART = 10_000

_RESUMABLE = ("treehole", "knowledge_version", "inputs", "text_column", "rows_a_part")


@dataclass(frozen=True)
class Settings:
    """How a job is to be run.

    Attributes:
        out: The folder for the results.
        text_column: The column with the comments.
        workers: Processes that label.
        overwrite: Replace what the folder holds of an earlier job.
        rows_a_part: Rows of each part but the last.
    """

    out: Path
    text_column: str = TEXT
    workers: int = 1
    overwrite: bool = False
    rows_a_part: int = ROWS_A_PART


class _Task(NamedTuple):
    """A block on its way to a worker: the rows as an Arrow stream, and what is known of them."""

    path: Path
    rows: bytes
    text: str
    starts: npt.NDArray[np.int64]
    damage: npt.NDArray[np.uint8]
    duplicate: npt.NDArray[np.bool_]


def label_sources(
    sources: Sequence[Source], files: KnowledgeFiles, settings: Settings, reporter: Reporter
) -> dict[str, Any]:
    """Label all comments of `sources`.

    Returns:
        The manifest, as it stands in the folder.

    Raises:
        TreeholeError: Of several kinds; what was done so far stays, and is built upon next time.
    """
    started = time.monotonic()
    corpus = Corpus(sources, text_column=settings.text_column)
    plan = _plan(sources, files, settings)
    with _locked(settings.out):
        sweep(settings.out)
        if done := _prepare(settings, plan):
            return done
        reporter.expect(corpus.estimate_rows())
        tasks = _tasks(corpus, files, settings, reporter)
        for rows in run_all(_make_work, (files,), tasks, settings.workers):
            reporter.advance(rows)
        if not parts(settings.out):
            write_part(output_schema(corpus.schema).empty_table(), part_path(settings.out, 0))
        manifest = {**plan, "complete": True, **_counts(settings.out)}
        manifest["seconds"] = round(time.monotonic() - started, 3)
        write_json(manifest, settings.out / MANIFEST)
    return manifest


def part_path(folder: Path, number: int) -> Path:
    """Where the part of that number stands."""
    return folder / f"labels-{number:05d}.parquet"


def parts(folder: Path) -> list[Path]:
    """The parts in a folder, in order."""
    return sorted(folder.glob("labels-?????.parquet"))


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder; None if it has none.

    Raises:
        OutputError: It is not one.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read ({error}); choose a new folder"
        raise OutputError(message) from None
    if not isinstance(manifest, dict):
        message = f"{path} is not a manifest; choose a new folder"
        raise OutputError(message)
    return manifest


def _plan(sources: Sequence[Source], files: KnowledgeFiles, settings: Settings) -> dict[str, Any]:
    return {
        "treehole": treehole.__version__,
        "knowledge_version": files.version,
        "inputs": [
            {"name": s.name, "format": s.format, "bytes": s.size, "sha256": s.fingerprint()}
            for s in sources
        ],
        "text_column": settings.text_column,
        "rows_a_part": settings.rows_a_part,
    }


def _prepare(settings: Settings, plan: dict[str, Any]) -> dict[str, Any] | None:
    """Leave in the folder only what this run can build on; refuse what belongs to another.

    Returns:
        The manifest, if the same job was done already.
    """
    known = read_manifest(settings.out)
    if settings.overwrite:
        (settings.out / MANIFEST).unlink(missing_ok=True)
        for path in parts(settings.out):
            path.unlink()
        known = None
    elif known is None and parts(settings.out):
        message = f"{settings.out} holds labels without a manifest; choose a new folder"
        raise UsageError(message)
    if known is None:
        write_json({**plan, "complete": False}, settings.out / MANIFEST)
    elif other := [key for key in _RESUMABLE if _essence(known.get(key)) != _essence(plan[key])]:
        differences = ", ".join(key.replace("_", " ") for key in other)
        message = (
            f"{settings.out} holds labels of another job (it differs in: {differences}); "
            "choose a new folder, or replace them with --overwrite"
        )
        raise UsageError(message)
    elif known.get("complete") and known.get("parts") == len(parts(settings.out)):
        return known
    return None


def _essence(value: Any) -> Any:
    """What of a plan's entry matters: inputs are the same if their content is."""
    if isinstance(value, list):
        return [entry.get("sha256") if isinstance(entry, dict) else entry for entry in value]
    return value


def _tasks(
    corpus: Corpus, files: KnowledgeFiles, settings: Settings, reporter: Reporter
) -> Iterator[_Task]:
    """The blocks that have no part yet, cleaned and compared with all before them."""
    scanner = Scanner(load_lexicon(files))
    seen = Seen()
    for number, block in enumerate(corpus.blocks(settings.rows_a_part)):
        batch = scanner.clean(block.table[TEXT].to_pylist())
        duplicate = seen.duplicates(batch, _users(block))
        path = part_path(settings.out, number)
        if path.exists():
            reporter.advance(len(block))
            continue
        damage = block.damage.to_numpy()
        yield _Task(path, _pack(block.table), batch.text, batch.starts, damage, duplicate)


def _users(block: Block) -> list[str | None] | None:
    if USER_ID not in block.table.column_names:
        return None
    users: list[str | None] = block.table[USER_ID].to_pylist()
    return users


def _make_work(files: KnowledgeFiles) -> Callable[[_Task], int]:
    """Load the knowledge; the function returned labels a block, writes it and counts its rows."""
    labeller = Labeller(files)

    def work(task: _Task) -> int:
        table = _unpack(task.rows)
        batch = batch_of(task.text, task.starts)
        labelled = labeller.label(table, batch, task.damage, task.duplicate)
        write_part(labelled, task.path)
        return len(labelled)

    return work


def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _unpack(rows: bytes) -> pa.Table:
    return pa.ipc.open_stream(rows).read_all()


def _counts(folder: Path) -> dict[str, Any]:
    """How many rows, and how many of each level, status and rule; read from the parts."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("level", "status", "rule")}
    rows = 0
    for path in parts(folder):
        with path.open("rb") as stream:  # Arrow opens no path that is not UTF-8
            table = pq.read_table(stream, columns=list(counts))
        rows += len(table)
        for name, counter in counts.items():
            for entry in pc.value_counts(table[name]).to_pylist():
                if entry["values"] is not None:
                    counter[str(entry["values"])] += entry["counts"]
    levels = {str(level): counts["level"][str(level)] for level in range(10, -1, -1)}
    return {
        "rows": rows,
        "parts": len(parts(folder)),
        "levels": levels,
        "statuses": dict(sorted(counts["status"].items())),
        "rules": dict(counts["rule"].most_common()),
    }


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other runs while the block runs."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror}; choose another folder with --out"
        raise OutputError(message) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = f"another run is at work in {folder}; wait for it, or choose another folder"
        raise OutputError(message) from None
    else:
        yield
    finally:
        os.close(descriptor)
