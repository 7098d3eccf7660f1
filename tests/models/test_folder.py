"""A model in a folder: what was saved is what is opened, and nothing else is."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

from small_models import TEXTS, small_model, write_model
from treehole.errors import InputError, OutputError
from treehole.models.classifiers import RiskClassifier
from treehole.models.encoders import quiet
from treehole.models.folder import load_model, save_model

Damage = Callable[[Path], object]
KINDS = ("bert", "finetune", "psychology-plus")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "model"))


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_opened(tmp_path: Path, kind: str) -> None:
    model = small_model(kind, ["level", "rule x"], features=kind == "psychology-plus")
    save_model(model, tmp_path)
    opened = load_model(tmp_path)
    assert opened.manifest == model.manifest
    assert opened.name == str(tmp_path)
    assert opened.config.rule_names == ["level", "rule x"]
    assert opened.config.feature_means == model.config.feature_means
    assert not opened.classifier.training
    before, after = model.classifier.state_dict(), opened.classifier.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert opened.tokenizer(list(TEXTS))["input_ids"] == model.tokenizer(list(TEXTS))["input_ids"]


def test_who_may_read_one_file_may_read_all(whole: Path) -> None:
    assert len({path.stat().st_mode for path in whole.iterdir()}) == 1


def test_plain_transformers_open_it(whole: Path) -> None:
    with quiet():
        model, tokenizer = AutoModel.from_pretrained(whole), AutoTokenizer.from_pretrained(whole)
    assert isinstance(model, RiskClassifier)
    tokens = tokenizer("今天天气真好", return_tensors="pt")
    with torch.inference_mode():
        risk, _ = model(tokens["input_ids"], tokens["attention_mask"])
        own, _ = small_model().classifier(tokens["input_ids"], tokens["attention_mask"])
    assert torch.equal(risk, own)


def test_no_file_is_a_pickle(whole: Path) -> None:
    names = {path.name for path in whole.iterdir()}
    assert names == {
        "README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "training.json",
    }  # fmt: skip


def without(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def with_file(name: str, content: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(content)


def cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def with_fewer_weights(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["head.risk.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def with_other_shapes(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["head.risk.weight"] = torch.zeros(1, 3)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def config(**changes: object) -> Damage:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")

    return change


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without("model.safetensors"), "no model.safetensors"),
        (without("training.json"), "no training.json"),
        (without("config.json"), "no config.json"),
        (without("tokenizer.json"), "no tokenizer.json"),
        (cut, "cannot be opened as a model"),
        (with_fewer_weights, "1 of its weights are not in model.safetensors"),
        (with_other_shapes, "cannot be opened as a model"),
        (with_file("training.json", b"{"), "training.json cannot be read"),
        (with_file("training.json", b"[1]"), "training.json cannot be read"),
        (with_file("tokenizer.json", b"{}"), "cannot be opened as a model"),
        (with_file("config.json", b"\xff\xfe"), "cannot be read"),
        (config(format_version=2), "made by a newer Treehole"),
        (config(kind="oracle"), "of the kind “oracle”"),
        (config(encoder={"model_type": "none"}), "cannot be opened as a model"),
        (with_file("optimizer.pt", b""), "may be a pickle"),
    ],
)
def test_what_is_not_whole_is_refused(folder: Path, damage: Damage, said: str) -> None:
    damage(folder)
    with pytest.raises(InputError, match=said):
        load_model(folder)


def test_a_pickle_is_not_run(folder: Path) -> None:
    """It would make a file; were it to be opened for want of other weights, there would be one."""
    made = folder / "made"
    code = f"c__builtin__\nopen\n(S'{made}'\nS'w'\ntR.".encode()
    for weights in ("model.safetensors", "pytorch_model.bin"):
        (folder / weights).write_bytes(code)
    with pytest.raises(InputError):
        load_model(folder)
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(InputError):
        load_model(folder)
    assert not made.exists()


def test_a_folder_half_written_is_not_taken_for_the_model_before(folder: Path) -> None:
    """The manifest goes first and comes last."""
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()  # nothing can be written there
    with pytest.raises(OutputError):
        save_model(small_model(), folder)
    with pytest.raises(InputError, match="no whole model"):
        load_model(folder)


def test_a_full_disk_is_told(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(bytes(50_000))
    with pytest.raises(OutputError, match=r"cannot be written: .*; make room there"):
        save_model(small_model(), small_disk / "model")
    with pytest.raises(InputError):
        load_model(small_disk / "model")
