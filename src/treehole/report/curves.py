"""Curves of an evaluation, and how models gain from more comments, as charts of a page."""

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from treehole.analysis.evaluation import Evaluation, ModelEvaluation
from treehole.models.lineage import Training
from treehole.report.chart import Chart, Line, Point, Tick, draw

LEARNING = {
    "F1": "F1 of high risk",
    "level weighted F1": "level F1, weighted",
    "level error": "level error",
}
"""The figures of a learning curve that are drawn, and what they are called."""

_STEPS = (0.05, 0.1, 0.25, 0.5, 1.0)
_MOST_STEPS = 6
"""The numbers on the axis of a learning curve are so far apart that there are few."""

_NEAR = 0.14
"""Numbers on an axis that are nearer than this, as a share of its length, would touch."""


def curves(evaluation: Evaluation) -> dict[str, Markup]:
    """The curves of all models, those that there are: `pr`, `roc`, `review`."""
    models = evaluation.models
    share = evaluation.high / evaluation.known
    charts = {
        "pr": Chart(
            "Precision and recall",
            "of high risk, share found",
            "of those called high, share that is",
            [Line(m.name, m.precision_recall, _precision_recall(m)) for m in models],
            guide=((0, share), (1, share)),
        ),
        "roc": Chart(
            "ROC",
            "of low risk, share called high",
            "of high risk, share found",
            [Line(m.name, m.roc, _rates(m)) for m in models],
            guide=((0, 0), (1, 1)),
        ),
        "review": Chart(
            "Review load",
            "share of comments read",
            "of high risk, share found",
            [Line(m.name, m.review) for m in models],
            guide=((0, 0), (share, 1), (1, 1)),
        ),
    }
    return {
        name: draw(chart) for name, chart in charts.items() if any(c.points for c in chart.lines)
    }


def calibrations(evaluation: Evaluation) -> dict[str, Markup]:
    """How often the probabilities of each model come true, a chart each: together none is seen."""
    return {model.name: draw(_calibration(model)) for model in evaluation.models}


def learning_curves(trained: Mapping[str, Training]) -> dict[str, Markup]:
    """How good models are with so many comments to learn from, as their training measured it.

    Args:
        trained: How each model was trained, by its name.

    Returns:
        A chart for each of the figures in `LEARNING` that was measured.
    """
    charts = {}
    for figure, called in LEARNING.items():
        points = {
            name: sorted((step["comments"], step[figure]) for step in one.curve if figure in step)
            for name, one in trained.items()
        }
        if any(points.values()):
            charts[figure] = draw(_learning(called, points))
    return charts


def _learning(called: str, points: Mapping[str, Sequence[Point]]) -> Chart:
    counts = sorted({count for line in points.values() for count, _ in line})
    values = [value for line in points.values() for _, value in line]
    spread = max(values) - min(values)
    step = next((size for size in _STEPS if spread <= _MOST_STEPS * size), _STEPS[-1])
    bottom, top = math.floor(min(values) / step), math.floor(max(values) / step) + 1

    def across(count: float) -> float:
        if counts[0] == counts[-1]:
            return 0.5
        return math.log(count / counts[0]) / math.log(counts[-1] / counts[0])

    def up(value: float) -> float:
        return (value / step - bottom) / (top - bottom)

    lines = []
    for name, line in points.items():
        placed = [(across(count), up(value)) for count, value in line]
        lines.append(Line(name, placed, placed))
    return Chart(
        called,
        "comments to learn from",
        called,
        lines,
        ticks_across=_apart([(across(count), f"{count:,.0f}") for count in counts]),
        ticks_up=[(up(n * step), f"{n * step:.2f}") for n in range(bottom, top + 1)],
    )


def _apart(ticks: Sequence[Tick]) -> list[Tick]:
    """The numbers of an axis without those that would touch the one after them."""
    kept = [ticks[-1]]
    for tick in reversed(ticks[:-1]):
        if kept[-1][0] - tick[0] >= _NEAR:
            kept.append(tick)
    return kept[::-1]


def _calibration(model: ModelEvaluation) -> Chart:
    points = [(bin_.probability, bin_.high_share) for bin_ in model.calibration]
    return Chart(
        f"Calibration of {model.name}",
        "probability given",
        "share of high risk",
        [Line(model.name, points, points)],
        guide=((0, 0), (1, 1)),
        legend=False,
    )


def _precision_recall(model: ModelEvaluation) -> list[Point]:
    """Where the model's own threshold lies."""
    (_, alarms), (missed, found) = model.risks
    if not found:
        return []
    return [(found / (found + missed), found / (found + alarms))]


def _rates(model: ModelEvaluation) -> list[Point]:
    """Where the model's own threshold lies."""
    (quiet, alarms), (missed, found) = model.risks
    if not found + missed or not quiet + alarms:
        return []
    return [(alarms / (quiet + alarms), found / (found + missed))]
