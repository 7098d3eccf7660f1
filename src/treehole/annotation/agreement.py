"""Agreement: how far people say the same of the same comments, and who says otherwise.

*Alike*: how often two answers to a comment are the same, the mean over comments. *Alpha*:
Krippendorff's (2004, chapter 11), agreement beyond chance however many answered which comment; of
labels and of the risk nominal, of levels ordinal. From 0.8 on labels can be relied upon, from 0.667
on with care (section 11.4). *Kappa*: Cohen's (1960) for each pair of people, of levels weighted by
the square of the difference too (Cohen 1968). Intervals are of the bootstrap over comments.

*Drift*: how far somebody's answers lie above those that the others gave to the same comments, in
levels, or as a share called high risk; and whether that has changed from the first half of their
work to the second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import binomtest

from treehole.annotation.merging import ADJUDICATED, LABELS, Method, answer_column, merged, votes
from treehole.annotation.selection import AUDIT
from treehole.corpus.levels import HIGH_RISK, LEVELS
from treehole.models.datasets import Tier
from treehole.models.metrics import CONFIDENCE, Figure, Floats, draws, interval

RELIABLE, TENTATIVE = 0.8, 0.667
"""Of alpha (Krippendorff 2004, section 11.4)."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pair:
    """Two people who answered some of the same comments.

    Attributes:
        first: The pseudonym of the one.
        second: That of the other.
        comments: How many both answered.
        alike: On which share of them they said the same.
        kappa: Cohen's; None if both said one and the same of all.
        weighted_kappa: With quadratic weights; None of labels, and as before.
        difference: By how much the answers of the second lie above those of the first, the mean.
        table: How often the first said what (row) when the second said what (column).
    """

    first: str
    second: str
    comments: int
    alike: float
    kappa: float | None
    weighted_kappa: float | None
    difference: float
    table: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Annotator:
    """How one person works.

    Attributes:
        name: The pseudonym.
        answered: How many comments they answered.
        skipped: How many they skipped.
        seconds: What a comment takes them, the median; None if it was not measured.
        corrected: The share of answers that differ from the prediction shown, of those to which one
            was; None if there is none.
        overlapped: How many of their comments others answered too.
        drift: By how much their answers lie above those of the others, the mean.
        moved: By how much that grew from the first half of these comments to the second.
    """

    name: str
    answered: int
    skipped: int
    seconds: float | None
    corrected: float | None
    overlapped: int
    drift: Figure
    moved: Figure


@dataclass(frozen=True)
class Agreement:
    """How far people agree.

    Attributes:
        tier: Easy or hard.
        comments: How many comments somebody answered.
        overlapped: How many of them two people or more did.
        decided: How many have a decision of the second round.
        values: What can be said: labels, or levels.
        alike: How often two answers to a comment are the same.
        alpha: Krippendorff's, of `label` or `level`, and of `risk`.
        table: How many pairs of answers to a comment say what, symmetric, shape (values, values);
            each pair of unlike answers is counted on both sides.
        audited: Of comments chosen by chance alone, how often people gave the risk that the model
            had shown: its accuracy without the bias of the choice.
        audits: How many such comments there are.
        annotators: Those who took part, sorted by name.
        pairs: Those of them who share comments, sorted by name.
    """

    tier: Tier
    comments: int
    overlapped: int
    decided: int
    values: Sequence[str | int]
    alike: Figure
    alpha: dict[str, Figure]
    table: Sequence[Sequence[int]]
    audited: Figure
    audits: int
    annotators: Sequence[Annotator]
    pairs: Sequence[Pair]


def measure(
    current: pa.Table,
    tier: Tier,
    decided: pa.Table | None = None,
    times: int = 1_000,
    seed: int = 1,
) -> Agreement:
    """Measure how far people agree.

    Args:
        current: Annotations as they stand, with the columns of the history.
        tier: Easy or hard.
        decided: Those of the second round.
        times: Draws of the bootstrap for intervals; 0 for none.
        seed: Of the draws.
    """
    answers = _Answers.of(votes(current, tier), tier)
    column = answer_column(tier)
    shared = answers.where(answers.sizes[answers.comments] > 1)
    chance = _Bootstrap(times, seed)
    counts = shared.counts()
    labels = merged(current, tier, Method.MAJORITY, decided)
    right = _right(current, labels, tier)
    border = answers.domain.index(HIGH_RISK if tier is Tier.HARD else "high")
    risk = np.stack([counts[:, :border].sum(axis=1), counts[:, border:].sum(axis=1)], axis=1)
    alike = np.trace(_coincidences(counts), axis1=1, axis2=2) / shared.sizes
    return Agreement(
        tier,
        comments=len(answers.sizes),
        overlapped=len(shared.sizes),
        decided=pc.sum(pc.equal(labels["merged_by"], ADJUDICATED)).as_py() or 0,
        values=answers.domain,
        alike=chance.mean(alike),
        alpha={
            column: chance.alpha(counts, ordinal=tier is Tier.HARD),
            "risk": chance.alpha(risk, ordinal=False),
        },
        table=_pairs_of_answers(counts).tolist(),
        audited=_share(right),
        audits=len(right),
        annotators=[_annotator(name, current, column, shared, chance) for name in _names(current)],
        pairs=list(_pairs(shared)),
    )


