"""Selection: which of the candidates people should see.

A share of them, the audit, is drawn first, at random from all candidates: whatever else is chosen,
on these the accuracy of a model can be estimated without bias. The others are chosen by strategies
that may be mixed:

- balanced: as many of high as of low risk, at random within each (Fu et al. 2021, J Med Internet
  Res 23(8):e26119);
- uncertain: those nearest the model's threshold (uncertainty sampling; Lewis & Gale 1994);
- disagreement: those of which rules and model say different things, the widest apart first;
- diverse: one from each cluster of like comments, the nearest to its centre;
- urgent: the highest level first, then the highest probability.

The same candidates, sizes and seed give the same choice, whatever the order of the candidates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from treehole.annotation.candidates import Candidates
from treehole.corpus.levels import HIGH_RISK, LEVELS, UNKNOWN
from treehole.errors import UsageError
from treehole.models.datasets import Tier

Ints = npt.NDArray[np.int64]
Texts = Callable[[Ints], Sequence[str]]
"""Gives the texts of candidates by their positions."""

AUDIT = "audit"
SAMPLE = 50_000
"""Comments that clusters are sought among; of more, these are drawn at random."""
MOST_CLUSTERS = 2_000
"""Where more comments are wanted, several come from each cluster."""

_CHARACTERS = 500
"""What a comment is about shows in its beginning."""
_FEATURES = 2**16
_DIMENSIONS = 64


class Strategy(StrEnum):
    """By what comments are chosen, in the order in which they choose.

    One that may find fewer than it should comes before those that never do, and leaves them the
    rest.
    """

    DISAGREEMENT = "disagreement"
    URGENT = "urgent"
    UNCERTAIN = "uncertain"
    DIVERSE = "diverse"
    BALANCED = "balanced"


Mix = Mapping[Strategy, float]
"""The share of each strategy, in any unit."""

DEFAULTS: dict[Tier, Mix] = {
    Tier.EASY: {Strategy.BALANCED: 1},
    Tier.HARD: {Strategy.UNCERTAIN: 1, Strategy.DISAGREEMENT: 1, Strategy.URGENT: 1},
}
"""Students label enough for a plain balance, as in the paper. Of what a psychologist has time for,
each comment should tell much: where the model does not know, where rules and model contradict each
other, and where a life may be at stake, which are the levels there is least to learn from.
"""


@dataclass(frozen=True)
class Settings:
    """How to choose.

    Attributes:
        size: How many; fewer are chosen only if there are no more.
        audit: The share drawn at random from all candidates, 0 to 1.
        mix: How the others are chosen.
        seed: Another one gives another choice.
    """

    size: int
    audit: float
    mix: Mix
    seed: int


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        positions: Of the candidates, in the order in which people are to see them.
        chosen_by: For each what it was chosen by, `audit` or the name of a strategy.
    """

    positions: Ints
    chosen_by: Sequence[str]


def read_mix(given: Sequence[str]) -> Mix:
    """The mix of strategies that a person asked for.

    Args:
        given: Such as `uncertain=2`, `diverse`, or several of them with commas between.

    Raises:
        UsageError: There is no such strategy, one is named twice, or a share is no number above 0.
    """
    mix: dict[Strategy, float] = {}
    for entry in ",".join(given).split(","):
        name, equals, share = entry.strip().partition("=")
        if name not in list(Strategy):
            message = f"“{name}” is no strategy; choose from {', '.join(sorted(Strategy))}"
            raise UsageError(message)
        if Strategy(name) in mix:
            message = f"the strategy {name} is named twice; name it once, with its share"
            raise UsageError(message)
        mix[Strategy(name)] = _share(name, share) if equals else 1.0
    return mix


def default_mix(tier: Tier, *, by_rules: bool) -> Mix:
    """The mix of a tier where none was asked for.

    Args:
        tier: Easy or hard.
        by_rules: Whether there is no model that rules could contradict.
    """
    mix = DEFAULTS[tier]
    return {s: share for s, share in mix.items() if not (by_rules and s is Strategy.DISAGREEMENT)}


def needs_rules(mix: Mix, *, levels: bool) -> bool:
    """Whether the rules must judge every candidate.

    Args:
        mix: The strategies.
        levels: Whether the predictions have levels.
    """
    return Strategy.DISAGREEMENT in mix or (Strategy.URGENT in mix and not levels)


