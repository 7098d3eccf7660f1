"""A comparison of two versions of the knowledge: its figures, and the changes that matter most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from treehole.analysis.causes import Cause
from treehole.corpus.levels import HIGH_RISK, LEVELS
from treehole.knowledge.lexicon_changes import LexiconChanges
from treehole.rules.rule_changes import RuleChange

UNJUDGED = len(LEVELS)
"""Stands in counts for the level of a comment that was too much to judge."""

STATES = UNJUDGED + 1
"""How many levels there are in counts."""

GOLD_LOW, GOLD_HIGH, GOLD_UNKNOWN = len(LEVELS), len(LEVELS) + 1, len(LEVELS) + 2
"""Stand in counts for gold that is no level."""

GOLDS = GOLD_UNKNOWN + 1
"""How many kinds of gold there are in counts."""

MOVES = ("out of high", "into high", "up", "down", "unjudged", "other rule")
"""What can become of a comment, the most important first: one that is missed may cost a life."""

Counts = npt.NDArray[np.int64]


class Change(NamedTuple):
    """A comment that has another level, or the same by another rule.

    Attributes:
        row: Its row in the input, from 1.
        comment_id: Its identifier, if the input has a column of that name.
        text: The comment.
        old_level: 0 to 10, or None if it was too much to judge.
        new_level: The same by the new version.
        old_rule: The rule that gave the level, if one did.
        new_rule: The same by the new version.
        old_words: The evidence of that rule.
        new_words: The same by the new version.
        causes: What changed it.
        gold: What people said, a level or `high` or `low`.
        effect: `right` if the new level is nearer to it, `wrong` if farther, `neutral`, or None.
    """

    row: int
    comment_id: str | None
    text: str
    old_level: int | None
    new_level: int | None
    old_rule: str | None
    new_rule: str | None
    old_words: Sequence[str]
    new_words: Sequence[str]
    causes: Sequence[Cause]
    gold: int | str | None
    effect: str | None

    @property
    def move(self) -> str:
        """One of `MOVES`."""
        return move_of(self.old_level, self.new_level)

    @property
    def importance(self) -> tuple[int, int, int, int]:
        """What to sort by, the most important first."""
        size = abs((self.new_level or 0) - (self.old_level or 0))
        return MOVES.index(self.move), self.effect != "wrong", -size, self.row


@dataclass(frozen=True)
class Quality:
    """How well levels agree with what people said.

    Attributes:
        precision: Of those called high, the share that people call high; None if there are none.
        recall: Of those that people call high, the share called high; None if there are none.
        f1: The harmonic mean of both.
        level_error: The mean absolute error of the level, of comments that were judged and have a
            level from people; None if there are none.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    level_error: float | None


