"""What kind of file this is, told by its name or by its first bytes."""

import re
from pathlib import PurePosixPath

from fsspec.utils import compressions

from treehole.corpus.encoding import marked_encoding
from treehole.errors import InputError

ENDINGS = {
    "csv": "csv",
    "tsv": "tsv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
}
"""The format that each ending stands for."""

# A zip may hold many files of any kind: it is refused below rather than half understood.
_COMPRESSIONS = {ending: name for ending, name in compressions.items() if name != "zip"}

_COMPRESSED = (
    (re.compile(rb"\x1f\x8b\x08"), "gzip"),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), "zstd"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "bz2"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz"),
)

_FOREIGN = (
    (re.compile(rb"PK\x03\x04|PK\x05\x06"), "a zip archive or an Excel workbook"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an Excel or Word file"),
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"\s*<(!doctype html|html|\?xml)", re.IGNORECASE), "a web page or XML"),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a"), "a picture"),
    (re.compile(rb"SQLite format 3\x00"), "an SQLite database"),
    (re.compile(rb".{257}ustar", re.DOTALL), "a tar archive"),
    (re.compile(rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c"), "an archive"),
    (re.compile(rb"ARROW1|FEA1|Obj\x01|\x89HDF"), "a binary table of another kind"),
)


class ArrayError(InputError):
    """It is one JSON array, where an object a line is read."""


def format_by_ending(path: str) -> tuple[str | None, str | None]:
    """Reads format and compression off a file's name.

    Args:
        path: A path or address; only its last part counts.

    Returns:
        The format (`csv`, `tsv`, `jsonl` or `parquet`) and the compression as fsspec names it
        (`gzip`, `zstd`, …), each None where the name does not say.
    """
    endings = [suffix[1:] for suffix in PurePosixPath(path.lower()).suffixes]
    compression = _COMPRESSIONS.get(endings[-1]) if endings else None
    if compression:
        endings.pop()
    return ENDINGS.get(endings[-1]) if endings else None, compression


def compression_by_content(head: bytes) -> str | None:
    """Returns the compression, as fsspec names it, that a file's first bytes give away."""
    return next((name for magic, name in _COMPRESSED if magic.match(head)), None)


def format_by_content(head: bytes, name: str) -> str:
    """Tells a table's format from its first bytes.

    Args:
        head: The first bytes, decompressed; TSV is told from CSV only if the whole header is there.
        name: The file's name, for the error.

    Returns:
        `parquet`, `jsonl`, `tsv` or `csv`.

    Raises:
        ArrayError: It is JSON, but not one object a line.
    """
    if is_parquet(head):
        return "parquet"
    # All that is looked for is ASCII, and Latin-1 shows that of any encoding without a mark.
    text = head.decode(marked_encoding(head) or "latin-1", errors="replace").lstrip()
    if text.startswith("["):
        message = f"{name} is one JSON array; write one object a line (jq -c '.[]' does it)"
        raise ArrayError(message)
    if text.startswith("{"):
        return "jsonl"
    header = text.partition("\n")[0]
    return "tsv" if "\t" in header else "csv"


def is_parquet(head: bytes) -> bool:
    """Says whether a file with these first bytes is Parquet."""
    return head.startswith(b"PAR1")


def refuse_foreign(head: bytes, name: str) -> None:
    """Raises InputError if a file's first bytes, decompressed, are those of no table."""
    for magic, kind in _FOREIGN:
        if magic.match(head):
            message = f"{name} is {kind}, not a text table; save it as CSV or Parquet"
            raise InputError(message)
