"""The labelling job: sources in, a folder of Parquet parts and a manifest out.

A run can be killed at any moment and started again (`treehole.pipeline.results`). Nothing in a part
depends on when it was made, or by how many workers.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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
from treehole.corpus.locking import locked
from treehole.corpus.pseudonyms import Pseudonyms, pseudonymised
from treehole.corpus.reading import Block, Corpus
from treehole.corpus.schema import TEXT, USER_ID
from treehole.corpus.sources import Source
from treehole.corpus.writing import sweep, write_json, write_part
from treehole.knowledge.lexicon import load_lexicon
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller, output_schema
from treehole.pipeline.progress import Reporter
from treehole.pipeline.results import MANIFEST, ROWS_A_PART, Results
from treehole.pipeline.workers import run_all


@dataclass(frozen=True)
class Settings:
    """How a job is to be run.

    Attributes:
        out: The folder for the results.
        text_column: The column with the comments.
        workers: Processes that label.
        overwrite: Replace what the folder holds of an earlier job.
        rows_a_part: Rows of each part but the last.
        pseudonyms: What users are called instead; None if they are called as in the input.
    """

    out: Path
    text_column: str = TEXT
    workers: int = 1
    overwrite: bool = False
    rows_a_part: int = ROWS_A_PART
    pseudonyms: Pseudonyms | None = None


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
    with locked(settings.out):
        sweep(settings.out)
        results = results_in(settings.out)
        if done := results.prepare(plan, overwrite=settings.overwrite):
            return done
        reporter.expect(corpus.estimate_rows())
        tasks = _tasks(corpus, files, settings, reporter)
        try:
            for rows in run_all(_make_work, (files,), tasks, settings.workers):
                reporter.advance(rows)
        finally:
            sweep(settings.out)  # after workers that ended in the middle of a part
        if not results.parts():
            write_part(output_schema(corpus.schema).empty_table(), results.path(0))
        manifest = {**plan, "complete": True, **_counts(results)}
        manifest["seconds"] = round(time.monotonic() - started, 3)
        write_json(manifest, settings.out / MANIFEST)
    return manifest


def results_in(folder: Path) -> Results:
    """The labels in a folder."""
    return Results(folder, "labels")


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
        "pseudonyms": settings.pseudonyms.mark if settings.pseudonyms else None,
    }


def _tasks(
    corpus: Corpus, files: KnowledgeFiles, settings: Settings, reporter: Reporter
) -> Iterator[_Task]:
    """The blocks that have no part yet, cleaned and compared with all before them."""
    scanner = Scanner(load_lexicon(files))
    seen = Seen()
    for number, read in enumerate(corpus.blocks(settings.rows_a_part)):
        block = _pseudonymised(read, settings.pseudonyms)
        batch = scanner.clean(block.table[TEXT].to_pylist())
        duplicate = seen.duplicates(batch, _users(block))
        path = results_in(settings.out).path(number)
        if path.exists():
            reporter.advance(len(block))
            continue
        damage = block.damage.to_numpy()
        yield _Task(path, _pack(block.table), batch.text, batch.starts, damage, duplicate)


def _pseudonymised(block: Block, pseudonyms: Pseudonyms | None) -> Block:
    if pseudonyms is None or USER_ID not in block.table.column_names:
        return block
    users = pseudonymised(block.table[USER_ID], pseudonyms)
    place = block.table.schema.get_field_index(USER_ID)
    return Block(block.table.set_column(place, USER_ID, users), block.damage)


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


def _counts(results: Results) -> dict[str, Any]:
    """How many rows, and how many of each level, status and rule; read from the parts."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("level", "status", "rule")}
    rows = 0
    for path in results.parts():
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
        "parts": len(results.parts()),
        "levels": levels,
        "statuses": dict(sorted(counts["status"].items())),
        "rules": dict(counts["rule"].most_common()),
    }
