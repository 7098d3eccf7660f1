"""Soundness: what must hold of concepts for them to be of any use.

Each function looks for one kind of fault and yields what it finds, so that loading can stop at the
first and `treehole check` can show all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treehole.corpus.cleaning import SEPARATOR
from treehole.knowledge.concepts import Concept
from treehole.knowledge.patterns import compile_pattern


@dataclass(frozen=True)
class Fault:
    """Something wrong with a concept.

    Attributes:
        check: What kind of fault it is.
        concept: The concept.
        message: What is wrong and what to do.
        text: The label or pattern it is about, if it is about one.
    """

    check: str
    concept: Concept
    message: str
    text: str | None = None


def faults(concepts: Sequence[Concept]) -> Iterator[Fault]:
    """All faults of these concepts, kind by kind."""
    yield from unknown_parents(concepts)
    yield from cycles(concepts)
    yield from unusable_labels(concepts)
    yield from labels_claimed_twice(concepts)
    yield from unusable_patterns(concepts)


def unknown_parents(concepts: Sequence[Concept]) -> Iterator[Fault]:
    """Superclasses that no file has."""
    known = {concept.iri for concept in concepts}
    for concept in concepts:
        for parent in concept.parents:
            if parent not in known:
                message = f"{concept.name} is a subclass of <{parent}>, which does not exist"
                yield Fault("parent", concept, message)


def cycles(concepts: Sequence[Concept]) -> Iterator[Fault]:
    """Classes that are their own ancestors; each ring once."""
    by_iri = {concept.iri: concept for concept in concepts}
    done: set[str] = set()

    def visit(concept: Concept, path: tuple[str, ...]) -> Iterator[Fault]:
        if concept.iri in path:
            ring = [by_iri[iri].name for iri in path[path.index(concept.iri) :]]
            message = "a class cannot be its own ancestor: " + " → ".join([*ring, concept.name])
            yield Fault("cycle", concept, message)
        elif concept.iri not in done:
            for parent in concept.parents:
                if parent in by_iri:
                    yield from visit(by_iri[parent], (*path, concept.iri))
            done.add(concept.iri)

    for concept in concepts:
        yield from visit(concept, ())


def unusable_labels(concepts: Sequence[Concept]) -> Iterator[Fault]:
    """Labels that no comment can have."""
    for concept in concepts:
        for label in concept.labels:
            if not label.strip():
                yield Fault("label", concept, f"{concept.name} has an empty label", label)
            elif SEPARATOR in label:
                message = f"{concept.name} has a label of several lines"
                yield Fault("label", concept, message, label)


def labels_claimed_twice(concepts: Sequence[Concept]) -> Iterator[Fault]:
    """Labels of two concepts, which would both claim a mention."""
    owner: dict[str, Concept] = {}
    for concept in concepts:
        for label in concept.labels:
            other = owner.setdefault(label, concept)
            if other is not concept:
                message = (
                    f"the label “{label}” is claimed by {other.ontology}:{other.name} "
                    f"and {concept.ontology}:{concept.name}; keep it in one"
                )
                yield Fault("label-twice", concept, message, label)


def unusable_patterns(concepts: Sequence[Concept]) -> Iterator[Fault]:
    """Patterns that are no regular expressions, or that match where nothing stands."""
    for concept in concepts:
        for pattern in concept.patterns:
            try:
                compiled = compile_pattern(pattern)
            except ValueError as reason:
                message = f"{concept.name} has a pattern that is none: {reason}"
                yield Fault("pattern", concept, message, pattern)
                continue
            if compiled.fullmatch(""):
                message = f"{concept.name} has a pattern that the empty text matches: {pattern}"
                yield Fault("pattern", concept, message, pattern)
