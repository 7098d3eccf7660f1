"""Cleaning: makes comments comparable without moving a character.

Matching wants one form of each character and none of the noise; evidence wants places in the
original text. So cleaning never inserts or removes a character. *Folding* maps each code point to
one code point (full-width to half-width, capital to small, traditional to simplified), and
*masking* overwrites noise (links, mentions of users, reply prefixes, emoji in brackets) with
spaces. Both work on a whole batch at once: its comments laid end to end as an array of code
points.
"""

import functools
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import opencc
import rjieba

CodePoints = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]

SEPARATOR = "\n"
"""Stands between the comments of a batch; a comment's own line breaks are folded to it too."""

SHORT_WORDS = 5
"""A comment of this many words or fewer is too short to train on (Fu et al. 2021, Methods)."""

INVISIBLE = 0x200B
"""Zero-width space; all characters without a width are folded to it, and no scan sees it."""

LONG_UNITS = 15
"""A comment with more Chinese characters than this (a run of other letters counts as one) is taken
to have more words than `SHORT_WORDS`, and not divided; words of four characters or more are rare.
"""

_CODE_SPACE = 0x110000
_FIRST_HAN = 0x2E80
_REPLACEMENT = 0xFFFD
_SPACE = ord(" ")
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"

_WEAK_BREAKS = " \t，,、；;：:~～…—-－|/()（）【】[]「」『』“”\"'‘’·.﹏_^*＊\ufffd"
_STRONG_BREAKS = "\n\r。！!？?\u2028\u2029"

_NOISE = re.compile(
    r"//@[^\n]*"  # a repost: what follows are someone else's words
    r"|回复@[^\s:：]{1,30}[:：]?"
    r"|@[\w·-]{1,30}(?=[\s:：@])[:：]?"
    r"|https?://[!-~]+"
    r"|网页链接|o网页链接|查看图片|转发微博|查看动图"
    r"|&(?:[a-z]{2,8}|#\d{1,6});"
    r"|\[[^\[\]\s]{1,8}\]"
)


@dataclass(frozen=True)
class CleanBatch:
    """A batch of comments, folded and masked, laid end to end.

    Attributes:
        text: The characters of all comments, each followed by `SEPARATOR`.
        points: The same as code points, shape (characters,).
        starts: Where each comment begins in `text`, shape (comments + 1,); the last entry is the
            end, so comment i is `text[starts[i] : starts[i + 1] - 1]`.
    """

    text: str
    points: CodePoints
    starts: Offsets

    def __len__(self) -> int:
        return len(self.starts) - 1

    def comment(self, index: int) -> str:
        """The cleaned text of one comment; as long as the original."""
        return self.text[self.starts[index] : self.starts[index + 1] - 1]

    def select(self, indexes: Offsets) -> "CleanBatch":
        """A batch of some of the comments, which must be in order."""
        lengths = np.diff(self.starts)
        chosen = np.zeros(len(self), dtype=bool)
        chosen[indexes] = True
        points = self.points[np.repeat(chosen, lengths)]
        starts = np.concatenate([[0], np.cumsum(lengths[indexes])])
        return CleanBatch(decode(points), points, starts)


