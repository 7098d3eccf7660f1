"""Campaigns on a real server, each with a name and a workspace of its own."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import evidence_apart
import pyarrow as pa
import pyarrow.parquet as pq

from treehole.annotation import pushing
from treehole.annotation.connection import Address, connect
from treehole.annotation.delivery import Delivery, holdings
from treehole.annotation.forms import form_of
from treehole.annotation.projects import Project, ensure_project
from treehole.annotation.selection import Mix, Settings
from treehole.annotation.workspace import Workspace
from treehole.corpus.sources import find_sources
from treehole.models.datasets import Tier

Run = Callable[..., Any]
"""Calls a function in the process that has the rules."""
TEXTS = ("今天好累", "不想活了", "打算明天去跳楼", "猫在睡觉", "考试没过，很难过")


def predictions(folder: Path, count: int = 60, **columns: Sequence[Any]) -> Path:
    """Invented ones; every third comment is of high risk."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(count)
    table = {
        "comment_id": [f"c{number:05}" for number in numbers],
        "user_id": [f"u{number % 7}" for number in numbers],
        "created_at": ["2026-05-01T20:00:00+08:00"] * count,
        "text": [f"{TEXTS[number % len(TEXTS)]}{number}" for number in numbers],
        "probability": pa.array([(number * 37 % 100) / 100 for number in numbers], pa.float32()),
        "risk": ["high" if number * 37 % 100 >= 67 else "low" for number in numbers],
        "level": pa.nulls(count, pa.int8()),
        **columns,
    }
    path = folder / "predictions-00000.parquet"
    pq.write_table(pa.table(table), path)
    return path


@dataclass
class Campaign:
    """A campaign of one machine; `elsewhere` is the same on another one."""

    address: Address
    folder: Path
    labelling: Run
    name: str = field(default_factory=lambda: f"t-{uuid.uuid4().hex[:12]}")

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder)

    @property
    def client(self) -> Any:
        return connect(self.address)

    def elsewhere(self) -> "Campaign":
        return replace(self, folder=self.folder.with_name(f"elsewhere-{uuid.uuid4().hex[:6]}"))

    def project(self, tier: Tier = Tier.EASY) -> Project:
        return ensure_project(
            self.client, self.address, self.workspace, tier, self.name, form_of(tier)
        )

    def planned(
        self,
        path: Path,
        size: int = 20,
        tier: Tier = Tier.EASY,
        seed: int = 1,
        mix: Mix | None = None,
    ) -> pushing.Plan:
        settings = Settings(size, 0.1, mix or {}, seed)
        held = holdings(self.client, self.address, self.project(tier))
        found = self.labelling(
            evidence_apart.chosen, [str(path)], tier, settings, self.pushed(tier), held
        )
        request = pushing.Request(tier, find_sources([str(path)]), settings)
        return pushing.Plan(request, found["rows"], found["again"], None, found["left_out"])

    def push(
        self,
        path: Path,
        size: int = 20,
        tier: Tier = Tier.EASY,
        *,
        seed: int = 1,
        restore: bool = False,
    ) -> pushing.Pushed:
        return self.bring(self.planned(path, size, tier, seed), restore=restore)

    def bring(
        self,
        planned: pushing.Plan,
        *,
        restore: bool = False,
        advance: Callable[[int], None] = lambda _: None,
    ) -> pushing.Pushed:
        project = self.project(planned.request.tier)
        delivery = Delivery(self.client, self.address, project, advance)
        held = holdings(self.client, self.address, project)
        return pushing.push(delivery, self.workspace, planned, held, restore)

    def pushed(self, tier: Tier = Tier.EASY) -> pa.Table:
        return pushing.read_pushed(self.workspace.pushed(tier))

    def names(self, tier: Tier = Tier.EASY) -> list[str]:
        """The comment_ids that were chosen."""
        found: list[str] = self.pushed(tier)["comment_id"].to_pylist()
        return found

    def tasks(self, tier: Tier = Tier.EASY) -> list[Any]:
        """All tasks on the server."""
        found = self.client.tasks.list(project=self.project(tier).id, fields="all")
        return [SimpleNamespace(**task.dict()) for task in found]

    def there(self, tier: Tier = Tier.EASY) -> Counter[str]:
        """How often each comment is on the server."""
        return Counter(task.data["comment_id"] for task in self.tasks(tier))

    def answer(self, task: Any, label: str = "low") -> None:
        result = [
            {
                "from_name": "label",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": [label]},
            }
        ]
        self.client.annotations.create(id=task.id, result=result, lead_time=3.0)
