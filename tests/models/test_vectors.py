"""Sentence vectors: worked out once, and kept as long as they are whole and asked for."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from classroom import SUNNY, Classroom

from treehole.models.classifiers import RiskClassifier
from treehole.models.vectors import KEPT, Floats, sentence_vectors


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "treehole" / "vectors"


def vectors(
    room: Classroom, texts: Sequence[str], classifier: RiskClassifier | None = None
) -> tuple[Floats, int]:
    """The vectors, and in how many steps they came: a batch each, or all at once."""
    steps: list[int] = []
    made = classifier or room.classifier("finetune")
    found = sentence_vectors(made, room.tokenizer, texts, steps.append)
    assert sum(steps) == len(texts)
    return found, len(steps)


TEXTS = [f"{SUNNY}{n}" for n in range(100)]


def test_they_are_those_of_the_encoder(room: Classroom, cache: Path) -> None:
    made = room.classifier("finetune")
    found, _ = vectors(room, TEXTS[:3], made)
    for text, vector in zip(TEXTS, found, strict=False):
        ids = torch.tensor([room.tokenizer(text)["input_ids"]])
        with torch.inference_mode():
            expected = made.vectors(ids, torch.ones_like(ids))[0]
        assert np.allclose(vector, expected, atol=2e-2)  # where it is computed in bfloat16


def test_they_are_worked_out_once(room: Classroom, cache: Path) -> None:
    first, batches = vectors(room, TEXTS)
    again, steps = vectors(room, TEXTS)
    assert batches > steps == 1
    assert np.array_equal(first, again)
    [kept] = cache.iterdir()
    assert SUNNY.encode() not in kept.read_bytes()
    assert cache.stat().st_mode & 0o077 == 0


def test_of_other_texts_or_another_encoder_they_are_others(room: Classroom, cache: Path) -> None:
    vectors(room, TEXTS)
    assert vectors(room, TEXTS[::-1])[1] > 1
    other = room.classifier("finetune")
    with torch.no_grad():
        next(other.encoder.parameters()).mul_(2)
    assert vectors(room, TEXTS, other)[1] > 1
    shorter = room.classifier("finetune")
    shorter.config.tokens = 4
    assert vectors(room, TEXTS, shorter)[1] > 1
    same = room.classifier("psychology-plus")
    with torch.no_grad():
        same.encoder.pooler.dense.weight.mul_(2)
    assert vectors(room, TEXTS, same)[1] == 1
    assert len(list(cache.iterdir())) == 4


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_damaged_file_is_made_anew(room: Classroom, cache: Path, place: int) -> None:
    expected, _ = vectors(room, TEXTS)
    [kept] = cache.iterdir()
    content = bytearray(kept.read_bytes())
    content[place] ^= 255
    kept.write_bytes(content)
    assert np.array_equal(vectors(room, TEXTS)[0], expected)
    kept.write_bytes(content[: len(content) // 2])
    assert np.array_equal(vectors(room, TEXTS)[0], expected)
    assert vectors(room, TEXTS)[1] == 1


def test_a_few_files_are_kept(room: Classroom, cache: Path) -> None:
    vectors(room, TEXTS)
    [first] = cache.iterdir()
    for number in range(KEPT):
        vectors(room, TEXTS[: 65 + number])
        os.utime(first, (2e9 + number, 2e9 + number))
    assert len(list(cache.iterdir())) == KEPT
    assert first.exists()


def test_where_nothing_can_be_kept_it_works_as_well(
    room: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert vectors(room, TEXTS)[0].shape == (100, 16)
