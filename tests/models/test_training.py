"""What training does with batches, thresholds and interruptions."""

from pathlib import Path

import numpy as np
import pytest
import torch
from classroom import Classroom
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score
from transformers import BertModel

from treehole.errors import TreeholeError
from treehole.models.training import (
    Lesson,
    Settings,
    Step,
    batches_of,
    best_threshold,
    fit,
    high_weight,
)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1))
def test_no_threshold_is_better(pairs: list[tuple[bool, int]]) -> None:
    high = np.array([h for h, _ in pairs], np.float32)
    probabilities = np.array([p / 8 for _, p in pairs], np.float32)
    best, threshold = best_threshold(high, probabilities)
    assert f1_score(high, probabilities >= threshold, zero_division=0) == pytest.approx(best)
    for other in np.arange(-0.05, 1.1, 0.0625):
        assert f1_score(high, probabilities >= other, zero_division=0) <= best + 1e-6


@given(st.integers(1, 300), st.integers(1, 20), st.integers(0, 3))
def test_batches_hold_each_row_once(count: int, size: int, seed: int) -> None:
    lengths = np.random.default_rng(seed).integers(2, 100, count + 10)
    rows = np.arange(5, 5 + count)
    batches = list(batches_of(rows, lengths, size, np.random.default_rng(seed)))
    found = sorted(row for batch in batches for row in batch.tolist())
    left_out = set(rows.tolist()) - set(found)
    assert len(found) == len(set(found))
    assert max(map(len, batches), default=0) <= size
    assert len(left_out) <= (size > 1)
    assert all(len(batch) > 1 for batch in batches) or len(batches) == 1 or size == 1


def test_the_rarer_risk_counts_more() -> None:
    assert high_weight(np.array([1, 0, 0, 0, 0], np.float32)) == pytest.approx(2)
    assert high_weight(np.array([1, 0], np.float32)) == 1
    assert high_weight(np.zeros(3, np.float32)) == 1


def nobody(_: Step) -> None:
    """Is told of progress."""


class Stopped(Exception):  # noqa: N818
    """Raised in the middle of training."""


@pytest.mark.parametrize("kind", ["bert", "finetune", "psychology-plus"])
def test_it_learns(room: Classroom, kind: str) -> None:
    steps: list[Step] = []
    made = room.classifier(kind)
    before = {name: value.clone() for name, value in made.encoder.state_dict().items()}
    settings = Settings(epochs=30, batch=8, learning_rate=5e-3, patience=30)
    history, found = fit(made, room.lesson(made), settings, steps.append)
    assert history.losses[-1] < history.losses[0]
    assert max(history.f1) == 1 or kind != "bert"
    assert history.f1[history.best - 1] == max(history.f1)
    assert found.levels is not None
    assert len(found.probabilities) == len(found.levels) == 12
    changed = any(
        not torch.equal(before[name], value) for name, value in made.encoder.state_dict().items()
    )
    assert changed == (kind == "bert")
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1


def test_it_ends_when_nothing_is_gained(room: Classroom) -> None:
    settings = Settings(epochs=50, batch=8, learning_rate=1e-12, patience=3)
    made = room.classifier("bert")
    history, _ = fit(made, room.lesson(made), settings, nobody)
    assert (history.best, len(history.f1)) == (1, 4)


def test_the_weights_of_the_best_epoch_are_kept(room: Classroom) -> None:
    made = room.classifier("finetune")
    settings = Settings(epochs=8, batch=8, learning_rate=5e-2, patience=8)
    history, found = fit(made, room.lesson(made), settings, nobody)
    high = room.dataset.high[::5]
    assert best_threshold(high, found.probabilities) == (max(history.f1), history.threshold)


def test_with_nothing_held_out_the_last_epoch_is_the_best(room: Classroom) -> None:
    made = room.classifier("finetune")
    everything = np.arange(60)
    lesson = Lesson(room.dataset, room.inputs(made), everything, everything[:0])
    settings = Settings(epochs=5, batch=8, learning_rate=1e-12, patience=1)
    history, found = fit(made, lesson, settings, nobody)
    assert (history.best, len(history.losses), history.f1) == (5, 5, [])
    assert found.levels is not None
    assert len(found.probabilities) == len(found.levels) == 0


def test_a_batch_may_be_one_comment(room: Classroom) -> None:
    made = room.classifier("psychology-plus")
    settings = Settings(epochs=1, batch=1, learning_rate=1e-3, patience=1)
    steps: list[Step] = []
    fit(made, room.lesson(made), settings, steps.append)
    assert steps[-1].seen == 48


def test_weights_that_are_no_numbers(room: Classroom) -> None:
    made = room.classifier("finetune")
    settings = Settings(epochs=3, batch=8, learning_rate=1e30, patience=3)
    with pytest.raises(TreeholeError, match=r"use a smaller --learning-rate than 1e\+30"):
        fit(made, room.lesson(made), settings, nobody)


def test_stopped_and_begun_again_it_ends_the_same(room: Classroom, tmp_path: Path) -> None:
    settings = Settings(epochs=4, batch=8, learning_rate=5e-3, patience=4)

    def stop(step: Step) -> None:
        if step.epoch == 3 and step.seen > 20:
            raise Stopped

    whole, begun, again = (room.classifier("bert") for _ in range(3))
    history, expected = fit(whole, room.lesson(whole), settings, nobody)
    with pytest.raises(Stopped):
        fit(begun, room.lesson(begun, tmp_path), settings, stop)
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors"}
    resumed, found = fit(again, room.lesson(again, tmp_path), settings, nobody)
    assert resumed.f1 == history.f1
    assert np.allclose(found.probabilities, expected.probabilities, atol=1e-6)


def test_the_encoder_is_one_that_transformers_knows(room: Classroom) -> None:
    assert isinstance(room.classifier("bert").encoder, BertModel)
