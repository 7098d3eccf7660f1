"""What the processes of judging.py have loaded, and what goes between them and the tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from treehole.knowledge.distance import Places
from treehole.knowledge.lexicon import Lexicon, load_lexicon
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.judge import Judge, Verdict
from treehole.rules.plans import to_words
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import WORDS, Clause, Rule, RuleBook, Vocabulary

Span = tuple[int, int]

_FIRST_FULL_TOKEN = 0x80000
_FULL_PLAN = 0xFFFFE
"""Codes of `judge_fully`, far from those that a judge deals out."""


@dataclass(frozen=True)
class Found:
    """A verdict, with the names of rules and the places of mentions in the comment."""

    level: int | None
    rule: str | None
    held: tuple[tuple[str, tuple[Span, ...]], ...]
    ruled_out: tuple[tuple[str, Span, Span], ...]

    @property
    def holding(self) -> set[str]:
        """The rules that hold, context rules among them."""
        return {rule for rule, _ in self.held} | {rule for rule, _, _ in self.ruled_out}


@dataclass(frozen=True)
class Book:
    """What a rule book says, as it can be sent to another process."""

    rules: list[Rule]
    clauses: list[Clause]
    vocabulary: Vocabulary


class Knowledge:
    """The rules of a folder, loaded into the Prolog of this process."""

    def __init__(self, files: KnowledgeFiles, **limit: int) -> None:
        self.files = files
        self.scanner = _scanner(files.ontology)
        self.lexicon: Lexicon = self.scanner.lexicon
        self.prolog = prolog()
        self.rulebook = RuleBook(self.prolog, files, self.lexicon)
        self.judge = Judge(self.prolog, self.rulebook, **limit)
        self.full_tokens: dict[tuple[int, ...], int] = {}

    def verdicts(self, comments: Sequence[str]) -> list[Found]:
        batch = self.scanner.clean(list(comments))
        judgement = self.judge.judge(batch, self.scanner.scan(batch))
        assert len(judgement.verdicts) == len(comments)
        mentions = judgement.mentions
        found = []
        for row, verdict in enumerate(judgement.verdicts):
            first, start = int(judgement.firsts[row]), int(batch.starts[row])
            spans = self._spans(mentions.starts[first:], mentions.ends[first:], start)
            found.append(self._found(verdict, spans))
        return found

    def full_verdicts(self, comments: Sequence[str]) -> list[Found]:
        """The same by all clauses, with all mentions, concepts and distances.

        What stands here is the judge without its plans and without its memory.
        """
        clauses, rules = self.rulebook.clauses, self.rulebook.rules
        batch = self.scanner.clean(list(comments))
        mentions = self.scanner.scan(batch)
        words = np.array(
            [to_words(self.rulebook.vocabulary.masks[c]) for c in mentions.concepts.tolist()],
            dtype=np.uint64,
        ).reshape(-1, WORDS)
        seen = np.flatnonzero(words.any(axis=1))
        mentions, words = mentions.select(seen), words[seen]
        places = Places.of(batch, mentions)
        gaps = places.gaps(mentions, np.arange(len(mentions)))
        lessons = []
        if not self.full_tokens:
            contexts = _spelled([c for c in clauses if c.reason is not None])
            by_level = [c for c in clauses if c.reason is None]
            by_level.sort(key=lambda clause: -(rules[clause.rule].level or 0))
            lessons = [
                f"plan {_FULL_PLAN} {contexts}",
                f"plan {_FULL_PLAN + 1} {_spelled(by_level)}",
            ]
            self.verdicts(["我想死"])  # tells of kinds and of the limit
        tokens = []
        final = places.final.astype(int)
        for form in zip(*words.T.tolist(), gaps.tolist(), final.tolist(), strict=True):
            if form not in self.full_tokens:
                self.full_tokens[form] = _FIRST_FULL_TOKEN + len(self.full_tokens)
                lessons.append(" ".join(map(str, ("token", self.full_tokens[form], *form))))
            tokens.append(chr(self.full_tokens[form]))
        if lessons:
            self.prolog.ask("learn", "\n".join(lessons))
        bounds = np.searchsorted(mentions.comments, np.arange(len(batch) + 1)).tolist()
        plan = chr(_FULL_PLAN) + chr(_FULL_PLAN + 1)
        lines = [plan + "".join(tokens[a:b]) for a, b in pairwise(bounds)]
        answers = self.prolog.ask("judge", "\n".join(lines)).split("\n")
        found = []
        for row, (first, last) in enumerate(pairwise(bounds)):
            verdict = self.judge._verdict(answers[row])
            start = int(batch.starts[row])
            spans = self._spans(mentions.starts[first:last], mentions.ends[first:last], start)
            found.append(self._found(verdict, spans))
        return found

    def _spans(self, starts: Any, ends: Any, start: int) -> Callable[[int], Span]:
        return lambda index: (int(starts[index]) - start, int(ends[index]) - start)

    def _found(self, verdict: Verdict, span: Callable[[int], Span]) -> Found:
        rules = self.rulebook.rules
        return Found(
            verdict.level,
            None if verdict.rule < 0 else rules[verdict.rule].id,
            tuple((rules[rule].id, tuple(map(span, used))) for rule, used in verdict.held),
            tuple(
                (rules[rule].id, span(cue), span(mention))
                for rule, cue, mention in verdict.ruled_out
            ),
        )


@cache
def _scanner(ontology: Path) -> Scanner:
    return Scanner(load_lexicon(KnowledgeFiles(ontology, Path())))


@cache
def prolog() -> Prolog:
    return Prolog()


def _spelled(clauses: list[Clause]) -> str:
    by_rule: dict[int, list[int]] = {}
    for clause in clauses:
        by_rule.setdefault(clause.rule, [clause.rule]).append(clause.number)
    return ",".join(":".join(map(str, numbers)) for numbers in by_rule.values())
