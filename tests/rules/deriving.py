"""What the tests ask of derivations, in the process that serves all tests (see judging.py)."""

from collections.abc import Sequence

import judging
from loaded import Found

from treehole.rules.derivation import Derivations, derive


def derived(comments: Sequence[str]) -> list[tuple[Found, Derivations]]:
    """The verdict on each comment, and its derivations."""
    known = judging.shipped()
    found = []
    for comment in comments:
        batch = known.scanner.clean([comment])
        mentions = known.scanner.scan(batch)
        derivations = derive(known.judge, known.lexicon, comment, batch, mentions)
        found.append((known.verdicts([comment])[0], derivations))
    return found
