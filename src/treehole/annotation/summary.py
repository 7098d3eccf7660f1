"""The summary of what was pulled: how much people did, and how right the model was.

The model's accuracy is estimated on the audit share alone, which was drawn at random from all
predictions; what was chosen because it is uncertain, or urgent, says nothing of the others. It is
the share of comments whose risk, as people labelled it, is the risk that was shown, with the
interval of Wilson (1927, Journal of the American Statistical Association 22(158):209-212). People
saw the prediction before they answered, and some agree too readily: the truth may lie lower.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from treehole.annotation.labels import Pulled
from treehole.annotation.selection import AUDIT
from treehole.corpus.levels import HIGH_RISK
from treehole.corpus.schema import COMMENT_ID
from treehole.models.datasets import Tier

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Accuracy:
    """How often the risk shown was the one that people said.

    Attributes:
        comments: Of the audit share that have a label.
        right: How many were right.
        share: Of those that were right.
        low: The interval's lower end.
        high: Its upper end.
    """

    comments: int
    right: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """What people did, as it stands.

    Attributes:
        annotations: All that are not deleted, skips among them.
        skipped: How many are skips.
        unread: How many say something that cannot be read.
        annotators: How many people made them.
        comments: That have a label.
        high: How many of these are of high risk.
        help_now: The comments of which somebody said that help is needed now, by comment_id; also
            where the comment was skipped.
        judged: Annotations of which it is known whether they accepted what was shown.
        corrected: How many of these did not.
        seconds: That a comment took, the median of all annotations; None if that is not known.
        accuracy: Of the model; None if there is no audit share with a label.
    """

    annotations: int
    skipped: int
    unread: int
    annotators: int
    comments: int
    high: int
    help_now: tuple[str, ...]
    judged: int
    corrected: int
    seconds: float | None
    accuracy: Accuracy | None


def summarise(pulled: Pulled, labels: pa.Table) -> Summary:
    """Sum up what was pulled.

    Args:
        pulled: The annotations.
        labels: Made from them.
    """
    said = pa.concat_tables([pulled.first, pulled.decided])
    skipped = said["skipped"].fill_null(False)
    times = said["seconds"].filter(pc.invert(skipped)).drop_null().to_numpy()
    judged = said["accepted"].drop_null()
    urgent = said[COMMENT_ID].filter(said["help_now"].fill_null(False))
    return Summary(
        annotations=len(said),
        skipped=_true(skipped),
        unread=len(said) - said["unread"].null_count,
        annotators=pc.count_distinct(said["annotator"]).as_py(),
        comments=len(labels),
        high=_true(_is_high(labels, pulled.tier)),
        help_now=tuple(sorted(set(urgent.to_pylist()))),
        judged=len(judged),
        corrected=len(judged) - _true(judged),
        seconds=float(np.median(times)) if len(times) else None,
        accuracy=_accuracy(pulled, labels),
    )


def _accuracy(pulled: Pulled, labels: pa.Table) -> Accuracy | None:
    """Over the comments of the audit share, by what was shown first in the first round."""
    from scipy.stats import binomtest  # noqa: PLC0415  it takes a second to load

    audit = pulled.first.filter(pc.equal(pulled.first["chosen_by"], AUDIT))
    shown = _is_high(audit, pulled.tier, "shown_")
    audit, shown = audit.filter(shown.is_valid()), shown.drop_null()
    place = pc.index_in(labels[COMMENT_ID], audit[COMMENT_ID].combine_chunks())
    right = pc.equal(shown.take(place), _is_high(labels, pulled.tier)).drop_null()
    if not len(right):
        return None
    test = binomtest(_true(right), len(right))
    interval = test.proportion_ci(CONFIDENCE, method="wilson")
    return Accuracy(
        len(right), _true(right), test.statistic, float(interval.low), float(interval.high)
    )


def _is_high(table: pa.Table, tier: Tier, prefix: str = "") -> pa.ChunkedArray:
    """Whether the risk is high, by what was said or shown; null where that is not known."""
    if tier is Tier.HARD:
        return pc.greater_equal(table[f"{prefix}level"], HIGH_RISK)
    return pc.equal(table[f"{prefix}label"], "high")


def _true(flags: pa.ChunkedArray) -> int:
    return pc.sum(flags).as_py() or 0
