"""Suggesting: words that no concept has and that would put right what the rules get wrong.

Where people and rules disagree, some word tells the comment from those on which they agree. From
comments that people gave levels to, this proposes such words, each with the concept it would belong
to and with its measured effect:

1. All comments are labelled. A comment of high risk called low is *missed*, one of low risk called
   high is a *false alarm*; both, and levels off by two or more, are disagreements.
2. Candidates are the words and phrases (`treehole.corpus.newwords`) of disagreements that stand in
   enough comments, by enough people, and the spans that annotators marked. Left out is what is a
   label already, what has a date or another pattern inside, and what consists of function words.
3. They are ranked by how well they tell disagreements from agreements: comments the rules take too
   low from those rightly called low, and comments they take too high from those rightly given a
   level. The measure is the log-odds ratio with an informative Dirichlet prior, as a z-score
   (Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 16(4), 2008, sec. 3.5.1).
   Costly disagreements weigh more, and what an annotator marked weighs most.
4. Each of the first few hundred is tried as a label of its nearest concepts
   (`treehole.knowledge.nearness`), and of the nearest that no rule asks for, which hide a shorter
   label inside a longer phrase as 笑死 hides 死. The effect is measured, not estimated
   (`treehole.analysis.simulation`). A concept is passed over if an example of a rule would fail.
5. The best is kept, then the best of the rest given those kept, as long as there is a gain. So of
   two words that mend the same comments one is proposed: the better one, else the shorter. A
   comment found is worth two false alarms avoided, or twenty levels of error; and a gain counts for
   less where the word also does harm, or is unlike the labels of the concept (`_worth`): with words
   taken out of the ontologies and found again, such gains did not last on comments put aside.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from treehole.analysis.corrections import Corrections
from treehole.analysis.simulation import (
    ALARM_COST,
    FOUND_GAIN,
    LEVEL_COST,
    Effect,
    Examples,
    Levels,
    Quality,
    Simulation,
    costs,
)
from treehole.corpus.levels import HIGH_RISK, Gold
from treehole.corpus.newwords import cohesive_phrases, is_complete, word_runs
from treehole.knowledge.nearness import Nearness
from treehole.knowledge.scanner import Finder, Ints, View
from treehole.pipeline.labeller import Labeller
from treehole.pipeline.progress import Reporter

MARK_WEIGHT = 3
"""A comment in which an annotator marked the word counts as so many."""

TRIED = 400
"""Words tried, for comments taken too low and as many for those taken too high."""

NEAREST = 6
"""Concepts that each is tried with, and half as many that no rule asks for."""

CONTEXTS = 3
"""Comments shown with a proposal."""

UNLIKE = 0.2
"""A form less alike than this is that of no label of the concept."""

MENDED_IF_UNLIKE = 3
"""Comments that such a word must mend."""

_FORM_PRIOR = 0.3
"""How far a gain is trusted whatever the form."""

_HIDING = 1.25
"""How much rather a concept is chosen that no rule asks for: there, a word does no other harm."""

_OFF = 2
"""A level is a disagreement if it is off by so many."""

_PRIOR_SHARE = 0.1
"""The prior counts as many comments as a tenth of all."""

_LONGEST = 12
"""Characters of a marked span that is a candidate, at most."""

_MINED = 5_000_000
"""Characters of comments that new words are looked for in, at most."""

_AROUND = 12
"""Characters shown before and after a word."""

_BLOCK = 5_000

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """A word as a label of a concept.

    Attributes:
        concept: Its position in the lexicon.
        effect: What it would change, by itself.
    """

    concept: int
    effect: Effect


@dataclass(frozen=True)
class Proposal:
    """A word that is worth adding.

    Attributes:
        word: The word, folded.
        trials: The concepts it was tried with, the proposed one first, then by their gain.
        missed: Comments with it that are of high risk and called low.
        alarms: Comments with it that are of low risk and called high.
        agreed_high: Comments with it that are of high risk and called high.
        agreed_low: Comments with it that are of low risk and called low.
        comments: Distinct comments with it.
        users: Distinct writers of these; None if writers are not named.
        marked: Comments in which an annotator marked it.
        contexts: Stretches of comments with it, first of those it mends.
    """

    word: str
    trials: tuple[Trial, ...]
    missed: int
    alarms: int
    agreed_high: int
    agreed_low: int
    comments: int
    users: int | None
    marked: int
    contexts: tuple[str, ...]

    @property
    def best(self) -> Trial:
        """The proposed concept and its effect."""
        return self.trials[0]


def suggest(
    simulation: Simulation,
    corrections: Corrections,
    *,
    most: int,
    min_count: int,
    reporter: Reporter,
) -> list[Proposal]:
    """Propose labels, the best first.

    Args:
        simulation: The same comments, by the knowledge to improve.
        corrections: What people said.
        most: Proposals, at most.
        min_count: Distinct comments, and writers where they are named, that a word stands in.
        reporter: Told of the comments that words were tried on.
    """
    candidates = _Candidates(simulation, corrections, min_count)
    nearness = Nearness(simulation.labeller.lexicon, simulation.mentioned)
    examples = Examples(simulation.labeller)
    ranked = candidates.ranked()
    reporter.expect(sum(len(candidates.occurrences[word].rows) for word in ranked))
    tried: list[_Tried] = []
    for word in ranked:
        tried.extend(_tried(word, candidates, simulation, nearness, examples))
        reporter.advance(len(candidates.occurrences[word].rows))
    chosen = _chosen(tried, simulation, most)
    return [_proposal(one, candidates, corrections, simulation.given) for one in chosen]


def effect_of(simulation: Simulation, word: str, concept: int) -> Effect:
    """What a word would change as a label of a concept.

    Args:
        simulation: The comments to measure on.
        word: Folded.
        concept: Its position in the lexicon.
    """
    rows = _occurrences(simulation.labeller, simulation.texts, [word])[0].rows
    after = simulation.levels_with(rows, {word: concept})[0]
    return simulation.effect(rows, simulation.given[rows], after)


def joint_quality(simulation: Simulation, labels: dict[str, int]) -> Quality:
    """How good the knowledge would be with all these labels added at once.

    Args:
        simulation: The comments to measure on.
        labels: Folded, each with the position of its concept.
    """
    words = list(labels)
    found = _occurrences(simulation.labeller, simulation.texts, words) if words else []
    rows = [one.rows for one in found]
    touched = np.unique(np.concatenate([np.zeros(0, np.int64), *rows]))
    after = simulation.levels_with(touched, labels)[0]
    return simulation.quality().plus(simulation.effect(touched, simulation.given[touched], after))


@dataclass(frozen=True)
class _Occurrences:
    """Where a word stands: comments in order; whether it is marked there; its first place."""

    rows: Ints
    marked: Bools
    places: Ints


class _Candidates:
    """The words of disagreements, counted."""

    def __init__(self, simulation: Simulation, corrections: Corrections, min_count: int) -> None:
        self._labeller = simulation.labeller
        self._min_count = min_count
        gold, given = corrections.gold, simulation.given
        off = np.where(gold.levels >= 0, gold.levels - given, 0).astype(np.float64)
        self.high = gold.high == 1
        self.called = given >= HIGH_RISK
        self._low_cost = np.where(
            self.high & ~self.called, FOUND_GAIN, np.where(off >= _OFF, LEVEL_COST * off, 0)
        )
        self._high_cost = np.where(
            ~self.high & self.called, ALARM_COST, np.where(-off >= _OFF, -LEVEL_COST * off, 0)
        )
        self._agreed = (self._low_cost == 0) & (self._high_cost == 0)
        self._given = given
        _, self._texts = np.unique(np.array(corrections.texts, object), return_inverse=True)
        self._users = corrections.users
        words = self._words(corrections)
        found = _occurrences(self._labeller, corrections.texts, words, corrections.spans)
        self.occurrences = {
            word: one
            for word, one in zip(words, found, strict=True)
            if self._is_supported(one) and not self._agreed[one.rows].all()
        }

    def _words(self, corrections: Corrections) -> list[str]:
        """Words and phrases of disagreements that might be labels, sorted."""
        scanner, lexicon = self._labeller.scanner, self._labeller.lexicon
        disagreements = np.flatnonzero(~self._agreed)
        size, mined = 0, []
        for row in [*disagreements.tolist(), *np.flatnonzero(self._agreed).tolist()]:
            size += len(corrections.texts[row])
            if size > _MINED:
                break
            mined.append(corrections.texts[row])
        words = {*cohesive_phrases(scanner.clean(mined), self._min_count)}
        words.update(word_runs(scanner.clean(mined[: len(disagreements)]), 2))
        for row in disagreements.tolist():
            for start, end in corrections.spans[row]:
                words.add(scanner.clean([corrections.texts[row][start:end]]).comment(0).strip())
        labels = {*lexicon.labels}
        return sorted(
            word
            for word in words
            if 1 < len(word) <= _LONGEST
            and word not in labels
            and word.isalnum()
            and is_complete(word)
            and not scanner.has_pattern(word)
        )

    def _is_supported(self, found: _Occurrences) -> bool:
        comments, users = self.support(found)
        marks = MARK_WEIGHT * int(found.marked.sum())
        return max(min(comments, users), marks) >= self._min_count

    def support(self, found: _Occurrences) -> tuple[int, int]:
        """Distinct comments and distinct writers."""
        return len(np.unique(self._texts[found.rows])), len(np.unique(self._users[found.rows]))

    def ranked(self) -> list[str]:
        """The words that tell disagreements best, of either kind."""
        rightly_low = self._agreed & ~self.high
        rightly_given = self._agreed & (self._given > 0)
        low = self._telling(self._low_cost, rightly_low)
        high = self._telling(self._high_cost, rightly_given)
        return list(dict.fromkeys([*low, *high]))

    def _telling(self, cost: Floats, agreed: Bools) -> list[str]:
        words = list(self.occurrences)
        wrong, right, all_counts = np.zeros((3, len(words)))
        scale = 1 / cost.max() if cost.any() else 0.0
        for number, found in enumerate(self.occurrences.values()):
            weights = cost[found.rows] * scale * np.where(found.marked, MARK_WEIGHT, 1)
            wrong[number] = weights.sum()
            right[number] = agreed[found.rows].sum()
            all_counts[number] = len(found.rows)
        scores = log_odds_z(wrong, right, _PRIOR_SHARE * all_counts)
        best = np.lexsort([np.array(list(map(len, words)), dtype=int), -scores])[:TRIED]
        return [words[number] for number in best.tolist() if scores[number] > 0]


def log_odds_z(one: Floats, other: Floats, prior: Floats) -> Floats:
    """How much rather words occur in one body of text than in another, as z-scores.

    The log-odds ratio with an informative Dirichlet prior over its standard deviation (Monroe et
    al. 2008, equations 16, 20 and 22).

    Args:
        one: Counts in the one, shape (words,).
        other: Counts in the other.
        prior: Pseudo-counts, above 0.
    """

    def log_odds(counts: Floats) -> Floats:
        total = counts.sum() + prior.sum()
        odds: Floats = np.log((counts + prior) / np.maximum(total - counts - prior, 1e-9))
        return odds

    deviation = np.sqrt(1 / (one + prior) + 1 / (other + prior))
    scores: Floats = (log_odds(one) - log_odds(other)) / deviation
    return scores


def _occurrences(
    labeller: Labeller,
    texts: Sequence[str],
    words: Sequence[str],
    spans: Sequence[Sequence[tuple[int, int]]] = (),
) -> list[_Occurrences]:
    """Where each word stands."""
    finder = Finder(words)
    parts = []
    for block in range(0, len(texts), _BLOCK):
        batch = labeller.scanner.clean(list(texts[block : block + _BLOCK]))
        found = finder.occurrences(View.of(batch))
        marks = np.zeros(len(batch.points) + 1, dtype=np.int64)
        for index, marked in enumerate(spans[block : block + _BLOCK]):
            for first, last in marked:
                marks[batch.starts[index] + first + 1 : batch.starts[index] + last + 1] = 1
        within = np.cumsum(marks)
        inside = within[found.ends] - within[found.starts] == found.ends - found.starts
        places = found.starts - batch.starts[found.comments]
        parts.append(np.stack([found.concepts, found.comments + block, ~inside, places], axis=1))
    table = np.concatenate([np.zeros((0, 4), np.int64), *parts])
    table = table[np.lexsort(table.T[::-1])]  # of a comment, a place that is marked comes first
    is_first = np.ones(len(table), dtype=bool)
    is_first[1:] = (table[1:, :2] != table[:-1, :2]).any(axis=1)
    table = table[is_first]
    bounds = table[:, 0].searchsorted(np.arange(len(words) + 1))
    return [
        _Occurrences(table[a:b, 1], table[a:b, 2] == 0, table[a:b, 3])
        for a, b in pairwise(bounds.tolist())
    ]


@dataclass(frozen=True)
class _Tried:
    """A word with its trials, the best first.

    Attributes:
        word: The word.
        trials: The trials.
        form: How much its form is that of the best concept's labels.
        rows: The comments it stands in.
        levels: Those that the best gives to these.
    """

    word: str
    trials: tuple[Trial, ...]
    form: float
    rows: Ints
    levels: Levels

    def worth(self, effect: Effect) -> float:
        """What a gain is worth; see `_worth`."""
        return _worth(effect, self.form)


def _worth(effect: Effect, form: float) -> float:
    """What a gain can be expected to be worth on other comments.

    Some of hundreds of words gain by chance. A gain is trusted the more, the more comments the word
    mends for each that it harms (by Laplace's rule: of none, one is as likely as the other), and
    the more it looks like a label of the concept. Where it looks like none, it must mend several.
    """
    if form < UNLIKE and effect.mended < MENDED_IF_UNLIKE:
        return 0.0
    surplus = (effect.mended - effect.harmed) / (effect.mended + effect.harmed + 2)
    return effect.gain * max(surplus, 0.0) * (_FORM_PRIOR + form)


def _tried(
    word: str,
    candidates: _Candidates,
    simulation: Simulation,
    nearness: Nearness,
    examples: Examples,
) -> Iterator[_Tried]:
    """The word with its nearest concepts, if one of them brings a gain."""
    rows = candidates.occurrences[word].rows
    near = nearness.nearest(word, rows)
    masks = simulation.labeller.rulebook.vocabulary.masks
    order = np.argsort(-near, kind="stable").tolist()
    asked = [concept for concept in order if masks[concept] and near[concept] > 0][:NEAREST]
    hiding = [concept for concept in order if not masks[concept] and near[concept] > 0]
    near_enough = asked + hiding[: NEAREST // 2]
    concepts = [one for one in near_enough if not examples.spoiled_by(word, one)]
    if not concepts:
        return
    before = simulation.given[rows]
    levels = simulation.levels_with(rows, {}, word, concepts)
    effects = [simulation.effect(rows, before, after) for after in levels]
    form = nearness.form(word)[concepts]
    safe = [1.0 if masks[concept] else _HIDING for concept in concepts]
    worth = [safe[i] * _worth(effect, form[i]) for i, effect in enumerate(effects)]
    best = sorted(range(len(concepts)), key=lambda i: (-worth[i], -effects[i].gain, -form[i]))
    if worth[best[0]] > 0 and effects[best[0]].gain > 0:
        trials = tuple(Trial(concepts[i], effects[i]) for i in best)
        yield _Tried(word, trials, float(form[best[0]]), rows, levels[best[0]])


def _chosen(tried: Sequence[_Tried], simulation: Simulation, most: int) -> list[_Tried]:
    """The best word, then the best given those chosen, and so on while there is a gain.

    A word is measured anew only once it is the best by its last measure.
    """
    given = simulation.given.copy()
    chosen: list[_Tried] = []
    labels: dict[str, int] = {}
    queue = [(_rank(one, one.trials[0].effect), 0, one) for one in tried]
    heapq.heapify(queue)
    while queue and len(chosen) < most:
        _, measured, one = heapq.heappop(queue)
        if measured < len(chosen):
            added = {**labels, one.word: one.trials[0].concept}
            after = simulation.levels_with(one.rows, added)[0]
            effect = simulation.effect(one.rows, given[one.rows], after)
            if effect.gain > 0 and one.worth(effect) > 0:
                heapq.heappush(queue, (_rank(one, effect), len(chosen), one))
            continue
        labels[one.word] = one.trials[0].concept
        given[one.rows] = simulation.levels_with(one.rows, labels)[0]
        chosen.append(one)
    return chosen


def _rank(one: _Tried, effect: Effect) -> tuple[float, int, int, str]:
    """What is least comes first: most worth, then most comments, then the shortest."""
    return -one.worth(effect), -len(one.rows), len(one.word), one.word


def _proposal(
    one: _Tried, candidates: _Candidates, corrections: Corrections, given: Levels
) -> Proposal:
    found = candidates.occurrences[one.word]
    high, called = candidates.high[found.rows], candidates.called[found.rows]
    comments, users = candidates.support(found)
    return Proposal(
        word=one.word,
        trials=one.trials,
        missed=int((high & ~called).sum()),
        alarms=int((~high & called).sum()),
        agreed_high=int((high & called).sum()),
        agreed_low=int((~high & ~called).sum()),
        comments=comments,
        users=users if corrections.names_users else None,
        marked=int(found.marked.sum()),
        contexts=tuple(_contexts(one, found, corrections, given)),
    )


def _contexts(
    one: _Tried, found: _Occurrences, corrections: Corrections, given: Levels
) -> list[str]:
    """Stretches of comments around the word, first where the label mends most."""
    gold = Gold(corrections.gold.levels[found.rows], corrections.gold.high[found.rows])
    mended = costs(gold, given[found.rows]) - costs(gold, one.levels)
    shown: dict[str, None] = {}
    for index in np.argsort(-mended, kind="stable").tolist():
        text, place = corrections.texts[found.rows[index]], int(found.places[index])
        start, end = max(place - _AROUND, 0), place + len(one.word) + _AROUND
        stretch = " ".join(text[start:end].split())
        shown["…" * (start > 0) + stretch + "…" * (end < len(text))] = None
        if len(shown) == CONTEXTS:
            break
    return list(shown)
