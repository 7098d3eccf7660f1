"""The inventory: how much the ontologies hold, and where something is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from treehole.knowledge.hierarchy import KINDS, ROOT, Entry, Hierarchy

_LARGEST = 3
"""How many of the largest concepts are named."""


@dataclass(frozen=True)
class Inventory:
    """What an ontology holds, or all of them.

    Attributes:
        concepts: How many concepts there are.
        top_concepts: How many have no superclass in the ontologies.
        depth: How many levels the hierarchy has; a concept without superclass is on the first.
        written: How many labels of each kind, and patterns; see `hierarchy.KINDS`.
        mean_labels: Labels per concept; patterns are none.
        definitions_missing: The concepts without a definition in Chinese or in English.
        largest: The concepts with the most labels, each with their number.
    """

    concepts: int
    top_concepts: int
    depth: int
    written: dict[str, int]
    mean_labels: float
    definitions_missing: tuple[str, ...]
    largest: dict[str, int]


def take_inventory(hierarchy: Hierarchy, ontology: str = ROOT) -> Inventory:
    """Count what an ontology holds; without its name, what all of them hold."""
    own = [e for e in hierarchy.concepts() if ontology in (e.ontology, ROOT)]
    labels = sum(len(entry.labels) for entry in own)
    return Inventory(
        concepts=len(own),
        top_concepts=sum(not _has_superclass(entry) for entry in own),
        depth=max((len(hierarchy.path(entry.key)) for entry in own), default=0),
        written={kind: sum(len(entry.written[kind]) for entry in own) for kind in KINDS},
        mean_labels=labels / len(own) if own else 0.0,
        definitions_missing=tuple(
            entry.curie for entry in own if not (entry.definition_zh and entry.definition_en)
        ),
        largest={entry.curie: len(entry.labels) for entry in _largest(own)},
    )


def _has_superclass(entry: Entry) -> bool:
    return any("#" in parent for parent in entry.parents)


def _largest(entries: Sequence[Entry]) -> list[Entry]:
    labelled = [entry for entry in entries if entry.labels]
    return sorted(labelled, key=lambda entry: (-len(entry.labels), entry.key))[:_LARGEST]
