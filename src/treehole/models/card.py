"""The model card: what a model is for, what it is not for, and how well it did."""

from collections.abc import Iterator
from typing import Any

from treehole.models.classifiers import RiskConfig

_CARD = """\
---
language: zh
library_name: treehole
pipeline_tag: text-classification
---

# {name}

A classifier of comments left under "tree hole" posts: the probability that the writer is at high
risk of suicide (level 6 and above of 10){levels}. Kind: `{kind}`, trained by `treehole train
{tier}`.

## What it is for

Choosing, among many comments, those that a trained person should read first. Every comment it names
is to be read by a person before anything is done.

## What it is not for

Deciding anything about anybody; diagnosis; watching people who have not written in public; any use
that keeps help from someone because a number is low. It misses people: see below.

## How it was trained

{training}

## How well it does

{measured}

{metrics}

`treehole evaluate` measures it on comments of yours.

## Limits

It has learned from labels of the tier `{tier}` and repeats their mistakes. It knows Chinese as
written on social media in the years of its data; words change. Irony, quotation and lyrics mislead
it. It reads the first {tokens} tokens of a comment.
"""


_TOGETHER = """\
Measured on comments held out of training (by the same labels, which have errors of their own). The
best epoch and the threshold were chosen on them, so on other comments expect less:"""

_IN_TURN = """\
Each of {folds} parts of the comments was held out in turn and judged by a model trained on the
others; this model is trained on all of them. Measured on all that were held out (by the same
labels, which have errors of their own), and as mean and standard deviation over the parts. The
epochs and the threshold were chosen on them, so on other comments expect less:"""


def card(manifest: dict[str, Any], config: RiskConfig) -> str:
    """The card, in Markdown.

    Args:
        manifest: What is written to `training.json`.
        config: What the model is made of.
    """
    held_out = manifest["held_out"]["folds"]
    return _CARD.format(
        name=manifest["name"],
        levels=", and its level" if config.levels else "",
        kind=config.kind,
        tier=manifest["tier"],
        training="\n".join(f"- {line}" for line in _training(manifest)),
        measured=_IN_TURN.format(folds=held_out) if held_out > 1 else _TOGETHER,
        metrics="\n".join(f"- {line}" for line in _metrics(manifest)),
        tokens=config.tokens,
    )


def _training(manifest: dict[str, Any]) -> Iterator[str]:
    settings, data = manifest["settings"], manifest["data"]
    yield f"{data['comments']:,} comments, {data['high']:,} of them of high risk"
    left = ", ".join(f"{count:,} {reason}" for reason, count in data["left_out"].items())
    yield f"left out: {left or 'none'}"
    if data["ordinary"]:
        yield f"and {data['ordinary']:,} by people not at risk, as of low risk"
    if confidence := data["confidence"]:
        yield (
            "labels by rules count the less, the nearer they are to the border of high risk: from "
            f"{confidence['least']:.2f} to 1, on average {confidence['mean']:.2f}"
        )
    if features := data["features"]:
        yield f"features are known of {features['writers']:,} of {data['writers']:,} writers"
    yield f"encoder: `{manifest['encoder']}`"
    yield (
        f"seed {settings['seed']}, batch {settings['batch']}, learning rate "
        f"{settings['learning_rate']:g}, {manifest['epochs']} epochs"
    )
    yield f"imbalance: a comment of high risk counts {manifest['high_weight']:.2f} times"


def _metrics(manifest: dict[str, Any]) -> Iterator[str]:
    folds = manifest.get("over_folds", {})
    for name, value in manifest["metrics"].items():
        over = folds.get(name)
        spread = f" ({over['mean']:.3f} ± {over['sd']:.3f})" if over else ""
        yield f"{name}: {value:.3f}{spread}"
    if others := manifest.get("with_ordinary"):
        yield (
            f"with ordinary comments among them: F1 {others['F1']:.3f}, precision "
            f"{others['precision']:.3f}"
        )
