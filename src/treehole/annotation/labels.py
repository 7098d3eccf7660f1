"""The labels as they stand: one row a comment, to train on, with a manifest beside them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import treehole
from treehole.annotation.history import current, read_history
from treehole.annotation.merging import Method, answer_column, merged
from treehole.annotation.projects import recall
from treehole.annotation.pushing import read_pushed
from treehole.annotation.standing import seen_tasks
from treehole.annotation.workspace import Workspace
from treehole.corpus.schema import COMMENT_ID, CREATED_AT, TEXT, USER_ID
from treehole.corpus.writing import write_json, write_part
from treehole.models.datasets import Tier

DISPUTED = "-disputed"
"""What the name of the project ends with in which disputed comments are decided."""

_CARRIED = {
    USER_ID: USER_ID,
    CREATED_AT: CREATED_AT,
    "model": "model",
    "probability": "probability",
    "predicted_risk": "risk",
    "predicted_level": "level",  # here, `level` is what people said
    "chosen_by": "chosen_by",
    "batch": "batch",
}
"""What the labels have of that which was pushed, and how it was called there."""


@dataclass(frozen=True)
class Pulled:
    """What was pulled of a tier.

    Attributes:
        tier: Easy or hard.
        first: The annotations as they stand.
        decided: Those of the project in which disputed comments are decided.
        pushed: What was pushed.
        texts: The comments that were pulled, by `comment_id`.
    """

    tier: Tier
    first: pa.Table
    decided: pa.Table
    pushed: pa.Table
    texts: pa.Table


def read_pulled(workspace: Workspace, tier: Tier) -> Pulled:
    """What was pulled of a tier.

    Args:
        workspace: Of the campaign.
        tier: Easy or hard.

    Raises:
        InputError: A history, or what was pushed, is damaged.
    """
    names = (str(tier), f"{tier}{DISPUTED}")
    first, decided = (current(read_history(workspace.history(name))) for name in names)
    texts = [seen_tasks(workspace, name).select([COMMENT_ID, TEXT]) for name in names]
    pushed = read_pushed(workspace.pushed(names[0]))
    return Pulled(tier, first, decided, pushed, pa.concat_tables(texts))


def labels_of(pulled: Pulled, method: Method) -> pa.Table:
    """One label a comment, with what is known of the comment.

    What was pushed from another machine has the text that the server has, and nothing else.

    Args:
        pulled: The annotations.
        method: How answers that differ are merged.

    Returns:
        The text, what `merged` gives, and what was pushed with the comment.
    """
    labels = merged(pulled.first, pulled.tier, method, pulled.decided)
    pushed = _of_comments(labels, pulled.pushed)
    texts = pc.coalesce(pushed[TEXT], _of_comments(labels, pulled.texts)[TEXT])
    carried = {name: pushed[column] for name, column in _CARRIED.items()}
    columns = zip(labels.column_names, labels.columns, strict=True)
    return pa.table({TEXT: texts, **dict(columns), **carried})


def write_labels(
    workspace: Workspace, pulled: Pulled, method: Method, campaign: str
) -> tuple[pa.Table, dict[str, Any]]:
    """Write the labels, and the manifest that says what they were made from.

    Args:
        workspace: Of the campaign.
        pulled: The annotations.
        method: How answers that differ are merged.
        campaign: Its name.

    Returns:
        The labels and the manifest.

    Raises:
        OutputError: They cannot be written; those that are there stay.
    """
    labels = labels_of(pulled, method)
    tier, path = pulled.tier, workspace.labels(pulled.tier)
    write_part(labels, path)
    with path.open("rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    said = answer_column(tier)
    manifest = {
        "treehole": treehole.__version__,
        "tier": str(tier),
        "campaign": campaign,
        "projects": _projects(workspace, tier),
        "pulled_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "annotations": len(pulled.first) + len(pulled.decided),
        "method": str(method),
        "merged_by": _counts(labels["merged_by"]),
        "models": _counts(labels["model"].drop_null()),
        "rows": len(labels),
        f"{said}s": _counts(labels[said]),
        "sha256": digest,
    }
    write_json(manifest, workspace.manifest(tier))
    return labels, manifest


def _projects(workspace: Workspace, tier: Tier) -> list[dict[str, Any]]:
    """The projects that were pulled, as the workspace records them."""
    known = [recall(workspace, name) for name in (str(tier), f"{tier}{DISPUTED}")]
    fields = ("title", "url", "id", "created_at")
    return [{name: one.get(name) for name in fields} for one in known if one]


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    """How often each value stands there."""
    found = sorted(pc.value_counts(column).to_pylist(), key=itemgetter("values"))
    return {str(one["values"]): one["counts"] for one in found}


def _of_comments(labels: pa.Table, known: pa.Table) -> pa.Table:
    """What is known of the comments that have a label; null where nothing is."""
    return known.take(pc.index_in(labels[COMMENT_ID], known[COMMENT_ID].combine_chunks()))
