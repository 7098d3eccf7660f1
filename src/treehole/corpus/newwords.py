"""New words: what in a body of comments is a word or a phrase, whether a dictionary has it or not.

Two sources of candidates, both purely statistical:

- *Word runs*: words as jieba's dictionary divides the text, and two or three of them that stand
  side by side.
- *Cohesive phrases*: runs of characters that hold together inside and are free outside. They hold
  together if they occur far more often than chance would join their two halves, wherever one cuts
  (pointwise mutual information; Church and Hanks, "Word association norms, mutual information, and
  lexicography", Computational Linguistics 16(1), 1990, sec. 3). They are free if many different
  characters stand before and after them (branching entropy; Jin and Tanaka-Ishii, "Unsupervised
  segmentation of Chinese text by use of branching entropy", COLING/ACL 2006, sec. 2). So a name or
  a disguise that no dictionary knows is found, and the middle of a longer word is not. Most times
  they begin and end where the dictionary's words do.

Neither crosses punctuation, spaces or emoji.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rjieba

from treehole.corpus.cleaning import INVISIBLE, CleanBatch, decode, is_word_character

LONGEST = 6
"""Characters in a cohesive phrase, at most."""

COHESION = 2.0
"""The least mutual information of the weakest cut, in nats: e² times as often as by chance."""

ENTROPY = 0.6
"""The least branching entropy on either side, in nats: about that of one neighbour in three
differing.
"""

RUN_WORDS = 3
"""Words in a run, at most."""

RUN_CHARACTERS = 8
"""Characters in a run, at most."""

_FIRST_HAN = 0x2E80

_MOST_RUNS = 1_000_000
"""Runs counted at a time; when there are more, those seen once are forgotten (lossy counting)."""

_FUNCTION_TAGS = frozenset("ucpyeomqrdfxkh")
"""First letters of jieba's tags for particles, conjunctions, prepositions, interjections, numbers,
measures, pronouns, adverbs, directions, punctuation and affixes.
"""

_CLINGING_TAGS = frozenset("uy")
"""Particles cling to the word before them: no phrase begins with one."""

_LEADING_TAGS = frozenset({"c", "d", "p", "uj", "uv", "ud"})
"""Conjunctions, adverbs, prepositions, 的, 地 and 得 lead on: no phrase ends with one."""

_ALIGNED = 0.5
"""The least share of its places where a phrase begins and ends with words of the dictionary."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def word_runs(batch: CleanBatch, min_comments: int) -> list[str]:
    """Words and runs of words, each in at least so many comments, sorted.

    They have two characters or more.
    """
    counts: Counter[str] = Counter()
    for index in range(len(batch)):
        counts.update(set(_runs(batch.comment(index).replace(chr(INVISIBLE), ""))))
        if len(counts) > _MOST_RUNS:
            counts = Counter({run: count for run, count in counts.items() if count > 1})
    return sorted(run for run, count in counts.items() if count >= min_comments)


def _runs(text: str) -> Iterator[str]:
    words = rjieba.cut(text)
    for first in range(len(words)):
        run = ""
        for word in words[first : first + RUN_WORDS]:
            run += word
            if not word.isalnum() or len(run) > RUN_CHARACTERS:
                break
            if len(run) > 1:
                yield run


def is_complete(phrase: str) -> bool:
    """Whether a phrase can stand by itself.

    It has a word that is no function word and no number, does not begin with a particle (了, 吧),
    and does not end with a word that leads to the next (的, 和, 再).
    """
    tags = [tag for _, tag in rjieba.tag(phrase)]
    return (
        any(tag[0] not in _FUNCTION_TAGS for tag in tags)
        and tags[0][0] not in _CLINGING_TAGS
        and tags[-1] not in _LEADING_TAGS
    )


