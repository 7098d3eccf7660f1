"""Patterns: the regular expressions of the ontologies, compiled.

They are in the syntax of RE2, which takes linear time on any text, whatever a pattern says.
"""

from typing import Any

import re2

NOTHING = r"[^\s\S]"
"""A pattern that matches nothing."""

_AUTOMATON_BYTES = 96 << 20
"""The most that an automaton may take; it is built as text asks for it, and takes far less."""


def compile_pattern(pattern: str, *, capture: bool = False) -> Any:
    """A compiled pattern; at each place it finds the longest match.

    Args:
        pattern: In the syntax of RE2.
        capture: Whether its groups are asked for.

    Raises:
        ValueError: It is no pattern; says why.
    """
    options = re2.Options()
    options.longest_match = True
    options.never_capture = not capture
    options.log_errors = False
    options.max_mem = _AUTOMATON_BYTES
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else reason) from None
