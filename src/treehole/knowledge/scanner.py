"""Scanning: finds the mentions of all four ontologies in one pass over a batch.

The contract:

- The text scanned is the cleaned text without characters that have no width (zero-width spaces,
  marks of direction, variation selectors); spans are places in the cleaned text, and so in the
  original.
- At each place the longest label wins, and mentions do not overlap: a scan goes from left to
  right and goes on after the mention it found. So 笑死 hides 死, and 不想死 hides 想 and 死.
- Patterns (dates, clock times, storeys) likewise, before labels: what a pattern took, no label
  sees. Labels within which a pattern matches are looked for together with the patterns: the longer
  wins, and of two as long the label. Patterns are regular expressions in the syntax of RE2, which
  takes linear time on any text.
- A label or pattern is found only as a whole word where it begins or ends with a Latin letter or
  a digit: `si` is not found in `music`, nor 3月 in 13月.

Both scans work on the UTF-8 bytes of the whole batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from treehole.corpus.cleaning import INVISIBLE, SEPARATOR, CleanBatch, clean, decode
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.patterns import PatternUnion

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_TAKEN = 0xFF
"""A byte that stands where a pattern has matched; in no label."""


@dataclass(frozen=True)
class Mentions:
    """The mentions of a batch, in order of place; all arrays have the shape (mentions,).

    Attributes:
        concepts: Position of the concept in the lexicon.
        starts: First character, counted from the beginning of the batch.
        ends: One after the last character.
        comments: The comment it stands in.
    """

    concepts: Ints
    starts: Ints
    ends: Ints
    comments: Ints

    def __len__(self) -> int:
        return len(self.concepts)

    def select(self, keep: npt.NDArray[np.bool_] | Ints) -> "Mentions":
        """Only the mentions where `keep` is true, or those at these positions."""
        return Mentions(
            self.concepts[keep], self.starts[keep], self.ends[keep], self.comments[keep]
        )

    def with_concepts(self, concepts: Ints) -> "Mentions":
        """The same places with other concepts, shape (mentions,)."""
        return replace(self, concepts=concepts)


class Scanner:
    """Finds mentions by a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._labels = ahocorasick_rs.BytesAhoCorasick(
            [label.encode() for label in lexicon.labels],
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
        )
        self._label_concepts = np.array(lexicon.label_concepts, dtype=np.int64)
        self._patterns = PatternUnion(lexicon.patterns)
        self._concept_of = lru_cache(maxsize=100_000)(self._patterns.concept)

    @cached_property
    def meaningful_emoji(self) -> frozenset[str]:
        """Labels in brackets, such as `[蜡烛]`; cleaning leaves them in the text."""
        return frozenset(label for label in self.lexicon.labels if label[0] == "[")

    def clean(self, texts: list[str]) -> CleanBatch:
        """Clean a batch of comments for this lexicon."""
        return clean(texts, self.meaningful_emoji)

    def has_pattern(self, text: str) -> bool:
        """Whether a pattern matches somewhere in a folded text."""
        return bool(self._patterns.spans(text.encode()))

    def scan(self, batch: CleanBatch) -> Mentions:
        """All mentions of `batch`."""
        return self.mentions(self.view(batch))

    def view(self, batch: CleanBatch) -> "View":
        """A batch ready to be scanned, with the mentions of patterns found."""
        view = View.of(batch)
        spans = self._patterns.spans(view.data)
        found = [(self._concept_of(view.data[start:end]), start, end) for start, end in spans]
        table = np.array(found, dtype=np.int64).reshape(-1, 3)
        whole = _whole_words(table, view.units) & (table[:, 2] > table[:, 1])
        return replace(view, patterns=table[whole])

    def mentions(self, view: "View") -> Mentions:
        """All mentions of a view: those of patterns, and those of labels where no pattern is."""
        return self._placed(view, self._labels_of(view, self._labels, self._label_concepts))

    def mentions_with(self, view: "View", labels: Mapping[str, int]) -> Mentions:
        """What `mentions` would find if the lexicon had further labels.

        Of the labels that it has, only those that occur here are compiled anew: to try a label on a
        few comments takes less than a millisecond.

        Args:
            view: The comments.
            labels: Folded, not in the lexicon, without a match of a pattern within; each with the
                number of its concept, which need not be one of the lexicon's.
        """
        occurring = self._every_label.find_matches_as_indexes(view.data, overlapping=True)
        known = sorted({label for label, _, _ in occurring})
        automaton = ahocorasick_rs.BytesAhoCorasick(
            [self.lexicon.labels[label].encode() for label in known]
            + [label.encode() for label in labels],
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
        )
        concepts = np.concatenate(
            [self._label_concepts[known], np.array(list(labels.values()), dtype=np.int64)]
        )
        return self._placed(view, self._labels_of(view, automaton, concepts))

    @cached_property
    def _every_label(self) -> Any:
        """Finds every label that occurs, also within others."""
        return ahocorasick_rs.BytesAhoCorasick([label.encode() for label in self.lexicon.labels])

    def _placed(self, view: "View", labels: Ints) -> Mentions:
        """The mentions of labels and of patterns, in order."""
        found = np.concatenate([labels, view.patterns])
        if len(view.patterns):
            found = found[np.argsort(found[:, 1], kind="stable")]
        return view.placed(found)

    def _labels_of(self, view: "View", automaton: Any, concepts: Ints) -> Ints:
        """Concept, first byte and end of the mentions of labels, shape (found, 3)."""
        data = view.data
        if len(view.patterns):
            free = bytearray(data)
            for start, end in view.patterns[:, 1:].tolist():
                free[start:end] = bytes([_TAKEN]) * (end - start)
            data = bytes(free)
        found = automaton.find_matches_as_indexes(data)
        flat = chain.from_iterable(found)
        table = np.fromiter(flat, np.int64, 3 * len(found)).reshape(-1, 3)
        table[:, 0] = concepts[table[:, 0]]
        return table[_whole_words(table, view.units)]


