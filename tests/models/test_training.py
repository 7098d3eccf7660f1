"""What training does with batches, thresholds and interruptions."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score
from transformers import BertModel

from treehole.models.classifiers import RiskClassifier, RiskConfig
from treehole.models.datasets import Dataset
from treehole.models.training import (
    Lesson,
    Settings,
    Step,
    batches_of,
    best_threshold,
    fit,
    high_weight,
)
from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer

SUNNY, GLOOMY = "今天天气很好，去公园走走", "今天很难过，一个人坐着"


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
    if size > 1:
        assert len(left_out) <= 1
        assert all(len(batch) > 1 for batch in batches) or len(batches) == 1


def test_the_rarer_risk_counts_more() -> None:
    assert high_weight(np.array([1, 0, 0, 0, 0], np.float32)) == pytest.approx(2)
    assert high_weight(np.array([1, 0], np.float32)) == 1
    assert high_weight(np.zeros(3, np.float32)) == 1


class Stopped(Exception):  # noqa: N818
    """Raised in the middle of training."""


class Classroom:
    """A small classifier, and comments of two kinds."""

    def __init__(self) -> None:
        texts = [f"{SUNNY}{n % 7}" for n in range(40)] + [f"{GLOOMY}{n % 5}" for n in range(20)]
        counts = CharacterCounts()
        counts.add(texts)
        vocabulary = choose_vocabulary(counts, 1)
        self.tokenizer = make_tokenizer(vocabulary, 32)
        self.size = len(vocabulary)
        high = np.array([0] * 40 + [1] * 20, np.float32)
        levels = np.where(high > 0, 8, 1)
        users = np.arange(60)
        self.dataset = Dataset(texts, high, levels, np.ones(60, np.float32), users, [None] * 60, {})
        self.held_out = users % 5 == 0

    def classifier(self, kind: str) -> RiskClassifier:
        torch.manual_seed(3)
        encoder = {
            "model_type": "bert", "vocab_size": self.size, "hidden_size": 16,
            "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
        }  # fmt: skip
        return RiskClassifier(RiskConfig(kind=kind, encoder=encoder, levels=True))

    def lesson(self, kept: Path | None = None) -> Lesson:
        return Lesson(self.dataset, self.held_out, kept=kept)


@pytest.fixture(scope="module")
def room() -> Classroom:
    return Classroom()


@pytest.mark.parametrize("kind", ["bert", "finetune", "psychology-plus"])
def test_it_learns(room: Classroom, kind: str) -> None:
    steps: list[Step] = []
    made = room.classifier(kind)
    before = {name: value.clone() for name, value in made.encoder.state_dict().items()}
    settings = Settings(epochs=30, batch=8, learning_rate=5e-3, patience=30)
    history, probabilities, levels = fit(
        made, room.tokenizer, room.lesson(), settings, steps.append
    )
    assert history.losses[-1] < history.losses[0]
    assert max(history.f1) == 1 or kind != "bert"
    assert history.f1[history.best - 1] == max(history.f1)
    assert len(probabilities) == len(levels) == 12
    assert made.config.threshold == history.threshold
    changed = any(
        not torch.equal(before[name], value) for name, value in made.encoder.state_dict().items()
    )
    assert changed == (kind == "bert")
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1


def test_it_ends_when_nothing_is_gained(room: Classroom) -> None:
    settings = Settings(epochs=50, batch=8, learning_rate=1e-12, patience=3)
    history, _, _ = fit(
        room.classifier("bert"), room.tokenizer, room.lesson(), settings, lambda _: None
    )
    assert (history.best, len(history.f1)) == (1, 4)


def test_stopped_and_begun_again_it_ends_the_same(room: Classroom, tmp_path: Path) -> None:
    settings = Settings(epochs=4, batch=8, learning_rate=5e-3, patience=4)

    def stop(step: Step) -> None:
        if step.epoch == 3 and step.seen > 20:
            raise Stopped

    whole = room.classifier("bert")
    history, expected, _ = fit(whole, room.tokenizer, room.lesson(), settings, lambda _: None)
    with pytest.raises(Stopped):
        fit(room.classifier("bert"), room.tokenizer, room.lesson(tmp_path), settings, stop)
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors"}
    again = room.classifier("bert")
    resumed, found, _ = fit(again, room.tokenizer, room.lesson(tmp_path), settings, lambda _: None)
    assert resumed.f1 == history.f1
    assert np.allclose(found, expected, atol=1e-6)


def test_the_encoder_is_one_that_transformers_knows(room: Classroom) -> None:
    assert isinstance(room.classifier("bert").encoder, BertModel)
