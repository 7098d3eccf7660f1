"""The three classifiers of the paper (Fu et al. 2021, figures 3 to 5), over one encoder.

- `bert`: the encoder is trained; then dropout and a dense unit.
- `finetune`: the encoder of `bert`, frozen; then dense, ReLU, dropout and batch norm, the same
  again, and a dense unit.
- `psychology-plus`: the encoder of `bert`, frozen; then two dense layers down to 64, joined with
  the ten features of the user, and a dense unit.

The sentence vector is the last hidden state at [CLS]; the dense layers are as wide as it is. Two
things go beyond the paper: a second head for the levels 0 to 10, and what the rules saw, joined to
the sentence vector.

The head for levels has a logit for each level but the last: whether it is exceeded by a comment
that exceeds all below it. So the levels keep their order, yet what tells 9 from 8 need not be what
tells 2 from 1 (Shi, Cao & Raschka 2023, "Deep neural networks for rank-consistent ordinal
regression based on conditional probabilities", Pattern Anal Appl 26, sec. 3).
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from treehole.models.kinds import FORMAT, KINDS
from treehole.psychology.table import FEATURES

TOP_LEVEL = 10

_NARROW = 64
"""Units that the features of the user are joined to."""


class RiskConfig(PretrainedConfig):  # type: ignore[misc]
    """What a classifier is made of.

    Attributes:
        kind: One of `KINDS`.
        encoder: The configuration of the encoder, as a dictionary.
        dropout: Share of units left out in training.
        levels: Whether there is a head for levels.
        rule_names: What figures of what the rules saw are joined (`rule_features.names`).
        feature_means: For each psychology feature its mean in training; empty for none.
        feature_scales: The same of its standard deviation.
        tokens: Tokens of a comment that are read.
        threshold: From this probability on, the risk is high.
        format_version: Raised when older versions of Treehole could not read it.
    """

    model_type = "treehole-risk"

    def __init__(  # noqa: PLR0913, PLR0917  one for each attribute
        self,
        kind: str = "bert",
        encoder: dict[str, Any] | None = None,
        dropout: float = 0.1,
        levels: bool = False,
        rule_names: Sequence[str] = (),
        feature_means: Sequence[float] = (),
        feature_scales: Sequence[float] = (),
        tokens: int = 128,
        threshold: float = 0.5,
        format_version: int = FORMAT,
        **others: Any,
    ) -> None:
        self.kind = kind
        self.encoder = encoder or {}
        self.dropout = dropout
        self.levels = levels
        self.rule_names = list(rule_names)
        self.feature_means = list(feature_means)
        self.feature_scales = list(feature_scales)
        self.tokens = tokens
        self.threshold = threshold
        self.format_version = format_version
        super().__init__(**others)

    @property
    def frozen(self) -> bool:
        """Whether the encoder stays as it is."""
        return self.kind != "bert"


class RiskClassifier(PreTrainedModel):  # type: ignore[misc]
    """Tells high risk from low, and levels if it has the head for them."""

    config_class = RiskConfig
    base_model_prefix = "encoder"

    def __init__(self, config: RiskConfig) -> None:
        super().__init__(config)
        encoder = dict(config.encoder)
        self.encoder = AutoModel.from_config(AutoConfig.for_model(**encoder))
        self.head = make_head(config, self.encoder.config.hidden_size)
        self.post_init()

    def vectors(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """The sentence vectors, shape (comments, hidden)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        vectors: Tensor = states.last_hidden_state[:, 0]
        return vectors

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        rules: Tensor | None = None,
        features: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """The logits of high risk, and of each level being exceeded if those below it are.

        Args:
            input_ids: Shape (comments, tokens).
            attention_mask: The same shape.
            rules: What the rules saw, shape (comments, rule names).
            features: Those of the users, standardised, NaN where missing; (comments, 10).

        Returns:
            Shapes (comments,) and (comments, TOP_LEVEL); None without a head for levels.
        """
        vectors = self.vectors(input_ids, attention_mask)
        logits: tuple[Tensor, Tensor | None] = self.head(vectors, rules, features)
        return logits


class Head(nn.Module):
    """What follows the sentence vector."""

    def __init__(self, config: RiskConfig, hidden: int) -> None:
        super().__init__()
        width = hidden + len(config.rule_names)
        self.body, out = _body(config, width, hidden)
        self.missing = nn.Parameter(torch.zeros(len(FEATURES)))
        self.with_features = config.kind == "psychology-plus"
        joined = out + len(FEATURES) * self.with_features
        self.risk = nn.Linear(joined, 1)
        self.level = nn.Linear(joined, TOP_LEVEL) if config.levels else None

    def forward(
        self, vectors: Tensor, rules: Tensor | None = None, features: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """As `RiskClassifier.forward`, from sentence vectors of shape (comments, hidden)."""
        if rules is not None:
            vectors = torch.cat([vectors, rules], dim=1)
        states = self.body(vectors)
        if self.with_features:
            if features is None:
                features = torch.full((len(states), len(FEATURES)), torch.nan, device=states.device)
            known = torch.where(features.isnan(), self.missing.expand_as(features), features)
            states = torch.cat([states, known], dim=1)
        risk = self.risk(states).squeeze(1)
        return risk, None if self.level is None else self.level(states)


def make_head(config: RiskConfig, hidden: int) -> Head:
    """What follows sentence vectors of this size."""
    if config.kind not in KINDS:
        message = f"{config.kind} is no kind of classifier; kinds are {', '.join(KINDS)}"
        raise ValueError(message)
    return Head(config, hidden)


def _body(config: RiskConfig, width: int, hidden: int) -> tuple[nn.Module, int]:
    if config.kind == "bert":
        return nn.Dropout(config.dropout), width
    if config.kind == "finetune":
        return nn.Sequential(
            *_block(width, hidden, config), *_block(hidden, hidden, config)
        ), hidden
    middle = max(hidden // 3, _NARROW)
    return nn.Sequential(
        *(nn.Linear(width, middle), nn.ReLU(), nn.Dropout(config.dropout)),
        *(nn.Linear(middle, _NARROW), nn.ReLU(), nn.Dropout(config.dropout)),
    ), _NARROW


def _block(width: int, out: int, config: RiskConfig) -> tuple[nn.Module, ...]:
    return nn.Linear(width, out), nn.ReLU(), nn.Dropout(config.dropout), nn.BatchNorm1d(out)


def exceeding(logits: Tensor) -> Tensor:
    """The probability that each level is exceeded, falling; the shape of the logits."""
    return logits.sigmoid().cumprod(dim=1)


def level_of(logits: Tensor) -> Tensor:
    """The level that is as likely exceeded as not: the median, shape (comments,)."""
    return (exceeding(logits) > 0.5).sum(dim=1)  # noqa: PLR2004  as likely as not


def level_loss(logits: Tensor, levels: Tensor) -> Tensor:
    """What the levels cost, shape (comments,), in nats; those below 0 are unknown and cost nothing.

    Args:
        logits: As `RiskClassifier.forward` gives them, shape (comments, TOP_LEVEL).
        levels: What people said, shape (comments,).
    """
    steps = torch.arange(TOP_LEVEL, device=logits.device)
    asked = levels[:, None] >= steps
    exceeded = (levels[:, None] > steps).to(logits.dtype)
    surprise = functional.binary_cross_entropy_with_logits(logits, exceeded, reduction="none")
    return (surprise * asked).sum(dim=1)


AutoConfig.register(RiskConfig.model_type, RiskConfig)
AutoModel.register(RiskConfig, RiskClassifier)