@dataclass(frozen=True)
class _Answers:
    """Answers, sorted by comment and by who gave them.

    Attributes:
        domain: What can be said, from the lowest risk to the highest.
        comments: Which comment each is on, 0 to n - 1, shape (answers,).
        people: The pseudonyms, the same shape.
        values: The place of each in the domain, the same shape.
        heights: What drift is measured in: the level, or 1 for high risk and 0 for none.
        times: When each was given, as sortable numbers.
        sizes: How many there are on each comment, shape (comments,).
    """

    domain: list[str | int]
    comments: Ints
    people: npt.NDArray[Any]
    values: Ints
    heights: Floats
    times: Ints
    sizes: Ints

    @classmethod
    def of(cls, table: pa.Table, tier: Tier) -> "_Answers":
        comments = table["comment_id"].combine_chunks().dictionary_encode().indices.to_numpy()
        values = table["vote"].to_numpy()
        times = table["created_at"].cast(pa.int64()).fill_null(0).to_numpy()
        hard = tier is Tier.HARD
        return cls(
            list(LEVELS if hard else LABELS),
            comments.astype(np.int64),
            table["annotator"].to_numpy(),
            values,
            (values if hard else values == LABELS.index("high")).astype(np.float64),
            times,
            np.bincount(comments),
        )

    def where(self, which: Flags) -> "_Answers":
        """Some of them; comments are numbered anew."""
        _, comments = np.unique(self.comments[which], return_inverse=True)
        return _Answers(
            self.domain,
            comments,
            self.people[which],
            self.values[which],
            self.heights[which],
            self.times[which],
            np.bincount(comments),
        )

    def counts(self) -> Ints:
        """How many said what of each comment, shape (comments, values)."""
        counts = np.zeros((len(self.sizes), len(self.domain)), np.int64)
        np.add.at(counts, (self.comments, self.values), 1)
        return counts

    def above_others(self) -> Floats:
        """By how much each answer lies above the mean of the others to its comment."""
        sums = np.bincount(self.comments, self.heights, minlength=len(self.sizes))
        others = (sums[self.comments] - self.heights) / (self.sizes[self.comments] - 1)
        above: Floats = self.heights - others
        return above


@dataclass(frozen=True)
class _Bootstrap:
    """Figures with intervals, of comments drawn anew.

    Attributes:
        times: How often to draw.
        seed: Of the draws.
    """

    times: int
    seed: int

    def mean(self, values: Floats) -> Figure:
        """Of a value for each comment."""
        if not len(values):
            return Figure(None, None, None)
        return Figure(float(values.mean()), *interval(self._means(values)))

    def growth(self, first: Floats, second: Floats) -> Figure:
        """By how much the mean of the second comments is above that of the first."""
        if not (len(first) and len(second)):
            return Figure(None, None, None)
        drawn = self._means(second, 1) - self._means(first)
        return Figure(float(second.mean() - first.mean()), *interval(drawn))

    def alpha(self, counts: Ints, *, ordinal: bool) -> Figure:
        """Krippendorff's alpha of answers to comments.

        Args:
            counts: How many said what of each comment, shape (comments, values).
            ordinal: Whether a greater difference is worse.
        """
        import krippendorff  # noqa: PLC0415  it need not be installed

        if (counts.sum(axis=0) > 0).sum() <= 1:  # nothing to agree upon: alpha is not defined
            return Figure(None, None, None)
        kind: Literal["ordinal", "nominal"] = "ordinal" if ordinal else "nominal"
        value = float(krippendorff.alpha(value_counts=counts, level_of_measurement=kind))
        flat = _coincidences(counts).reshape(len(counts), -1)
        size = counts.shape[1]
        drawn = [
            alphas((times @ flat).reshape(-1, size, size), ordinal=ordinal)
            for times in draws(len(counts), self.times, self.seed)
        ]
        return Figure(value, *interval(np.concatenate([np.zeros(0), *drawn])))

    def _means(self, values: Floats, more: int = 0) -> Floats:
        parts = draws(len(values), self.times, self.seed + more)
        return np.concatenate([np.zeros(0), *(times @ values / len(values) for times in parts)])


def alphas(tables: Floats, *, ordinal: bool) -> Floats:
    """Krippendorff's alpha of many draws at once, for which the library would take minutes.

    Args:
        tables: Of coincidences, shape (draws, values, values).
        ordinal: Whether a greater difference is worse.

    Returns:
        Shape (draws,); NaN where all say the same of everything.
    """
    totals = tables.sum(axis=2)
    ones = np.eye(tables.shape[1])
    middles = totals.cumsum(axis=1) - totals / 2
    apart = (middles[:, :, None] - middles[:, None, :]) ** 2 if ordinal else 1 - ones
    pairs = totals[:, :, None] * totals[:, None, :] - totals[:, :, None] * ones
    observed = (tables * apart).sum(axis=(1, 2))
    expected = (pairs * apart).sum(axis=(1, 2)) / (totals.sum(axis=1) - 1)
    with np.errstate(invalid="ignore"):
        found: Floats = 1 - observed / expected
    return found


