"""Scoring: what everything that gives risks looks like, the rules among them.

A model is a folder. Its `config.json` says of which `kind` it is; the module that opens models of
that kind is loaded only then, since some take long to load, or need what is not installed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from treehole.corpus.levels import HIGH_RISK, LEVELS, UNKNOWN, Bytes
from treehole.errors import InputError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.kinds import BASELINES, FORMAT, KINDS
from treehole.models.pickles import refuse_pickles
from treehole.models.rule_features import RuleReader, rule_reader

Floats = npt.NDArray[np.float64]

RULES = "rules"
"""The name of the rules, where a model is asked for."""

CONFIG = "config.json"

_MODULES = {
    **dict.fromkeys(KINDS, "treehole.models.folder"),
    **dict.fromkeys(BASELINES, "treehole.models.baselines"),
}
"""For each kind of model the module whose `load_scorer(folder, files)` opens it."""


@dataclass(frozen=True)
class Scores:
    """What a model says of comments.

    Attributes:
        probabilities: Of high risk, 0 to 1, shape (comments,).
        levels: 0 to 10, shape (comments,); None if the model gives none.
    """

    probabilities: Floats
    levels: Bytes | None


@dataclass(frozen=True)
class Traits:
    """What scores depend on beside the comments and the model.

    Attributes:
        knowledge_version: By which comments are read; None if the rules play no part.
        precision: The type that most is computed in, such as `bfloat16`; None if there is one only.
        with_features: Whether the features of writers are looked at.
        notes: What a person should know before trusting the scores, a sentence each.
    """

    knowledge_version: str | None = None
    precision: str | None = None
    with_features: bool = False
    notes: Sequence[str] = ()


class Scorer(Protocol):
    """What gives risks.

    Attributes:
        name: Shown to people.
        threshold: From this probability on, the risk is high.
        traits: What the scores depend on.
    """

    name: str
    threshold: float
    traits: Traits

    def score(self, texts: Sequence[str], features: Floats | None = None, /) -> Scores:
        """Score some comments, few enough to be held in memory.

        Args:
            texts: The comments as written.
            features: The psychology features of their writers, NaN where one is not known, shape
                (comments, 10); None if all are not. Most scorers do not look at them.
        """
        ...


def scored(scorer: Scorer, texts: Sequence[str], features: Floats | None = None) -> Scores:
    """What a model says of some comments; see `Scorer.score`.

    Raises:
        InputError: It is no probability.
    """
    scores = scorer.score(texts, features)
    right = (scores.probabilities >= 0) & (scores.probabilities <= 1)
    if not right.all():
        message = (
            f"the model {scorer.name} gives {int((~right).sum()):,} of {len(texts):,} comments "
            "what is no probability; its weights are damaged: copy it again, or train it once more"
        )
        raise InputError(message)
    return scores


class RulesScorer:
    """The rules as a model: the probability is a tenth of the level, and so no true probability.

    A comment that is too much to judge gets the lowest level of high risk: a person must see it.
    """

    def __init__(self, reader: RuleReader) -> None:
        self.name = RULES
        self.threshold = HIGH_RISK / LEVELS[-1]
        self.traits = Traits(reader.version)
        self._reader = reader

    def score(self, texts: Sequence[str], _features: Floats | None = None, /) -> Scores:
        """The levels by the rules."""
        levels = self._reader.read(texts).levels
        levels = np.where(levels == UNKNOWN, HIGH_RISK, levels).astype(np.int8)
        return Scores(levels / LEVELS[-1], levels)


def open_scorer(model: str, files: KnowledgeFiles) -> Scorer:
    """Open a model.

    Args:
        model: `rules`, or the folder of a model.
        files: The knowledge, for the rules and the models that know them.

    Raises:
        InputError: The folder is missing, is no model, is not whole, or holds a pickle.
        KnowledgeError: An ontology or rule file is wrong.
    """
    if model == RULES:
        return RulesScorer(rule_reader(files))
    folder = Path(model)
    config = read_config(folder)
    scorer: Scorer = import_module(_MODULES[config["kind"]]).load_scorer(folder, files)
    return scorer


def read_config(folder: Path) -> dict[str, Any]:
    """What a folder says of the model in it; its `kind` is one that can be opened.

    Raises:
        InputError: The folder is missing, is no model of this version, or holds a pickle.
    """
    if not folder.is_dir():
        message = f"{folder}: no such folder; name a model's folder, or {RULES}"
        raise InputError(message)
    refuse_pickles(folder)
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
    except FileNotFoundError:
        message = f"{folder} has no {CONFIG}: it is no model, or its training did not end; "
        raise InputError(message + "run treehole train once more") from None
    except (OSError, ValueError) as error:
        message = f"{folder / CONFIG} cannot be read; train or copy the model again"
        raise InputError(message) from error
    return _checked(config, folder)


def _checked(config: Any, folder: Path) -> dict[str, Any]:
    kind = config.get("kind") if isinstance(config, dict) else None
    if kind is None:
        message = (
            f"{folder} is no model of Treehole; an encoder alone gives no risks: train a model "
            "with it (treehole train --encoder)"
        )
        raise InputError(message)
    version = config.get("format_version")
    if not isinstance(version, int) or version > FORMAT:
        message = f"{folder} was made by a newer Treehole; update this one to use it"
        raise InputError(message)
    if kind not in _MODULES:
        message = f"{folder} is a model of the kind “{kind}”; known are {', '.join(_MODULES)}"
        raise InputError(message)
    return dict(config)
