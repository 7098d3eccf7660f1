"""Kinds of models: their names, and which tier trains which; known without loading any library."""

from treehole.models.datasets import Tier

KINDS = ("bert", "finetune", "psychology-plus")
"""Those over an encoder, as the paper has them."""

BASELINES = ("tfidf", "stack")
"""Those without one, to compare with."""

KIND_OF = {Tier.FREE: "bert", Tier.EASY: "finetune", Tier.HARD: "psychology-plus"}
"""What each tier trains (Fu et al. 2021, figure 2)."""

FORMAT = 1
"""Of model folders; raised when older versions of Treehole could not read them."""