def cohesive_phrases(
    batch: CleanBatch, min_count: int, *, cohesion: float = COHESION, entropy: float = ENTROPY
) -> list[str]:
    """Runs of two to `LONGEST` Chinese characters that hold together and are free, sorted.

    Takes some tens of bytes a character of the batch: longer ones are counted only where the
    shorter ones that they begin and end with occur often enough.

    Args:
        batch: The comments.
        min_count: How often a phrase occurs, at least; 1 or more.
        cohesion: The least mutual information of the weakest cut, in nats.
        entropy: The least branching entropy on either side, in nats.
    """
    points = batch.points[batch.points != INVISIBLE]
    letters = is_word_character(points) & (points >= _FIRST_HAN)  # Latin words are whole
    if not letters.any():
        return []
    _, characters = np.unique(np.where(letters, points, 0), return_inverse=True)  # 0: a clause ends
    words = np.cumsum([0, *map(len, rjieba.cut(decode(points), hmm=False))])  # no guessed words
    bounds = np.bincount(words, minlength=len(points) + 1) > 0
    grams = [_Grams.of_characters(characters)]
    found: list[str] = []
    for length in range(2, LONGEST + 1):
        longer = grams[-1].extended(characters, length, min_count)
        if not len(longer.counts):
            break
        grams.append(longer)
        kept = longer.places[
            (_weakest_cut(grams, length, int(letters.sum())) >= cohesion)
            & (_branching(longer, characters, length) >= entropy)
            & (_branching(longer, characters, -1) >= entropy)
            & (_aligned(longer, bounds, length) >= _ALIGNED)
        ]
        found += [decode(points[place : place + length]) for place in kept.tolist()]
    return sorted(found)


@dataclass(frozen=True)
class _Grams:
    """The n-grams of one length.

    Attributes:
        at: For each character of the batch the number of the n-gram that begins there, or -1.
        counts: How often each occurs.
        places: Where each occurs first.
    """

    at: Ints
    counts: Ints
    places: Ints

    @classmethod
    def of_characters(cls, characters: Ints) -> "_Grams":
        return cls._numbered(np.flatnonzero(characters), characters[characters > 0], 1, characters)

    def extended(self, characters: Ints, length: int, min_count: int) -> "_Grams":
        """The n-grams that are longer by one, `length` long."""
        starts = np.flatnonzero((self.at[:-1] >= 0) & (self.at[1:] >= 0))
        keys = self.at[starts] * (int(characters.max()) + 1) + characters[starts + length - 1]
        return self._numbered(starts, keys, min_count, characters)

    @classmethod
    def _numbered(cls, starts: Ints, keys: Ints, min_count: int, characters: Ints) -> "_Grams":
        _, first, number, counts = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        often = counts >= min_count
        renumbered = np.where(often, np.cumsum(often) - 1, -1)
        at = np.full(len(characters), -1, dtype=np.int64)
        at[starts] = renumbered[number]
        return cls(at, counts[often], starts[first[often]])


def _weakest_cut(grams: list[_Grams], length: int, total: int) -> Floats:
    """For each n-gram the least mutual information of the two parts that a cut makes of it."""
    whole = grams[length - 1]
    weakest = np.full(len(whole.counts), np.inf)
    for cut in range(1, length):
        left, right = grams[cut - 1], grams[length - cut - 1]
        chance = left.counts[left.at[whole.places]] * right.counts[right.at[whole.places + cut]]
        weakest = np.minimum(weakest, np.log(whole.counts * (total / chance)))
    return weakest


def _aligned(grams: _Grams, bounds: npt.NDArray[np.bool_], length: int) -> Floats:
    """For each n-gram the share of its places where words begin with it and end with it."""
    starts = np.flatnonzero(grams.at >= 0)
    both = bounds[starts] & bounds[starts + length]
    share: Floats = np.bincount(grams.at[starts], both, len(grams.counts)) / grams.counts
    return share


def _branching(grams: _Grams, characters: Ints, step: int) -> Floats:
    """For each n-gram the entropy of the characters that stand `step` from its beginning.

    The end of a clause is a new neighbour each time: there, anything may follow.
    """
    starts = np.flatnonzero(grams.at >= 0)
    beside = starts + step
    inside = (beside >= 0) & (beside < len(characters))
    neighbours = np.where(inside, characters[np.where(inside, beside, 0)], 0)
    numbers = grams.at[starts]
    known = neighbours > 0
    keys = numbers[known] * (int(characters.max()) + 1) + neighbours[known]
    distinct, counts = np.unique(keys, return_counts=True)
    shared = np.bincount(
        distinct // (int(characters.max()) + 1),
        weights=counts * np.log(counts),
        minlength=len(grams.counts),
    )
    found: Floats = np.maximum(np.log(grams.counts) - shared / grams.counts, 0)  # but for rounding
    return found
