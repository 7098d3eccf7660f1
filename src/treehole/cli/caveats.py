"""Caveats: what a person should know before trusting what models say, a line each."""

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treehole.models.lineage import Overlap
    from treehole.models.scoring import Scorer

_log = logging.getLogger(__name__)


def warn(
    scorers: "Sequence[Scorer]", users: str | None, overlaps: "Iterable[Overlap]" = ()
) -> None:
    """Warn of all there is to know.

    Args:
        scorers: The models.
        users: The table with the features of writers that was named, or None.
        overlaps: The files that a model has learned from.
    """
    for scorer in scorers:
        for note in scorer.traits.notes:
            _log.warning(note)
        if scorer.traits.with_features and not users:
            _log.warning(
                "%s was trained with the features of writers; without --users it takes all of them "
                "for unknown",
                scorer.name,
            )
    for overlap in overlaps:
        from treehole.report.evaluation import overlap_in_words  # noqa: PLC0415  it loads scipy

        _log.warning(overlap_in_words(overlap))
