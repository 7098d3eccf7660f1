"""The rules' evidence, as the highlights that annotators see and correct.

An annotator tells six kinds of evidence apart. Of what kind a mention is follows from its place in
the ontologies: the nearest concept above it that is named here decides. A mention may be of none,
such as one of pain, which is no sign of a plan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from treehole.annotation.forms import Span
from treehole.corpus.cleaning import CleanBatch
from treehole.corpus.levels import UNKNOWN, Bytes
from treehole.knowledge.lexicon import Lexicon, load_lexicon
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.judge import Judge, Judgement
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import RuleBook

NEGATION = "negation"
_NONE = ""

KINDS = {
    "suicide": {
        **dict.fromkeys(("SuicidalAct", "DyingTogether"), "wish"),
        **dict.fromkeys(
            ("SuicideMethod", "Means", "Leap", "Ingested", "WayWord", "How", "Lethality"), "method"
        ),
        **dict.fromkeys(
            (
                "SuicidePlan", "ActUnderWay", "JustDone", "Ready", "Buying", "Seeking",
                "Appointment", "Together", "Countdown", "LastNight", "Standing",
            ),
            "plan",
        ),
    },
    "wish": {
        **dict.fromkeys(
            (
                "WishToDie", "Death", "DesireCue", "Departure", "Ending", "AtPeace", "Await",
                "MeetingYou", "Farewell", "LastWords",
            ),
            "wish",
        ),
        **dict.fromkeys(("Context", "Restraint"), NEGATION),
    },
    "time": {"": "time"},
    "space": {"": "place"},
}  # fmt: skip
"""For each ontology the kind of evidence of what stands under a concept; "" is all the rest."""

_BLOCK = 10_000


@dataclass(frozen=True)
class Evidence:
    """What the rules say of a comment, and where it shows.

    Attributes:
        level: 0 to 10; None where the comment was too much to judge.
        rule: The rule that gave the level; None if none held.
        spans: The mentions that the rule used, and those that ruled another mention out, in order
            of place; what touches and is of one kind is one span.
    """

    level: int | None
    rule: str | None
    spans: tuple[Span, ...]


class EvidenceReader:
    """Reads comments by the rules."""

    def __init__(self, files: KnowledgeFiles) -> None:
        """Load the knowledge.

        Raises:
            KnowledgeError: An ontology or rule file is wrong.
            PrologError: SWI-Prolog is missing, or runs in another thread.
        """
        self.version = files.version
        lexicon = load_lexicon(files)
        self._scanner = Scanner(lexicon)
        prolog = Prolog()
        self._rulebook = RuleBook(prolog, files, lexicon)
        self._judge = Judge(prolog, self._rulebook)
        self._kinds = kinds_of(lexicon)

    def levels(self, texts: Sequence[str]) -> Bytes:
        """The levels by the rules.

        Returns:
            0 to 10, or `UNKNOWN` where a comment was too much to judge, shape (comments,).
        """
        levels = [
            UNKNOWN if verdict.level is None else verdict.level
            for _, judgement in self._judged(texts)
            for verdict in judgement.verdicts
        ]
        return np.array(levels, np.int8)

    def read(self, texts: Sequence[str]) -> list[Evidence]:
        """The levels by the rules, with their evidence.

        Returns:
            One a comment; the places of spans are characters of the comments as given.
        """
        return [
            self._evidence(batch, judgement, row)
            for batch, judgement in self._judged(texts)
            for row in range(len(batch))
        ]

    def _judged(self, texts: Sequence[str]) -> Iterator[tuple[CleanBatch, Judgement]]:
        for first in range(0, len(texts), _BLOCK):
            batch = self._scanner.clean(list(texts[first : first + _BLOCK]))
            yield batch, self._judge.judge(batch, self._scanner.scan(batch))

    def _evidence(self, batch: CleanBatch, judgement: Judgement, row: int) -> Evidence:
        verdict = judgement.verdicts[row]
        used = verdict.held[0][1] if verdict.held else ()
        kinds = {index: self._kind(judgement, row, index) for index in used}
        kinds |= {cue: NEGATION for _, cue, _ in verdict.ruled_out}
        first, offset = judgement.firsts[row], batch.starts[row]
        spans = [
            Span(
                kind,
                int(judgement.mentions.starts[first + index] - offset),
                int(judgement.mentions.ends[first + index] - offset),
            )
            for index, kind in kinds.items()
            if kind != _NONE
        ]
        rule = self._rulebook.rules[verdict.rule].id if verdict.rule >= 0 else None
        return Evidence(verdict.level, rule, _touching_joined(spans))

    def _kind(self, judgement: Judgement, row: int, index: int) -> str:
        return self._kinds[int(judgement.mentions.concepts[judgement.firsts[row] + index])]


def kinds_of(lexicon: Lexicon) -> list[str]:
    """Of what kind of evidence the mentions of each concept are; "" for none.

    Args:
        lexicon: With the concepts.

    Returns:
        One a concept of the lexicon, in its order.
    """
    return [_nearest(lexicon, index) for index in range(len(lexicon.concepts))]


def _nearest(lexicon: Lexicon, concept: int) -> str:
    kinds = KINDS[lexicon.concepts[concept].ontology]
    generation = [concept]
    while generation:
        for index in generation:
            if kind := kinds.get(lexicon.concepts[index].name):
                return kind
        generation = [up for index in generation for up in lexicon.concepts[index].parents]
    return kinds.get("", _NONE)


def _touching_joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        last = joined[-1] if joined else None
        if last and last.kind == span.kind and last.end == span.start:
            joined[-1] = Span(span.kind, last.start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
