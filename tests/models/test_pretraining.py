"""Pretraining, from text files to a folder with an encoder."""

import csv
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from calm import lines
from safetensors.numpy import load_file
from transformers import AutoModelForMaskedLM, AutoTokenizer

from treehole.errors import InputError, TreeholeError, UsageError
from treehole.models.documents import find_texts
from treehole.models.encoders import UNFINISHED, load_encoder, quiet
from treehole.models.pretraining import Telling, pretrain
from treehole.models.pretraining_folder import MANIFEST, Settings

SMALL: dict[str, Any] = {
    "hidden": 16, "layers": 1, "heads": 2, "length": 16, "batch": 8, "min_count": 1,
}  # fmt: skip

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    texts = iter(lines(300))
    path = tmp_path / "talk.txt.xz"
    path.write_bytes(
        lzma.compress(
            "\n\n".join("\n".join(t) for t in zip(texts, texts, texts, strict=True)).encode()
        )
    )
    return path


@pytest.fixture
def make(tmp_path: Path, talk: Path) -> Make:
    def run(*texts: Path | str, out: str = "encoder", **settings: Any) -> dict[str, Any]:
        told = Telling(lambda _what, _number: None, settings.pop("training", lambda _: None))
        asked = Settings(tmp_path / out, **{**SMALL, **settings})
        return pretrain(find_texts([str(text) for text in texts or (talk,)]), asked, told)

    return run


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_an_encoder_is_made_of_texts(make: Make, tmp_path: Path) -> None:
    made = make(tokens=4_000, licences=("CC0 1.0",))
    folder = tmp_path / "encoder"
    assert {path.name for path in folder.iterdir()} == {
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "training.json", "README.md", ".lock",
    }  # fmt: skip
    assert made == json.loads((folder / MANIFEST).read_text("utf-8"))
    assert made["complete"] is True
    assert made["inputs"][0]["licence"] == "CC0 1.0"
    assert made["trained"]["tokens"] == 32 * 8 * 16
    assert made["texts"]["documents"] == 100
    assert made["held_out"]["unigram_loss"] > 1
    card = (folder / "README.md").read_text("utf-8")
    assert "talk.txt.xz, CC0 1.0" in card
    assert not set(card) & set("今天气公园")


def test_plain_transformers_open_it(make: Make, tmp_path: Path) -> None:
    make(tokens=1_000)
    with quiet():
        model = AutoModelForMaskedLM.from_pretrained(tmp_path / "encoder")
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / "encoder")
    assert model.dtype == torch.float16
    assert tokenizer.tokenize("今天ok😊") == ["今", "天", "o", "##k", "##😊"]
    kept = load_file(tmp_path / "encoder" / "model.safetensors")
    assert all(np.array_equal(p.detach().numpy(), kept[n]) for n, p in model.named_parameters())
    assert load_encoder(str(tmp_path / "encoder")).hidden_size == 16


def test_made_already_it_is_not_made_again(make: Make, tmp_path: Path) -> None:
    first = make(tokens=1_000)
    before = (tmp_path / "encoder" / "model.safetensors").stat().st_mtime_ns
    (tmp_path / "encoder" / UNFINISHED).mkdir()
    assert make(tokens=1_000) == first
    assert (tmp_path / "encoder" / "model.safetensors").stat().st_mtime_ns == before
    assert not (tmp_path / "encoder" / UNFINISHED).exists()


def test_the_seed_decides(make: Make, tmp_path: Path) -> None:
    for out, seed in (("a", 0), ("b", 0), ("c", 1)):
        make(tokens=1_000, seed=seed, out=out)
    assert weights(tmp_path / "a") == weights(tmp_path / "b") != weights(tmp_path / "c")


def test_other_settings_in_the_folder_are_refused(make: Make, tmp_path: Path) -> None:
    make(tokens=1_000)
    before = weights(tmp_path / "encoder")
    with pytest.raises(UsageError, match=r"differs in: tokens, seed.*--overwrite"):
        make(tokens=2_000, seed=5)
    other = tmp_path / "other.txt"
    other.write_text("早上好\n" * 100, "utf-8")
    with pytest.raises(UsageError, match="differs in: texts"):
        make(other, tokens=1_000)
    assert weights(tmp_path / "encoder") == before
    make(tokens=2_000, seed=5, overwrite=True)
    assert weights(tmp_path / "encoder") != before


def test_stopped_while_it_trains_it_is_no_encoder_yet(make: Make, tmp_path: Path) -> None:
    def stop(_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tokens=4_000, training=stop)
    with pytest.raises(InputError, match="goes on"):
        load_encoder(str(tmp_path / "encoder"))
    make(tokens=4_000, out="whole")
    make(tokens=4_000)
    assert weights(tmp_path / "encoder") == weights(tmp_path / "whole")


def test_an_encoder_is_continued(make: Make, tmp_path: Path) -> None:
    make(tokens=1_000)
    table = tmp_path / "posts.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["body"], *([line] for line in lines(80, seed=2))])
    start = str(tmp_path / "encoder")
    made = make(table, start=start, text_column="body", tokens=None, epochs=1, out="more")
    assert made["from"]["name"] == start
    assert made["trained"]["learning_rate"] == 5e-5
    old, new = (load_file(tmp_path / name / "model.safetensors") for name in ("encoder", "more"))
    assert old.keys() == new.keys()
    for name, weight in old.items():
        assert (weight.dtype, new[name].dtype) == (np.float16, np.float32)
        assert np.abs(new[name] - weight).max() < 0.01
    assert not all(np.array_equal(new[name], old[name].astype("f4")) for name in old)
    with pytest.raises(UsageError, match="is the encoder to be continued"):
        make(start=start, tokens=1_000, overwrite=True)
    with pytest.raises(UsageError, match="--length 16 or less"):
        make(start=start, tokens=1_000, length=32, out="longer")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "one of --minutes, --tokens and --epochs"),
        ({"tokens": 9, "epochs": 1.0}, "one of --minutes, --tokens and --epochs"),
        ({"tokens": 9, "heads": 3}, "--heads"),
        ({"tokens": 9, "licences": ("A", "B")}, "1 texts and 2 licences"),
        ({"tokens": 9, "start": "./none"}, "does not exist"),
    ],
)
def test_what_cannot_work_is_refused(
    make: Make, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(TreeholeError, match=words):
        make(**settings)
    assert not (tmp_path / "encoder").exists()


def test_texts_without_text_are_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(InputError, match="hold no text"):
        make(tmp_path / "empty.txt", tokens=9)


def test_little_text_is_enough(make: Make, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("早上好", "utf-8")
    assert make(tmp_path / "one.txt", tokens=9)["held_out"] is None
    assert "Not measured" in (tmp_path / "encoder" / "README.md").read_text("utf-8")


def test_a_folder_of_something_else_is_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "notes.txt").write_text("早上好", "utf-8")
    with pytest.raises(UsageError, match=r"holds something else \(notes.txt\)"):
        make(tokens=9, overwrite=True)
