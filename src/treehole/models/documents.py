"""Documents to pretrain on, read from text files of any size.

A text file has one text a line, and blank lines between documents, such as dialogues; in a file
whose first lines have no blank one among them, each line is a document. Tables are read too: each
row is a document. Packed or not, in any encoding that comments come in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice
from pathlib import Path

from treehole.corpus.encoding import UNDECODABLE, detect_encoding, text_lines
from treehole.corpus.formats import format_by_ending
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import STDIN, Source, find_sources
from treehole.errors import UsageError

PLAIN = "text"
"""The format of what is no table."""

_HEAD = 1000
"""Lines looked at to tell whether blank ones divide documents."""

_ROWS = 10_000


def find_texts(inputs: Sequence[str]) -> list[Source]:
    """Finds what a person named: tables by their endings, all else is plain text.

    Raises:
        UsageError: Nothing, or standard input, was named.
        InputError: An input does not exist or cannot be read.
    """
    if STDIN in inputs:
        message = "the texts are read more than once, so standard input will not do; name files"
        raise UsageError(message)
    plain = [name for name in inputs if not _is_table(name)]
    tables = [name for name in inputs if _is_table(name)]
    sources = [] if tables and not plain else find_sources(plain, file_format="csv")
    return [_as_text(source) for source in sources] + (find_sources(tables) if tables else [])


def documents(source: Source, text_column: str = TEXT) -> Iterator[list[str]]:
    """The documents of a source, each as its lines; one without text is left out.

    Raises:
        UsageError: A table has no such column.
        InputError: The source is damaged, or is no text.
    """
    if source.format == PLAIN:
        return _divided(_lines(source))
    return _rows(source, text_column)


def _is_table(name: str) -> bool:
    return Path(name).is_dir() or format_by_ending(name)[0] is not None


def _as_text(source: Source) -> Source:
    return replace(source, format=format_by_ending(source.path)[0] or PLAIN)


def _lines(source: Source) -> Iterator[str]:
    with source.open() as stream:
        encoding = detect_encoding(stream, source.name)
    for line in text_lines(source.open(), source.name, encoding, ""):
        yield line.replace(UNDECODABLE, "").strip()


def _divided(lines: Iterator[str]) -> Iterator[list[str]]:
    head = list(islice(lines, _HEAD))
    every: Iterable[str] = chain(head, lines)
    if all(head):
        return ([line] for line in every if line)
    return (list(group) for filled, group in groupby(every, bool) if filled)


def _rows(source: Source, text_column: str) -> Iterator[list[str]]:
    for block in Corpus([source], text_column=text_column).blocks(_ROWS):
        for text in block.table[TEXT].to_pylist():
            if lines := [line for line in text.splitlines() if line.strip()]:
                yield lines
