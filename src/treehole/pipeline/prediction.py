"""The prediction job: comments in, the same rows with a model's predictions out.

As with labels, a run can be killed at any moment and started again, and memory does not grow with
the input. Each part is scored in batches of like length; see `treehole.models.encoders.encode`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import treehole
from treehole.corpus.locking import locked
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import Source
from treehole.corpus.writing import sweep, write_json, write_part
from treehole.models.scoring import Scorer
from treehole.pipeline.labeller import carried
from treehole.pipeline.progress import Reporter
from treehole.pipeline.results import MANIFEST, ROWS_A_PART, Results

PREDICTION_COLUMNS = pa.schema(
    [("probability", pa.float32()), ("risk", pa.string()), ("level", pa.int8())]
)
"""What a prediction adds to a comment; `level` is null where the model gives none."""


@dataclass(frozen=True)
class Settings:
    """How a job is to be run.

    Attributes:
        out: The folder for the results.
        text_column: The column with the comments.
        overwrite: Replace what the folder holds of an earlier job.
        rows_a_part: Rows of each part but the last.
    """

    out: Path
    text_column: str = TEXT
    overwrite: bool = False
    rows_a_part: int = ROWS_A_PART


def predictions_in(folder: Path) -> Results:
    """The predictions in a folder."""
    return Results(folder, "predictions")


def predict_sources(
    sources: Sequence[Source],
    scorer: Scorer,
    about: dict[str, Any],
    settings: Settings,
    reporter: Reporter,
) -> dict[str, Any]:
    """Predict all comments of `sources`.

    Args:
        sources: What to read, in this order.
        scorer: The model.
        about: What tells the model from others; part of the manifest.
        settings: How to run.
        reporter: Told of progress.

    Returns:
        The manifest, as it stands in the folder.

    Raises:
        TreeholeError: Of several kinds; what was done so far stays, and is built upon next time.
    """
    started = time.monotonic()
    corpus = Corpus(sources, text_column=settings.text_column)
    results = predictions_in(settings.out)
    plan = _plan(sources, about, settings)
    with locked(settings.out):
        sweep(settings.out)
        if done := results.prepare(plan, overwrite=settings.overwrite):
            return done
        reporter.expect(corpus.estimate_rows())
        for number, block in enumerate(corpus.blocks(settings.rows_a_part)):
            if not results.path(number).exists():
                write_part(predicted(block.table, scorer), results.path(number))
            reporter.advance(len(block))
        if not results.parts():
            empty = pa.schema([*carried(corpus.schema, PREDICTION_COLUMNS), *PREDICTION_COLUMNS])
            write_part(empty.empty_table(), results.path(0))
        manifest = {**plan, "complete": True, **_counts(results)}
        manifest["seconds"] = round(time.monotonic() - started, 3)
        write_json(manifest, settings.out / MANIFEST)
    return manifest


def predicted(table: pa.Table, scorer: Scorer) -> pa.Table:
    """Comments with what a model says of them.

    Args:
        table: Has a column `text`.
        scorer: The model.

    Returns:
        The columns of `table` and `PREDICTION_COLUMNS`.
    """
    scores = scorer.score(table[TEXT].to_pylist())
    probabilities = pa.array(scores.probabilities.astype(np.float32))
    risks = pc.if_else(pa.array(scores.probabilities >= scorer.threshold), "high", "low")
    levels = pa.nulls(len(table), pa.int8()) if scores.levels is None else pa.array(scores.levels)
    schema = pa.schema([*carried(table.schema, PREDICTION_COLUMNS), *PREDICTION_COLUMNS])
    return pa.table([*table.columns, probabilities, risks, levels], schema=schema)


def _plan(sources: Sequence[Source], about: dict[str, Any], settings: Settings) -> dict[str, Any]:
    return {
        "treehole": treehole.__version__,
        "model": about,
        "inputs": [
            {"name": s.name, "format": s.format, "bytes": s.size, "sha256": s.fingerprint()}
            for s in sources
        ],
        "text_column": settings.text_column,
        "rows_a_part": settings.rows_a_part,
    }


def _counts(results: Results) -> dict[str, Any]:
    """How many rows, and how many of high risk; read from the parts."""
    rows, high = 0, 0
    for path in results.parts():
        with path.open("rb") as stream:  # Arrow opens no path that is not UTF-8
            risks = pq.read_table(stream, columns=["risk"])["risk"]
        rows += len(risks)
        high += pc.sum(pc.equal(risks, "high")).as_py() or 0
    return {"rows": rows, "parts": len(results.parts()), "high": high}