def _coincidences(counts: Ints) -> Floats:
    """Which two answers each comment has, each answer counted once; (comments, values, values)."""
    ones = np.eye(counts.shape[1])
    both = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * ones
    found: Floats = both / (counts.sum(axis=1) - 1)[:, None, None]
    return found


def _pairs_of_answers(counts: Ints) -> Ints:
    both = counts.T @ counts - np.diag(counts.sum(axis=0))
    found: Ints = both - np.diag(both.diagonal() // 2)
    return found


def _names(current: pa.Table) -> list[str]:
    return sorted(pc.unique(current["annotator"].drop_null()).to_pylist())


def _annotator(
    name: str, current: pa.Table, column: str, shared: _Answers, chance: _Bootstrap
) -> Annotator:
    own = current.filter(pc.equal(current["annotator"], name))
    skipped = own["skipped"].fill_null(False)
    answered = own.filter(pc.and_not(own[column].is_valid(), skipped))
    accepted = answered["accepted"].drop_null()
    seconds = answered["seconds"].drop_null().to_numpy()
    mine = np.flatnonzero(shared.people == name)
    above = shared.above_others()[mine[np.argsort(shared.times[mine], kind="stable")]]
    half = len(above) // 2
    return Annotator(
        name,
        answered=pc.count_distinct(answered["comment_id"]).as_py(),
        skipped=pc.sum(skipped).as_py() or 0,
        seconds=float(np.median(seconds)) if len(seconds) else None,
        corrected=1 - pc.mean(accepted).as_py() if len(accepted) else None,
        overlapped=len(above),
        drift=chance.mean(above),
        moved=chance.growth(above[:half], above[half:]),
    )


def _pairs(shared: _Answers) -> Iterator[Pair]:
    """All who share comments."""
    names = sorted(set(shared.people))
    given = np.full((len(names), len(shared.sizes)), -1)
    heights = np.zeros(given.shape)
    rows = np.searchsorted(np.array(names, object), shared.people)
    given[rows, shared.comments] = shared.values
    heights[rows, shared.comments] = shared.heights
    for first, second in combinations(range(len(names)), 2):
        both = (given[first] >= 0) & (given[second] >= 0)
        if both.any():
            above = float((heights[second, both] - heights[first, both]).mean())
            one, other = given[first, both], given[second, both]
            yield _pair((names[first], names[second]), one, other, above, shared.domain)


def _pair(
    names: tuple[str, str], first: Ints, second: Ints, above: float, domain: Sequence[str | int]
) -> Pair:
    from sklearn.metrics import cohen_kappa_score, confusion_matrix  # noqa: PLC0415  slow to load

    places = range(len(domain))
    several = len(np.union1d(first, second)) > 1  # else kappa is not defined

    def kappa(weights: str | None) -> float | None:
        return (
            float(cohen_kappa_score(first, second, labels=list(places), weights=weights))
            if several
            else None
        )

    return Pair(
        *names,
        comments=len(first),
        alike=float((first == second).mean()),
        kappa=kappa(None),
        weighted_kappa=kappa("quadratic") if isinstance(domain[0], int) else None,
        difference=above,
        table=confusion_matrix(first, second, labels=list(places)).tolist(),
    )


def _share(right: Flags) -> Figure:
    """How many are right, with Wilson's interval: the bootstrap knows no doubt if all are."""
    if not len(right):
        return Figure(None, None, None)
    counted = binomtest(int(right.sum()), len(right))
    low, high = counted.proportion_ci(CONFIDENCE, method="wilson")
    return Figure(float(right.mean()), float(low), float(high))


def _right(current: pa.Table, labels: pa.Table, tier: Tier) -> Flags:
    """Of audited comments, whether the model had shown the risk that people gave."""
    column = answer_column(tier)
    shown = f"shown_{column}"
    chosen = current.filter(
        pc.and_(pc.equal(current["chosen_by"], AUDIT), current[shown].is_valid())
    )
    last = chosen.sort_by("updated_at").group_by("comment_id", use_threads=False)
    both = last.aggregate([(shown, "last")]).join(labels, "comment_id", join_type="inner")
    both = both.sort_by("comment_id")

    def high(values: pa.ChunkedArray) -> Flags:
        is_high = (
            pc.greater_equal(values, HIGH_RISK) if tier is Tier.HARD else pc.equal(values, "high")
        )
        flags: Flags = is_high.to_numpy()
        return flags

    right: Flags = high(both[f"{shown}_last"]) == high(both[column])
    return right
