"""The lexicon: every label and pattern of the four ontologies, compiled for scanning.

Reading Turtle costs most of a second, so the compiled form is kept in the cache folder under the
knowledge version, as JSON.
"""

import json
import logging
import re
import tempfile
from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from treehole.knowledge.patterns import PatternUnion
from treehole.knowledge.version import KnowledgeFiles, cache_folder

log = logging.getLogger(__name__)

_FORMAT = 3
"""Raised when the compiled form changes, so that older caches are not read."""


@dataclass(frozen=True)
class LexicalConcept:
    """What scanning, judging and explaining need of a concept.

    Attributes:
        iri: The full name.
        ontology: `suicide`, `time`, `space` or `wish`.
        name: The local name, as in `SuicidePlan`.
        name_zh: The name shown to people, in Chinese.
        name_en: The same in English.
        parents: Positions of the direct superclasses in the lexicon's list of concepts.
        interval: For times: when it is; see `treehole.knowledge.calendar`.
    """

    iri: str
    ontology: str
    name: str
    name_zh: str
    name_en: str
    parents: tuple[int, ...]
    interval: dict[str, str]


@dataclass(frozen=True)
class Lexicon:
    """All concepts with what people write for them.

    Attributes:
        version: The knowledge version.
        concepts: Sorted by IRI.
        labels: Folded labels, sorted; no label occurs twice.
        label_concepts: For each label the position of its concept.
        patterns: Regular expressions with the position of their concept: the labels within which
            a pattern matches, so that they can win by their length; then the patterns, longest
            first. Where several match, the first counts.
    """

    version: str
    concepts: Sequence[LexicalConcept]
    labels: Sequence[str]
    label_concepts: Sequence[int]
    patterns: Sequence[tuple[str, int]]

    @cached_property
    def ancestors(self) -> list[frozenset[int]]:
        """For each concept the positions of itself and of all its superclasses."""
        closure: dict[int, frozenset[int]] = {}

        def visit(index: int) -> frozenset[int]:
            if index not in closure:
                above = (visit(parent) for parent in self.concepts[index].parents)
                closure[index] = frozenset({index}).union(*above)
            return closure[index]

        return [visit(index) for index in range(len(self.concepts))]

    def only(self, concepts: Container[int]) -> "Lexicon":
        """The same lexicon with only the labels and patterns of some concepts."""
        kept = [
            (label, concept)
            for label, concept in zip(self.labels, self.label_concepts, strict=True)
            if concept in concepts
        ]
        return replace(
            self,
            labels=[label for label, _ in kept],
            label_concepts=[concept for _, concept in kept],
            patterns=[entry for entry in self.patterns if entry[1] in concepts],
        )


def load_lexicon(files: KnowledgeFiles) -> Lexicon:
    """The lexicon of `files`, from the cache or compiled now.

    Raises:
        KnowledgeError: An ontology is broken; see `treehole.knowledge.ontology`.
    """
    cache = cache_folder() / f"lexicon-{files.version}.json"
    try:
        return _from_json(json.loads(cache.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
        log.debug("no usable lexicon at %s: %s", cache, reason)
    lexicon = compile_lexicon(files)
    try:
        _store(cache, lexicon)
    except OSError as reason:
        log.debug("lexicon not cached: %s", reason)
    return lexicon


def compile_lexicon(files: KnowledgeFiles) -> Lexicon:
    """Read the ontologies of `files` and lay their labels out for scanning."""
    from treehole.knowledge.ontology import load_ontologies  # noqa: PLC0415  rdflib is slow to load

    concepts = load_ontologies(files.ontology)
    position = {concept.iri: index for index, concept in enumerate(concepts)}
    labels = sorted((label, position[c.iri]) for c in concepts for label in c.labels)
    patterns = sorted(
        ((pattern, position[c.iri]) for c in concepts for pattern in c.patterns),
        key=lambda entry: (-len(entry[0]), entry),
    )
    return Lexicon(
        version=files.version,
        concepts=[
            LexicalConcept(
                c.iri,
                c.ontology,
                c.name,
                c.name_zh,
                c.name_en,
                tuple(position[parent] for parent in c.parents),
                c.interval,
            )
            for c in concepts
        ],
        labels=[label for label, _ in labels],
        label_concepts=[concept for _, concept in labels],
        patterns=[*_with_a_pattern_inside(labels, patterns), *patterns],
    )


def _with_a_pattern_inside(
    labels: Sequence[tuple[str, int]], patterns: Sequence[tuple[str, int]]
) -> list[tuple[str, int]]:
    """The labels that have a match of a pattern within, as patterns themselves."""
    union = PatternUnion(patterns)
    return [(re.escape(label), concept) for label, concept in labels if union.spans(label.encode())]


def _store(cache: Path, lexicon: Lexicon) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": _FORMAT, **asdict(lexicon)}, ensure_ascii=False)
    with tempfile.NamedTemporaryFile(
        "w", dir=cache.parent, encoding="utf-8", delete=False
    ) as stream:
        stream.write(text)
    Path(stream.name).replace(cache)


def _from_json(data: dict[str, Any]) -> Lexicon:
    if data.pop("format") != _FORMAT:
        message = "another format"
        raise ValueError(message)
    concepts = [LexicalConcept(**{**c, "parents": tuple(c["parents"])}) for c in data["concepts"]]
    patterns = [(pattern, concept) for pattern, concept in data["patterns"]]
    return Lexicon(**{**data, "concepts": concepts, "patterns": patterns})
