"""Versions: from a task as the server gives it to rows of the history.

The prediction shown is the one that the annotation was made from, where the server says so; else
the latest that the task had when the annotation was made, of those that people are shown. Whether
it was accepted is told by comparing what both say: the server's own remark, `origin`, is not
reliable.

Label Studio adds up the seconds: those of an annotation that was opened again hold those before.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from treehole.annotation.forms import Answer, answer_in
from treehole.models.datasets import Tier

Row = dict[str, Any]
"""By the columns of a history, without `event` and `seen_at`."""

CONTENT = (
    "comment_id", "task_id", "updated_at", "seconds", "label", "level", "spans", "confidence",
    "help_now", "note", "skipped", "unread",
)  # fmt: skip
"""By these columns two versions of an annotation differ."""

SHOWN = ("shown_model", "shown_label", "shown_level", "shown_probability", "accepted")
"""What was shown; a prediction may be taken away later, and then stays as it was known."""


@dataclass(frozen=True)
class Reader:
    """Reads the annotations of one project.

    Attributes:
        tier: Whose answers they are.
        project: When the project was made, by which it is told from all others.
        shown: The `model_version` of the predictions that people are shown; empty for any.
        annotator: Gives the pseudonym of an account by its number.
        models: Which model made the prediction that was pushed, by comment.
    """

    tier: Tier
    project: str
    shown: str
    annotator: Callable[[int], str]
    models: Mapping[str, str]

    def versions(self, task: Mapping[str, Any]) -> list[Row]:
        """The annotations of a task as they stand; drafts are none.

        Args:
            task: As the server gives it, with annotations and predictions.
        """
        found = sorted(task.get("annotations") or (), key=lambda annotation: annotation["id"])
        return [self._version(task, annotation) for annotation in found]

    def _version(self, task: Mapping[str, Any], annotation: Mapping[str, Any]) -> Row:
        comment, text = comment_of(task), text_of(task) or ""
        skipped = bool(annotation.get("was_cancelled"))
        result = annotation.get("result") or []
        answer, rest = _read(result, text)
        if skipped:  # what else was said stays: that help is needed, or why it was skipped
            answer = replace(answer, label=None, level=None)
        said = self._said(answer) is not None
        unread = rest if said or skipped else result
        created_at = moment(annotation["created_at"])
        person = annotation.get("completed_by")
        row: Row = {
            "comment_id": comment,
            "project": self.project,
            "task_id": task["id"],
            "annotation_id": f"{annotation['id']} {created_at.isoformat()}",
            "annotator": None if person is None else self.annotator(person),
            "created_at": created_at,
            "updated_at": moment(annotation["updated_at"]),
            "seconds": annotation.get("lead_time"),
            "label": answer.label if self.tier is Tier.EASY else None,
            "level": answer.level if self.tier is Tier.HARD else None,
            "spans": [span._asdict() for span in answer.spans],
            "confidence": answer.confidence,
            "help_now": answer.help_now,
            "note": answer.note and _sound(answer.note),
            "skipped": skipped,
            "chosen_by": data_of(task).get("chosen_by"),
            "unread": json.dumps(unread) if unread or not (said or skipped) else None,
        }
        return row | self._shown(task, annotation, answer if said else None)

    def _shown(
        self, task: Mapping[str, Any], annotation: Mapping[str, Any], answer: Answer | None
    ) -> Row:
        """What stands in the columns `SHOWN`; nothing was said if there is no answer."""
        prediction = self._prediction(task.get("predictions") or (), annotation)
        if prediction is None:
            return dict.fromkeys(SHOWN)
        shown, _ = _read(prediction.get("result") or [], text_of(task) or "")
        accepted = None
        if answer is not None and self._said(shown) is not None:
            accepted = self._essence(shown) == self._essence(answer)
        return {
            "shown_model": self.models.get(comment_of(task)) or prediction.get("model_version"),
            "shown_label": shown.label if self.tier is Tier.EASY else None,
            "shown_level": shown.level if self.tier is Tier.HARD else None,
            "shown_probability": prediction.get("score"),
            "accepted": accepted,
        }

    def _prediction(
        self, predictions: Sequence[Mapping[str, Any]], annotation: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        parent = annotation.get("parent_prediction")
        made_from = [one for one in predictions if parent is not None and one["id"] == parent]
        when = moment(annotation["created_at"])
        before = [
            one
            for one in predictions
            if moment(one["created_at"]) <= when
            and self.shown in {"", one.get("model_version") or ""}
        ]
        before.sort(key=lambda one: (moment(one["created_at"]), one["id"]))
        return next(iter([*made_from, *reversed(before)]), None)

    def _said(self, answer: Answer) -> str | int | None:
        return answer.level if self.tier is Tier.HARD else answer.label

    def _essence(self, answer: Answer) -> tuple[str | int | None, list[Any]]:
        """What of an answer a prediction says as well; students are not asked for evidence."""
        return self._said(answer), sorted(answer.spans) if self.tier is Tier.HARD else []


def _read(result: Sequence[Mapping[str, Any]], text: str) -> tuple[Answer, list[Mapping[str, Any]]]:
    """What a result says, and what of it cannot be read: the form may have been edited."""
    sound = [region for region in result if _says_something(region, text)]
    return answer_in(sound, text), [region for region in result if region not in sound]


def _says_something(region: Mapping[str, Any], text: str) -> bool:
    try:
        return answer_in([region], text) != Answer()
    except (AttributeError, KeyError, TypeError, ValueError):  # of another form altogether
        return False


def data_of(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was imported as the task."""
    return task.get("data") or {}


def comment_of(task: Mapping[str, Any]) -> str:
    """The identifier of a task's comment; one that somebody imported by hand may have none."""
    return _sound(str(data_of(task).get("comment_id") or f"task-{task['id']}"))


def text_of(task: Mapping[str, Any]) -> str | None:
    """The comment itself, if the task has it."""
    text = data_of(task).get("text")
    return None if text is None else _sound(str(text))


def moment(value: str | datetime) -> datetime:
    """A time as the client gives it: read already, or not."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _sound(text: str) -> str:
    """A text without halves of characters, which JSON can hold and tables cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
