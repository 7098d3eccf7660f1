"""The model card: what a model is for, what it is not for, and how well it did."""

from typing import Any

from treehole.models.classifiers import RiskConfig

_CARD = """\
---
language: zh
license: apache-2.0
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

Measured on comments held out of training (by the same labels, which have errors of their own). The
best epoch and the threshold were chosen on them, so on other comments expect less:

{metrics}

`treehole evaluate` measures it on comments of yours.

## Limits

It has learned from labels of the tier `{tier}` and repeats their mistakes. It knows Chinese as
written on social media in the years of its data; words change. Irony, quotation and lyrics mislead
it. It reads the first {tokens} tokens of a comment.
"""


def card(manifest: dict[str, Any], config: RiskConfig) -> str:
    """The card, in Markdown.

    Args:
        manifest: What is written to `training.json`.
        config: What the model is made of.
    """
    settings, data = manifest["settings"], manifest["data"]
    training = "\n".join(
        [
            f"- {data['comments']:,} comments, {data['high']:,} of them of high risk",
            f"- encoder: `{manifest['encoder']}`",
            f"- seed {settings['seed']}, batch {settings['batch']}, learning rate "
            f"{settings['learning_rate']:g}, best of {manifest['epochs']} epochs",
            f"- imbalance: a comment of high risk counts {manifest['high_weight']:.2f} times",
        ]
    )
    metrics = "\n".join(f"- {name}: {value:.3f}" for name, value in manifest["metrics"].items())
    return _CARD.format(
        name=manifest["name"],
        levels=", and its level" if config.levels else "",
        kind=config.kind,
        tier=manifest["tier"],
        training=training,
        metrics=metrics,
        tokens=config.tokens,
    )
