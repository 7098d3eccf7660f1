"""Which comments people are to see."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.annotation.candidates import Candidates
from treehole.annotation.selection import (
    AUDIT,
    Choice,
    Mix,
    Settings,
    Strategy,
    choose,
    default_mix,
    needs_rules,
    read_mix,
)
from treehole.corpus.levels import HIGH_RISK, UNKNOWN
from treehole.errors import UsageError
from treehole.models.datasets import Tier

Ints = npt.NDArray[np.int64]
WORDS = ("猫", "雨", "工作", "考试", "药", "天台", "睡觉", "朋友")


def candidates(size: int, order: Ints | None = None, *, by_rules: bool = False) -> Candidates:
    """Invented ones, the same in whatever order; one in five is of high risk."""
    chance = np.random.default_rng(0)
    probabilities = np.sort(chance.random(size))[chance.permutation(size)]
    levels = chance.integers(UNKNOWN, 11, size).astype(np.int8)
    rules = chance.integers(UNKNOWN, 11, size).astype(np.int8)
    order = np.arange(size) if order is None else order
    return Candidates(
        pa.array([f"c{number:04}" for number in order], pa.string()),
        np.arange(size),
        probabilities[order],
        probabilities[order] >= 0.8,
        levels[order],
        rules[order],
        by_rules,
        size,
        {},
    )


def texts_of(some: Candidates) -> list[str]:
    numbers = [int(name[1:]) for name in some.ids.to_pylist()]
    return [WORDS[number % len(WORDS)] * (2 + number % 3) for number in numbers]


def chosen(some: Candidates, size: int, mix: Mix, audit: float = 0.0, seed: int = 1) -> Choice:
    texts = texts_of(some)

    def asked(positions: Ints) -> Sequence[str]:
        return [texts[position] for position in positions]

    return choose(some, Settings(size, audit, mix, seed), asked)


def by(choice: Choice, name: str) -> Ints:
    return choice.positions[np.array(choice.chosen_by) == name]


MIXES = st.dictionaries(st.sampled_from(Strategy), st.floats(0.1, 10), min_size=1)


@given(
    mix=MIXES,
    size=st.integers(1, 60),
    there=st.integers(0, 50),
    audit=st.floats(0, 1),
    seed=st.integers(0, 9),
)
def test_each_is_chosen_once_and_as_many_as_asked_for(
    mix: Mix, size: int, there: int, audit: float, seed: int
) -> None:
    some = candidates(there)
    choice = chosen(some, size, mix, audit, seed)
    assert len(set(choice.positions.tolist())) == len(choice.positions) == len(choice.chosen_by)
    counts = Counter(choice.chosen_by)
    assert counts[AUDIT] == round(min(size, there) * audit)
    assert set(counts) <= {AUDIT, *mix}
    if set(mix) != {Strategy.DISAGREEMENT}:
        assert len(choice.positions) == min(size, there)


@given(mix=MIXES, seed=st.integers(0, 3), order=st.permutations(range(40)))
def test_the_order_of_the_table_does_not_matter(mix: Mix, seed: int, order: list[int]) -> None:
    def named(some: Candidates) -> list[tuple[str, str]]:
        choice = chosen(some, 20, mix, 0.2, seed)
        names = some.ids.take(pa.array(choice.positions)).to_pylist()
        return list(zip(names, choice.chosen_by, strict=True))

    assert named(candidates(40, np.array(order))) == named(candidates(40))


@pytest.mark.parametrize("strategy", Strategy)
def test_another_seed_draws_another_audit(strategy: Strategy) -> None:
    some = candidates(400)
    one, other = (by(chosen(some, 50, {strategy: 1}, 0.5, seed), AUDIT) for seed in (1, 2))
    assert set(one.tolist()) != set(other.tolist())


def test_the_audit_is_drawn_from_all_alike() -> None:
    some = candidates(100)
    drawn = Counter[int]()
    for seed in range(400):
        choice = chosen(some, 20, {Strategy.UNCERTAIN: 1, Strategy.URGENT: 1}, 0.5, seed)
        drawn.update(by(choice, AUDIT).tolist())
    counts = np.array([drawn[position] for position in range(100)])
    assert counts.sum() == 400 * 10
    # Each is drawn 40 times on average, with a standard deviation of 6.
    assert counts.min() > 40 - 5 * 6
    assert counts.max() < 40 + 5 * 6
    assert abs(np.corrcoef(counts, some.probabilities)[0, 1]) < 0.4


def test_balanced_are_as_many_of_high_as_of_low_risk() -> None:
    some = candidates(500)
    choice = chosen(some, 100, {Strategy.BALANCED: 1})
    assert some.high[choice.positions].sum() == 50


@pytest.mark.parametrize("seed", range(3))
def test_where_one_risk_is_rare_all_of_it_is_chosen(seed: int) -> None:
    some = candidates(100)
    choice = chosen(some, 60, {Strategy.BALANCED: 1}, seed=seed)
    assert set(np.flatnonzero(some.high).tolist()) <= set(choice.positions.tolist())
    assert len(choice.positions) == 60


def test_uncertain_are_those_nearest_the_threshold() -> None:
    some = candidates(300)
    choice = chosen(some, 30, {Strategy.UNCERTAIN: 1})
    distances = np.abs(some.probabilities - some.threshold)
    assert distances[choice.positions].max() <= np.sort(distances)[29]


def test_disagreement_is_where_rules_and_model_say_different_risks() -> None:
    some = candidates(300)
    choice = chosen(some, 30, {Strategy.DISAGREEMENT: 1})
    assert some.rules_levels is not None
    rules = some.rules_levels[choice.positions]
    assert (rules != UNKNOWN).all()
    assert ((rules >= HIGH_RISK) != some.high[choice.positions]).all()
    distances = np.abs(some.rules_levels / 10 - some.probabilities)
    differ = (some.rules_levels != UNKNOWN) & ((some.rules_levels >= HIGH_RISK) != some.high)
    assert distances[choice.positions].min() >= np.sort(distances[differ])[-30]


def test_what_does_not_disagree_is_left_to_the_other_strategies() -> None:
    some = candidates(40)
    choice = chosen(some, 40, {Strategy.DISAGREEMENT: 9, Strategy.UNCERTAIN: 1})
    counts = Counter(choice.chosen_by)
    assert counts["disagreement"] < 36
    assert counts["disagreement"] + counts["uncertain"] == 40


def test_without_a_model_nothing_disagrees() -> None:
    with pytest.raises(UsageError, match="no model can contradict"):
        chosen(candidates(10, by_rules=True), 5, {Strategy.DISAGREEMENT: 1})


def test_urgent_are_the_highest_levels_and_then_probabilities() -> None:
    some = candidates(300)
    choice = chosen(some, 30, {Strategy.URGENT: 1})
    key = some.urgency * 10 + some.probabilities
    assert key[choice.positions].min() >= np.sort(key)[-30]


def test_where_the_model_gives_no_level_that_of_the_rules_is_urgent() -> None:
    some = candidates(50)
    assert some.rules_levels is not None
    unknown = some.levels == UNKNOWN
    assert (some.urgency[unknown] == some.rules_levels[unknown]).all()
    assert (some.urgency[~unknown] == some.levels[~unknown]).all()


def test_diverse_are_some_of_every_kind() -> None:
    some = candidates(400)
    kinds = np.array([text[0] for text in texts_of(some)])
    choice = chosen(some, len(WORDS), {Strategy.DIVERSE: 1})
    assert len(set(kinds[choice.positions])) >= len(WORDS) - 1


def test_diverse_asks_for_the_texts_of_a_sample_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treehole.annotation.selection.SAMPLE", 50)
    some = candidates(400)
    texts, asked = texts_of(some), list[int]()

    def give(positions: Ints) -> Sequence[str]:
        asked.extend(positions.tolist())
        return [texts[position] for position in positions]

    choice = choose(some, Settings(20, 0, {Strategy.DIVERSE: 1}, 1), give)
    assert len(choice.positions) == 20
    assert len(asked) == 50


def test_more_than_there_are_clusters_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treehole.annotation.selection.MOST_CLUSTERS", 3)
    choice = chosen(candidates(100), 40, {Strategy.DIVERSE: 1})
    assert len(choice.positions) == 40


def test_what_people_see_first_is_of_every_strategy() -> None:
    choice = chosen(candidates(1000), 300, {Strategy.URGENT: 1, Strategy.UNCERTAIN: 1}, 0.3)
    assert len(set(choice.chosen_by[:30])) == 3


@pytest.mark.parametrize(
    ("given", "mix"),
    [
        (["balanced"], {Strategy.BALANCED: 1}),
        (["uncertain=2", "diverse"], {Strategy.UNCERTAIN: 2, Strategy.DIVERSE: 1}),
        (["uncertain=2, diverse=0.5"], {Strategy.UNCERTAIN: 2, Strategy.DIVERSE: 0.5}),
    ],
)
def test_a_mix_is_read(given: list[str], mix: Mix) -> None:
    assert read_mix(given) == mix


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["randm"], "“randm” is no strategy; choose from balanced, "),
        ([""], "“” is no strategy"),
        (["urgent=0"], "the share of urgent is “0”"),
        (["urgent=many"], "the share of urgent is “many”"),
        (["urgent=inf"], "the share of urgent is “inf”"),
        (["urgent="], "the share of urgent is “”"),
        (["urgent,urgent=2"], "urgent is named twice"),
    ],
)
def test_what_is_no_mix_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_mix(given)


def test_the_default_depends_on_the_tier() -> None:
    assert set(default_mix(Tier.EASY, by_rules=False)) == {Strategy.BALANCED}
    assert Strategy.DISAGREEMENT in default_mix(Tier.HARD, by_rules=False)
    assert Strategy.DISAGREEMENT not in default_mix(Tier.HARD, by_rules=True)


def test_the_rules_are_asked_where_a_strategy_needs_them() -> None:
    assert needs_rules({Strategy.DISAGREEMENT: 1}, levels=True)
    assert needs_rules({Strategy.URGENT: 1}, levels=False)
    assert not needs_rules({Strategy.URGENT: 1, Strategy.BALANCED: 1}, levels=True)
    assert not needs_rules({Strategy.UNCERTAIN: 1, Strategy.DIVERSE: 1}, levels=False)
