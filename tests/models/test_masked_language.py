"""The loop that teaches an encoder."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from treehole.errors import TreeholeError
from treehole.models.devices import seed_all
from treehole.models.masked_language import (
    MaskedLanguageTraining,
    Plan,
    Progress,
    shortened,
)
from treehole.models.masked_objective import frequencies
from treehole.models.token_files import Sequences, flag
from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer

BITS, LENGTH = 16, 16
TOKENIZER = make_tokenizer(choose_vocabulary(CharacterCounts()), LENGTH)


def plan(**settings: object) -> Plan:
    default: dict[str, object] = {
        "steps": 60, "seconds": None, "batch": 16, "learning_rate": 3e-3, "seed": 1,
        "save_every": 1e9,
    }  # fmt: skip
    return Plan(**{**default, **settings})  # type: ignore[arg-type]


def text() -> np.ndarray:
    """A text in which each token tells the next: any model can learn it."""
    return (np.arange(3_000) % 20 + 10).astype(np.uint16) | np.uint16(flag(BITS))


def sequences() -> Sequences:
    return Sequences(text(), LENGTH, TOKENIZER.cls_token_id | flag(BITS), 1)


def training(course: Plan, spread: float = 0.02) -> MaskedLanguageTraining:
    seed_all(0)
    config = BertConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LENGTH,
        initializer_range=spread,
    )
    return MaskedLanguageTraining(
        BertForMaskedLM(config), TOKENIZER, BITS, course, torch.device("cpu")
    )


def test_it_learns(tmp_path: Path) -> None:
    one = training(plan(steps=400))
    held = sequences().in_order(64)
    before, blind = one.losses(held, frequencies(text(), BITS, len(TOKENIZER)))
    told: list[Progress] = []
    one.train(sequences(), held, tmp_path / "kept", told.append)
    after, _ = one.losses(held)
    assert blind == pytest.approx(np.log(20), abs=0.05)
    assert after < blind < before
    assert [progress.share for progress in told] == sorted(progress.share for progress in told)
    assert told[-1].share == 1
    assert one.run.tokens == 400 * 16 * LENGTH
    assert len(one.run.curve) == 100
    assert sum("held_out" in point for point in one.run.curve) == 10
    assert one.run.curve[-1]["held_out"] == pytest.approx(after, abs=1e-4)


def test_what_is_measured_is_the_same_each_time() -> None:
    one, held = training(plan()), sequences().in_order(32)
    assert one.losses(held) == one.losses(held)


def test_the_rate_rises_and_falls() -> None:
    course = plan(steps=100)
    rates = [course.rate(course.share(step + 0.5, 0)) for step in range(100)]
    assert 0 < rates[0] < rates[3] < max(rates) <= course.learning_rate
    assert rates[-1] < 0.01 * course.learning_rate
    timed = plan(steps=None, seconds=10.0)
    assert (timed.share(5, 0.0), timed.share(5, 5.0), timed.share(5, 20.0)) == (0, 0.5, 1)


def test_time_ends_it(tmp_path: Path) -> None:
    one = training(plan(steps=None, seconds=0.3))
    one.train(sequences(), sequences().in_order(0), tmp_path / "kept", lambda _: None)
    assert 0.3 <= one.run.seconds < 10
    assert one.run.step > 0


def test_a_loss_that_is_no_number_is_told(tmp_path: Path) -> None:
    one = training(plan())
    torch.nn.init.constant_(one.model.cls.predictions.bias, float("nan"))
    with pytest.raises(TreeholeError, match="--learning-rate"):
        one.train(sequences(), sequences().in_order(0), tmp_path / "kept", lambda _: None)
    assert not (tmp_path / "kept").exists()


def test_sequences_are_cut_by_turns_and_each_begins_as_before() -> None:
    batch = np.arange(2 * 128).reshape(2, 128)
    batch[:, 0] = 7
    whole, halves, quarters = (shortened(batch.copy(), step) for step in range(3))
    assert (whole == batch).all()
    assert halves.shape == (4, 64)
    assert quarters.shape == (8, 32)
    assert (quarters[:, 0] == 7).all()
    assert (quarters[1, 1:] == batch[0, 33:64]).all()


def test_what_would_become_too_short_is_not_cut() -> None:
    batch = np.zeros((2, 40), np.int64)
    assert shortened(batch, 1).shape == (2, 40)


def test_the_sentence_vector_learns_which_tokens_are_there(tmp_path: Path) -> None:
    """There are two kinds of text, with tokens from 10 on and from 20 on."""
    chance = np.random.default_rng(0)
    kinds = [(chance.integers(10, 20, 600) + 10 * kind).astype(np.uint16) for kind in (0, 1)]
    first = TOKENIZER.cls_token_id | flag(BITS)
    cut = Sequences(np.concatenate(kinds * 5) | np.uint16(flag(BITS)), LENGTH, first, 1)
    one = training(plan(steps=300), spread=0.15)
    one.train(cut, cut.in_order(0), tmp_path / "kept", lambda _: None)
    texts = np.stack([np.append(TOKENIZER.cls_token_id, kind[: LENGTH - 1]) for kind in kinds])
    with torch.no_grad():
        named = one.model(torch.from_numpy(texts.astype(np.int64))).logits[:, 0].softmax(1)
    own = torch.stack([named[0, 10:20].sum(), named[1, 20:30].sum()])
    assert (own > 0.8).all()