@dataclass
class Comparison:
    """What changes from one version of the knowledge to another.

    Attributes:
        old: The name of the one.
        new: The name of the other.
        words: What differs between their ontologies.
        rules: What differs between their rules.
        gold: The column with what people said, if one was named.
        counts: How many comments have which gold and which level by either version, shape
            (golds, levels, levels); after the levels come, of golds, low, high and unknown, of
            levels `UNJUDGED`.
        other_rule: How many have the same level by another rule.
        causes: For each cause how many comments it made which move, and with which effect. A
            comment with several causes is counted with each.
        changes: The most important changes.
    """

    old: str
    new: str
    words: LexiconChanges
    rules: Mapping[str, RuleChange]
    gold: str | None = None
    counts: Counts = field(default_factory=lambda: np.zeros((GOLDS, STATES, STATES), np.int64))
    other_rule: int = 0
    causes: dict[Cause, Counter[str]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many comments there are."""
        return int(self.counts.sum())

    @property
    def matrix(self) -> Counts:
        """How many comments go from which level to which, shape (levels, levels)."""
        matrix: Counts = self.counts.sum(axis=0)
        return matrix

    @property
    def moves(self) -> dict[str, int]:
        """How many comments make which of the `MOVES`."""
        found = dict.fromkeys(MOVES, 0)
        for old, new in zip(*np.nonzero(self.matrix), strict=True):
            if old != new:
                found[move_of(_level(old), _level(new))] += int(self.matrix[old, new])
        return found | {"other rule": self.other_rule}

    @property
    def changed(self) -> int:
        """How many comments change level."""
        return self.rows - int(np.trace(self.matrix))

    @property
    def effects(self) -> dict[str, int]:
        """How many comments change level to the `right`, the `wrong`, or are `neutral` in that."""
        found = dict.fromkeys(("right", "wrong", "neutral"), 0)
        for gold, old, new in zip(*np.nonzero(self.counts), strict=True):
            effect = effect_of(int(gold), _level(old), _level(new))
            if effect and old != new:
                found[effect] += int(self.counts[gold, old, new])
        return found

    @property
    def before(self) -> Quality:
        """How good the old version is."""
        return _quality(self.counts.sum(axis=2))

    @property
    def after(self) -> Quality:
        """How good the new version is."""
        return _quality(self.counts.sum(axis=1))

    def as_json(self) -> dict[str, Any]:
        """All of it as a plain structure."""
        cells = zip(*np.nonzero(self.matrix), strict=True)
        return {
            "old": self.old,
            "new": self.new,
            "comments": self.rows,
            "changed": self.changed,
            "moves": self.moves,
            "matrix": [
                {"old": _level(a), "new": _level(b), "comments": int(self.matrix[a, b])}
                for a, b in cells
            ],
            "gold": self.gold
            and {
                "column": self.gold,
                "effects": self.effects,
                "before": asdict(self.before),
                "after": asdict(self.after),
            },
            "knowledge": {**asdict(self.words), "rules": list(map(asdict, self.rules.values()))},
            "causes": [
                {**cause._asdict(), "comments": sum(tally[move] for move in MOVES), **tally}
                for cause, tally in self.ranked_causes()
            ],
            "changes": [
                {
                    "move": change.move,
                    **change._asdict(),
                    "causes": [cause._asdict() for cause in change.causes],
                }
                for change in self.changes
            ],
        }

    def ranked_causes(self) -> list[tuple[Cause, Counter[str]]]:
        """The causes, those that matter most first."""
        return sorted(
            self.causes.items(),
            key=lambda entry: (
                [-entry[1][move] for move in MOVES[:2]],
                -entry[1].total(),
                entry[0],
            ),
        )


def _level(state: int) -> int | None:
    return None if state == UNJUDGED else int(state)


def move_of(old: int | None, new: int | None) -> str:
    """Which of `MOVES` a comment makes that changes from one level to another."""
    was_high, is_high = ((level or 0) >= HIGH_RISK for level in (old, new))
    if old == new:
        return "other rule"
    if was_high != is_high:
        return "out of high" if was_high else "into high"
    if old is None or new is None:
        return "unjudged"
    return "up" if new > old else "down"


def effect_of(gold: int, old: int | None, new: int | None) -> str | None:
    """Whether a change of level is right; with a mere risk as gold, only the risk counts."""
    if gold == GOLD_UNKNOWN:
        return None
    if old is None or new is None:
        return "neutral"
    if gold in LEVELS:
        was, now = abs(old - gold), abs(new - gold)
    else:
        was, now = ((level >= HIGH_RISK) != (gold == GOLD_HIGH) for level in (old, new))
    return "neutral" if was == now else "right" if now < was else "wrong"


def _quality(counts: Counts) -> Quality:
    """How good levels are, from counts of shape (golds, levels)."""
    called = counts[:, HIGH_RISK:UNJUDGED].sum(axis=1)
    are_high = [*LEVELS[HIGH_RISK:], GOLD_HIGH]
    are_low = [*LEVELS[:HIGH_RISK], GOLD_LOW]
    found, high = int(called[are_high].sum()), int(counts[are_high].sum())
    false = int(called[are_low].sum())
    judged = counts[: len(LEVELS), : len(LEVELS)]
    errors = np.abs(np.subtract.outer(np.array(LEVELS), np.array(LEVELS)))
    return Quality(
        precision=_share(found, found + false),
        recall=_share(found, high),
        f1=_share(2 * found, found + false + high),
        level_error=_share(int((judged * errors).sum()), int(judged.sum())),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
