"""What an encoder brings: its sentence vectors against those of random weights of the same shape.

    python benchmarks/encoder.py --encoder builtin --train FILE... --test FILE... [--gold level]

The files hold comments with a column `text` and one with what people said (levels 0 to 10, or high
and low). The encoder stays as it is; a logistic regression learns from the vectors of the training
files to tell high risk, and is measured on the test files. Without --test, a fifth of --train is
put aside. Two kinds of vector are tried, the hidden state at [CLS] and the mean over all tokens,
each from the encoder and from random weights. Then the whole is trained, encoder and all, as the
kind `bert` is. Several --encoder are compared in one run.

How the built-in encoder is made
--------------------------------
From `smile.txt.xz` (SMILE, CC0 1.0) and `col.txt.xz` (COLD, Apache-2.0), in an hour on a processor
that multiplies bfloat16, in one thread:

    treehole pretrain smile.txt.xz col.txt.xz --out builtin --layers 4 --minutes 60 --batch 32 \
        --learning-rate 1e-3 --licence 'CC0 1.0' --licence Apache-2.0

Its `training.json` says what came of it. A GPU makes a better one in twenty minutes (6.7 million
parameters, 13.5 MB):

    treehole pretrain smile.txt.xz col.txt.xz --out builtin --minutes 20 --batch 1024 \
        --learning-rate 1e-3 --save-every 1 --licence 'CC0 1.0' --licence Apache-2.0

It may be cut into pieces: `timeout -s INT 540 treehole pretrain …` writes a checkpoint after nine
minutes, and the same command goes on from there. The folder becomes `src/treehole/models/builtin/`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import AutoModel

from treehole.corpus.levels import UNKNOWN, read_gold, require_column
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import find_sources
from treehole.errors import TreeholeError
from treehole.models.builtin_encoder import BUILTIN
from treehole.models.classifiers import RiskClassifier, RiskConfig
from treehole.models.datasets import Dataset
from treehole.models.devices import best_device, fast_attention, seed_all
from treehole.models.encoders import LENGTH, Encoder, encode, load_encoder, quiet
from treehole.models.inputs import Extras, Inputs
from treehole.models.training import Lesson, Settings, said
from treehole.models.training import fit as fit_whole

BLOCK = 5_000
SEEDS = 3
"""Random weights are drawn so often; the figures are means."""

HALF = 0.5
TUNING = Settings(epochs=4, batch=32, learning_rate=3e-4, patience=4)
"""For the encoder trained whole."""

STRENGTHS = (1.0, 0.1, 0.01, 0.001)
"""Inverse strengths of regularisation; the best on a part of the training files is taken."""

Texts = list[str]
Flags = npt.NDArray[np.int8]
Vectors = npt.NDArray[np.float32]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--encoder", nargs="+", default=[BUILTIN], metavar="NAME")
    parser.add_argument("--train", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--test", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--text-column", default=TEXT)
    parser.add_argument("--gold", default="level", metavar="COLUMN")
    options = parser.parse_args()
    texts, high = read(options.train, options.text_column, options.gold)
    if options.test:
        tested, truth = read(options.test, options.text_column, options.gold)
    else:
        texts, tested, high, truth = train_test_split(
            texts, high, test_size=0.2, random_state=0, stratify=high
        )
    print(f"{len(texts):,} comments to learn from, {int(high.sum()):,} of high risk; ", end="")
    print(f"{len(tested):,} to measure on, {int(truth.sum()):,} of high risk")
    print(f"\n{'vectors':32} {'F1 of high':>10} {'ROC-AUC':>8}")
    for name in options.encoder:
        compare(load_encoder(name), (texts, high), (tested, truth))


def compare(encoder: Encoder, train: tuple[Texts, Flags], test: tuple[Texts, Flags]) -> None:
    """Print the figures of an encoder, and of random weights of its shape."""
    for mean in (False, True):
        kind = "mean" if mean else "[CLS]"
        show(f"{encoder.name}, {kind}", [probe(encoder, train, test, mean=mean)])
        drawn = [probe(randomised(encoder, seed), train, test, mean=mean) for seed in range(SEEDS)]
        show(f"random weights, {kind}", drawn)
    show(f"{encoder.name}, trained whole", [tune(encoder, train, test, s) for s in range(SEEDS)])
    drawn = [tune(randomised(encoder, seed), train, test, seed) for seed in range(SEEDS)]
    show("random weights, trained whole", drawn)


def show(name: str, figures: Sequence[tuple[float, float]]) -> None:
    """Print the means of F1 and ROC-AUC."""
    f1, auc = np.mean(figures, axis=0)
    print(f"{name[-32:]:32} {f1:10.3f} {auc:8.3f}")


def randomised(encoder: Encoder, seed: int) -> Encoder:
    """An encoder of the same shape that has learned nothing."""
    seed_all(seed)
    with quiet():
        model = AutoModel.from_config(encoder.model.config)
    return Encoder(model.eval(), encoder.tokenizer, "random", encoder.hidden_size)


def tune(
    encoder: Encoder, train: tuple[Texts, Flags], test: tuple[Texts, Flags], seed: int
) -> tuple[float, float]:
    """F1 of high risk and ROC-AUC of a classifier whose encoder is trained too."""
    seed_all(seed)
    config = RiskConfig(encoder=encoder.model.config.to_dict())
    classifier = RiskClassifier(config).to(best_device())
    classifier.encoder.load_state_dict(encoder.model.state_dict())
    classifier.encoder.set_attn_implementation(fast_attention(best_device()))
    texts, high = [*train[0], *test[0]], np.concatenate([train[1], test[1]])
    count = len(texts)
    dataset = Dataset(
        texts, high.astype(np.float32), np.full(count, UNKNOWN, np.int64),
        np.ones(count, np.float32), np.arange(count), [None] * count, {}, np.zeros(count, bool),
    )  # fmt: skip
    inputs = Inputs(classifier, encoder.tokenizer, texts, Extras(), lambda _: None)
    rows = np.arange(count)
    lesson = Lesson(dataset, inputs, rows[: len(train[0])], rows[:0])
    with torch.enable_grad():
        fit_whole(classifier, lesson, replace(TUNING, seed=seed), lambda _: None)
    scores = said(classifier, inputs, rows[len(train[0]) :]).probabilities
    return f1_score(test[1], scores >= HALF), roc_auc_score(test[1], scores)


def probe(
    encoder: Encoder, train: tuple[Texts, Flags], test: tuple[Texts, Flags], *, mean: bool
) -> tuple[float, float]:
    """F1 of high risk and ROC-AUC of a logistic regression on the vectors."""
    encoder.model.to(best_device())
    learned, tested = (vectors(encoder, texts, mean=mean) for texts, _ in (train, test))
    fitted = fit(learned, train[1])
    scores = fitted.decision_function(tested)
    return f1_score(test[1], scores > 0), roc_auc_score(test[1], scores)


@torch.inference_mode()
def vectors(encoder: Encoder, texts: Texts, *, mean: bool) -> Vectors:
    """The last hidden state at [CLS], or the mean over all tokens; shape (texts, hidden_size)."""
    device = next(encoder.model.parameters()).device
    length = min(LENGTH, encoder.model.config.max_position_embeddings)
    found = np.zeros((len(texts), encoder.hidden_size), np.float32)
    for batch in encode(encoder.tokenizer, texts, length):
        mask = batch.attention_mask.to(device)
        states = encoder.model(
            input_ids=batch.input_ids.to(device), attention_mask=mask
        ).last_hidden_state
        chosen = states[:, 0]
        if mean:
            chosen = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        found[batch.rows] = chosen.float().cpu().numpy()
    return found


def fit(vectors: Vectors, high: Flags) -> Pipeline:
    """A logistic regression, as strongly regularised as suits a fifth of the vectors put aside."""
    parts = train_test_split(vectors, high, test_size=0.2, random_state=1, stratify=high)
    learned, aside, own, others = parts
    tried = {c: regression(c).fit(learned, own).decision_function(aside) for c in STRENGTHS}
    best = max(STRENGTHS, key=lambda c: roc_auc_score(others, tried[c]))
    return regression(best).fit(vectors, high)


def regression(strength: float) -> Pipeline:
    """A logistic regression over standardised vectors, to which both risks count the same."""
    logistic = LogisticRegression(C=strength, class_weight="balanced", max_iter=2_000)
    return make_pipeline(StandardScaler(), logistic)


def read(files: Sequence[str], text_column: str, gold: str) -> tuple[Texts, Flags]:
    """The texts, and 1 for those of high risk; comments that nobody judged are left out."""
    corpus = Corpus(find_sources(files), text_column=text_column)
    require_column(corpus.schema, gold)
    texts: Texts = []
    high: list[Flags] = []
    for block in corpus.blocks(BLOCK):
        risks = read_gold(block.table[gold], gold).high
        known = risks != UNKNOWN
        texts += block.table.filter(known)[TEXT].to_pylist()
        high.append(risks[known])
    return texts, np.concatenate(high)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    try:
        main()
    except TreeholeError as error:
        sys.exit(f"benchmarks/encoder.py: {error}")
