"""Plans: which rules are in question for a comment, told from the concepts that occur in it.

Most comments have no mention that any rule could use, and most others only some. From the set of
concepts that occur in a comment follows, without a look at their order,

- which clauses of rules could hold: those that find one of each group of concepts they need;
- which context rules could matter to those: those that can rule out what they look for, or what
  the cues of later context rules look for;
- which mentions are of interest: those of concepts that any of these clauses looks for;
- how finely they look at distance.

The rules are not asked about the rest. This changes no verdict: a clause without its concepts
cannot hold, and distance is counted in the text, whatever mentions stand between.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from treehole.knowledge.distance import GAPS
from treehole.rules.rulebook import Clause, RuleBook

Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Rules = tuple[tuple[int, tuple[int, ...]], ...]

WORD_BITS = 59
"""Bits of a mask that go into one word: what a tagged integer of Prolog holds."""

WORDS = 3
"""Words of a mask."""

_MIXER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Plan:
    """The rules in question, and the bits of the concepts they look for.

    Attributes:
        contexts: Context rules, in order, each with those of its clauses that are in question.
        risks: The same of rules that give a level, strongest first.
        speaks: Bits of concepts.
        gaps: For each gap code the one that stands for it, since no rule in question tells them
            apart.
        asks_final: Whether any asks if a mention ends its clause.
    """

    contexts: Rules
    risks: Rules
    speaks: int
    gaps: tuple[int, ...]
    asks_final: bool


def to_words(mask: int) -> tuple[int, ...]:
    """A mask as `WORDS` words, lowest first."""
    low = (1 << WORD_BITS) - 1
    return tuple(mask >> (WORD_BITS * word) & low for word in range(WORDS))


class Planner:
    """Finds plans by the clauses of a rule book.

    Attributes:
        known: The plans found so far.
    """

    def __init__(self, rulebook: RuleBook) -> None:
        self.known: list[Plan] = []
        if rulebook.vocabulary.size > WORD_BITS * WORDS:
            message = f"rules speak of more than {WORD_BITS * WORDS} concepts"
            raise ValueError(message)
        self._clauses = rulebook.clauses
        self._levels = [rule.level or 0 for rule in rulebook.rules]
        self._numbers: dict[bytes, int] = {}
        groups = list(dict.fromkeys(g for c in self._clauses for a in c.needs for g in a))
        self._groups = _word_table(group.concepts for group in groups)
        alternatives = [a for clause in self._clauses for a in clause.needs]
        self._alternatives = _pack(np.array([[g in a for g in groups] for a in alternatives]))
        counts = [len(clause.needs) for clause in self._clauses]
        self._first_alternatives = np.cumsum([0, *counts[:-1]])
        reasons = sorted({clause.reason for clause in self._clauses if clause.reason})
        self._by_reason = [
            (
                np.array([clause.reason == reason for clause in self._clauses]),
                np.array([reason in group.reasons for group in groups]),
            )
            for reason in reasons
        ]
        self._for_a_reason = np.array([bool(group.reasons) for group in groups])

    def plans(self, present: Words) -> npt.NDArray[np.int64]:
        """The plan of each row of `present`, as its position in `known`; -1 where there is none.

        Args:
            present: The concepts that occur, shape (comments, WORDS).
        """
        distinct, which = distinct_rows(present)
        possible = self._possible(distinct)
        keys = np.packbits(possible, axis=1)
        found = np.empty(len(keys), dtype=np.int64)
        for row in range(len(keys)):
            key = keys[row].tobytes()
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = self._number(self._plan(possible[row]))
            found[row] = number
        return found[which]

    def _possible(self, present: Words) -> Flags:
        """Which clauses have all they need, shape (rows, clauses)."""
        met = np.zeros((len(present), len(self._groups)), dtype=bool)
        for word in range(WORDS):
            met |= (present[:, word, None] & self._groups[None, :, word]) != 0
        could_be = self._satisfied(met | self._for_a_reason)
        for clauses, groups in self._by_reason:
            met |= np.logical_or.reduce(could_be[:, clauses], axis=1)[:, None] & groups
        return self._satisfied(met)

    def _satisfied(self, met: Flags) -> Flags:
        """Which clauses have one alternative all of whose groups are met."""
        fulfilled = np.ones((len(met), len(self._alternatives)), dtype=bool)
        for bits, asked in zip(_pack(met).T, self._alternatives.T, strict=True):
            fulfilled &= (bits[:, None] & asked) == asked
        satisfied: Flags = np.logical_or.reduceat(fulfilled, self._first_alternatives, axis=1)
        return satisfied

    def _plan(self, possible: Flags) -> Plan:
        clauses = [self._clauses[index] for index in np.flatnonzero(possible)]
        risks = [clause for clause in clauses if clause.reason is None]
        speaks = 0
        for clause in risks:
            speaks |= clause.speaks
        contexts: list[Clause] = []
        for clause in reversed(clauses):
            if clause.reason is not None and clause.targets & speaks:
                speaks |= clause.speaks
                contexts.append(clause)
        strongest_first = sorted(risks, key=lambda clause: -self._levels[clause.rule])
        asked = [*risks, *contexts]
        told_apart = {1}.union(*(clause.gaps for clause in asked))
        return Plan(
            _by_rule(reversed(contexts)),
            _by_rule(strongest_first),
            speaks,
            tuple(max((g for g in told_apart if g <= code), default=0) for code in range(GAPS)),
            any(clause.asks_final for clause in asked),
        )

    def _number(self, plan: Plan) -> int:
        if not plan.risks:
            return -1
        self.known.append(plan)
        return len(self.known) - 1


def _by_rule(clauses: Iterable[Clause]) -> Rules:
    rules: dict[int, list[int]] = {}
    for clause in clauses:
        rules.setdefault(clause.rule, []).append(clause.number)
    return tuple((rule, tuple(numbers)) for rule, numbers in rules.items())


def distinct_rows(rows: Words) -> tuple[Words, npt.NDArray[np.int64]]:
    """The distinct rows, and for each row which of them it is."""
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for word in range(WORDS):
        mixed = (mixed ^ rows[:, word]) * _MIXER
        mixed ^= mixed >> np.uint64(29)
    _, first, which = np.unique(mixed, return_index=True, return_inverse=True)
    distinct = rows[first]
    if not np.array_equal(distinct[which], rows):  # two rows with one hash: as good as never
        distinct, which = np.unique(rows, axis=0, return_inverse=True)
    return distinct, which


def _pack(flags: Flags) -> Words:
    """The flags of each row as the bits of as many words as it takes."""
    padded = np.pad(flags, ((0, 0), (0, -flags.shape[1] % 64)))
    return np.packbits(padded, axis=1).view(np.uint64)


def _word_table(masks: Iterable[int]) -> Words:
    return np.array([to_words(mask) for mask in masks], dtype=np.uint64).reshape(-1, WORDS)
