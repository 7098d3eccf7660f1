"""Concepts: the classes of the four ontologies, as plain data."""

from collections.abc import Iterable
from dataclasses import dataclass, field

NAMESPACE = "https://w3id.org/treehole/"
ONTOLOGIES = ("suicide", "time", "space", "wish")


@dataclass(frozen=True)
class Concept:
    """One class of an ontology.

    Attributes:
        iri: The full name.
        ontology: `suicide`, `time`, `space` or `wish`.
        parents: IRIs of the direct superclasses among Treehole's own classes.
        name_zh: `rdfs:label` in Chinese.
        name_en: `rdfs:label` in English.
        labels: What people write, folded (see `treehole.corpus.cleaning.fold`), without the
            characters that have no width.
        patterns: Regular expressions over folded text.
        interval: For times: when it is, as property name to lexical value.
        scope_note: What it is for, where that is not for a rule (`skos:scopeNote`).
    """

    iri: str
    ontology: str
    parents: tuple[str, ...] = ()
    name_zh: str = ""
    name_en: str = ""
    labels: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    interval: dict[str, str] = field(default_factory=dict)
    scope_note: str = ""

    @property
    def name(self) -> str:
        """The local name, as in `SuicidePlan`."""
        return self.iri.rsplit("#", 1)[-1]


def ancestors(concepts: Iterable[Concept]) -> dict[str, frozenset[str]]:
    """For each concept its IRI and those of all its superclasses; the hierarchy has no cycle."""
    by_iri = {concept.iri: concept for concept in concepts}
    closure: dict[str, frozenset[str]] = {}

    def visit(iri: str) -> frozenset[str]:
        if iri not in closure:
            above = (visit(parent) for parent in by_iri[iri].parents)
            closure[iri] = frozenset({iri}).union(*above)
        return closure[iri]

    for iri in by_iri:
        visit(iri)
    return closure
