"""Scanning: finds the mentions of all four ontologies in one pass over a batch.

The contract:

- The text scanned is the cleaned text without characters that have no width (zero-width spaces,
  marks of direction, variation selectors); spans are places in the cleaned text, and so in the
  original.
- At each place the longest label wins, and mentions do not overlap: a scan goes from left to
  right and goes on after the mention it found. So 笑死 hides 死, and 不想死 hides 想 and 死.
- Patterns (dates, clock times, storeys) likewise, before labels: what a pattern took, no label
  sees. They are regular expressions in the syntax of RE2, which takes linear time on any text.
- A label or pattern is found only as a whole word where it begins or ends with a Latin letter or
  a digit: `si` is not found in `music`, nor 3月 in 13月.

Both scans work on the UTF-8 bytes of the whole batch.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from treehole.corpus.cleaning import INVISIBLE, CleanBatch, clean, decode
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


class Scanner:
    """Finds mentions by a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._labels = ahocorasick_rs.BytesAhoCorasick(
            [label.encode() for label in lexicon.labels],
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
        )
        self._label_concepts = np.array(lexicon.label_concepts, dtype=np.int64)
        self._patterns = PatternUnion(lexicon)
        self._concept_of = lru_cache(maxsize=100_000)(self._patterns.concept)

    @cached_property
    def meaningful_emoji(self) -> frozenset[str]:
        """Labels in brackets, such as `[蜡烛]`; cleaning leaves them in the text."""
        return frozenset(label for label in self.lexicon.labels if label[0] == "[")

    def clean(self, texts: list[str]) -> CleanBatch:
        """Clean a batch of comments for this lexicon."""
        return clean(texts, self.meaningful_emoji)

    def scan(self, batch: CleanBatch) -> Mentions:
        """All mentions of `batch`."""
        view = _View.of(batch)
        patterns = self._scan_patterns(view.data, view.units)
        labels = self._scan_labels(view.data, view.units, patterns)
        found = np.concatenate([labels, patterns])
        if len(patterns):
            found = found[np.argsort(found[:, 1], kind="stable")]
        starts, ends = view.characters(found[:, 1]), view.characters(found[:, 2] - 1) + 1
        comments = np.searchsorted(batch.starts, starts, side="right") - 1
        return Mentions(found[:, 0], starts, ends, comments)

    def _scan_patterns(self, data: bytes, units: Bytes) -> Ints:
        """Concept, first and last byte of the pattern mentions, shape (found, 3)."""
        spans = self._patterns.spans(data)
        found = [(self._concept_of(data[start:end]), start, end) for start, end in spans]
        table = np.array(found, dtype=np.int64).reshape(-1, 3)
        return table[_whole_words(table, units) & (table[:, 2] > table[:, 1])]

    def _scan_labels(self, data: bytes, units: Bytes, patterns: Ints) -> Ints:
        """The same of the label mentions, outside those of the patterns."""
        if len(patterns):
            free = bytearray(data)
            for start, end in patterns[:, 1:].tolist():
                free[start:end] = bytes([_TAKEN]) * (end - start)
            data = bytes(free)
        found = self._labels.find_matches_as_indexes(data)
        flat = chain.from_iterable(found)
        table = np.fromiter(flat, np.int64, 3 * len(found)).reshape(-1, 3)
        table[:, 0] = self._label_concepts[table[:, 0]]
        return table[_whole_words(table, units)]


class Spotter:
    """Tells which comments may have a mention of a small lexicon, in a fraction of a scan's time.

    It does not look whether labels are whole words, or hidden by longer ones of a larger lexicon:
    so some comments that it names have no mention, but it misses none.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._labels = ahocorasick_rs.BytesAhoCorasick(
            [label.encode() for label in lexicon.labels],
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
            implementation=ahocorasick_rs.Implementation.DFA,
        )
        self._patterns = PatternUnion(lexicon)

    def comments(self, batch: CleanBatch) -> Ints:
        """Positions of the comments, in order."""
        view = _View.of(batch)
        starts = [start for _, start, _ in self._labels.find_matches_as_indexes(view.data)]
        starts += [start for start, _ in self._patterns.spans(view.data)]
        found = np.zeros(len(batch), dtype=bool)
        found[np.searchsorted(view.places(batch.starts[1:]), starts, side="right")] = True
        return np.flatnonzero(found)


@dataclass(frozen=True)
class _View:
    """What scans see of a batch: the UTF-8 bytes of all characters that have a width."""

    data: bytes
    units: Bytes
    visible: Ints | None

    @classmethod
    def of(cls, batch: CleanBatch) -> "_View":
        visible = batch.points != INVISIBLE
        if visible.all():
            data = batch.text.encode()
            return cls(data, np.frombuffer(data, dtype=np.uint8), None)
        data = decode(batch.points[visible]).encode()
        return cls(data, np.frombuffer(data, dtype=np.uint8), np.flatnonzero(visible))

    def characters(self, places: Ints) -> Ints:
        """The places of characters in the batch whose bytes are at these places here."""
        found = np.searchsorted(self._firsts, places, side="right") - 1
        return found if self.visible is None else self.visible[found]

    def places(self, characters: Ints) -> Ints:
        """The places here of the bytes of characters, or of the next ones that have a width."""
        if self.visible is not None:
            characters = np.searchsorted(self.visible, characters)
        return np.append(self._firsts, len(self.data))[characters]

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