@functools.cache
def _folding() -> CodePoints:
    """The table that maps every code point to the one it is matched as."""
    table: CodePoints = np.arange(_CODE_SPACE, dtype=np.uint32)
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)  # full-width ASCII
    table[ord("A") : ord("Z") + 1] += 32
    table[0xFF21:0xFF3B] = np.arange(ord("a"), ord("z") + 1)
    table[: ord(" ")] = _SPACE  # control characters, NUL among them
    for line_break in "\n\r\u2028\u2029\x85":
        table[ord(line_break)] = ord(SEPARATOR)
    table[_spans(_SPACES)] = _SPACE
    table[_spans(_INVISIBLE)] = INVISIBLE
    table[0xD800:0xE000] = _REPLACEMENT  # lone surrogates
    traditional = [chr(c) for c in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simplified = opencc.OpenCC("t2s").convert(SEPARATOR.join(traditional)).split(SEPARATOR)
    for old, new in zip(traditional, simplified, strict=True):
        if old != new and len(new) == 1:
            table[ord(old)] = ord(new)
    table[ord("著")] = ord("着")  # Taiwan and Hong Kong write 活著; t2s leaves it
    table[ord("妳")] = ord("你")
    table = table[table]  # some characters that t2s gives are traditional forms of others
    table.flags.writeable = False
    return table


def _spans(characters: str) -> list[int]:
    """The code points of a list of characters, in which `-` stands for all between two."""
    points: list[int] = []
    for first, last in re.findall(r"(.)(?:-(.))?", characters, re.DOTALL):
        points.extend(range(ord(first), ord(last or first) + 1))
    return points


@functools.cache
def _breaks() -> npt.NDArray[np.uint8]:
    """1 for code points that end a clause, 2 for those that end a sentence, else 0."""
    classes = np.zeros(_CODE_SPACE, dtype=np.uint8)
    classes[[ord(c) for c in _WEAK_BREAKS]] = 1
    classes[[ord(c) for c in _STRONG_BREAKS]] = 2
    classes[0x1F000:0x1FB00] = 1  # emoji punctuate
    classes[0x2600:0x27C0] = 1
    classes.flags.writeable = False
    return classes


@functools.cache
def _letters() -> npt.NDArray[np.bool_]:
    """True for code points that words are made of."""
    letters = np.strings.isalnum(np.arange(_CODE_SPACE, dtype=np.uint32).view("<U1"))
    letters.flags.writeable = False
    return letters


def fold(text: str) -> str:
    """Map every character of `text` to the one it is matched as; the length stays."""
    return decode(_folding()[_encode(text)])


def clean(texts: Sequence[str], meaningful: Container[str] = ()) -> CleanBatch:
    """Fold and mask a batch of comments.

    Args:
        texts: The comments as written.
        meaningful: Emoji in brackets, such as `[蜡烛]`, that carry meaning and stay.
    """
    joined = SEPARATOR.join(texts) + SEPARATOR if texts else ""
    points = _folding()[_encode(joined)]
    lengths = np.fromiter((len(t) + 1 for t in texts), np.int64, len(texts))
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    text = decode(points)
    noise = [m.span() for m in _NOISE.finditer(text) if m.group() not in meaningful]
    if noise:
        for start, end in noise:
            points[start:end] = _SPACE
        text = decode(points)
    return CleanBatch(text, points, starts)


def batch_of(text: str, starts: Offsets) -> CleanBatch:
    """The batch whose `text` and `starts` these are, as when it comes from another process."""
    return CleanBatch(text, _encode(text), starts)


def break_classes(batch: CleanBatch) -> npt.NDArray[np.uint8]:
    """Per character: 0 inside a clause, 1 at the end of a clause, 2 at the end of a sentence."""
    return _breaks()[batch.points]


def is_word_character(points: CodePoints) -> npt.NDArray[np.bool_]:
    """Whether each code point is a letter, a digit or a Chinese character."""
    return _letters()[points]


def is_space(points: CodePoints) -> npt.NDArray[np.bool_]:
    """Whether each code point of a cleaned batch is white space or takes no space at all."""
    blank: npt.NDArray[np.bool_] = (points <= _SPACE) | (points == INVISIBLE)
    return blank


def too_short(batch: CleanBatch, units: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each comment has five words or fewer, as jieba's dictionary divides it.

    Args:
        batch: The comments.
        units: `count_units` of them.
    """
    short = units <= SHORT_WORDS
    for index in np.flatnonzero((units > SHORT_WORDS) & (units <= LONG_UNITS)).tolist():
        short[index] = count_words(batch.comment(index)) <= SHORT_WORDS
    return short


def count_units(batch: CleanBatch) -> npt.NDArray[np.int64]:
    """Chinese characters and runs of other letters in each comment: its words are not more."""
    letter = is_word_character(batch.points)
    alphabetic = letter & (batch.points < _FIRST_HAN)
    first = letter.copy()
    first[1:] &= ~(alphabetic[1:] & alphabetic[:-1])
    running = np.zeros(len(first) + 1, dtype=np.int64)
    np.cumsum(first, out=running[1:])
    return np.diff(running[batch.starts])


def count_words(text: str) -> int:
    """The number of words in `text`; punctuation and emoji are none."""
    return sum(token[0].isalnum() for token in rjieba.cut(text))


def _encode(text: str) -> CodePoints:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def decode(points: CodePoints) -> str:
    """The text of an array of code points."""
    return points.astype("<u4", copy=False).tobytes().decode("utf-32-le")
