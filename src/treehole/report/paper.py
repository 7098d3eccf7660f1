"""The figures that the paper gives for its models, to stand beside those of ours.

Fu et al. 2021 measure a model at each of three levels of annotation, in their Tables 2 to 4. What
stands here was read at its source; what is None was not to hand, and is shown as such.
"""

from dataclasses import dataclass

CITATION = (
    "Fu G, Song C, Li J, et al. Distant Supervision for Mental Health Management in Social Media: "
    "Suicide Risk Classification System Development Study. J Med Internet Res 2021;23(8):e26119"
)


@dataclass(frozen=True)
class Published:
    """What the paper gives for a model; shares, or None for what was not to hand.

    Attributes:
        tier: The level of annotation it was trained and measured on.
        kind: Of the model.
        precision: Of high risk.
        recall: Of high risk.
        f1: Of high risk.
        accuracy: Of both risks.
    """

    tier: str
    kind: str
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    accuracy: float | None = None


PUBLISHED = (
    Published("free", "bert"),
    Published("easy", "finetune"),
    Published("hard", "psychology-plus", precision=0.8075, recall=0.7541, f1=0.7798),  # abstract
)
"""By tier, the cheapest first."""
