"""The sieve: tells comments for which some rule might hold from those for which none can.

Most comments of most days have no mention that any rule for a level could start from. Each such
rule gets *anchors*: of the groups of concepts that it needs (`treehole.rules.rulebook.Clause`),
the one that occurs least often. A comment without any anchor has level 0, and need not be scanned
in full or judged. Which concepts are rare, the sieve learns from the first comments; until then it
lets all through. Whatever it learns, no label depends on it, only the work saved.
"""

import numpy as np

from treehole.corpus.cleaning import CleanBatch
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.scanner import Ints, Mentions, Spotter, View
from treehole.rules.rulebook import Group, RuleBook

SAMPLE = 2_000
"""Comments to learn from."""


class Sieve:
    """Finds the comments worth judging."""

    def __init__(self, lexicon: Lexicon, rulebook: RuleBook) -> None:
        self._lexicon = lexicon
        self._rulebook = rulebook
        self._counts = np.ones(len(lexicon.concepts))
        self._observed = 0
        self._spotter: Spotter | None = None

    def candidates(self, view: View) -> Ints:
        """The comments that have an anchor, in order."""
        if self._spotter is None:
            return np.arange(len(view.batch))
        return self._spotter.comments(view)

    def observe(self, batch: CleanBatch, mentions: Mentions) -> None:
        """Learn from the mentions of a batch, if there is still something to learn."""
        if self._spotter is None:
            self._counts += np.bincount(mentions.concepts, minlength=len(self._counts))
            self._observed += len(batch)
            if self._observed >= SAMPLE:
                anchors = self._anchors()
                masks = enumerate(self._rulebook.vocabulary.masks)
                concepts = {index for index, mask in masks if mask & anchors}
                self._spotter = Spotter(self._lexicon, concepts)

    def _anchors(self) -> int:
        """Bits of concepts: one group of each alternative of each clause that gives a level."""
        clauses = self._rulebook.clauses
        costs = {group: self._cost(group) for c in clauses for a in c.needs for group in a}
        bits = 0
        for clause in clauses:
            if clause.reason is None:
                for alternative in clause.needs:
                    bits |= min(alternative, key=costs.__getitem__).concepts
        return bits

    def _cost(self, group: Group) -> float:
        """How often the group occurs; a group of reasons alone can be no anchor."""
        masks = self._rulebook.vocabulary.masks
        found = [self._counts[i] for i, mask in enumerate(masks) if mask & group.concepts]
        return float(sum(found)) if found else float("inf")
