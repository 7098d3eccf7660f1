"""Finding a word in the ontologies: which concepts have it, and where it stands in the files.

Words are compared after folding, as in comments. A label that has the word inside, or stands
inside it, is found too: where both could be read in a comment, the longer hides the shorter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from treehole.corpus.cleaning import INVISIBLE, fold
from treehole.knowledge.hierarchy import PATTERN, Entry, Hierarchy
from treehole.knowledge.patterns import compile_pattern
from treehole.knowledge.scanner import Scanner

NAME = "name"
"""The kind of what names a concept for people: its local name or `rdfs:label`."""

RELATIONS = ("is", "longer", "shorter")
"""How a text is related to the word: the same or a pattern of it, around it, within it."""

_NEAR = 5


@dataclass(frozen=True)
class Occurrence:
    """A place in the ontologies that has to do with a word.

    Attributes:
        relation: One of `RELATIONS`; of a pattern, `is` if it matches the whole word, `shorter`
            if it matches within.
        entry: The concept.
        kind: The kind of label, `pattern`, or `name`.
        text: The label, pattern or name, as it stands in the file.
        path: The file.
        line: The line in it.
    """

    relation: str
    entry: Entry
    kind: str
    text: str
    path: Path
    line: int | None


def find(hierarchy: Hierarchy, word: str) -> list[Occurrence]:
    """Where a word occurs: as itself first, then in longer labels, then shorter ones within it.

    Args:
        hierarchy: The ontologies.
        word: Any text.
    """
    wanted = _folded(word)
    found = [
        Occurrence(relation, entry, kind, text, file.path, file.line_of(entry.key, text))
        for entry in hierarchy.concepts()
        for file in (hierarchy.files[entry.ontology],)
        for kind, text in _texts(entry)
        if (relation := _relation(wanted, kind, text))
    ]
    return sorted(found, key=lambda o: (RELATIONS.index(o.relation), _distance(wanted, o)))


def mentioned(scanner: Scanner, word: str) -> list[tuple[str, str]]:
    """What a comment with just this word would mention: for each mention its text and concept.

    Returns:
        Pairs of what was read and the IRI of the concept, in order of place.
    """
    batch = scanner.clean([word])
    mentions = scanner.scan(batch)
    spans = zip(
        mentions.starts.tolist(), mentions.ends.tolist(), mentions.concepts.tolist(), strict=True
    )
    concepts = scanner.lexicon.concepts
    return [(word[start:end], concepts[concept].iri) for start, end, concept in spans]


def near_labels(hierarchy: Hierarchy, word: str) -> list[str]:
    """The labels most like a word that no concept has, the likest first."""
    labels = {_folded(label): label for entry in hierarchy.concepts() for label in entry.labels}
    return [labels[near] for near in get_close_matches(_folded(word), labels, _NEAR, 0.5)]


def _texts(entry: Entry) -> Iterator[tuple[str, str]]:
    """What stands at a concept, each text once; a name that is a label too counts as that."""
    labels = {_folded(text) for text in entry.labels}
    for kind, texts in entry.written.items():
        for text in texts:
            yield kind, text
    for name in dict.fromkeys((entry.name_zh, entry.name_en, entry.name)):
        if _folded(name) not in labels:
            yield NAME, name


def _relation(wanted: str, kind: str, text: str) -> str:
    """How a text is related to the folded word wanted; "" if it is not."""
    if kind == PATTERN:
        pattern = compile_pattern(text)
        within = "shorter" if pattern.search(wanted) else ""
        return "is" if pattern.fullmatch(wanted) else within
    own = _folded(text)
    if own == wanted:
        return "is"
    if wanted in own:
        return "longer"
    return "shorter" if kind != NAME and own in wanted else ""


def _distance(wanted: str, occurrence: Occurrence) -> tuple[int, str, str]:
    """Labels nearest in length first; patterns come after labels."""
    text = occurrence.text
    length = abs(len(text) - len(wanted)) if occurrence.kind != PATTERN else 1000
    return length, occurrence.entry.key, text


def _folded(text: str) -> str:
    return fold(text).replace(chr(INVISIBLE), "").strip()
