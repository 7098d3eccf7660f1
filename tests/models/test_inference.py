"""What a model says does not depend on how it is computed, nor on the comments beside."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from small_models import TEXTS, small_model
from treehole.models.classifiers import level_of
from treehole.models.folder import ClassifierScorer
from treehole.models.scoring import Scores
from treehole.models.vocabulary import prepared

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.05}

both = pytest.mark.parametrize("dtype", TOLERANCE)


def scorer(dtype: torch.dtype | None = None, kind: str = "bert") -> ClassifierScorer:
    return ClassifierScorer(small_model(kind), None, dtype)


def plainly(text: str, kind: str = "bert") -> tuple[float, int]:
    """Probability and level of one comment, as plain PyTorch has them."""
    model = small_model(kind)
    tokens = model.tokenizer(prepared([text]), return_tensors="pt", truncation=True, max_length=32)
    with torch.inference_mode():
        risk, levels = model.classifier(tokens["input_ids"], tokens["attention_mask"])
    return float(torch.sigmoid(risk)), int(level_of(levels))


@pytest.mark.parametrize("kind", ["bert", "finetune", "psychology-plus"])
def test_float32_is_what_plain_pytorch_gives(kind: str) -> None:
    scores = scorer(torch.float32, kind).score(TEXTS)
    plain = [plainly(text, kind) for text in TEXTS]
    assert scores.probabilities == pytest.approx([risk for risk, _ in plain], abs=1e-5)
    assert scores.levels is not None
    assert scores.levels.tolist() == [level for _, level in plain]


def test_the_comments_differ() -> None:
    """Else the other tests would tell nothing."""
    probabilities = scorer(torch.float32).score(TEXTS).probabilities
    assert np.ptp(probabilities) > 0.2


def test_bfloat16_is_nearly_the_same() -> None:
    exact, fast = (scorer(dtype).score(TEXTS).probabilities for dtype in TOLERANCE)
    assert fast == pytest.approx(exact, abs=TOLERANCE[torch.bfloat16])
    assert (fast != exact).any()


@both
def test_the_same_comments_get_the_very_same_again(dtype: torch.dtype) -> None:
    first, second = (scorer(dtype).score(TEXTS * 20) for _ in range(2))
    assert same(first, second)


def same(one: Scores, other: Scores) -> bool:
    return np.array_equal(one.probabilities, other.probabilities) and np.array_equal(
        one.levels, other.levels
    )


@both
@given(others=st.lists(st.sampled_from(TEXTS) | st.text(max_size=60), max_size=80))
def test_other_comments_change_nothing(dtype: torch.dtype, others: list[str]) -> None:
    one = _SCORERS.setdefault(dtype, scorer(dtype))
    alone = one.score(TEXTS[:3]).probabilities
    among = one.score([*others, *TEXTS[:3]]).probabilities[len(others) :]
    assert among == pytest.approx(alone, abs=TOLERANCE[dtype] / 4)


_SCORERS: dict[torch.dtype, ClassifierScorer] = {}


def test_no_comment() -> None:
    scores = scorer().score([])
    assert (len(scores.probabilities), scores.levels) == (0, pytest.approx([]))


def test_features_of_writers() -> None:
    model = small_model("psychology-plus", features=True)
    torch.nn.init.normal_(model.classifier.head.missing)
    one = ClassifierScorer(model, None, torch.float32)
    unknown = one.score(TEXTS).probabilities
    features = np.full((len(TEXTS), 10), np.nan)
    assert one.score(TEXTS, features).probabilities == pytest.approx(unknown)
    features[1] = 0.9
    known = one.score(TEXTS, features).probabilities
    changed = np.abs(known - unknown) > 1e-6
    assert changed.tolist() == [row == 1 for row in range(len(TEXTS))]


def test_features_are_not_looked_at_by_a_model_without() -> None:
    one = scorer(torch.float32)
    features = np.full((len(TEXTS), 10), 0.9)
    assert same(one.score(TEXTS, features), one.score(TEXTS))
    assert not one.traits.with_features
