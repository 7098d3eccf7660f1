"""A small model in a folder, as training leaves it, whose weights are drawn by chance."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from treehole.models.classifiers import RiskClassifier, RiskConfig
from treehole.models.folder import TrainedModel, save_model
from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer

TEXTS = (
    "今天天气真好", "去公园走走", "晚饭吃面", "猫在睡觉，窗外下着雨，我在家看书，哪里也不想去",
    "好累，不想活了", "今晚去跳楼", "没有人说话", "", "早上好", "周末看电影吗？看完再去吃点东西吧",
)  # fmt: skip

LENGTH = 32


def small_model(
    kind: str = "bert", rule_names: Sequence[str] = (), *, features: bool = False, **manifest: Any
) -> TrainedModel:
    """A model that calls about half of all comments high.

    Args:
        kind: Of the classifier.
        rule_names: What it knows of what the rules see.
        features: Whether it was trained with the features of writers.
        manifest: What else its manifest says.
    """
    counts = CharacterCounts()
    counts.add(TEXTS)
    vocabulary = choose_vocabulary(counts, 1)
    encoder = {
        "model_type": "bert", "vocab_size": len(vocabulary), "hidden_size": 16,
        "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "max_position_embeddings": LENGTH, "initializer_range": 0.5,
    }  # fmt: skip
    known = {"feature_means": [0.5] * 10, "feature_scales": [0.2] * 10} if features else {}
    torch.manual_seed(1)
    config = RiskConfig(
        kind=kind, encoder=encoder, levels=True, rule_names=rule_names, tokens=LENGTH, **known
    )
    classifier = RiskClassifier(config).eval()
    torch.nn.init.normal_(classifier.head.risk.weight, std=0.5)
    said = {
        "name": "small", "tier": "hard", "kind": kind, "encoder": "small", "epochs": 1,
        "knowledge_version": None, "high_weight": 1.0, "metrics": {"F1": 0.5},
        "held_out": {"folds": 1, "comments": 2}, "settings": SETTINGS, "data": DATA, **manifest,
    }  # fmt: skip
    return TrainedModel(classifier, make_tokenizer(vocabulary, LENGTH), said, "small")


def write_model(folder: Path, *given: Any, **others: Any) -> Path:
    """The same, in a folder."""
    save_model(small_model(*given, **others), folder)
    return folder


SETTINGS = {"seed": 0, "batch": 8, "learning_rate": 0.001}
DATA = {
    "comments": 10, "high": 5, "ordinary": 0, "left_out": {}, "confidence": None, "features": None,
    "writers": 10, "inputs": [],
}  # fmt: skip
