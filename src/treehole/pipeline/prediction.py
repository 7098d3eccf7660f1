"""The prediction job: comments in, the same rows with a model's predictions out.

As with labels, a run can be killed at any moment and started again, and memory does not grow with
the input. Each part is scored in batches of like length; see `treehole.models.encoders.encode`.
"""

import time
from collections.abc import Mapping, Sequence
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
from treehole.corpus.schema import TEXT, USER_ID
from treehole.corpus.sources import Source
from treehole.corpus.writing import sweep, write_json, write_part
from treehole.errors import UsageError
from treehole.models.scoring import Scorer, scored
from treehole.pipeline.labeller import carried
from treehole.pipeline.progress import Reporter
from treehole.pipeline.results import MANIFEST, ROWS_A_PART, Results
from treehole.psychology.table import Floats, features_of, read_features

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
        users: The table with the features of writers, or none.
        overwrite: Replace what the folder holds of an earlier job.
        rows_a_part: Rows of each part but the last.
    """

    out: Path
    text_column: str = TEXT
    users: Sequence[Source] = ()
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
    users = users_of([scorer], settings.users, corpus)
    results = predictions_in(settings.out)
    plan = _plan(sources, scorer, about, settings)
    with locked(settings.out):
        sweep(settings.out)
        if done := results.prepare(plan, overwrite=settings.overwrite):
            return done
        reporter.expect(corpus.estimate_rows())
        for number, block in enumerate(corpus.blocks(settings.rows_a_part)):
            if not results.path(number).exists():
                write_part(predicted(block.table, scorer, users), results.path(number))
            reporter.advance(len(block))
        if not results.parts():
            empty = pa.schema([*carried(corpus.schema, PREDICTION_COLUMNS), *PREDICTION_COLUMNS])
            write_part(empty.empty_table(), results.path(0))
        manifest = {**plan, "complete": True, **_counts(results, users)}
        manifest["seconds"] = round(time.monotonic() - started, 3)
        write_json(manifest, settings.out / MANIFEST)
    return manifest


def predicted(
    table: pa.Table, scorer: Scorer, users: Mapping[str, Floats] | None = None
) -> pa.Table:
    """Comments with what a model says of them.

    Args:
        table: Has a column `text` and, if there are features, `user_id`.
        scorer: The model.
        users: The features of writers, by name.

    Returns:
        The columns of `table` and `PREDICTION_COLUMNS`.

    Raises:
        InputError: What the model gives is no probability.
    """
    features = None if users is None else features_of(users, writers(table).to_pylist())
    scores = scored(scorer, table[TEXT].to_pylist(), features)
    probabilities = pa.array(scores.probabilities.astype(np.float32))
    risks = pc.if_else(pa.array(scores.probabilities >= scorer.threshold), "high", "low")
    levels = pa.nulls(len(table), pa.int8()) if scores.levels is None else pa.array(scores.levels)
    schema = pa.schema([*carried(table.schema, PREDICTION_COLUMNS), *PREDICTION_COLUMNS])
    return pa.table([*table.columns, probabilities, risks, levels], schema=schema)


def users_of(
    scorers: Sequence[Scorer], tables: Sequence[Source], corpus: Corpus
) -> dict[str, Floats] | None:
    """The features of writers, by name; None if they are not given.

    Args:
        scorers: The models that are to look at them.
        tables: With the features of writers, or none.
        corpus: The comments.

    Raises:
        UsageError: No model looks at them, or the comments do not name their writers.
        InputError: They cannot be read.
    """
    if not tables:
        return None
    if not any(scorer.traits.with_features for scorer in scorers):
        named = " and ".join(scorer.name for scorer in scorers)
        message = f"no features of writers were in the training of {named}; leave out --users"
        raise UsageError(message)
    if USER_ID not in corpus.schema.names:
        message = f"--users needs comments with a column {USER_ID}, which says who wrote each"
        raise UsageError(message)
    return read_features(Corpus(tables, text_column=USER_ID))


def writers(table: pa.Table) -> pa.ChunkedArray:
    """Who wrote each comment, by name, or null."""
    return table[USER_ID].cast(pa.string())


def _plan(
    sources: Sequence[Source], scorer: Scorer, about: dict[str, Any], settings: Settings
) -> dict[str, Any]:
    return {
        "treehole": treehole.__version__,
        "model": about,
        "knowledge_version": scorer.traits.knowledge_version,
        "precision": scorer.traits.precision,
        "inputs": _identified(sources),
        "users": _identified(settings.users),
        "text_column": settings.text_column,
        "rows_a_part": settings.rows_a_part,
    }


def _identified(sources: Sequence[Source]) -> list[dict[str, Any]]:
    return [
        {"name": s.name, "format": s.format, "bytes": s.size, "sha256": s.fingerprint()}
        for s in sources
    ]


def _counts(results: Results, users: Mapping[str, Floats] | None) -> dict[str, Any]:
    """How many rows, of high risk, and by writers whose features are known; from the parts."""
    counts = {"rows": 0, "parts": len(results.parts()), "high": 0}
    known = None if users is None else pa.array(users, pa.string())
    for path in results.parts():
        with path.open("rb") as stream:  # Arrow opens no path that is not UTF-8
            part = pq.read_table(stream, columns=["risk"] if known is None else ["risk", USER_ID])
        counts["rows"] += len(part)
        counts["high"] += pc.sum(pc.equal(part["risk"], "high")).as_py() or 0
        if known is not None:
            found = pc.is_in(writers(part), known)
            counts["with_features"] = counts.get("with_features", 0) + pc.sum(found).as_py()
    return counts
