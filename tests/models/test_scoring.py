"""Opening models: what is no model is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scoring_apart

from treehole.errors import InputError
from treehole.models.scoring import read_config


def test_rules_are_a_model(labelling: Callable[..., Any]) -> None:
    scores = labelling(scoring_apart.by_rules, ["今晚去跳楼", "好累，不想活了", "云很好看", ""])
    assert scores.levels.tolist() == [10, 4, 0, 0]
    assert scores.probabilities == pytest.approx([1, 0.4, 0, 0])


def test_nothing_to_score(labelling: Callable[..., Any]) -> None:
    assert len(labelling(scoring_apart.by_rules, []).levels) == 0


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (None, "has no config.json"),
        ("{", "cannot be read"),
        ({"model_type": "bert"}, "an encoder alone gives no risks"),
        ([], "is no model of Treehole"),
        ({"kind": "tfidf", "format_version": 99}, "by a newer Treehole"),
        ({"kind": "tfidf"}, "by a newer Treehole"),
        ({"kind": "oracle", "format_version": 1}, "of the kind “oracle”; known are"),
    ],
)
def test_folders_that_are_refused(tmp_path: Path, config: Any, said: str) -> None:
    if config is not None:
        text = config if isinstance(config, str) else json.dumps(config)
        (tmp_path / "config.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read_config(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder; name a model's folder, or rules"):
        read_config(tmp_path / "missing")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "deep/state.PT", "x.pkl"])
def test_pickles_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text('{"kind": "tfidf", "format_version": 1}', "utf-8")
    assert read_config(tmp_path)["kind"] == "tfidf"
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match="may be a pickle"):
        read_config(tmp_path)


def test_what_the_rules_saw(labelling: Callable[..., Any]) -> None:
    texts = ["今晚去跳楼", "没有自杀的想法", "云很好看"]
    seen, names, rules = labelling(scoring_apart.seen, texts)
    assert seen.features.shape == (3, len(names))
    assert len(set(names)) == len(names)
    assert seen.levels.tolist() == [10, 0, 0]
    assert seen.rules[1:].tolist() == [-1, -1]
    column = {name: seen.features[:, number] for number, name in enumerate(names)}
    assert column["level"] == pytest.approx([1, 0, 0])
    assert column["high"].tolist() == [1, 0, 0]
    assert column[f"rule {rules[seen.rules[0]]}"] == pytest.approx([np.log(2), 0, 0])
    assert column["rule negation"] == pytest.approx([0, np.log(2), 0])
    mentioned = {name for name in names if name.startswith("mention") and column[name][1]}
    assert mentioned  # though it does not count
    assert not seen.features[2].any()


def test_features_by_name(labelling: Callable[..., Any]) -> None:
    found = labelling(scoring_apart.features, ["今晚去跳楼"], ["rule long_gone", "level"])
    assert found.tolist() == [pytest.approx([0, 1])]
