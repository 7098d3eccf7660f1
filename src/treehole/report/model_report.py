"""The report on models: a page for people who decide whether to rely on one.

It says first, in whole numbers of comments, what a model finds and what it costs; then everything
that a reader may want to check, beside the figures of the paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from treehole.analysis.curves import Load
from treehole.analysis.evaluation import Evaluation, ModelEvaluation
from treehole.analysis.ordinary import FalseAlarms
from treehole.corpus.levels import HIGH_RISK
from treehole.models.lineage import Overlap, Training
from treehole.models.metrics import CONFIDENCE, SMALLER_IS_BETTER, Figure
from treehole.models.scoring import RULES
from treehole.report.chart import STYLES
from treehole.report.curves import LEARNING, calibrations, curves, learning_curves
from treehole.report.evaluation import (
    FIGURES,
    MEANINGS,
    comparison,
    differences,
    interval,
    overlap_in_words,
    shown_figures,
    value,
)
from treehole.report.page import render
from treehole.report.paper import CITATION, PUBLISHED, Published

READ_FIRST = 0.05
"""The share of comments that people read, for the answer in whole numbers."""

RARE = 0.01
"""How rare high risk is taken to be among ordinary posts."""

_TIERS = {
    "free": "free annotations, given by rules",
    "easy": "easy annotations, by psychology students",
    "hard": "hard annotations, by psychologists",
}


@dataclass(frozen=True)
class Report:
    """What the page tells of.

    Attributes:
        evaluation: How the models did.
        data: The files with the comments.
        trained: The lineage of each model.
        overlaps: The files that a model has learned from.
        alarms: What the models make of ordinary posts, or None if there are none.
        ordinary: The files with those.
    """

    evaluation: Evaluation
    data: Sequence[str]
    trained: Sequence[Sequence[Training]]
    overlaps: Sequence[Overlap] = ()
    alarms: FalseAlarms | None = None
    ordinary: Sequence[str] = ()


class Answer(NamedTuple):
    """What a model does, in whole numbers for people; `–` where there is nothing to go by.

    Attributes:
        model: Its name.
        found: Of 100 comments of high risk, those it finds.
        right: Of 100 alarms, those that are right.
        false: Of 1,000 ordinary posts, those it raises an alarm on.
        false_range: The range of these.
        right_where_rare: Of 100 alarms, those that are right where high risk is rare; a range.
        read_first: Of 100 comments of high risk, those among the ones it ranks first.
    """

    model: str
    found: str
    right: str
    false: str
    false_range: str
    right_where_rare: str
    read_first: str


def page(report: Report) -> str:
    """All of it as HTML."""
    evaluation = report.evaluation
    models = evaluation.models
    trained = {m.name: one for m, one in zip(models, report.trained, strict=True)}
    learners = {name: one[0] for name, one in trained.items() if one and one[0].curve}
    return render(
        "model_report.html",
        report=report,
        evaluation=evaluation,
        models=models,
        trained=trained,
        data=[_last_part(name) for name in report.data],
        ordinary=[_last_part(name) for name in report.ordinary],
        overlaps=[
            overlap_in_words(Overlap(model, _last_part(source), _last_part(learner)))
            for model, source, learner in report.overlaps
        ],
        answers=answers(report),
        in_short=in_short(report),
        figures=shown_figures(evaluation),
        names=FIGURES,
        meanings=MEANINGS,
        best=_best(evaluation),
        value=value,
        interval=interval,
        comparison=comparison,
        differences=differences,
        citation=CITATION,
        tiers=[(_TIERS[paper.tier], paper, _of_tier(report, paper)) for paper in PUBLISHED],
        percent=percent,
        short=short,
        curves=curves(evaluation),
        calibrations=calibrations(evaluation),
        learning={LEARNING[name]: drawn for name, drawn in learning_curves(learners).items()},
        styles=STYLES,
        high_risk=HIGH_RISK,
        confidence=round(100 * CONFIDENCE),
        rare=round(1 / RARE),
    )


def in_short(report: Report) -> list[str]:
    """What the first model does, in sentences."""
    model, answer = report.evaluation.models[0], answers(report)[0]
    first = _read_first(model)
    said = []
    if answer.found != "–":
        said.append(f"Of 100 comments of high risk {model.name} finds {answer.found}.")
    if answer.right != "–":
        said.append(f"Of 100 alarms that it raises {answer.right} are right.")
    if report.alarms:
        said.append(
            f"On 1,000 ordinary posts it raises {answer.false} false alarms "
            f"(range {answer.false_range})."
        )
    if first:
        best = of_hundred(min(first.comments / report.evaluation.high, 1))
        said.append(
            f"People who read only the {100 * READ_FIRST:.0f} % that it ranks first find "
            f"{answer.read_first} of 100 comments of high risk; no ranking could find more than "
            f"{best}."
        )
    return said


def answers(report: Report) -> list[Answer]:
    """What each model does, in whole numbers."""
    models = report.evaluation.models
    rates: Sequence[Figure | None] = report.alarms.rates if report.alarms else [None] * len(models)
    return [_answer(model, rate) for model, rate in zip(models, rates, strict=True)]


def of_hundred(share: float | None) -> str:
    """A share as so many of 100; neither all nor none are said of what is less or more."""
    if share is None:
        return "–"
    said = f"{100 * share:.0f}"
    return f"{100 * share:.1f}" if said in {"0", "100"} and share not in {0, 1} else said


def percent(share: float | None, digits: int = 1) -> str:
    """A share in percent."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def short(name: str) -> str:
    """The name of an encoder; of a folder named in full, the last part."""
    return _last_part(name) if Path(name).is_absolute() else name


