"""People who annotate on a real server, through its programming interface."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from label_studio import Server
from treehole.annotation.connection import Address, connect
from treehole.annotation.forms import Answer, form_of, result_of
from treehole.annotation.projects import MODEL_VERSION, Project, ensure_project
from treehole.annotation.pulling import Outcome, Request, pull
from treehole.annotation.workspace import Workspace
from treehole.models.datasets import Tier

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

_BATCH = 1000


def text_of(comment: str) -> str:
    """A comment, invented."""
    return f"夜里又醒了，窗外在下雨，想找个人说说话。{comment}"


@dataclass
class Round:
    """A project with tasks, and people at work in it.

    Attributes:
        client: Of the server.
        address: Of the server.
        workspace: Of the campaign.
        campaign: Its name.
        project: Where people are at work.
        tier: Whose form they fill in.
        tasks: The number of each task on the server, by comment.
    """

    client: "LabelStudio"
    address: Address
    workspace: Workspace
    campaign: str
    project: Project
    tier: Tier
    tasks: dict[str, int] = field(default_factory=dict)

    def beside(self, name: str, comments: Sequence[str]) -> "Round":
        """Another project of the campaign, with comments in it."""
        tier = Tier(name.removesuffix("-disputed"))
        found = replace(
            self,
            project=ensure_project(
                self.client, self.address, self.workspace, name, self.campaign, form_of(tier)
            ),
            tier=tier,
            tasks={},
        )
        found.bring(comments)
        return found

    def bring(
        self, comments: Sequence[str], predicted: Answer | None = None, chosen_by: str = "audit"
    ) -> None:
        """Import comments, each with a prediction."""
        for start in range(0, len(comments), _BATCH):
            names = comments[start : start + _BATCH]
            found = self.client.projects.import_tasks(
                id=self.project.id,
                request=[self.task(name, predicted, chosen_by) for name in names],
                return_task_ids=True,
            )
            self.tasks |= dict(zip(names, found.task_ids or (), strict=True))

    def task(self, comment: str, predicted: Answer | None, chosen_by: str) -> dict[str, Any]:
        """A task as it is imported."""
        text = text_of(comment)
        data = {"comment_id": comment, "text": text, "chosen_by": chosen_by, "batch": "b"}
        result = result_of(predicted, self.tier, text) if predicted else None
        prediction = {"model_version": MODEL_VERSION, "score": 0.75, "result": result}
        return {"data": data, "predictions": [prediction] if result else []}

    def bring_answered(self, comments: Sequence[str], answer: Answer) -> None:
        """Import comments that somebody annotated already: quicker than one by one."""
        for start in range(0, len(comments), _BATCH):
            request = [
                {**self.task(name, answer, "audit"), "annotations": [self._answered(name, answer)]}
                for name in comments[start : start + _BATCH]
            ]
            self.client.projects.import_tasks(id=self.project.id, request=request)

    def _answered(self, comment: str, answer: Answer) -> dict[str, Any]:
        result = result_of(answer, self.tier, text_of(comment))
        return {"result": result, "completed_by": 1, "lead_time": 5.0}

    def say(self, comment: str, answer: Answer, **more: Any) -> int:
        """Annotate; the number of the annotation."""
        result: Any = result_of(answer, self.tier, text_of(comment))
        return self.say_raw(comment, result, **more)

    def say_raw(self, comment: str, result: Any, **more: Any) -> int:
        """Annotate with what no form of ours would give."""
        made = self.client.annotations.create(id=self.tasks[comment], result=result, **more)
        assert made.id is not None
        return made.id

    def change(self, annotation: int, comment: str, answer: Answer, **more: Any) -> None:
        """Annotate otherwise."""
        result: Any = result_of(answer, self.tier, text_of(comment))
        self.client.annotations.update(id=annotation, result=result, **more)

    def skip(self, comment: str) -> int:
        """Leave it to others."""
        return self.say_raw(comment, [], was_cancelled=True)

    def somebody(self) -> int:
        """A new account."""
        name = f"{uuid.uuid4().hex}@example.org"
        made = self.client.users.create(email=name, username=name, first_name="", last_name="")
        assert made.id is not None
        return made.id

    def pull(self, **options: Any) -> Outcome:
        """Pull, and what it brought."""
        return pull(self.address, self.workspace, Request(self.tier, self.campaign, **options))


def begin(
    server: Server,
    folder: Path,
    tier: Tier = Tier.EASY,
    comments: Sequence[str] = (),
    predicted: Answer | None = None,
) -> Round:
    """A new project with comments in it.

    Args:
        server: Where.
        folder: Of the workspace.
        tier: Whose form people fill in.
        comments: Their identifiers.
        predicted: What the model says of each.
    """
    address, workspace, campaign = server.address, Workspace(folder), uuid.uuid4().hex[:12]
    client = connect(address)
    project = ensure_project(client, address, workspace, tier, campaign, form_of(tier))
    found = Round(client, address, workspace, campaign, project, tier)
    found.bring(comments, predicted)
    return found
