"""Encoders by name, and texts as their tokens."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from calm import lines
from transformers import AutoModel, AutoTokenizer, BertConfig, BertForMaskedLM

from treehole.errors import InputError
from treehole.models.builtin_encoder import BUILTIN_FOLDER
from treehole.models.encoders import UNFINISHED, Encoder, encode, load_encoder, quiet
from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer

Change = Callable[[Path], object]

LENGTH = 24


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An encoder, tiny and untrained."""
    counts = CharacterCounts()
    counts.add(lines(50))
    tokenizer = make_tokenizer(choose_vocabulary(counts, least=1), LENGTH)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LENGTH,
    )
    torch.manual_seed(0)
    place = tmp_path / "encoder"
    with quiet():
        BertForMaskedLM(config).save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


def test_a_folder_is_loaded(folder: Path) -> None:
    encoder = load_encoder(str(folder))
    assert (encoder.name, encoder.hidden_size) == (str(folder), 16)
    assert not encoder.model.training


@torch.no_grad()
def vectors(encoder: Encoder, texts: list[str], size: int = 64) -> np.ndarray:
    """What the encoder makes of each text, at [CLS]."""
    found = np.zeros((len(texts), encoder.hidden_size))
    for batch in encode(encoder.tokenizer, texts, LENGTH, size):
        states = encoder.model(input_ids=batch.input_ids, attention_mask=batch.attention_mask)
        found[batch.rows] = states.last_hidden_state[:, 0]
    return found


def test_plain_transformers_give_the_same_vectors(folder: Path) -> None:
    texts = ["今天天气很好", "看书"]
    found = vectors(load_encoder(str(folder)), texts)
    with quiet():
        model, tokenizer = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    for text, vector in zip(texts, found, strict=True):
        with torch.no_grad():
            plain = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0, 0]
        assert np.allclose(vector, plain, atol=1e-5)


def test_vectors_do_not_depend_on_the_batch(folder: Path) -> None:
    encoder, texts = load_encoder(str(folder)), ["", "今天" * 40, *lines(20)]
    together = vectors(encoder, texts, size=7)
    alone = np.concatenate([vectors(encoder, [text]) for text in texts])
    assert together.shape == (len(texts), 16)
    assert np.allclose(together, alone, atol=1e-5)


def test_texts_are_cleaned_before_they_are_read(folder: Path) -> None:
    texts = ["今天\u200bＯＫ  https://example.org", "今天ok"]
    written, meant = vectors(load_encoder(str(folder)), texts)
    assert np.allclose(written, meant, atol=1e-6)


def test_batches_hold_each_text_once_and_little_padding(folder: Path) -> None:
    tokenizer, texts = load_encoder(str(folder)).tokenizer, lines(50)
    batches = list(encode(tokenizer, texts, LENGTH, 8))
    assert sorted(np.concatenate([batch.rows for batch in batches])) == list(range(50))
    lengths = [batch.input_ids.shape[1] for batch in batches]
    assert lengths == sorted(lengths)
    for batch in batches:
        assert batch.input_ids.shape == batch.attention_mask.shape
        assert (batch.input_ids[:, 0] == tokenizer.cls_token_id).all()
        assert ((batch.input_ids == tokenizer.pad_token_id) == (batch.attention_mask == 0)).all()
        assert batch.attention_mask.all(dim=1).any()
    assert list(encode(tokenizer, [])) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: (p / "pytorch_model.bin").touch(), "pickle"),
        (lambda p: (p / "optimizer.PT").touch(), "pickle"),
        (lambda p: (p / UNFINISHED).mkdir(), "goes on"),
        (lambda p: (p / "model.safetensors").unlink(), "no model.safetensors"),
        (lambda p: (p / "config.json").unlink(), "no config.json"),
        (lambda p: (p / "tokenizer.json").unlink(), "no vocab.txt"),
        (lambda p: (p / "config.json").write_text("{"), "damaged"),
        (lambda p: (p / "config.json").write_text('{"model_type": "other"}'), "says other"),
        (lambda p: (p / "model.safetensors").write_bytes(b"12345678"), "cannot be loaded"),
    ],
)
def test_what_is_no_sound_encoder_is_refused(folder: Path, change: Change, words: str) -> None:
    change(folder)
    with pytest.raises(InputError, match=words) as refused:
        load_encoder(str(folder))
    assert "\n" not in str(refused.value)


def test_names_of_nothing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treehole.models.encoders.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="does not exist"):
        load_encoder(str(tmp_path / "none"))
    with pytest.raises(InputError, match="hf download some/encoder --local-dir encoder"):
        load_encoder("some/encoder")
    with pytest.raises(InputError, match="neither a folder nor a name"):
        load_encoder("今天 天气")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="no folder"):
        load_encoder(str(tmp_path / "file"))


def test_the_one_built_in_is_there_or_said_how_to_make(monkeypatch: pytest.MonkeyPatch) -> None:
    if (BUILTIN_FOLDER / "config.json").exists():
        config = json.loads((BUILTIN_FOLDER / "config.json").read_text("utf-8"))
        assert load_encoder().hidden_size == config["hidden_size"]
    monkeypatch.setattr("treehole.models.encoders.BUILTIN_FOLDER", Path("/nowhere"))
    with pytest.raises(InputError, match="treehole pretrain"):
        load_encoder()