def _last_part(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _answer(model: ModelEvaluation, rate: Figure | None) -> Answer:
    (_, alarms), (missed, found) = model.risks
    recall = found / (found + missed) if found + missed else None
    first = _read_first(model)
    return Answer(
        model=model.name,
        found=of_hundred(recall),
        right=of_hundred(found / (found + alarms) if found + missed and found + alarms else None),
        false=_of_thousand(rate.value) if rate else "–",
        false_range=f"{_of_thousand(rate.low)}–{_of_thousand(rate.high)}" if rate else "",
        right_where_rare=_right_where_rare(recall, rate),
        read_first=of_hundred(first.found_share if first else None),
    )


def _of_thousand(share: float | None) -> str:
    return "–" if share is None else f"{1_000 * share:.1f}"


def _right_where_rare(recall: float | None, rate: Figure | None) -> str:
    """Of 100 alarms those that are right if `RARE` of all is of high risk, the rest ordinary."""
    if not recall or rate is None or rate.low is None or rate.high is None:
        return "–"
    found = recall * RARE
    worst, best = (
        round(100 * found / (found + false * (1 - RARE))) for false in (rate.high, rate.low)
    )
    return f"{worst}–{best}" if worst < best else f"{worst}"


def _read_first(model: ModelEvaluation) -> Load | None:
    """What is found if `READ_FIRST` of all comments is read."""
    near = (load for load in model.loads if abs(load.share - READ_FIRST) < READ_FIRST / 10)
    return min(near, key=lambda load: abs(load.share - READ_FIRST), default=None)


def _of_tier(report: Report, paper: Published) -> list[ModelEvaluation]:
    """The models that were trained on comments of the same tier; with the free one, the rules."""
    return [
        model
        for model, trained in zip(report.evaluation.models, report.trained, strict=True)
        if (trained and trained[0].tier == paper.tier)
        or (model.name == RULES and paper.tier == "free")
    ]


def _best(evaluation: Evaluation) -> dict[str, float | None]:
    """The best value of each figure; of a single model none is best."""
    best: dict[str, float | None] = {}
    for name in shown_figures(evaluation):
        of_models = (model.figures.get(name) for model in evaluation.models)
        values = [figure.value for figure in of_models if figure and figure.value is not None]
        choose = min if name in SMALLER_IS_BETTER else max
        best[name] = choose(values) if len(values) > 1 else None
    return best
