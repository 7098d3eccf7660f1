"""Chinese punctuation in a line of Turtle or Prolog, the mistake easiest to make and not to see."""

import re

_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")
_CHINESE = re.compile(r"[，。；：、（）［］【】“”‘’＂＇]")


def hint(text: str, line: int) -> str:
    """What to say of a syntax error if its line has Chinese punctuation outside quotes; else "".

    Args:
        text: The file.
        line: The line of the error, from 1.
    """
    lines = text.splitlines()[line - 1 : line]
    found = [mark for part in lines for mark in _CHINESE.findall(_QUOTED.sub("", part))]
    if not found:
        return ""
    return f"; {' '.join(dict.fromkeys(found))} is Chinese punctuation, write it half-width"
