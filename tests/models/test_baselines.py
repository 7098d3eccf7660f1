"""Baselines learn, are saved and opened again, and refuse what they cannot learn from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scoring_apart
from calm_gold import judged

from treehole.corpus.levels import Gold
from treehole.errors import InputError, OutputError
from treehole.models.baselines import Tfidf


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "words"
    Tfidf.fit(*judged()).save(folder)
    return folder


def test_tfidf_learns_and_generalises() -> None:
    texts, gold = judged(seed=2)
    scores = Tfidf.fit(*judged()).score(texts)
    assert ((scores.probabilities >= 0.5) == (gold.high == 1)).mean() > 0.98
    assert scores.levels is not None
    assert (scores.levels == gold.levels).mean() > 0.9


def test_tfidf_says_the_same_once_saved(saved: Path) -> None:
    texts, _ = judged(seed=3)
    texts += ["", "ＡＢＣ\x00", "字" * 10_000]
    before, after = Tfidf.fit(*judged()).score(texts), Tfidf.load(saved).score(texts)
    assert before.probabilities == pytest.approx(after.probabilities, abs=1e-6)
    assert before.levels is not None
    assert after.levels is not None
    assert (before.levels == after.levels).all()
    assert Tfidf.load(saved).name == "words"
    assert {path.suffix for path in saved.iterdir()} == {".json", ".safetensors"}


def test_without_levels_none_are_given() -> None:
    texts, gold = judged()
    unknown = Gold(np.full_like(gold.levels, -1), gold.high)
    assert Tfidf.fit(texts, unknown).score(texts).levels is None


def test_noise_and_case_are_not_learned_from(saved: Path) -> None:
    model = Tfidf.load(saved)
    one, other = model.score(["今晚就走 http://t.cn/abc", "今晚就走            "]).probabilities
    assert one == pytest.approx(other)


@pytest.mark.parametrize(
    ("texts", "high", "said"),
    [
        (["好累", "很好"], [1, 1], "all 2 comments are of high risk"),
        (["好累", "很好"], [0, 0], "all 2 comments are of low risk"),
        ([], [], "there is no comment"),
        (["甲", "乙"], [1, 0], "no character in common"),
    ],
)
def test_too_little_to_learn_from(texts: list[str], high: list[int], said: str) -> None:
    risks = np.array(high, np.int8)
    with pytest.raises(InputError, match=said):
        Tfidf.fit(texts, Gold(np.full(len(high), -1, np.int8), risks))


def test_half_a_model_is_refused(saved: Path) -> None:
    weights = saved / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="words is not whole, or damaged"):
        Tfidf.load(saved)
    weights.unlink()
    with pytest.raises(InputError, match="words is not whole, or damaged"):
        Tfidf.load(saved)


def test_a_full_disk_is_told(small_disk: Path) -> None:
    texts, gold = judged()
    texts = [f"{text}{chr(0x4E00 + n)}{chr(0x4E00 + n)}" for n, text in enumerate(texts)] * 2
    gold = Gold(np.tile(gold.levels, 2), np.tile(gold.high, 2))
    with pytest.raises(OutputError, match="the disk is full"):
        Tfidf.fit(texts, gold).save(small_disk / "model")
    assert not (small_disk / "model/config.json").exists()


@pytest.mark.parametrize("levels", [True, False])
def test_stack(labelling: Callable[..., Any], tmp_path: Path, levels: bool) -> None:
    folder = tmp_path / "stack"
    one, again, saved = labelling(scoring_apart.stacked, folder, levels=levels)
    _, gold = judged()
    assert ((one.probabilities >= 0.5) == (gold.high == 1)).mean() > 0.95
    assert (one.probabilities == again.probabilities).all()
    assert one.probabilities == pytest.approx(saved.probabilities, abs=1e-6)
    assert (one.levels is not None) is levels
    if levels:
        assert np.abs(one.levels - gold.levels).mean() < 0.5
        assert (one.levels == saved.levels).all()
    expected = {".json", ".safetensors", ".txt"}
    assert {path.suffix for path in folder.iterdir()} == expected
    assert json.loads((folder / "config.json").read_text("utf-8"))["kind"] == "stack"
    assert labelling(scoring_apart.reopened_and_empty, folder) == (0, levels)
