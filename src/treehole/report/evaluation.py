"""An evaluation in words and as JSON."""

import json
from dataclasses import asdict

from treehole.analysis.evaluation import Evaluation, ModelEvaluation, Pair
from treehole.models.lineage import Overlap
from treehole.models.metrics import (
    LEVEL_FIGURES,
    RISK_FIGURES,
    Difference,
    Discordance,
    Figure,
)

FIGURES = {
    "f1": "F1 of high risk",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
    "weighted_f1": "F1, weighted",
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "brier": "Brier score",
    "calibration_error": "calibration error",
    "level_weighted_f1": "level F1, weighted",
    "level_error": "level error",
    "kappa": "kappa, quadratic",
}
"""What the figures are called."""

MEANINGS = {
    "f1": "The harmonic mean of precision and recall: 1 if all of high risk and nothing else is "
    "called high.",
    "precision": "Of the comments called high, the share that people call high.",
    "recall": "Of the comments that people call high, the share that is called high.",
    "accuracy": "The share of comments whose risk, high or low, is right.",
    "weighted_f1": "The F1 of high and that of low risk, each weighing as much as it has comments.",
    "roc_auc": "How often, of a comment of high and one of low risk, the first has the greater "
    "probability; 0.5 is chance.",
    "pr_auc": "The average precision: of high risk, over all thresholds. Chance is the share of "
    "high risk.",
    "brier": "The mean square of the distance from the probability to the truth, 0 or 1; smaller "
    "is better.",
    "calibration_error": "How far probabilities are from how often they come true; smaller is "
    "better. The rules give no true probability, but a tenth of their level.",
    "level_weighted_f1": "The F1 of each of the eleven levels, weighing as much as it has "
    "comments.",
    "level_error": "By how many levels the level is wrong on average; smaller is better.",
    "kappa": "The agreement with people on levels beyond chance, where a mistake weighs as the "
    "square of its size; 1 is full agreement, 0 is chance.",
}
"""What they mean."""

TESTED = ("f1", "roc_auc", "level_error", "level_weighted_f1")
"""The figures whose differences are told in words."""

_LEAST_P = 0.001


def as_json(evaluation: Evaluation) -> str:
    """All of it; what is unknown is null."""
    return json.dumps(asdict(evaluation), ensure_ascii=False, indent=2)


def shown_figures(evaluation: Evaluation) -> list[str]:
    """Those of the figures that some model has."""
    every = (*RISK_FIGURES, *LEVEL_FIGURES)
    return [name for name in every if any(name in model.figures for model in evaluation.models)]


def figure_rows(evaluation: Evaluation) -> list[tuple[str, list[tuple[str, str]]]]:
    """What each figure is called, and for each model its value and its interval."""
    return [
        (FIGURES[name], [_cell(model.figures.get(name)) for model in evaluation.models])
        for name in shown_figures(evaluation)
    ]


def _cell(figure: Figure | None) -> tuple[str, str]:
    return (value(figure.value), interval(figure)) if figure else (value(None), "")


def value(number: float | None) -> str:
    """A figure for people."""
    return "–" if number is None else f"{number:.3f}"


def interval(figure: Figure) -> str:
    """Its interval, for people; nothing where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.3f}–{figure.high:.3f}"


def in_words(model: ModelEvaluation) -> str:
    """What a model does at its threshold."""
    (quiet, alarms), (missed, found) = model.risks
    parts = []
    if found + missed:
        parts.append(f"finds {_of(found, found + missed, 'high')}")
    if quiet + alarms:
        parts.append(f"takes {_of(alarms, quiet + alarms, 'low')} for high")
    return f"{model.name} {' and '.join(parts)}, from a probability of {model.threshold:.2f} on"


def overlap_in_words(overlap: Overlap) -> str:
    """What it means that a model learned from a file that it is measured on."""
    return (
        f"{overlap.learner} learned from {overlap.source}: what {overlap.model} does there says "
        "little of how it does on comments that are new to it"
    )


def comparison(pair: Pair) -> list[str]:
    """How two models differ on single comments, with McNemar's test."""
    said = (
        (pair.found, "finds {} of the {} of high risk"),
        (pair.spared, "rightly calls low {} of the {} of low risk"),
        (pair.right, "is right about {} of all {}"),
    )
    return [_discordance(pair, split, words) for split, words in said if split.comments]


def differences(pair: Pair) -> list[str]:
    """How the figures of two models differ, with the paired bootstrap."""
    found = ((name, pair.differences.get(name)) for name in TESTED)
    return [
        f"{FIGURES[name]}: {pair.first} {_difference(difference)}"
        for name, difference in found
        if difference and difference.value is not None
    ]


def _discordance(pair: Pair, split: Discordance, words: str) -> str:
    more = split.first - split.second
    how_many = f"{abs(more):,} {'more' if more > 0 else 'fewer'}" if more else "as many"
    said = words.format(how_many, f"{split.comments:,}")
    return (
        f"{pair.first} {said} {'than' if more else 'as'} {pair.second} "
        f"({split.first:,} only {pair.first}, {split.second:,} only {pair.second}; {_p(split.p)})"
    )


def _difference(difference: Difference) -> str:
    said = f"{difference.value:+.3f}"
    if difference.low is not None and difference.p is not None:
        said += f" ({difference.low:+.3f} to {difference.high:+.3f}; {_p(difference.p)})"
    return said


def _p(p: float) -> str:
    if p < _LEAST_P:
        return f"p < {_LEAST_P}"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"  # noqa: PLR2004


def _of(part: int, whole: int, risk: str) -> str:
    return f"{part:,} of {whole:,} of {risk} risk ({100 * part / whole:.1f} %)"
