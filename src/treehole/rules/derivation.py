"""Derivations: the steps by which a rule came to hold for a comment.

The judge says that a rule holds, and of which mentions; asked once more, Prolog follows the rule as
it is written (`derivation.pl`) and tells each step. Here the steps get the words of the comment and
the concepts they are about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from treehole.corpus.cleaning import CleanBatch
from treehole.knowledge.distance import Places
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.scanner import Mentions
from treehole.rules.judge import Judge
from treehole.rules.plans import to_words

MOST_RULED_OUT = 50
"""So many mentions that do not count are derived; a comment with more is a flood of one word."""

GAP_NAMES = (
    "first", "touching", "close", "clause", "next_clause", "sentence", "next_sentence", "text",
)  # fmt: skip
"""What lies between two mentions, by its code (`notation:gap/2`)."""

TAKING = frozenset({"rdfsSubclassOf", "clauseFinal", "ruledOutMention"})
DISTANCES = frozenset(
    {"uninterestedText", "nearbyText", "sameSentence", "nextClause", "sameClause", "closeText",
     "touching", "sentenceWithout", "clauseWithout", "clauseOpening"}
)  # fmt: skip
COUNTING = frozenset({"absent", "atMost"})

Record = Sequence[str]


@dataclass(frozen=True)
class Named:
    """A concept: its IRI, its ontology, and what it is called."""

    iri: str
    ontology: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes:
        call: What the rule says there: a nonterminal of the notation (`notation.pl`), or a part.
        start: First character of what was taken or passed over.
        end: One after the last.
        surface: What stands there, as written.
        concepts: Of a mention its concept and those above it, up to the one that the rule asks for;
            of a distance or condition that names a concept, that one.
        gap: Of a distance between two mentions: what lies between, one of `GAP_NAMES`.
        reason: Of a mention that was ruled out: why.
        turned: Of `eitherOrder`: whether the second of the two stands first.
        most: Of `absent` and `atMost`: how many mentions there may be.
        found: Of the same: those that there are, as written.
        path: Of a part that rules share: the rule file.
        line: Where the clause that held begins there.
        steps: The steps below it.
    """

    call: str
    start: int
    end: int
    surface: str
    concepts: Sequence[Named] = ()
    gap: str | None = None
    reason: str | None = None
    turned: bool | None = None
    most: int | None = None
    found: Sequence[str] = ()
    path: str | None = None
    line: int | None = None
    steps: Sequence["Step"] = ()


@dataclass(frozen=True)
class Derivation:
    """How a rule came to hold.

    Attributes:
        path: The rule file.
        line: Where the clause that held begins there.
        steps: As the rule took them.
    """

    path: str
    line: int
    steps: Sequence[Step]


@dataclass(frozen=True)
class Derivations:
    """The derivations of a verdict.

    Attributes:
        held: One for each rule that held, in the order of the verdict; None in place of one that
            takes longer to follow than a comment may take to judge.
        ruled_out: The same for the first `MOST_RULED_OUT` mentions that do not count.
    """

    held: Sequence[Derivation | None]
    ruled_out: Sequence[Derivation | None]


def derive(
    judge: Judge, lexicon: Lexicon, text: str, batch: CleanBatch, mentions: Mentions
) -> Derivations:
    """Derive all that the rules say of a comment.

    Args:
        judge: By whose rules.
        lexicon: That they were loaded with.
        text: The comment as written.
        batch: The same alone, cleaned.
        mentions: All its mentions.

    Raises:
        PrologError: Other rules have been loaded since.
    """
    comment = _Comment(judge, lexicon, text, batch, mentions)
    verdict = comment.judgement.verdicts[0]
    asked = [f"held {rule} {_listed(evidence)}" for rule, evidence in verdict.held]
    asked += [f"out {_listed(out, ' ')}" for out in verdict.ruled_out[:MOST_RULED_OUT]]
    if not asked:
        return Derivations((), ())
    records = judge.taught().records("derive", "\n".join([*comment.lines(), *asked]))
    derived = [comment.derivation(*entry) for entry in _nested(records, 0)]
    return Derivations(derived[: len(verdict.held)], derived[len(verdict.held) :])


def _nested(records: Iterable[Record], depth: int) -> list[tuple[Record, list[Record]]]:
    """Each record of this depth, with the deeper ones after it."""
    entries: list[tuple[Record, list[Record]]] = []
    for record in records:
        if int(record[0]) == depth:
            entries.append((record, []))
        else:
            entries[-1][1].append(record)
    return entries


def _listed(numbers: Iterable[int], separator: str = ",") -> str:
    return separator.join(map(str, numbers))


