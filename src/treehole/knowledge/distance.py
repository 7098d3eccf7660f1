"""Distance: what lies between two mentions, as the rules measure it.

The rules tell apart whether two mentions touch, are close, stand in one clause, in neighbouring
clauses, in one sentence, in neighbouring sentences, or farther apart (`gap/2` in `notation.pl`).
All of this is counted in the text: punctuation, line breaks, spaces and emoji end clauses and
sentences; and since many writers use none, a stretch without any ends a clause every so many
characters.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from treehole.corpus.cleaning import INVISIBLE, CleanBatch, break_classes
from treehole.knowledge.scanner import Ints, Mentions

CLOSE_CHARACTERS = 3
"""Between close mentions lie at most so many characters."""

RUN_CHARACTERS = 16
"""Where no punctuation stands, a clause is taken to end after so many characters."""

FINAL_CHARACTERS = 2
"""A mention is final in its clause if at most so many characters follow there."""

GAPS = 8
"""How many codes there are."""


@dataclass(frozen=True)
class Places:
    """Where the mentions of a batch stand; arrays of the shape (mentions,).

    Attributes:
        clauses: Clause ends before each, counted from the beginning of the batch.
        sentences: Sentence ends before each.
        steps: Steps wider than close before each; two mentions are close if their difference is
            zero, that is if one reaches the other by close steps from mention to mention.
        final: Whether the clause ends right after each.
    """

    clauses: Ints
    sentences: Ints
    steps: Ints
    final: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, batch: CleanBatch, mentions: Mentions) -> "Places":
        """Measure the places of all mentions that any rule may see."""
        classes = _visible_classes(batch)
        firsts = batch.starts[:-1]
        weak = _weak_breaks(classes, firsts)
        strong = _runs(classes == 2, firsts)  # noqa: PLR2004
        clauses = _before(weak, mentions.starts)
        sentences = _before(strong, mentions.starts)
        return cls(
            clauses,
            sentences,
            _wide_steps(mentions, clauses, sentences),
            _final(classes, mentions),
        )

    def gaps(self, mentions: Mentions, chosen: Ints) -> Ints:
        """The gap before each chosen mention, from the one chosen before it, as a code.

        Args:
            mentions: All mentions.
            chosen: Positions of some of them, in order.
        """
        if not len(chosen):
            return np.zeros(0, dtype=np.int64)
        before, here = chosen[:-1], chosen[1:]
        clauses = self.clauses[here] - self.clauses[before]
        sentences = self.sentences[here] - self.sentences[before]
        same_clause = (clauses == 0) & (sentences == 0)  # where punctuation is a mention, too
        code = np.select(
            [
                same_clause & (mentions.starts[here] == mentions.ends[before]),
                self.steps[here] == self.steps[before],
                same_clause,
                (clauses == 1) & (sentences == 0),
                sentences == 0,
                sentences == 1,
            ],
            [1, 2, 3, 4, 5, 6],
            default=7,
        )
        code[mentions.comments[here] != mentions.comments[before]] = 0
        return np.concatenate([[0], code])


def _visible_classes(batch: CleanBatch) -> npt.NDArray[np.uint8]:
    """The break classes; a character without a width belongs to the one before it, as in ❤️."""
    classes = break_classes(batch)
    invisible = batch.points == INVISIBLE
    if not invisible.any():
        return classes
    invisible[batch.starts[:-1]] = False
    seen: npt.NDArray[np.uint8] = classes[
        np.maximum.accumulate(np.where(invisible, 0, np.arange(len(classes))))
    ]
    return seen


def _weak_breaks(classes: npt.NDArray[np.uint8], firsts: Ints) -> npt.NDArray[np.bool_]:
    """Runs of punctuation that end a clause only, and the ends of long stretches without any."""
    broken = classes > 0
    last = np.maximum.accumulate(np.where(broken, np.arange(len(classes)), -1))
    run = np.arange(len(classes)) - last
    long: npt.NDArray[np.bool_] = (run > 0) & (run % RUN_CHARACTERS == 0)
    return _runs(classes == 1, firsts) | long


def _runs(flags: npt.NDArray[np.bool_], firsts: Ints) -> npt.NDArray[np.bool_]:
    """True only at the first of neighbouring trues: 。。。 ends one sentence, not three.

    Args:
        flags: One for each character.
        firsts: The first characters of the comments, which have no neighbour before them.
    """
    starts = flags.copy()
    starts[1:] &= ~flags[:-1]
    starts[firsts] = flags[firsts]
    return starts


def _before(flags: npt.NDArray[np.bool_], places: Ints) -> Ints:
    """How many flags are true before each place."""
    running = np.zeros(len(flags) + 1, dtype=np.int64)
    np.cumsum(flags, out=running[1:])
    return running[places]


def _wide_steps(mentions: Mentions, clauses: Ints, sentences: Ints) -> Ints:
    wide = np.ones(len(mentions), dtype=bool)
    wide[1:] = (
        (mentions.starts[1:] - mentions.ends[:-1] > CLOSE_CHARACTERS)
        | (clauses[1:] != clauses[:-1])
        | (sentences[1:] != sentences[:-1])
        | (mentions.comments[1:] != mentions.comments[:-1])
    )
    return np.cumsum(wide)


def _final(classes: npt.NDArray[np.uint8], mentions: Mentions) -> npt.NDArray[np.bool_]:
    ends = np.flatnonzero(classes)  # each comment ends with a line break
    if not len(mentions):
        return np.zeros(0, dtype=bool)
    following = ends[np.searchsorted(ends, mentions.ends)]
    return following - mentions.ends <= FINAL_CHARACTERS
