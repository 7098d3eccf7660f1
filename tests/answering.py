"""Tables of annotations, invented."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from treehole.annotation.history import HISTORY

START = datetime(2026, 5, 1, tzinfo=UTC)


def annotations(answers: Iterable[tuple[str, str, Any]], **same: Any) -> pa.Table:
    """Annotations as they stand, one an hour.

    Args:
        answers: The comment, who annotated it, and what they said: a label, a level, or all columns
            by name; None if they skipped it.
        same: What else all rows hold.
    """
    rows = []
    for number, (comment, annotator, answer) in enumerate(answers):
        time = START + timedelta(hours=number)
        said: dict[str, Any] = {"skipped": True}
        if isinstance(answer, dict):
            said = answer
        elif isinstance(answer, str):
            said = {"label": answer, "skipped": False}
        elif answer is not None:
            said = {"level": answer, "skipped": False}
        rows.append(
            dict.fromkeys(HISTORY.names)
            | {
                "comment_id": comment, "annotator": annotator, "annotation_id": f"{number:06}",
                "event": "made", "created_at": time, "updated_at": time, "help_now": False,
            }
            | same
            | said
        )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=HISTORY)
