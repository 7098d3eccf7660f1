"""An evaluation, invented."""

from dataclasses import replace

from treehole.analysis.curves import Bin, Cut, Load
from treehole.analysis.evaluation import Evaluation, ModelEvaluation, Pair
from treehole.analysis.groups import Group
from treehole.models.metrics import Difference, Discordance, Figure

GROUP = Group("11–20", 4, 1, 2, 0.75, 0.5, 1.0, 2 / 3, None)
LEVELS = [[int(gold == given) for given in range(11)] for gold in range(11)]
MODEL = ModelEvaluation(
    name="<b>words</b>",
    threshold=0.5,
    figures={
        "f1": Figure(0.8125, 0.75, 0.875),
        "precision": Figure(220 / 230, 0.9, 0.97),
        "recall": Figure(220 / 238, 0.9, 0.95),
        "accuracy": Figure(610 / 638, 0.9, 0.97),
        "roc_auc": Figure(None, None, None),
        "brier": Figure(0.1, 0.05, 0.2),
        "level_error": Figure(1.25, 1.0, 1.5),
    },
    risks=[[390, 10], [18, 220]],
    levels=LEVELS,
    precision_recall=[(0.5, 1.0), (1.0, 0.4)],
    roc=[(0.0, 0.0), (0.2, 0.8), (1.0, 1.0)],
    review=[(0.0, 0.0), (0.4, 0.9), (1.0, 1.0)],
    calibration=[Bin(0.2, 0.1, 7), Bin(0.8, 0.9, 9)],
    loads=[Load(10, 0.016, 9.5, 0.04), Load(32, 32 / 638, 31.0, 31 / 238)],
    cuts=[Cut(0.5, 230, 0.95, 0.92, 0.93), Cut(0.95, 0, None, 0.0, 0.0)],
    by_level=[replace(GROUP, name="3", level_error=0.5)],
    by_length=[GROUP],
    by_rule=[replace(GROUP, name="no rule held")],
)
OTHER = replace(
    MODEL,
    name="rules",
    figures={
        **{name: MODEL.figures[name] for name in ("precision", "recall", "accuracy")},
        "f1": Figure(0.75, 0.7, 0.8),
        "brier": Figure(0.2, 0.1, 0.3),
    },
    levels=None,
)
PAIR = Pair(
    "<b>words</b>",
    "rules",
    Discordance(238, 30, 18, 0.0312),
    Discordance(400, 2, 2, 1.0),
    Discordance(638, 20, 32, 0.00001),
    {"f1": Difference(0.0625, -0.01, 0.135, 0.24), "roc_auc": Difference(None, None, None, None)},
)
EVALUATION = Evaluation("abc123", "people", 650, 638, 238, 1_000, [MODEL, OTHER], [PAIR])
