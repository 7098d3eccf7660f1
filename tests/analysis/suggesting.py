"""Suggesting, in a process of its own: knowledge without some labels, and comments invented.

What the full knowledge says of the comments is taken for what people said.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rdflib
from rdflib.namespace import SKOS

from processes import Noted
from treehole.analysis.corrections import Corrections, Span
from treehole.analysis.simulation import Effect, Levels, Quality, Simulation
from treehole.analysis.suggest import Proposal, effect_of, joint_quality, suggest
from treehole.corpus.levels import HIGH_RISK, Gold
from treehole.knowledge.editing import Addition, Editor
from treehole.knowledge.turtle import with_block
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller

_KINDS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
_OPENINGS = ("", "真的", "我", "晚安，", "下雨了，", "猫睡了。")
_ENDINGS = ("", "。", "，再见", "！好累", "，没人知道", "，明天上课")
_TALK = ("早上好", "今天天气不错", "晚饭吃面", "猫在睡觉", "地铁好挤", "谢谢你们")


@dataclass(frozen=True)
class Asked:
    """Comments of which sentences, which words are missing, and how they are supported."""

    sentences: Sequence[str]
    removed: Sequence[str]
    min_count: int = 3
    marked: str = ""
    users: Sequence[int] = ()


@dataclass(frozen=True)
class Proposed:
    """A proposal with the concept by name, and the effects found by labelling anew."""

    proposal: Proposal
    concept: str
    effect: Effect
    relabelled: Effect


def without(words: Sequence[str], folder: Path) -> KnowledgeFiles:
    """The shipped knowledge without some labels."""
    shipped = KnowledgeFiles.locate()
    shutil.copytree(shipped.ontology, folder / "ontology")
    for path in (folder / "ontology").glob("*.ttl"):
        graph = rdflib.Graph(bind_namespaces="none").parse(path)
        text = path.read_text("utf-8")
        for word in words:
            for kind in _KINDS:
                label = rdflib.Literal(word, lang="zh")
                for concept in list(graph.subjects(kind, label)):
                    graph.remove((concept, kind, label))
                    text = with_block(text, graph, rdflib.URIRef(str(concept)))
        path.write_text(text, "utf-8")
    return KnowledgeFiles(folder / "ontology", shipped.rules)


def comments(sentences: Sequence[str]) -> list[str]:
    """Each sentence in many comments, among others about everyday things."""
    said = [a + sentence + b for sentence in sentences for a in _OPENINGS for b in _ENDINGS]
    return said + [a + b + c for a in _OPENINGS for b in _TALK for c in _ENDINGS]


def corrections(
    texts: Sequence[str],
    files: KnowledgeFiles,
    spans: Sequence[Sequence[Span]] = (),
    users: Sequence[int] = (),
) -> Corrections:
    """Comments with the levels that some knowledge gives."""
    unknown = np.full(len(texts), -1, np.int8)
    levels = Simulation(Labeller(files), texts, Gold(unknown, unknown)).given
    gold = Gold(levels, (levels >= HIGH_RISK).astype(np.int8))
    return Corrections(
        texts,
        gold,
        np.array(users or range(len(texts))),
        spans or [()] * len(texts),
        bool(users),
    )


def proposed(asked: Asked, folder: Path) -> tuple[list[Proposed], Quality, Quality]:
    """What is proposed for the knowledge without some labels; how good it is without and with."""
    texts, marked = comments(asked.sentences), asked.marked
    spans = [
        [(text.index(marked), text.index(marked) + len(marked))] if marked in text else []
        for text in texts
    ]
    said = corrections(texts, KnowledgeFiles.locate(), spans if marked else (), asked.users)
    simulation = Simulation(Labeller(without(asked.removed, folder)), said.texts, said.gold)
    found = suggest(simulation, said, most=5, min_count=asked.min_count, reporter=Noted())
    concepts = simulation.labeller.lexicon.concepts
    shown = []
    for number, one in enumerate(found):
        iri = concepts[one.best.concept].iri
        given = _really_added(Addition(one.word, iri), folder, number, said)
        relabelled = simulation.effect(np.arange(len(said)), simulation.given, given)
        alone = effect_of(simulation, one.word, one.best.concept)
        shown.append(Proposed(one, concepts[one.best.concept].name, alone, relabelled))
    labels = {one.word: one.best.concept for one in found}
    return shown, simulation.quality(), joint_quality(simulation, labels)


def _really_added(addition: Addition, folder: Path, number: int, said: Corrections) -> Levels:
    """The levels by knowledge to which the label was added."""
    edited = Path(shutil.copytree(folder / "ontology", folder / f"edited-{number}"))
    Editor(edited).add([addition])
    files = KnowledgeFiles(edited, KnowledgeFiles.locate().rules)
    return Simulation(Labeller(files), said.texts, said.gold).given