def choose(candidates: Candidates, settings: Settings, texts: Texts) -> Choice:
    """Choose what people should see.

    Args:
        candidates: To choose from.
        settings: How to.
        texts: Asked for the texts of a sample, if clusters are sought.

    Raises:
        UsageError: Rules and model cannot be compared, as there is no model.
    """
    if Strategy.DISAGREEMENT in settings.mix and candidates.by_rules:
        message = (
            "these are labels by rules, which no model can contradict; choose by another strategy "
            "than disagreement, or name what treehole predict wrote"
        )
        raise UsageError(message)
    size = min(settings.size, len(candidates))
    ranks = candidates.ranks(settings.seed)
    taken = np.zeros(len(candidates), np.bool_)
    parts: list[tuple[str, Ints]] = []

    def take(name: str, ordered: Ints, count: int) -> int:
        """Takes the first that are free; how many could not be."""
        chosen = ordered[~taken[ordered]][:count]
        taken[chosen] = True
        parts.append((name, chosen))
        return count - len(chosen)

    take(AUDIT, np.argsort(ranks), round(size * settings.audit))
    short = 0
    for strategy, count in _counts(settings.mix, size - int(taken.sum())).items():
        free = np.flatnonzero(~taken)
        free = free[np.argsort(ranks[free])]  # whatever is equal otherwise goes by the shuffle
        ordered = _ordered(strategy, candidates, free, count + short, (settings.seed, texts))
        short = take(strategy, ordered, count + short)
    positions = np.concatenate([part for _, part in parts])
    names = np.repeat([name for name, _ in parts], [len(part) for _, part in parts])
    # Whoever stops half-way has seen some of each, and Label Studio gives the first to several.
    order = np.argsort(candidates.at(positions).ranks(~settings.seed))  # not that of the audit
    return Choice(positions[order], names[order].tolist())


def _share(name: str, share: str) -> float:
    try:
        number = float(share)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        message = f"the share of {name} is “{share}”; give a number above 0, such as {name}=2"
        raise UsageError(message)
    return number


def _counts(mix: Mix, size: int) -> dict[Strategy, int]:
    """How many each strategy is to choose, in the order in which they choose."""
    ordered = [strategy for strategy in Strategy if strategy in mix]
    bounds = np.cumsum([0.0, *(mix[strategy] for strategy in ordered)])
    edges = np.round(size * bounds / bounds[-1]).astype(int)
    return dict(zip(ordered, np.diff(edges).tolist(), strict=True))


def _ordered(
    strategy: Strategy, candidates: Candidates, free: Ints, count: int, how: tuple[int, Texts]
) -> Ints:
    """The free candidates that a strategy would choose, the first first; `free` is shuffled."""
    probabilities = candidates.probabilities[free]
    if strategy is Strategy.UNCERTAIN:
        return free[np.argsort(np.abs(probabilities - candidates.threshold), kind="stable")]
    if strategy is Strategy.URGENT:
        levels = candidates.urgency[free].astype(np.int64)
        urgent: Ints = free[np.lexsort([-probabilities, -levels])]
        return urgent
    if strategy is Strategy.DISAGREEMENT:
        return _disagreeing(candidates, free)
    if strategy is Strategy.DIVERSE:
        return _spread(free[:SAMPLE], count, *how)
    return _balanced(candidates.high[free], free, count)


def _disagreeing(candidates: Candidates, free: Ints) -> Ints:
    """Those whose risk the rules see otherwise, the farthest apart first."""
    if candidates.rules_levels is None:
        message = "the rules have not been asked"
        raise ValueError(message)
    levels = candidates.rules_levels[free]
    differ = (levels != UNKNOWN) & ((levels >= HIGH_RISK) != candidates.high[free])
    free, levels = free[differ], levels[differ]
    distances = np.abs(levels / LEVELS[-1] - candidates.probabilities[free])
    ordered: Ints = free[np.argsort(-distances, kind="stable")]
    return ordered


def _balanced(high: npt.NDArray[np.bool_], free: Ints, count: int) -> Ints:
    """Half of high and half of low risk; where one has too few, more of the other."""
    highs, lows = free[high], free[~high]
    half = min(max((count + 1) // 2, count - len(lows)), len(highs))
    return np.concatenate([highs[:half], lows[: count - half]])


def _spread(sample: Ints, count: int, seed: int, texts: Texts) -> Ints:
    """Those nearest to the centres of clusters, then the second nearest, and so on.

    Comments are compared by their weighted character 1- to 3-grams in 64 dimensions (latent
    semantic analysis; Deerwester et al. 1990).
    """
    count = min(count, len(sample))
    if count == 0:
        return sample[:0]
    points = _points([text[:_CHARACTERS] for text in texts(sample)], seed)
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415  slow to load

    means = MiniBatchKMeans(
        min(count, MOST_CLUSTERS), batch_size=8192, n_init=1, max_iter=20, random_state=seed
    )
    clusters = means.fit_predict(points)
    distances = np.linalg.norm(points - means.cluster_centers_[clusters], axis=1)
    order = np.lexsort([distances, clusters])
    firsts = np.searchsorted(clusters[order], clusters[order])
    places = np.arange(len(order)) - firsts  # among those of the same cluster
    ordered: Ints = sample[order[np.lexsort([distances[order], places])]]
    return ordered


def _points(texts: Sequence[str], seed: int) -> npt.NDArray[np.float64]:
    """Where comments stand, shape (comments, dimensions)."""
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415  slow to load
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer  # noqa: PLC0415

    counts = HashingVectorizer(
        analyzer="char", ngram_range=(1, 3), n_features=_FEATURES, alternate_sign=False, norm=None
    ).transform(texts)
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    dimensions = min(_DIMENSIONS, len(texts))
    analysis = TruncatedSVD(dimensions, n_iter=2, random_state=seed)
    with np.errstate(invalid="ignore"):  # where all texts are the same, no variance is explained
        points: npt.NDArray[np.float64] = analysis.fit_transform(weighted)
    return points
