"""The three classifiers: what they are made of, and what they make of missing features."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from transformers import AutoModel

from treehole.models.classifiers import (
    TOP_LEVEL,
    RiskClassifier,
    RiskConfig,
    exceeding,
    level_loss,
    level_of,
)
from treehole.models.kinds import KINDS
from treehole.psychology.table import FEATURES

HIDDEN = 32
ENCODER = {
    "model_type": "bert", "vocab_size": 50, "hidden_size": HIDDEN, "num_hidden_layers": 1,
    "num_attention_heads": 2, "intermediate_size": 16,
}  # fmt: skip
IDS = torch.arange(24).reshape(4, 6)
MASK = torch.ones_like(IDS)


def classifier(kind: str, **settings: object) -> RiskClassifier:
    torch.manual_seed(1)
    return RiskClassifier(RiskConfig(kind=kind, encoder=ENCODER, **settings)).eval()


def widths(kind: str) -> list[tuple[int, int]]:
    head = classifier(kind).head
    return [(m.in_features, m.out_features) for m in head.modules() if isinstance(m, nn.Linear)]


def test_bert_has_one_dense_unit_after_dropout() -> None:
    assert widths("bert") == [(HIDDEN, 1)]
    [dropout] = [m for m in classifier("bert").head.modules() if isinstance(m, nn.Dropout)]
    assert dropout.p == 0.1


def test_finetune_has_three_dense_layers() -> None:
    assert widths("finetune") == [(HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1)]
    kinds = [type(module) for module in classifier("finetune").head.body]
    assert kinds == [nn.Linear, nn.ReLU, nn.Dropout, nn.BatchNorm1d] * 2


def test_psychology_plus_joins_ten_features_to_64_units() -> None:
    assert widths("psychology-plus") == [(HIDDEN, 64), (64, 64), (64 + len(FEATURES), 1)]


def test_only_the_encoder_of_bert_is_trained() -> None:
    assert [classifier(kind).config.frozen for kind in KINDS] == [False, True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_classifier_says_the_same(kind: str, tmp_path: Path) -> None:
    made = classifier(kind, levels=True, rule_names=["level", "rule a"])
    made.save_pretrained(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}
    read = AutoModel.from_pretrained(tmp_path).eval()
    assert isinstance(read, RiskClassifier)
    rules = torch.rand(4, 2)
    for one, other in zip(made(IDS, MASK, rules), read(IDS, MASK, rules), strict=True):
        assert torch.equal(one, other)


def test_without_a_head_for_levels_there_are_none() -> None:
    risk, levels = classifier("bert")(IDS, MASK)
    assert risk.shape == (4,)
    assert levels is None


def test_exceeding_a_level_is_the_less_likely_the_higher_it_is() -> None:
    _, levels = classifier("bert", levels=True)(IDS, MASK)
    assert levels.shape == (4, TOP_LEVEL)
    assert (exceeding(levels).diff(dim=1) < 0).all()


LOGITS = st.lists(st.floats(-8, 8, width=32), min_size=TOP_LEVEL, max_size=TOP_LEVEL)


@given(LOGITS)
def test_the_level_is_the_median(logits: list[float]) -> None:
    above = exceeding(torch.tensor([logits]))[0].tolist()
    level = int(level_of(torch.tensor([logits])))
    assert level == 0 or above[level - 1] > 0.5
    assert level == TOP_LEVEL or above[level] <= 0.5


@given(LOGITS, st.integers(0, TOP_LEVEL))
def test_a_level_costs_what_it_is_unlikely(logits: list[float], level: int) -> None:
    above = [1.0, *exceeding(torch.tensor([logits], dtype=torch.float64))[0].tolist(), 0.0]
    cost = level_loss(torch.tensor([logits], dtype=torch.float64), torch.tensor([level]))
    assert float(cost) == pytest.approx(-math.log(above[level] - above[level + 1]), abs=1e-6)


def test_a_level_that_is_unknown_costs_nothing() -> None:
    assert level_loss(torch.zeros(2, TOP_LEVEL), torch.tensor([-1, 0])).tolist() == pytest.approx(
        [0, math.log(2)]
    )


def test_features_that_are_missing_are_marked_and_not_guessed() -> None:
    made = classifier("psychology-plus")
    with torch.no_grad():
        made.head.missing.copy_(torch.arange(10.0))
    features = torch.full((4, 10), torch.nan)
    nothing = made(IDS, MASK)[0]
    assert torch.equal(made(IDS, MASK, None, features)[0], nothing)
    features[0] = torch.arange(10.0)
    assert torch.equal(made(IDS, MASK, None, features)[0], nothing)
    features[0, 3] = 0.0
    assert not torch.equal(made(IDS, MASK, None, features)[0][:1], nothing[:1])


def test_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="kinds are bert, finetune, psychology-plus"):
        classifier("lstm")
