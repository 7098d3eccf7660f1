"""Baselines: what any model with an encoder has to beat.

`tfidf` knows words alone: the n-grams of one to five characters, weighted by TF-IDF, and logistic
regression with both risks weighted alike; levels by a second, multinomial one.

`stack` knows words and rules: what the n-grams say is joined with what the rules saw
(`treehole.models.rule_features`), and both are boosted trees' to judge (LightGBM, Ke et al. 2017).
What the n-grams say of a comment in training is said by a model that has not seen it (stacked
generalisation, Wolpert 1992). Its level is the median of the distribution over levels, which among
all levels is wrong by the least on average.

A saved model is a folder of JSON, safetensors and LightGBM's text; nothing in it is pickled.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import safetensors.numpy
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold

from treehole.corpus.levels import LEVELS, UNKNOWN, Bytes, Gold
from treehole.corpus.writing import replacing, write_json, write_text
from treehole.errors import InputError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.kinds import BASELINES, FORMAT
from treehole.models.ngrams import Linear, Ngrams, Tensors
from treehole.models.rule_features import RuleReader, rule_reader
from treehole.models.scoring import CONFIG, Floats, Scorer, Scores, Traits, read_config

log = logging.getLogger(__name__)

Flags = npt.NDArray[np.bool_]

_NGRAMS, _WEIGHTS, _RISK, _LEVEL = "ngrams.json", "model.safetensors", "risk.txt", "levels.txt"

_THRESHOLD = 0.5
_STRENGTH = 10.0
"""The inverse of the regularisation of logistic regression, chosen by cross-validation."""
_FOLDS = 5

_TREES = {
    "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 10, "lambda_l2": 1.0,
    "feature_fraction": 0.5, "bagging_fraction": 0.8, "bagging_freq": 1,
    "deterministic": True, "force_row_wise": True, "verbosity": -1,
}  # fmt: skip
_FEW = 20_000
"""With fewer comments than this one thread grows trees; threads that wait for cores take longer."""
_RISK_ROUNDS = 150
_LEVEL_ROUNDS = 100


class Tfidf:
    """Logistic regression on n-grams.

    Attributes:
        name: Shown to people.
        threshold: From this probability on, the risk is high.
        traits: What the scores depend on.
    """

    kind = "tfidf"

    def __init__(self, ngrams: Ngrams, risk: Linear, levels: Linear | None, name: str) -> None:
        self.name = name
        self.threshold = _THRESHOLD
        self.traits = Traits()
        self._ngrams, self._risk, self._levels = ngrams, risk, levels

    @classmethod
    def fit(cls, texts: Sequence[str], gold: Gold) -> "Tfidf":
        """Learn from comments and what people said of them.

        Raises:
            InputError: There is only one risk, or next to nothing.
        """
        high = _both_risks(gold)
        ngrams = Ngrams()
        vectors = ngrams.learn(texts)
        known = gold.levels != UNKNOWN
        levels = None
        if len(found := np.unique(gold.levels[known])) > 2:  # noqa: PLR2004  else it is the risk
            fitted = _logistic().fit(vectors[known], gold.levels[known])
            levels = Linear.of(fitted, found.tolist())
        return cls(ngrams, Linear.of(_logistic().fit(vectors, high), [1]), levels, cls.kind)

    def score(self, texts: Sequence[str], _features: Floats | None = None, /) -> Scores:
        """The risks, and the likeliest levels."""
        vectors = self._ngrams.weigh(texts)
        levels = None
        if self._levels is not None:
            likeliest = self._levels(vectors).argmax(axis=1)
            levels = self._levels.classes[likeliest].astype(np.int8)
        return Scores(expit(self._risk(vectors)[:, 0]), levels)

    def save(self, folder: Path) -> None:
        """Write it to a folder.

        Raises:
            OutputError: It cannot be written there.
        """
        tensors = self._risk.tensors("risk")
        if self._levels is not None:
            tensors |= self._levels.tensors("levels")
        _write(folder, self._ngrams, tensors, {"kind": self.kind}, {})

    @classmethod
    def load(cls, folder: Path) -> "Tfidf":
        """Read what `save` wrote.

        Raises:
            InputError: It is not whole.
        """
        ngrams, tensors = _ngrams_and_tensors(_read(folder)[1])
        risk = Linear.read(tensors, "risk")
        if risk is None:
            raise _not_whole(folder)
        return cls(ngrams, risk, Linear.read(tensors, "levels"), folder.name)


class Stack:
    """Boosted trees on what n-grams say and what the rules saw.

    Attributes:
        name: Shown to people.
        threshold: From this probability on, the risk is high.
        traits: What the scores depend on.
    """

    kind = "stack"

    def __init__(  # noqa: PLR0913, PLR0917  its parts
        self,
        ngrams: Ngrams,
        linear: Sequence[Linear],
        reader: RuleReader,
        risk: lightgbm.Booster,
        levels: lightgbm.Booster | None,
        names: Sequence[str],
        name: str,
    ) -> None:
        """Take its parts; `names` are those of the features of the rules when it was trained."""
        self.name = name
        self.threshold = _THRESHOLD
        self.traits = Traits(reader.version)
        self._ngrams, self._linear, self._reader = ngrams, linear, reader
        self._risk, self._levels = risk, levels
        self._names = names

    @classmethod
    def fit(cls, texts: Sequence[str], gold: Gold, reader: RuleReader, seed: int = 1) -> "Stack":
        """Learn from comments and what people said of them.

        Args:
            texts: The comments.
            gold: What people said of each.
            reader: Tells what the rules see.
            seed: For chance.

        Raises:
            InputError: There is only one risk, or next to nothing.
        """
        high = _both_risks(gold)
        ngrams = Ngrams()
        vectors = ngrams.learn(texts)
        with_levels = bool((gold.levels != UNKNOWN).all()) and len(np.unique(gold.levels)) > 2  # noqa: PLR2004
        targets = gold.levels.astype(np.float64) if with_levels else None
        said = _said_unseen(vectors, high, targets, seed)
        features = np.column_stack([said, reader.read(texts).features])
        threads = int(len(texts) < _FEW)  # 0: one a core
        trees: dict[str, Any] = {
            **_TREES, "seed": seed, "num_threads": threads, "objective": "binary",
        }  # fmt: skip
        risk = lightgbm.train(trees, lightgbm.Dataset(features, high), _RISK_ROUNDS)
        levels = None
        if with_levels:
            trees |= {"objective": "multiclass", "num_class": len(LEVELS), "num_leaves": 7}
            levels = lightgbm.train(trees, lightgbm.Dataset(features, gold.levels), _LEVEL_ROUNDS)
        linear = _linear(vectors, high, targets)
        return cls(ngrams, linear, reader, risk, levels, reader.names, cls.kind)

    def score(self, texts: Sequence[str], _features: Floats | None = None, /) -> Scores:
        """The risks, and the medians of the levels."""
        if not texts:
            empty = np.zeros(0)
            return Scores(empty, None if self._levels is None else empty.astype(np.int8))
        vectors = self._ngrams.weigh(texts)
        said = [model(vectors)[:, 0] for model in self._linear]
        features = np.column_stack([*said, self._reader.features(texts, self._names)])
        levels = None
        if self._levels is not None:
            levels = _medians(np.asarray(self._levels.predict(features)))
        return Scores(np.asarray(self._risk.predict(features)), levels)

    def save(self, folder: Path) -> None:
        """Write it to a folder.

        Raises:
            OutputError: It cannot be written there.
        """
        boosters = {_RISK: self._risk}
        if self._levels is not None:
            boosters[_LEVEL] = self._levels
        tensors: Tensors = {}
        for number, model in enumerate(self._linear):
            tensors |= model.tensors(str(number))
        about = {
            "kind": self.kind,
            "knowledge_version": self._reader.version,
            "rule_features": list(self._names),
        }
        _write(folder, self._ngrams, tensors, about, boosters)

    @classmethod
    def load(cls, folder: Path, reader: RuleReader) -> "Stack":
        """Read what `save` wrote.

        Features are known by their names: with other rules than those of its training it works on,
        and says so.

        Raises:
            InputError: It is not whole.
        """
        config, files = _read(folder)
        ngrams, tensors = _ngrams_and_tensors(files)
        linear = [model for number in "01" if (model := Linear.read(tensors, number))]
        if config["knowledge_version"] != reader.version:
            log.warning(
                "%s was trained with knowledge %s and now sees by %s: train it again",
                folder, config["knowledge_version"], reader.version,
            )  # fmt: skip
        levels = _booster(files[_LEVEL]) if _LEVEL in files else None
        names = config["rule_features"]
        return cls(ngrams, linear, reader, _booster(files[_RISK]), levels, names, folder.name)


Baseline = Tfidf | Stack


def fit_baseline(
    kind: str, texts: Sequence[str], gold: Gold, files: KnowledgeFiles, seed: int = 1
) -> Baseline:
    """Train a baseline.

    Args:
        kind: One of `BASELINES`.
        texts: The comments.
        gold: What people said of each; the risk must be known of all, levels may be.
        files: The knowledge, for `stack`.
        seed: For chance.

    Raises:
        InputError: There is only one risk, or next to nothing.
        KnowledgeError: An ontology or rule file is wrong.
    """
    if kind == Tfidf.kind:
        return Tfidf.fit(texts, gold)
    if kind == Stack.kind:
        return Stack.fit(texts, gold, rule_reader(files), seed)
    message = f"{kind} is no baseline; baselines are {', '.join(BASELINES)}"
    raise ValueError(message)


def load_scorer(folder: Path, files: KnowledgeFiles) -> Scorer:
    """Open the baseline saved in a folder, whichever it is.

    Raises:
        InputError: It is not whole.
        KnowledgeError: An ontology or rule file is wrong.
    """
    if read_config(folder)["kind"] == Tfidf.kind:
        return Tfidf.load(folder)
    return Stack.load(folder, rule_reader(files))


def _both_risks(gold: Gold) -> Flags:
    """Which comments are of high risk.

    Raises:
        InputError: All are, or none is, or there is no comment.
    """
    high: Flags = gold.high == 1
    if high.all() or not high.any():
        known = "there is no comment"
        if len(high):
            known = f"all {len(high):,} comments are of {'high' if high[0] else 'low'} risk"
        message = f"{known}; a model needs both high and low to learn"
        raise InputError(message)
    return high


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=300)


def _linear(vectors: sparse.csr_matrix, high: Flags, levels: Floats | None) -> list[Linear]:
    """Linear models of the risk, and of the level as a number where levels are known."""
    models = [Linear.of(_logistic().fit(vectors, high), [1])]
    if levels is not None:
        models.append(Linear.of(Ridge(alpha=1.0).fit(vectors, levels), [0]))
    return models


def _said_unseen(
    vectors: sparse.csr_matrix, high: Flags, levels: Floats | None, seed: int
) -> Floats:
    """What linear models say of comments that they were not trained on.

    Raises:
        InputError: A risk has only one comment.
    """
    rarest = int(min(high.sum(), (~high).sum()))
    if rarest < 2:  # noqa: PLR2004  one to learn from, one to be left out
        message = "only one comment is of its risk; a model needs more of both high and low"
        raise InputError(message)
    folds = StratifiedKFold(min(_FOLDS, rarest), shuffle=True, random_state=seed)
    said = np.zeros((len(high), 1 if levels is None else 2))
    for seen, unseen in folds.split(np.zeros(len(high)), high):
        models = _linear(vectors[seen], high[seen], None if levels is None else levels[seen])
        for column, model in enumerate(models):
            said[unseen, column] = model(vectors[unseen])[:, 0]
    return said


def _medians(distribution: Floats) -> Bytes:
    """The level that as much lies below as above, shape (comments,)."""
    medians: Bytes = (distribution.cumsum(axis=1) >= 0.5).argmax(axis=1).astype(np.int8)  # noqa: PLR2004
    return medians


def _write(
    folder: Path,
    ngrams: Ngrams,
    tensors: Tensors,
    about: dict[str, Any],
    boosters: dict[str, lightgbm.Booster],
) -> None:
    """Write what baselines share; the configuration last, as it tells what the files must hold."""
    write_json(ngrams.terms, folder / _NGRAMS)
    with replacing(folder / _WEIGHTS) as stream:
        stream.write(safetensors.numpy.save({"idf": ngrams.idf, **tensors}))
    for name, booster in boosters.items():
        write_text(booster.model_to_string(), folder / name)
    names = (_NGRAMS, _WEIGHTS, *boosters)
    config = {
        "model_type": "treehole-baseline",
        "format_version": FORMAT,
        **about,
        "sha256": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names
        },
    }
    write_json(config, folder / CONFIG)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The configuration and the files of a baseline, which must be those that were saved."""
    config = read_config(folder)
    try:
        files = {name: (folder / name).read_bytes() for name in config["sha256"]}
    except (OSError, KeyError, TypeError) as error:
        raise _not_whole(folder) from error
    for name, content in files.items():  # a damaged file may crash what reads it
        if _digest(content) != config["sha256"][name]:
            raise _not_whole(folder)
    return config, files


def _ngrams_and_tensors(files: dict[str, bytes]) -> tuple[Ngrams, Tensors]:
    tensors = safetensors.numpy.load(files[_WEIGHTS])
    return Ngrams(json.loads(files[_NGRAMS]), tensors.pop("idf")), tensors


def _booster(content: bytes) -> lightgbm.Booster:
    return lightgbm.Booster(model_str=content.decode())


def _not_whole(folder: Path) -> InputError:
    return InputError(f"{folder} is not whole, or damaged; copy it again, or train it once more")
