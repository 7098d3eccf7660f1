"""From bytes to lines of text: which encoding, and what becomes of bytes it does not allow.

Only encodings that Chinese comments come in are considered: UTF-8, UTF-16 and UTF-32 with a byte
order mark, and GB18030, of which GBK and GB2312 are parts. Latin-1 allows every byte there is and
so would hide every mistake.
"""

import codecs
import io
import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from treehole.errors import InputError

SAMPLE = 1 << 20
"""Bytes looked at to tell the encoding."""

LINE_LIMIT = 65 << 20
"""Characters in a line or cell; a file without line ends would otherwise fill the memory."""

UNDECODABLE = "\udcff"
"""Stands for bytes the encoding does not allow; no encoding has a text in which it occurs."""

MARKING = "treehole.mark"
"""The name of the codec error handler that puts UNDECODABLE where `replace` puts U+FFFD."""

_log = logging.getLogger(__name__)

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_NON_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\f\r\x1b")

# Sound files decode whole; a few damaged lines must not turn a whole file into another language.
_SOUND = 0.98
# Chinese in UTF-8 is often valid GB18030 by chance, the reverse hardly ever: half is proof enough.
_LIKELY = 0.5
# A tenth of compressed or packed data is control characters; text has next to none, but a single
# damaged comment may have some.
_BINARY = 0.02
_BINARY_SIZE = 512


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error(MARKING, _mark)


def marked_encoding(head: bytes) -> str | None:
    """Returns the encoding that a byte order mark at the start of `head` names, if one is there."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def detect_encoding(stream: BinaryIO, name: str) -> str:
    """Tells a text's encoding, and logs it where it is not UTF-8.

    A byte order mark wins. Otherwise the lines with non-ASCII characters in the first stretch
    that has any are decided by: UTF-8 if at least half of them are valid in it, else GB18030 if
    more are valid in that, else UTF-8. NULs prove nothing: people paste them.

    Args:
        stream: The text, from its start, buffered; read no further than the decision needs,
            which is to the end if all of it is ASCII.
        name: The file's name, for the log and the error.

    Returns:
        A codec's name; that codec takes a byte order mark away.

    Raises:
        InputError: This is not text.
    """
    sample = stream.read(SAMPLE)
    if marked := marked_encoding(sample):
        if marked != "utf-8-sig":
            _log.info("%s: read as %s", name, marked.upper())
        return marked
    sample = _telling(sample, stream)
    lines = [line for line in sample.splitlines(keepends=True) if not line.isascii()]
    valid = {encoding: _valid_share(lines, encoding) for encoding in ("utf-8", "gb18030")}
    if max(valid.values()) < _LIKELY and _is_binary(sample):
        message = f"{name} is not a text table; save it as CSV or Parquet"
        raise InputError(message)
    gb18030 = valid["utf-8"] < _LIKELY and valid["gb18030"] > valid["utf-8"]
    encoding = "gb18030" if gb18030 else "utf-8"
    if gb18030:
        _log.warning("%s: read as GB18030", name)
    if valid[encoding] < _SOUND:
        share = round(100 * (1 - valid[encoding]))
        _log.warning("%s: %d %% of its lines are not valid %s", name, share, encoding.upper())
    return encoding


def text_lines(stream: BinaryIO, name: str, encoding: str, newline: str) -> Iterator[str]:
    r"""Decodes a text, line by line, and closes it.

    Args:
        stream: The text, from its start.
        name: The file's name, for the error.
        encoding: Its encoding.
        newline: `"\n"` if only that ends a line, `""` if `"\r"` and `"\r\n"` do too.

    Yields:
        Each line with its end; bytes the encoding does not allow are UNDECODABLE in it.

    Raises:
        InputError: A line exceeds LINE_LIMIT, or the stream breaks off.
    """
    with io.TextIOWrapper(stream, encoding, errors=MARKING, newline=newline) as text:
        lines = iter(partial(text.readline, LINE_LIMIT), "")
        for number, line in enumerate(lines, start=1):
            if len(line) == LINE_LIMIT:
                message = f"{name}:{number}: the line is longer than {LINE_LIMIT:,} characters"
                raise InputError(message + "; check that this is a text table")
            yield line


def _telling(sample: bytes, stream: BinaryIO) -> bytes:
    """Returns a stretch of which SAMPLE bytes, or all there are, follow a first non-ASCII one."""
    while sample.isascii() and (following := stream.read(SAMPLE)):
        sample = following
    found = _NON_ASCII.search(sample)
    return sample + stream.read(found.start()) if found else sample


def _valid_share(lines: list[bytes], encoding: str) -> float:
    valid = sum(_is_valid(line, encoding) for line in lines)
    return valid / len(lines) if lines else 1.0


def _is_valid(line: bytes, encoding: str) -> bool:
    # Incremental: the last line may be cut within a character, the others end in a line end.
    try:
        codecs.getincrementaldecoder(encoding)().decode(line)
    except UnicodeDecodeError:
        return False
    return True


def _is_binary(sample: bytes) -> bool:
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return len(sample) > _BINARY_SIZE and controls > _BINARY * len(sample)
