"""Plans: which rules are in question for a comment, told from the concepts that occur in it.

Most comments have no mention that any rule could use, and most others only some. From the set of
concepts that occur in a comment follows, without a look at their order,

- which clauses of rules could hold: those that find one of each group of concepts they need;
- which context rules could matter to those: those that can rule out what they look for, or what
  the cues of later context rules look for;
- which mentions are of interest: those of concepts that any of these clauses looks for;
- how finely they look at distance.

The rules are not asked about the rest. This changes no verdict: a clause without its concepts
cannot hold, and distance is counted in the text, whatever mentions stand between. (Save in texts in
which more than 30 mentions lie within one distance: the notation passes over no more of them, and
those left out do not count.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from treehole.knowledge.distance import GAPS
from treehole.rules.rulebook import WORD_BITS, WORDS, Clause, RuleBook

Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Rules = tuple[tuple[int, tuple[int, ...]], ...]

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
    """Finds plans by the clauses of a rule book, and numbers them as they come up."""

    def __init__(self, rulebook: RuleBook) -> None:
        self._count = 0
        self._new: list[Plan] = []
        self._clauses = rulebook.clauses
        self._levels = [rule.level or 0 for rule in rulebook.rules]
        self._numbers: dict[bytes, int] = {}
        groups = list(dict.fromkeys(g for c in self._clauses for a in c.needs for g in a))
        self._groups = [to_words(group.concepts) for group in groups]
        self._needs = [[[groups.index(g) for g in a] for a in c.needs] for c in self._clauses]
        reasons = sorted({clause.reason for clause in self._clauses if clause.reason})
        self._by_reason = [
            (
                [index for index, clause in enumerate(self._clauses) if clause.reason == reason],
                [index for index, group in enumerate(groups) if reason in group.reasons],
            )
            for reason in reasons
        ]
        self._for_a_reason = [index for index, group in enumerate(groups) if group.reasons]

    def new(self) -> list[Plan]:
        """The plans that have come up since this was last asked, in the order of their numbers."""
        new, self._new = self._new, []
        return new

    def plans(self, present: Words) -> npt.NDArray[np.int64]:
        """The number of the plan of each row of `present`; -1 where there is none.

        Args:
            present: The concepts that occur, shape (comments, WORDS).
        """
        distinct, which = distinct_rows(present)
        possible = np.ascontiguousarray(self._possible(distinct).T)
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
        """Which clauses have all they need, shape (clauses, rows)."""
        columns = np.ascontiguousarray(present.T)
        met = np.zeros((len(self._groups), len(present)), dtype=bool)
        for group, words in enumerate(self._groups):
            for word, bits in enumerate(words):
                if bits:
                    met[group] |= (columns[word] & np.uint64(bits)) != 0
        if_ruled_out = met.copy()
        if_ruled_out[self._for_a_reason] = True
        could_be = self._satisfied(if_ruled_out)
        for clauses, groups in self._by_reason:
            met[groups] |= could_be[clauses].any(axis=0)
        return self._satisfied(met)

    def _satisfied(self, met: Flags) -> Flags:
        """Which clauses have one alternative all of whose groups are met, shape (clauses, rows)."""
        satisfied = np.zeros((len(self._needs), met.shape[1]), dtype=bool)
        for clause, alternatives in enumerate(self._needs):
            for groups in alternatives:
                satisfied[clause] |= met[groups].all(axis=0)
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
        self._new.append(plan)
        self._count += 1
        return self._count - 1


def _by_rule(clauses: Iterable[Clause]) -> Rules:
    rules: dict[int, list[int]] = {}
    for clause in clauses:
        rules.setdefault(clause.rule, []).append(clause.number)
    return tuple((rule, tuple(numbers)) for rule, numbers in rules.items())


def distinct_rows(rows: Words) -> tuple[Words, npt.NDArray[np.int64]]:
    """The distinct rows, and for each row which of them it is."""
    mixed: npt.NDArray[np.uint64] = np.zeros(len(rows), dtype=np.uint64)
    for word in range(WORDS):
        mixed = (mixed ^ rows[:, word]) * _MIXER
        mixed ^= mixed >> np.uint64(29)
    _, first, which = np.unique(mixed, return_index=True, return_inverse=True)
    distinct = rows[first]
    if not np.array_equal(distinct[which], rows):  # two rows with one hash: as good as never
        distinct, which = np.unique(rows, axis=0, return_inverse=True)
    return distinct, which
