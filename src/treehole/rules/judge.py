"""Judging: turns the mentions of comments into verdicts, each distinct sequence once.

What the rules see of a mention is which of the concepts in question it falls under, and what lies
before it. Both together are one *token*, one character; the plan of a comment (see
`treehole.rules.plans`) and its tokens are a short string. Comments with the same string get the
same verdict, so Prolog judges a string once and the verdict is remembered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from treehole.corpus.cleaning import CleanBatch
from treehole.errors import PrologError
from treehole.knowledge.distance import GAPS, Places
from treehole.knowledge.scanner import Mentions
from treehole.rules.plans import Planner, Rules, Words, distinct_rows, to_words
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import WORDS, RuleBook

INFERENCE_LIMIT = 2_000_000
"""What judging one comment may cost; about 0.2 s. Real comments take some hundreds."""

_MEMORY = 200_000
"""Verdicts kept, and sets of rules; each memory is emptied when full, since what is old comes again
by chance.
"""

_LONG = 200
"""Sequences of more tokens than this are not remembered."""

_FIRST_CODE = 0x10000
_FORMS = 2 * GAPS
"""Tokens a signature: its gaps, each with and without being final."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a sequence of mentions.

    Attributes:
        level: 0 to 10, or None if the limit of inferences was hit.
        rule: Number of the rule that gave the level, -1 if none held.
        held: All rules that held, strongest first, with the mentions each used.
        ruled_out: Context rules that held: rule, the mention that was the cue, and the mention
            that does not count.
    """

    level: int | None
    rule: int
    held: tuple[tuple[int, tuple[int, ...]], ...]
    ruled_out: tuple[tuple[int, int, int], ...]

    @property
    def holding(self) -> set[int]:
        """The numbers of all rules that held, context rules among them."""
        return {number for number, _ in self.held} | {number for number, _, _ in self.ruled_out}


NOTHING = Verdict(0, -1, (), ())
LIMIT_EXCEEDED = Verdict(None, -1, (), ())


@dataclass(frozen=True)
class Judgement:
    """The verdicts on a batch.

    Attributes:
        verdicts: One a comment.
        mentions: The mentions that the rules in question looked at; a verdict's mention 0 is the
            first of its comment among these.
        firsts: For each comment the position of its first mention, shape (comments,).
    """

    verdicts: Sequence[Verdict]
    mentions: Mentions
    firsts: npt.NDArray[np.int64]


class Judge:
    """Judges comments by a rule book.

    Of several judges in a process, Prolog knows the tokens of the one that asked last; one that
    asks after another teaches it anew.
    """

    _taught: ClassVar[tuple["Judge", RuleBook | None] | None] = None

    def __init__(
        self, prolog: Prolog, rulebook: RuleBook, inference_limit: int = INFERENCE_LIMIT
    ) -> None:
        self.rulebook = rulebook
        self._prolog = prolog
        masks = rulebook.vocabulary.masks
        self._words = np.array([to_words(mask) for mask in masks], np.uint64).reshape(-1, WORDS)
        self._signatures: dict[tuple[int, ...], int] = {}
        self._read = lru_cache(maxsize=_MEMORY)(self._verdict)  # many verdicts read the same
        self._inference_limit = inference_limit
        self._lessons: list[str] = []
        self._begin()

    def _begin(self) -> None:
        """Begin without any plan or verdict; Prolog will be taught anew."""
        self._planner = Planner(self.rulebook)
        self._verdicts: dict[str, Verdict] = {}
        self._plan_keys: list[str] = []
        self._rules_codes: dict[Rules, str] = {}
        self._plan_words: Words = np.zeros((1, WORDS), dtype=np.uint64)
        self._plan_gaps: npt.NDArray[np.int64] = np.zeros((1, GAPS), dtype=np.int64)
        self._plan_finals: npt.NDArray[np.bool_] = np.zeros(1, dtype=bool)
        Judge._taught = None

    def judge(self, batch: CleanBatch, mentions: Mentions) -> Judgement:
        """The verdicts on all comments of `batch`."""
        if len(self._plan_keys) > _MEMORY:
            self._begin()
        words = self._words[mentions.concepts]
        seen = np.flatnonzero(words.any(axis=1))
        mentions, words = mentions.select(seen), words[seen]
        comments, first = np.unique(mentions.comments, return_index=True)
        if not len(comments):
            return Judgement([NOTHING] * len(batch), mentions, np.zeros(len(batch), np.int64))
        present = np.bitwise_or.reduceat(words, first, axis=0)
        plans = np.full(len(batch), -1, dtype=np.int64)
        plans[comments] = self._planner.plans(present)
        self._teach_plans()
        words &= self._plan_words[plans[mentions.comments]]  # -1, no plan: the last row, nothing
        chosen = np.flatnonzero(words.any(axis=1))
        signatures = self._signatures_of(words[chosen])
        places = Places.of(batch, mentions)
        own_plans = plans[mentions.comments[chosen]]
        gaps = self._plan_gaps[own_plans, places.gaps(mentions, chosen)]
        finals = places.final[chosen] & self._plan_finals[own_plans]
        tokens = _FIRST_CODE + signatures * _FORMS + gaps * 2 + finals
        text = tokens.astype("<u4").tobytes().decode("utf-32-le")
        mentions = mentions.select(chosen)
        bounds = np.searchsorted(mentions.comments, np.arange(len(batch) + 1)).tolist()
        keys = [
            self._plan_keys[plan] + text[start:end] if plan >= 0 else ""
            for plan, start, end in zip(plans.tolist(), bounds[:-1], bounds[1:], strict=True)
        ]
        return Judgement(self._look_up(keys), mentions, np.array(bounds[:-1], dtype=np.int64))

    def _teach_plans(self) -> None:
        """Tell Prolog of plans that have come up, and extend the tables by them.

        The last row of each table stays: it is for comments without a plan.
        """
        new = self._planner.new()
        if not new:
            return
        for plan in new:
            self._plan_keys.append(self._rules_code(plan.contexts) + self._rules_code(plan.risks))
        self._plan_words = _extended(self._plan_words, [to_words(plan.speaks) for plan in new])
        self._plan_gaps = _extended(self._plan_gaps, [plan.gaps for plan in new])
        self._plan_finals = _extended(self._plan_finals, [plan.asks_final for plan in new])

    def _rules_code(self, rules: Rules) -> str:
        code = self._rules_codes.get(rules)
        if code is None:
            code = self._rules_codes[rules] = chr(_FIRST_CODE + len(self._rules_codes))
            self._lessons.append(_rules_lesson(code, rules))
        return code

    def _signatures_of(self, words: Words) -> npt.NDArray[np.int64]:
        """A number for each set of concepts; new ones are taught to Prolog."""
        distinct, which = distinct_rows(words)
        numbers = np.empty(len(distinct), dtype=np.int64)
        for index, row in enumerate(map(tuple, distinct.tolist())):
            number = self._signatures.get(row)
            if number is None:
                number = self._signatures[row] = len(self._signatures)
                self._lessons += _token_lessons(number, row)
            numbers[index] = number
        return numbers[which]

    def _look_up(self, keys: list[str]) -> list[Verdict]:
        known = self._verdicts
        if len(known) > _MEMORY:
            known.clear()
        fresh = {key for key in keys if key and key not in known}
        answers: dict[str, Verdict] = {}
        if fresh:
            asked = list(fresh)
            lines = self.taught().ask("judge", "\n".join(asked)).split("\n")
            answers = dict(zip(asked, map(self._read, lines), strict=False))
            known.update((k, v) for k, v in answers.items() if len(k) <= _LONG)
        return [(known.get(key) or answers[key]) if key else NOTHING for key in keys]

    def taught(self) -> Prolog:
        """Prolog, told all that this judge knows and it does not know yet.

        Raises:
            PrologError: Other rules have been loaded since.
        """
        taught = (self, RuleBook.loaded)
        if Judge._taught != taught:
            if not self.rulebook.is_loaded():
                message = "other rules have been loaded in this process; make a new judge"
                raise PrologError(message)
            self._lessons = self._all_lessons()
        if self._lessons:
            Judge._taught = None
            self._prolog.ask("learn", "\n".join(self._lessons))
            Judge._taught = taught
            self._lessons.clear()
        return self._prolog

    def _all_lessons(self) -> list[str]:
        lessons = [f"limit {self._inference_limit}"]
        for kinds in self.rulebook.vocabulary.kinds:
            words = " ".join(map(str, to_words(kinds.mask)))
            lessons.append(f"kinds {kinds.name} {kinds.ontology} {words}")
        for row, number in self._signatures.items():
            lessons += _token_lessons(number, row)
        return lessons + [_rules_lesson(code, rules) for rules, code in self._rules_codes.items()]

    def _verdict(self, line: str) -> Verdict:
        if line == "!":
            return LIMIT_EXCEEDED
        held_text, _, out_text = line.partition("|")
        held = tuple(map(_rule_and_mentions, held_text.split(";"))) if held_text else ()
        out = [tuple(map(int, e.split(":"))) for e in out_text.split(";")] if out_text else []
        ruled_out = tuple((rule, cue, mention) for rule, cue, mention in out)
        if not held:
            return Verdict(0, -1, (), ruled_out)
        winner = held[0][0]
        return Verdict(self.rulebook.rules[winner].level, winner, held, ruled_out)


def _extended(table: npt.NDArray[Any], rows: list[Any]) -> npt.NDArray[Any]:
    return np.concatenate([table[:-1], np.array(rows, dtype=table.dtype), table[-1:]])


def _rule_and_mentions(entry: str) -> tuple[int, tuple[int, ...]]:
    rule, _, mentions = entry.partition(":")
    return int(rule), tuple(map(int, mentions.split(","))) if mentions else ()


def _rules_lesson(code: str, rules: Rules) -> str:
    spelled = ",".join(":".join(map(str, (rule, *clauses))) for rule, clauses in rules)
    return f"plan {ord(code)} {spelled}"


def _token_lessons(signature: int, words: tuple[int, ...]) -> list[str]:
    concepts = " ".join(map(str, words))
    first = _FIRST_CODE + signature * _FORMS
    return [f"token {first + form} {concepts} {form // 2} {form % 2}" for form in range(_FORMS)]
