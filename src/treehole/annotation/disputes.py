"""Disputes: comments of which people said different things, and the round that decides them.

The judge sees above the empty form what was said, from the lowest answer to the highest, and not by
whom: nothing is chosen beforehand, and who is senior does not count. With the evidence that was
marked, the answers are predictions of the task, `answer 1`, `answer 2` and so on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from treehole.annotation.delivery import Task
from treehole.annotation.forms import Answer, Form, Span, form_of, result_of
from treehole.annotation.merging import LABELS, votes
from treehole.annotation.projects import MODEL_VERSION
from treehole.corpus.levels import HIGH_RISK
from treehole.corpus.schema import COMMENT_ID, TEXT
from treehole.errors import InputError
from treehole.models.datasets import Tier

CHOSEN_BY = "disputed"

_ANSWERS = "answers"
_SAID = {"high": "高风险 (high)", "low": "低风险 (low)", "irrelevant": "无关 (irrelevant)"}


@dataclass(frozen=True)
class Dispute:
    """A comment of which people said different things.

    Attributes:
        comment_id: Of the comment.
        answers: What each said, by pseudonym: a label, or a level.
        spread: How far the highest answer is from the lowest: levels, or steps from irrelevant over
            low to high.
        about_risk: Whether some say that the risk is high, and some that it is not.
        evidence: What each marked, by pseudonym.
    """

    comment_id: str
    answers: Mapping[str, str | int]
    spread: int
    about_risk: bool
    evidence: Mapping[str, tuple[Span, ...]]


def disputes(current: pa.Table, tier: Tier, decided: pa.Table | None = None) -> list[Dispute]:
    """The comments of which people said different things.

    Args:
        current: Annotations as they stand, with the columns of the history.
        tier: Easy or hard.
        decided: Those of the second round; what they decided is no longer disputed.

    Returns:
        Those about the risk first, then by spread, then by how evenly people are divided.
    """
    over = set() if decided is None else set(votes(decided, tier)[COMMENT_ID].to_pylist())
    rows = votes(current, tier).select([COMMENT_ID, "annotator", "vote", "spans"]).to_pylist()
    found = (_dispute(list(group), tier) for _, group in groupby(rows, itemgetter(COMMENT_ID)))
    return sorted((one for one in found if one and one.comment_id not in over), key=_importance)


def _dispute(rows: Sequence[dict[str, Any]], tier: Tier) -> Dispute | None:
    """The answers to one comment, if they differ."""
    said = [row["vote"] for row in rows]
    border = HIGH_RISK if tier is Tier.HARD else LABELS.index("high")
    if min(said) == max(said):
        return None
    return Dispute(
        rows[0][COMMENT_ID],
        {
            row["annotator"]: vote if tier is Tier.HARD else LABELS[vote]
            for row, vote in zip(rows, said, strict=True)
        },
        max(said) - min(said),
        min(said) < border <= max(said),
        {row["annotator"]: tuple(Span(**span) for span in row["spans"] or ()) for row in rows},
    )


def disputed_form(tier: Tier) -> Form:
    """The form of a tier, with the answers of the first round above it.

    Args:
        tier: Easy or hard.
    """
    form = form_of(tier)
    shown = f'<View>\n  <Header value="${_ANSWERS}" size="5"/>'
    return replace(form, config=form.config.replace("<View>", shown, 1))


def tasks_of(disputed: Sequence[Dispute], texts: Mapping[str, str], tier: Tier) -> list[Task]:
    """The tasks by which disputed comments are shown to a judge.

    Args:
        disputed: The comments.
        texts: What they say, by identifier.
        tier: Easy or hard.

    Raises:
        InputError: The text of one is not known.
    """
    unknown = sum(one.comment_id not in texts for one in disputed)
    if unknown:
        message = (
            f"of {unknown:,} disputed comments the workspace has no text; run treehole annotate "
            f"pull --tier {tier} once more"
        )
        raise InputError(message)
    return [_task(one, texts[one.comment_id], tier) for one in disputed]


def _task(dispute: Dispute, text: str, tier: Tier) -> Task:
    given = [
        Answer(
            label=said if isinstance(said, str) else None,
            level=said if isinstance(said, int) else None,
            spans=tuple(span for span in dispute.evidence[name] if span.end <= len(text)),
        )
        for name, said in dispute.answers.items()
    ]
    given.sort(key=lambda answer: (_height(answer), answer.spans))  # by who gave it it is not
    said = (_SAID[one.label] if one.label else str(one.level) for one in given)
    data = {
        COMMENT_ID: dispute.comment_id,
        TEXT: text,
        _ANSWERS: f"各人的判断 (answers): {' · '.join(said)}",
        "chosen_by": CHOSEN_BY,
        "batch": CHOSEN_BY,
    }
    predictions = [
        {"model_version": f"answer {number}", "result": result_of(answer, tier, text)}
        for number, answer in enumerate(given, start=1)
    ]
    # Label Studio starts from the last one, so that is empty.
    predictions.append({"model_version": MODEL_VERSION, "result": []})
    return {"data": data, "predictions": predictions}


def _height(answer: Answer) -> int:
    return LABELS.index(answer.label) if answer.label else answer.level or 0


def _importance(dispute: Dispute) -> tuple[bool, int, int, str]:
    said = list(dispute.answers.values())
    most = max(said.count(value) for value in said)
    return not dispute.about_risk, -dispute.spread, most - len(said), dispute.comment_id
