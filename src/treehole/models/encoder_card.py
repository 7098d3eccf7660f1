"""The model card of an encoder: what it is for, what it is not for, and what it was made of."""

from collections.abc import Mapping
from math import exp
from typing import Any

from treehole.models.masked_language import SHORTEST

_CARD = """\
---
language: zh
library_name: transformers
tags: [treehole, bert, fill-mask]
---

# {title}

An encoder of Chinese comments: {parameters:,} parameters (layers: {layers}, width: {hidden},
attention heads: {heads}), {vocabulary:,} tokens in the vocabulary, at most {length} a comment.
It was made by `treehole pretrain`, which hides words and lets the model guess them.

## What for
To be trained further on labelled comments, with `treehole train --encoder DIR`. By itself it tells
nothing about anybody. Opens with plain `transformers`: `AutoModel.from_pretrained(DIR)`.

## What not for
Not for deciding about a person; not for writing text. What it learned are the habits of the texts
below, with their prejudices.

## Trained on
{inputs}

{documents:,} documents, {train:,} tokens to learn from, {held_out:,} held out (every hundredth
document); {unknown:.2f} % of tokens are in no vocabulary ([UNK]).

## How
{start}Each token was read {rounds:.1f} times, {tokens:,} in all, in {minutes:.1f} minutes on
{device}.
Whole words are hidden, as jieba divides the text (15 %), and the sentence vector has to say which
tokens are there. AdamW, highest rate {rate:g}, seed {seed}; {batch} sequences of {length}
tokens a step, or two or four times as many shorter ones where those keep {shortest} tokens.

## How good
{measured}

## Limits
It knows the Chinese of the texts above, at most {length} characters at once. Nothing was done to
make it treat people alike. The texts may hold names and insults, and so may what it would guess.

Everything that went into it stands in `training.json`, with hashes.
"""


def card(manifest: Mapping[str, Any], title: str) -> str:
    """The model card, in Markdown.

    Args:
        manifest: What `training.json` is to hold.
        title: What to call the encoder.
    """
    settings, tokens, model = manifest["settings"], manifest["texts"], manifest["model"]
    trained = manifest["trained"]
    start = manifest["from"]
    return _CARD.format(
        title=title,
        **model,
        inputs="\n".join(map(_input, manifest["inputs"])),
        documents=tokens["documents"],
        train=tokens["train"],
        held_out=tokens["held_out"],
        unknown=100 * tokens["unknown"] / max(tokens["train"] + tokens["held_out"], 1),
        start=f"Continued from {start['name']}. " if start else "From random weights. ",
        tokens=trained["tokens"],
        rounds=trained["tokens"] / tokens["train"],
        minutes=trained["seconds"] / 60,
        device=manifest["device"],
        rate=trained["learning_rate"],
        batch=trained["batch"],
        seed=settings["seed"],
        shortest=SHORTEST,
        measured=_measured(manifest["held_out"]),
    )


def _input(entry: Mapping[str, Any]) -> str:
    licence = entry["licence"] or "licence not given"
    return f"- {entry['name']}, {licence} (SHA-256 {entry['sha256'][:16]}…)"


def _measured(held_out: Mapping[str, float] | None) -> str:
    if held_out is None:
        return "Not measured: there was too little text to hold any out."
    loss, blind = held_out["loss"], held_out["unigram_loss"]
    return (
        f"Hidden words of the texts held out: loss {loss:.3f} nats, perplexity {exp(loss):.1f};\n"
        f"guessing by frequency alone has {blind:.3f} and {exp(blind):.0f}."
    )
