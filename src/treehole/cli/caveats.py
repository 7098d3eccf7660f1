"""Caveats: what a person should know before trusting what models say, a line each."""

import logging
from collections.abc import Sequence

from treehole.models.scoring import Scorer

_log = logging.getLogger(__name__)


def warn(scorers: Sequence[Scorer], users: str | None) -> None:
    """Warn of all there is to know.

    Args:
        scorers: The models.
        users: The table with the features of writers that was named, or None.
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
