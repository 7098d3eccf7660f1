"""Lineage: what a model says it was trained on."""

import json
from pathlib import Path
from typing import Any

import pytest

from treehole.corpus.sources import find_sources
from treehole.errors import InputError
from treehole.models.lineage import MANIFEST, Overlap, lineage, lineages, overlaps, read_training
from treehole.models.scoring import RULES


def model(folder: Path, start: Path | None = None, **said: Any) -> Path:
    folder.mkdir(parents=True)
    manifest = {
        "kind": "finetune",
        "tier": "easy",
        "from": str(start) if start else None,
        "encoder": f"that of {start}" if start else "builtin",
        "data": {"inputs": [], "comments": 30, "high": 9, "left_out": {"without a label": 2}},
        **said,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return folder


def learned_from(path: Path) -> dict[str, Any]:
    [source] = find_sources([str(path)])
    entry = {"name": path.name, "bytes": source.size, "sha256": source.fingerprint()}
    return {"data": {"inputs": [entry], "comments": 30, "high": 9, "ordinary": 5}}


def test_what_a_model_says(tmp_path: Path) -> None:
    curve = [{"comments": 20, "F1": 0.5, "level error": None, "kappa": float("nan")}]
    said = read_training(model(tmp_path / "m", curve=curve, settings={"with_rules": True}))
    assert said
    assert (said.kind, said.tier, said.comments, said.high) == ("finetune", "easy", 30, 9)
    assert (said.encoder, said.start, said.ordinary, said.with_rules) == ("builtin", None, 0, True)
    assert said.left_out == {"without a label": 2}
    assert said.curve == [{"comments": 20.0, "F1": 0.5}]
    assert read_training(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        '{"kind": "bert"}',
        '{"kind": "bert", "tier": "free", "data": []}',
        "\udcff",
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match="train or copy the model again"):
        read_training(tmp_path)


def test_a_curve_of_no_comments_cannot_be_drawn(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", curve=[{"comments": 0, "F1": 0.5}])
    with pytest.raises(InputError):
        read_training(folder)


def test_the_models_before_it(tmp_path: Path) -> None:
    bert = model(tmp_path / "bert")
    middle = model(tmp_path / "middle", start=bert)
    moved = model(tmp_path / "last", start=Path("/elsewhere/middle"))  # beside it all the same
    found = lineage(moved)
    assert [training.folder for training in found] == [moved, middle, bert]
    assert [training.encoder for training in found] == [None, None, "builtin"]
    assert lineage(model(tmp_path / "alone", start=Path("/elsewhere/gone")))[1:] == []
    assert lineages([RULES, str(bert)]) == [[], lineage(bert)]


def test_a_circle_ends(tmp_path: Path) -> None:
    one = model(tmp_path / "one", start=tmp_path / "two")
    model(tmp_path / "two", start=one)
    assert [training.folder.name for training in lineage(one)] == ["one", "two"]


def test_comments_that_a_model_knows(tmp_path: Path) -> None:
    data = tmp_path / "gold.csv"
    data.write_text("text,level\n早上好,0\n", "utf-8")
    bert = model(tmp_path / "bert", **learned_from(data))
    plus = model(tmp_path / "plus", start=bert)
    sources = find_sources([str(data)])
    trained = lineages([RULES, str(plus)])
    assert overlaps([RULES, "plus"], trained, sources) == [
        Overlap("plus", sources[0].name, str(bert))
    ]
    other = tmp_path / "other.csv"
    other.write_text("text,level\n早上好,1\n", "utf-8")
    assert overlaps([RULES, "plus"], trained, find_sources([str(other)])) == []


def test_files_are_not_read_for_the_rules_alone(tmp_path: Path) -> None:
    data = tmp_path / "gold.csv"
    data.write_text("text\n", "utf-8")
    sources = find_sources([str(data)])
    data.unlink()
    assert overlaps([RULES], lineages([RULES]), sources) == []