class _Comment:
    """A comment with those of its mentions that the judge looked at.

    With more of them a rule might not hold: it passes over so many at most.
    """

    def __init__(
        self, judge: Judge, lexicon: Lexicon, text: str, batch: CleanBatch, mentions: Mentions
    ) -> None:
        self.judgement = judge.judge(batch, mentions)
        self._lexicon = lexicon
        self._text = text
        self._masks = judge.rulebook.vocabulary.masks
        self._concepts = self.judgement.mentions.concepts.tolist()
        self._starts = self.judgement.mentions.starts.tolist()
        self._ends = self.judgement.mentions.ends.tolist()
        known = [self._masks[concept] != 0 for concept in mentions.concepts.tolist()]
        self._measured = mentions.select(np.array(known, dtype=bool))
        self._chosen = np.searchsorted(self._measured.starts, self._starts)
        self._places = Places.of(batch, self._measured)
        self._named = {
            (concept.name[0].lower() + concept.name[1:], f"{concept.ontology}Ontology"): index
            for index, concept in enumerate(lexicon.concepts)
        }

    def lines(self) -> list[str]:
        """What Prolog is told of the mentions, and of the rules that ruled some out."""
        ruled_out: dict[int, list[int]] = {}
        for rule, _, mention in self.judgement.verdicts[0].ruled_out:
            ruled_out.setdefault(mention, []).append(rule)
        gaps = self._places.gaps(self._measured, self._chosen).tolist()
        final = self._places.final[self._chosen].astype(int).tolist()
        return [
            f"mention {_listed(ruled_out.get(index, ()))} "
            f"{_listed((*to_words(self._masks[concept]), gaps[index], final[index]), ' ')}"
            for index, concept in enumerate(self._concepts)
        ]

    def derivation(self, root: Record, below: Sequence[Record]) -> Derivation | None:
        """What Prolog answered of one rule."""
        if len(root) == 1:
            return None
        return Derivation(root[1], int(root[2]), self._steps(below, 1))

    def _steps(self, records: Iterable[Record], depth: int) -> list[Step]:
        return [
            self._step(record, self._steps(below, depth + 1))
            for record, below in _nested(records, depth)
        ]

    def _step(self, record: Record, below: Sequence[Step]) -> Step:
        _, call, first_text, rest_text, *arguments = record
        first, rest = int(first_text), int(rest_text)
        if call in DISTANCES:
            start, end = self._between(call, first, rest)
        else:
            start, end = self._span(first, rest)
        step = Step(call, start, end, self._text[start:end], steps=below)
        if call == "eitherOrder":
            return replace(step, turned=arguments == ["turned"])
        if call == "twoKindsOf":
            return replace(step, concepts=[self._asked(arguments)])
        if call in TAKING:
            chain = self._chain(first, self._named[arguments[0], arguments[1]])
            return replace(step, concepts=chain, reason=arguments[2] if arguments[2:] else None)
        if call in COUNTING:
            found = [self._surface(int(index)) for index in arguments[3:]]
            concept = self._asked(arguments)
            return replace(step, concepts=[concept], most=int(arguments[2]), found=found)
        if call in DISTANCES:
            concepts = [self._asked(arguments)] if arguments else []
            return replace(step, concepts=concepts, gap=self._gap(first, rest))
        return replace(step, path=arguments[0], line=int(arguments[1]))

    def _span(self, first: int, rest: int) -> tuple[int, int]:
        """From the first character of a mention to the last of the one before `rest`."""
        start = self._starts[first] if first < len(self._starts) else len(self._text)
        return start, self._ends[rest - 1] if rest > first else start

    def _between(self, call: str, first: int, rest: int) -> tuple[int, int]:
        """From the mention before those passed over to the one after them."""
        start = self._ends[first - 1] if first else 0
        end = self._starts[rest] if rest < len(self._starts) else len(self._text)
        if call == "clauseOpening":  # it begins at its own mention
            start = self._starts[first]
        return start, end

    def _gap(self, first: int, rest: int) -> str | None:
        if not 0 < first <= rest < len(self._starts):
            return None
        gaps = self._places.gaps(self._measured, self._chosen[[first - 1, rest]])
        return GAP_NAMES[gaps[1]]

    def _surface(self, mention: int) -> str:
        return self._text[self._starts[mention] : self._ends[mention]]

    def _asked(self, arguments: Sequence[str]) -> Named:
        return self._name(self._named[arguments[0], arguments[1]])

    def _name(self, concept: int) -> Named:
        known = self._lexicon.concepts[concept]
        return Named(known.iri, known.ontology, known.name_zh, known.name_en)

    def _chain(self, mention: int, asked: int) -> list[Named]:
        """The concept of a mention and those above it, the shortest way up to the one asked for."""
        concepts = self._lexicon.concepts
        ways = [[self._concepts[mention]]]
        while ways[0][-1] != asked:
            way = ways.pop(0)
            ways += [[*way, parent] for parent in concepts[way[-1]].parents]
        return [self._name(concept) for concept in ways[0]]