class Spotter:
    """Tells which comments may mention some concepts, in a fraction of the time of a scan.

    It does not look whether labels are whole words, or hidden by longer ones of other concepts: so
    some comments that it names mention none of them, but it misses none.
    """

    def __init__(self, lexicon: Lexicon, concepts: set[int]) -> None:
        self._labels = ahocorasick_rs.BytesAhoCorasick(
            [label.encode() for label in lexicon.only(concepts).labels],
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
            implementation=ahocorasick_rs.Implementation.DFA,
        )
        self._concepts = np.array(sorted(concepts), dtype=np.int64)

    def comments(self, view: "View") -> Ints:
        """Positions of the comments, in order."""
        labels = self._labels.find_matches_as_indexes(view.data)
        patterns = view.patterns[np.isin(view.patterns[:, 0], self._concepts)]
        found = np.zeros(len(view.batch), dtype=bool)
        found[view.comments(np.array([start for _, start, _ in labels], dtype=np.int64))] = True
        found[view.comments(patterns[:, 1])] = True
        return np.flatnonzero(found)


class Finder:
    """Finds every occurrence of some words, also within each other and within mentions."""

    def __init__(self, words: Sequence[str]) -> None:
        """Take folded words; they are found as labels are, only whole where they are Latin."""
        self._words = ahocorasick_rs.BytesAhoCorasick([word.encode() for word in words])

    def occurrences(self, view: "View") -> Mentions:
        """The occurrences, with the position of the word in place of a concept."""
        found = self._words.find_matches_as_indexes(view.data, overlapping=True)
        table = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        return view.placed(table[_whole_words(table, view.units)])


@dataclass(frozen=True)
class View:
    """What scans see of a batch: the UTF-8 bytes of all characters that have a width.

    Attributes:
        batch: The batch.
        data: The bytes.
        units: The same, shape (bytes,).
        patterns: Concept, first byte and end of the mentions of patterns, shape (found, 3).
    """

    batch: CleanBatch
    data: bytes
    units: Bytes
    patterns: Ints

    @classmethod
    def of(cls, batch: CleanBatch) -> "View":
        """The view of a batch in which no pattern was looked for yet."""
        visible = batch.points != INVISIBLE
        data = (batch.text if visible.all() else decode(batch.points[visible])).encode()
        return cls(batch, data, np.frombuffer(data, np.uint8), np.zeros((0, 3), np.int64))

    def select(self, comments: Ints) -> "View":
        """The view of some of the comments, which must be in order."""
        chosen = np.zeros(len(self.batch), dtype=bool)
        chosen[comments] = True
        lengths = np.diff(self._ends, prepend=-1)
        units = self.units[np.repeat(chosen, lengths)]
        removed = np.cumsum(np.where(chosen, 0, lengths))
        own = self.comments(self.patterns[:, 1])
        patterns = self.patterns.copy()
        patterns[:, 1:] -= removed[own, None]
        return View(self.batch.select(comments), units.tobytes(), units, patterns[chosen[own]])

    def comments(self, places: Ints) -> Ints:
        """The comments in which these bytes are."""
        return np.searchsorted(self._ends, places)

    def placed(self, found: Ints) -> Mentions:
        """Mentions by their characters and comments.

        Args:
            found: Concept, first byte and end of each, shape (found, 3).
        """
        starts, ends = self.characters(found[:, 1]), self.characters(found[:, 2] - 1) + 1
        comments = np.searchsorted(self.batch.starts, starts, side="right") - 1
        return Mentions(found[:, 0], starts, ends, comments)

    def characters(self, places: Ints) -> Ints:
        """The places of characters in the batch whose bytes are at these places here."""
        found = np.searchsorted(self._firsts, places, side="right") - 1
        return found if self._visible is None else self._visible[found]

    @cached_property
    def _ends(self) -> Ints:
        """The separator after each comment; comments may hold further line breaks."""
        breaks = np.flatnonzero(self.units == ord(SEPARATOR))
        same = np.flatnonzero(self.batch.points == ord(SEPARATOR))
        return breaks[np.searchsorted(same, self.batch.starts[1:] - 1)]

    @cached_property
    def _visible(self) -> Ints | None:
        """The places of characters that have a width; None if all have."""
        visible = self.batch.points != INVISIBLE
        return None if visible.all() else np.flatnonzero(visible)

    @cached_property
    def _firsts(self) -> Ints:
        """The first byte of each character: the one that is no continuation."""
        return np.flatnonzero((self.units & 0xC0) != 0x80)  # noqa: PLR2004


def _whole_words(found: Ints, units: Bytes) -> npt.NDArray[np.bool_]:
    """Whether the mention is not part of a Latin word or a number."""
    if not len(found):
        return np.zeros(0, dtype=bool)
    latin = _latin()[units]
    starts, ends = found[:, 1], found[:, 2]
    inside_left = latin[starts] & latin[np.maximum(starts - 1, 0)] & (starts > 0)
    inside_right = latin[ends - 1] & latin[np.minimum(ends, len(latin) - 1)]
    whole: npt.NDArray[np.bool_] = ~(inside_left | inside_right)
    return whole


@lru_cache(maxsize=1)
def _latin() -> npt.NDArray[np.bool_]:
    return np.fromiter((chr(b).isascii() and chr(b).isalnum() for b in range(256)), bool, 256)
