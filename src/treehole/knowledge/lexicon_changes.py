"""What differs between two lexicons: words, patterns and the hierarchy of concepts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from treehole.knowledge.lexicon import LexicalConcept, Lexicon

Concepts = tuple[str | None, str | None]
"""The concept that something was of and the one that it is of, such as `wish:Pain`; or None."""


@dataclass(frozen=True)
class LexiconChanges:
    """How a lexicon differs from what it was; concepts are named as in `wish:Pain`.

    Attributes:
        labels: Folded labels, to what they were and are of.
        patterns: The same of regular expressions.
        added: Concepts that are new.
        removed: Concepts that are gone.
        moved: Concepts that are in both, but have other direct superclasses.
        above: Concepts that have other superclasses, near or far, to the cause of it: themselves
            or those above them whose place in the hierarchy changed, nearest first.
    """

    labels: Mapping[str, Concepts] = field(default_factory=dict)
    patterns: Mapping[str, Concepts] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def qualified(concept: LexicalConcept) -> str:
    """The name of a concept with that of its ontology, as in `wish:Pain`."""
    return f"{concept.ontology}:{concept.name}"


def lexicon_changes(old: Lexicon, new: Lexicon) -> LexiconChanges:
    """What differs between two lexicons."""
    before, after = _parents(old), _parents(new)
    both = before.keys() & after.keys()
    moved = {name for name in both if before[name] != after[name]}
    reached = {name: _upwards(name, before) + _upwards(name, after) for name in both}
    return LexiconChanges(
        labels=_differing(_labels(old), _labels(new)),
        patterns=_differing(_patterns(old), _patterns(new)),
        added=tuple(sorted(after.keys() - both)),
        removed=tuple(sorted(before.keys() - both)),
        moved=tuple(sorted(moved)),
        above={
            name: causes
            for name, path in sorted(reached.items())
            if (causes := tuple(c for c in dict.fromkeys(path) if c in moved))
        },
    )


def _parents(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    names = [qualified(concept) for concept in lexicon.concepts]
    return {
        name: frozenset(names[parent] for parent in concept.parents)
        for name, concept in zip(names, lexicon.concepts, strict=True)
    }


def _upwards(name: str, parents: dict[str, frozenset[str]]) -> list[str]:
    """A concept and all above it, nearest first."""
    path = [name]
    for concept in path:  # grows as it goes
        path += sorted(parents[concept] - set(path))
    return path


def _labels(lexicon: Lexicon) -> dict[str, str]:
    names = [qualified(concept) for concept in lexicon.concepts]
    pairs = zip(lexicon.labels, lexicon.label_concepts, strict=True)
    return {label: names[concept] for label, concept in pairs}


def _patterns(lexicon: Lexicon) -> dict[str, str]:
    """The patterns, without the labels that stand among them."""
    labels = {re.escape(label) for label in lexicon.labels}
    names = [qualified(concept) for concept in lexicon.concepts]
    return {
        pattern: names[concept] for pattern, concept in lexicon.patterns if pattern not in labels
    }


def _differing(old: dict[str, str], new: dict[str, str]) -> dict[str, Concepts]:
    return {
        text: (old.get(text), new.get(text))
        for text in sorted(old.keys() | new.keys())
        if old.get(text) != new.get(text)
    }
