"""Coverage counted a second time, slowly and plainly, and what to count it on."""

import csv
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from processes import Noted, invented, labeller
from treehole.analysis import coverage
from treehole.analysis.coverage import Coverage, Settings, measure
from treehole.analysis.tally import Comments, Tally, tally
from treehole.corpus.levels import Gold
from treehole.corpus.sources import find_sources
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.judge import INFERENCE_LIMIT

GOLD = ("", "high", "low", "irrelevant", *map(str, range(11)))
HIGH = 6

Numbers = dict[str, float | None]


def write_judged(path: Path, count: int, gold: Sequence[str] = GOLD, seed: int = 1) -> Path:
    """A file of comments with what people might say of them."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["comment_id", "text", "people"])
        for number, text in enumerate(invented(count, seed)):
            writer.writerow([f"c{number}", text, chance.choice(gold)])
    return path


def measured(path: Path, rows_a_block: int = 10_000, **settings: Any) -> tuple[Coverage, Noted]:
    noted = Noted()
    before, coverage.ROWS_A_BLOCK = coverage.ROWS_A_BLOCK, rows_a_block
    try:
        found = measure(
            find_sources([str(path)]), KnowledgeFiles.locate(), Settings(**settings), noted
        )
    finally:
        coverage.ROWS_A_BLOCK = before
    return found, noted


def tallied(texts: Sequence[str], levels: Sequence[int], limit: int) -> Tally:
    """What is counted where judging a comment may cost only so much."""
    gold = Gold(np.array(levels, np.int8), np.array(levels, np.int8) >= HIGH)
    return tally(labeller(limit), Comments(texts, [None] * len(texts), gold, 1), 5)


def plain(found: Coverage) -> dict[tuple[str, ...], Numbers]:
    """The figures of all items."""
    figures = {("rule", entry.rule.id): asdict(entry.figures) for entry in found.rules}
    for entry in found.concepts:
        figures["concept", entry.concept.iri] = asdict(entry.figures)
        for word in entry.words:
            figures["word", entry.concept.iri, word.word] = asdict(word.figures)
    return figures


class Reference:
    """Looks at one comment after the other, and keeps sets of comments."""

    def __init__(self) -> None:
        self.one = labeller(INFERENCE_LIMIT)
        self.sets: dict[tuple[str, ...], dict[str, set[int]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self.levels: list[int] = []
        self.golds: list[str] = []

    def look(self, text: str, gold: str) -> None:
        number = len(self.levels)
        one, sets, concepts = self.one, self.sets, self.one.lexicon.concepts
        batch = one.scanner.clean([text])
        mentions = one.scanner.scan(batch)
        judgement = one.judge.judge(batch, mentions)
        verdict, seen = judgement.verdicts[0], judgement.mentions
        assert verdict.level is not None
        self.levels.append(verdict.level)
        self.golds.append(gold)

        def terms(found: Any, place: int) -> list[tuple[str, ...]]:
            concept = concepts[int(found.concepts[place])].iri
            word = batch.text[found.starts[place] : found.ends[place]].replace("\u200b", "")
            return [("concept", concept), ("word", concept, word)]

        for place in range(len(mentions)):
            for term in terms(mentions, place):
                sets[term]["reached"].add(number)
            for above in one.lexicon.ancestors[int(mentions.concepts[place])]:
                sets["concept", concepts[above].iri]["with_subclasses"].add(number)
        held = {}
        for rule, evidence in verdict.held:
            held[rule] = {term for place in evidence for term in terms(seen, place)}
        for rule, used in held.items():
            key = ("rule", one.rulebook.rules[rule].id)
            others = [other for other in held if other != rule]
            self._note(key, "reached", number)
            self._beside(key, rule, others, number)
            for term in used:
                self._beside(term, rule, [o for o in others if term not in held[o]], number)
            if rule == verdict.rule:
                for winner in (key, *used):
                    self._note(winner, "won", number)
        for rule, _, place in verdict.ruled_out:
            self._note(("rule", one.rulebook.rules[rule].id), "reached", number)
            for term in terms(seen, place):
                self._note(term, "ruled_out", number)

    def _beside(self, key: tuple[str, ...], rule: int, others: list[int], number: int) -> None:
        if others:
            self._note(key, "overlapped", number)
        if any(self._is_high(other) != self._is_high(rule) for other in others):
            self._note(key, "conflicted", number)

    def _note(self, key: tuple[str, ...], what: str, number: int) -> None:
        self.sets[key][what].add(number)

    def _is_high(self, rule: int) -> bool:
        return (self.one.rulebook.rules[rule].level or 0) >= HIGH

    def figures(self, key: tuple[str, ...]) -> Numbers:
        sets = self.sets[key]
        level = next((r.level for r in self.one.rulebook.rules if ("rule", r.id) == key), None)
        counts: Numbers = {
            name: len(sets[name]) for name in ("reached", "won", "overlapped", "conflicted")
        }
        counts["with_subclasses"] = len(sets["with_subclasses"]) if key[0] == "concept" else None
        counts["ruled_out"] = None if key[0] == "rule" else len(sets["ruled_out"])
        if key[0] == "rule" and level is None:
            counts |= {"won": None, "overlapped": None, "conflicted": None}
        return counts | self._against_gold(sets["reached"], sets["won"], key[0], level)

    def _against_gold(
        self, reached: set[int], won: set[int], kind: str, level: int | None
    ) -> Numbers:
        high = {n: self._gold_high(n) for n in range(len(self.golds)) if self.golds[n]}
        exact = {n: int(self.golds[n]) for n in range(len(self.golds)) if self.golds[n].isdigit()}
        given = {n: self.levels[n] >= HIGH for n in range(len(self.golds))}
        errors = [self.levels[n] - exact[n] for n in won if n in exact]
        recall: list[bool] = []
        level_recall: list[bool] = []
        if kind != "rule":
            recall = [n in won and given[n] for n in high if high[n]]
        elif level is not None:
            recall = [n in won for n in high if high[n] == (level >= HIGH)]
            level_recall = [n in won for n in exact if exact[n] == level]
        return {
            "high_share": _mean([high[n] for n in reached if n in high]),
            "precision": _mean([high[n] == given[n] for n in won if n in high]),
            "recall": _mean(recall),
            "level_precision": _mean([error == 0 for error in errors]),
            "level_recall": _mean(level_recall),
            "level_error": _mean([abs(error) for error in errors]),
            "level_bias": _mean(errors),
        }

    def _gold_high(self, number: int) -> bool:
        gold = self.golds[number]
        return int(gold) >= HIGH if gold.isdigit() else gold == "high"


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def compared(path: Path) -> list[tuple[tuple[str, ...], Numbers, Numbers]]:
    """The figures of all items, measured and counted plainly."""
    reference = Reference()
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            reference.look(row["text"], row["people"])
    figures = plain(measured(path, rows_a_block=90, gold="people")[0])
    return [(key, found, reference.figures(key)) for key, found in figures.items()]
