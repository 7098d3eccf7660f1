"""Patterns: the regular expressions of the ontologies, compiled.

They are in the syntax of RE2, which takes linear time on any text, whatever a pattern says.
"""

import heapq
import re
from collections.abc import Sequence
from typing import Any

import re2

_AUTOMATON_BYTES = 64 << 20
"""The most that an automaton may take; it is built as text asks for it, and takes far less."""

_OPEN = re.compile(r"\[\^|\.[{*+?]")
"""In patterns that pass over any characters at all, such as `等.{1,9}之后`."""


_NUMBER = re.compile(r"\\d|0-9|一二")
"""In patterns that look for numbers."""


class PatternUnion:
    """Many patterns, searched for as if they were one."""

    def __init__(self, patterns: Sequence[tuple[str, int]]) -> None:
        """Compile patterns, each given with the position of its concept.

        The states of an automaton are the sets of all that may have begun at a place. Patterns that
        pass over any characters are begun for long, and numbers have little in common with words;
        so each kind gets an automaton of its own, lest their states multiply.
        """
        self._set = re2.Set.FullMatchSet(_options())
        self._concepts = [concept for _, concept in patterns]
        kinds: dict[str, list[str]] = {}
        for pattern, _ in patterns:
            self._set.Add(pattern)
            number = "number" if _NUMBER.search(pattern) else "word"
            kind = "open" if _OPEN.search(pattern) else number
            kinds.setdefault(kind, []).append(f"(?:{pattern})")
        self._set.Compile()
        self._automata = [compile_pattern("|".join(kind)) for kind in kinds.values()]

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Start and end of all matches from left to right, the longest at each place.

        Matches do not overlap: the search goes on after the match it found.
        """
        searches = [automaton.finditer(data) for automaton in self._automata]
        ahead: list[tuple[int, int, int]] = []
        found: list[tuple[int, int]] = []
        place = 0
        for index in range(len(searches)):
            _push_next(ahead, searches, index)
        while ahead:
            start, minus_end, index = heapq.heappop(ahead)
            end = -minus_end
            if start >= place:
                found.append((start, end))
                place = end
            else:  # it overlaps what another automaton found
                searches[index] = self._automata[index].finditer(data, place)
            _push_next(ahead, searches, index)
        return found

    def concept(self, surface: bytes) -> int:
        """The concept of a match; where several patterns match, that of the first."""
        positions: list[int] = self._set.Match(surface)
        return self._concepts[min(positions)]


def _push_next(ahead: list[tuple[int, int, int]], searches: list[Any], index: int) -> None:
    if match := next(searches[index], None):
        heapq.heappush(ahead, (match.start(), -match.end(), index))


def compile_pattern(pattern: str, *, capture: bool = False) -> Any:
    """A compiled pattern; at each place it finds the longest match.

    Args:
        pattern: In the syntax of RE2.
        capture: Whether its groups are asked for.

    Raises:
        ValueError: It is no pattern; says why.
    """
    try:
        return re2.compile(pattern, _options(capture=capture))
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else reason) from None


def _options(*, capture: bool = False) -> Any:
    options = re2.Options()
    options.longest_match = True
    options.never_capture = not capture
    options.never_nl = True  # comments are separated by line breaks
    options.log_errors = False
    options.max_mem = _AUTOMATON_BYTES
    return options
