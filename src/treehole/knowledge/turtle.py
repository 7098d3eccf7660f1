"""Turtle as text: where each concept stands in a file, and how its block is written.

rdflib reads and writes Turtle, but forgets lines, order and comments. People edit the ontologies in
text editors and compare them with git, so an error names a line, and an edit made by a command
changes one block and leaves the rest of the file as it was, whatever prefixes it uses.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import rdflib
from rdflib.namespace import RDF, RDFS, SKOS
from rdflib.term import Node

WIDTH = 110
"""Columns of a line; a Chinese character takes two."""

_FIRST = (
    RDF.type,
    RDFS.subClassOf,
    RDFS.label,
    SKOS.definition,
    SKOS.scopeNote,
    SKOS.prefLabel,
    SKOS.altLabel,
    SKOS.hiddenLabel,
)
"""The order of properties in a block; all others follow, sorted."""

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<comment>\#[^\n]*)
      | (?P<iri><[^<>"{}|^`\s]*>)
      | (?P<string>\"{3}(?:\\.|\"{0,2}[^\"\\])*\"{3} | '{3}(?:\\.|'{0,2}[^'\\])*'{3}
                 | "(?:\\.|[^"\\\n\r])*"            | '(?:\\.|[^'\\\n\r])*')
      | (?P<directive>@(?:prefix|base)\b)
      | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+ | [+-]?\d*\.\d+ | [+-]?\d+)
      | (?P<name>(?:[^\W\d](?:[\w-]|\.(?=[\w-]))*)?
                 :(?:[\w:-]|%[0-9A-Fa-f]{2}|\\.|\.(?=[\w:\\%-]))*)
      | (?P<word>[A-Za-z]+)
      | (?P<mark>[.;,()\[\]])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"""\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))""", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class Block:
    """A statement of a file: all that is said of one subject between two full stops.

    Attributes:
        iri: The subject; "" if it has no name.
        start: Its first character in the text.
        end: One after its full stop.
        line: Where it begins, from 1.
        literals: The texts in it, each with its line.
        comments: The comments within it.
    """

    iri: str
    start: int
    end: int
    line: int
    literals: tuple[tuple[str, int], ...]
    comments: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """The statements of a Turtle file, in order; directives are none."""
    reader = _Reader(text)
    for statement in reader.statements():
        yield reader.block(statement)


def write_block(graph: rdflib.Graph, subject: Node) -> str:
    """What a graph says of a subject, as one block with the prefixes of the graph.

    Properties have a fixed order, objects are sorted, long lists are broken into lines.
    """
    if isinstance(subject, rdflib.BNode):
        return f"{_term(graph, subject)} ."
    predicates = sorted(set(graph.predicates(subject)), key=_rank)
    lines = [_property(graph, subject, predicate) for predicate in predicates]
    lines[0] = lines[0].lstrip()
    return f"{_term(graph, subject)} " + " ;\n".join(lines) + " ."


def with_block(text: str, graph: rdflib.Graph, subject: rdflib.URIRef) -> str:
    """The text of a file in which the blocks of a subject are replaced by what a graph says of it.

    If there is none, the block is put before the first one that is sorted after it. Comments that
    stood within a block come to stand before it.

    Args:
        text: The file.
        graph: Has the prefixes of the file.
        subject: What it is about.
    """
    known = list(blocks(text))
    own = [block for block in known if block.iri == str(subject)]
    written = write_block(graph, subject)
    if not own:
        return _with_new(text, known, str(subject), written)
    for block in reversed(own[1:]):
        text = text[: block.start].rstrip() + "\n" + text[block.end :].lstrip("\n")
    comments = "".join(f"{comment}\n" for block in own for comment in block.comments)
    return text[: own[0].start] + comments + written + text[own[0].end :]


def _with_new(text: str, known: list[Block], iri: str, written: str) -> str:
    concepts = [block for block in known if "#" in block.iri and "#" in iri]
    after = next((block for block in concepts if _key(block.iri) > _key(iri)), None)
    if after is None:
        return text.rstrip() + "\n\n" + written + "\n"
    start = text.rfind("\n\n", 0, after.start) + 2
    if text[start : after.start].strip() and not text[start : after.start].startswith("#"):
        start = after.start
    return text[:start] + written + "\n\n" + text[start:]


def _key(iri: str) -> tuple[bool, str]:
    """Properties, which begin with a small letter, stand before concepts."""
    name = iri.rsplit("#", 1)[-1]
    return name[:1].isupper(), name


def _rank(predicate: Node) -> tuple[int, str]:
    place = _FIRST.index(predicate) if predicate in _FIRST else len(_FIRST)
    return place, str(predicate)


def _property(graph: rdflib.Graph, subject: Node, predicate: Node) -> str:
    name = "a" if predicate == RDF.type else _term(graph, predicate)
    objects = sorted(graph.objects(subject, predicate), key=_object_rank)
    return "\n".join(_filled(f"    {name} ", [_term(graph, value) for value in objects]))


def _object_rank(value: Node) -> tuple[bool, str, str]:
    """Chinese before English, then by text."""
    language = value.language or "" if isinstance(value, rdflib.Literal) else ""
    return language != "zh", language, str(value)


def _filled(head: str, terms: list[str]) -> Iterator[str]:
    """Lines with terms separated by commas, no wider than `WIDTH` where terms allow it."""
    line, empty = head, True
    for place, term in enumerate(terms):
        piece = term if place == len(terms) - 1 else term + ","
        if not empty and _columns(line) + _columns(piece) + 2 > WIDTH:
            yield line.rstrip()
            line = " " * 8
        line += piece + " "
        empty = False
    yield line.rstrip()


def _columns(text: str) -> int:
    return sum(2 if character >= "\u2e80" else 1 for character in text)


def _term(graph: rdflib.Graph, value: Node) -> str:
    if isinstance(value, rdflib.BNode):
        inner = "; ".join(
            f"{'a' if p == RDF.type else _term(graph, p)} {_term(graph, o)}"
            for p, o in sorted(graph.predicate_objects(value), key=lambda pair: _rank(pair[0]))
        )
        return f"[ {inner} ]"
    return str(value.n3(graph.namespace_manager))


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


class _Reader:
    """Divides a file into statements and resolves the names of their subjects."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._prefixes: dict[str, str] = {}
        self._base = ""
        self._counted = 0
        self._line = 1

    def statements(self) -> Iterator[list[_Token]]:
        """The tokens of each statement, without blanks; directives are read, not yielded."""
        held: list[_Token] = []
        for token in self._tokens():
            if not held and token.kind == "comment":
                continue
            held.append(token)
            solid = [t for t in held[:4] if t.kind != "comment"]
            if solid and solid[0].text.lower() in {"prefix", "base"}:  # in the style of SPARQL
                if token.kind == "iri":
                    self._direct(solid)
                    held = []
            elif token.text == "." and token.kind == "mark":
                if solid[0].kind == "directive":
                    self._direct(solid)
                else:
                    yield held
                held = []

    def block(self, statement: list[_Token]) -> Block:
        """The statement with its subject's name resolved; to be asked in order."""
        first, last = statement[0], statement[-1]
        line = self._line_at(first.start)
        literals = [
            (_unquoted(token.text), self._line_at(token.start))
            for token in statement
            if token.kind == "string"
        ]
        return Block(
            self._iri(first),
            first.start,
            last.start + 1,
            line,
            tuple(literals),
            tuple(t.text for t in statement if t.kind == "comment"),
        )

    def _tokens(self) -> Iterator[_Token]:
        for match in _TOKEN.finditer(self._text):
            kind = match.lastgroup or ""
            if kind != "blank":
                yield _Token(kind, match.group(), match.start())

    def _direct(self, tokens: Iterable[_Token]) -> None:
        names = [token.text for token in tokens if token.kind == "name"]
        iris = [token.text[1:-1] for token in tokens if token.kind == "iri"]
        if iris and names:
            self._prefixes[names[0][:-1]] = self._resolved(iris[0])
        elif iris:
            self._base = self._resolved(iris[0])

    def _iri(self, token: _Token) -> str:
        if token.kind == "iri":
            return self._resolved(_unescaped(token.text[1:-1]))
        prefix, colon, name = token.text.partition(":")
        if token.kind == "name" and colon and prefix in self._prefixes:
            return self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", name)
        return ""

    def _resolved(self, iri: str) -> str:
        absolute = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri)
        return iri if absolute else urljoin(self._base, iri)  # which drops a final #

    def _line_at(self, place: int) -> int:
        self._line += self._text.count("\n", self._counted, place)
        self._counted = place
        return self._line


def _unquoted(token: str) -> str:
    quotes = 3 if token[:3] in {'"""', "'''"} else 1
    return _unescaped(token[quotes:-quotes])


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        four, eight, other = match.groups()
        if other:
            return _ESCAPED.get(other, other)
        return chr(int(four or eight, 16))

    return _ESCAPE.sub(character, text) if "\\" in text else text
