"""Pushing: what people should see is chosen, written down at home, and brought to the server.

A push is known by what it was asked for: the table of predictions, the tier, how many, by which
strategies, and the seed. What it chose is written down before anything is sent, so the same push
asked for again, after a crash or by mistake, brings what is missing of it and nothing more; another
seed asks for more. What a push on another machine brought is left out, unless it was the same push.

Of a comment, Label Studio gets the text, by what it was chosen, and the push; who wrote it, when,
and what the model and the rules said beyond the prediction shown stays at home.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from treehole.annotation.candidates import (
    Advance,
    Candidates,
    has_levels,
    is_by_rules,
    read_candidates,
    rows_at,
)
from treehole.annotation.connection import Address, GoneError, ServerError, explained
from treehole.annotation.delivery import Delivery, Holdings, Task
from treehole.annotation.evidence import Evidence, EvidenceReader
from treehole.annotation.forms import Answer, Form, Span, form_of, misfit, problems, result_of
from treehole.annotation.projects import MODEL_VERSION, Project, gone
from treehole.annotation.selection import Choice, Settings, choose, default_mix, needs_rules
from treehole.annotation.workspace import Workspace
from treehole.corpus.block import REPLACEMENT
from treehole.corpus.levels import HIGH_RISK, UNKNOWN
from treehole.corpus.manifests import read_manifest
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import COMMENT_ID, CREATED_AT, TEXT, USER_ID
from treehole.corpus.sources import Source
from treehole.corpus.streams import one_line
from treehole.corpus.writing import write_part
from treehole.errors import InputError, TreeholeError
from treehole.models.datasets import Tier

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

log = logging.getLogger(__name__)

SPANS = pa.list_(pa.struct([("kind", pa.string()), ("start", pa.int32()), ("end", pa.int32())]))

PUSHED = pa.schema(
    [
        (COMMENT_ID, pa.string()),
        (TEXT, pa.string()),
        (USER_ID, pa.string()),
        (CREATED_AT, pa.string()),
        ("probability", pa.float32()),
        ("risk", pa.string()),
        ("level", pa.int8()),
        ("model", pa.string()),
        ("rules_level", pa.int8()),
        ("rules_rule", pa.string()),
        ("evidence", SPANS),
        ("chosen_by", pa.string()),
        ("batch", pa.string()),
        ("pushed_at", pa.timestamp("us", "UTC")),
    ]
)
"""What is known of a comment that was pushed. `probability`, `risk` and `level` are by the model,
`rules_level` and `evidence` by the rules; `batch` is the push, and `pushed_at` when the task was
first seen on the server, null until then.
"""

_MANIFEST = "manifest.json"
_ID_CHARACTERS = 12


class Request:
    """What is to be pushed.

    Attributes:
        tier: Easy or hard.
        sources: The predictions.
        corpus: The same, as one table.
        settings: How to choose.
        batch: By which the push is known again.
    """

    def __init__(self, tier: Tier, sources: Sequence[Source], settings: Settings) -> None:
        """Look into the predictions.

        Args:
            tier: Easy or hard.
            sources: The predictions.
            settings: How to choose; without a mix, by that of the tier.

        Raises:
            UsageError: They lack a column.
            InputError: They cannot be read.
        """
        self.tier = tier
        self.sources = sources
        self.corpus = Corpus(sources)
        by_rules = is_by_rules(self.corpus.schema)
        mix = settings.mix or default_mix(tier, by_rules=by_rules)
        self.settings = replace(settings, mix=mix)
        asked = {**asdict(self.settings), "mix": sorted(mix.items())}
        contents = sorted(source.fingerprint() for source in sources)
        whole = json.dumps([tier, asked, contents], sort_keys=True)
        self.batch = sha256(whole.encode()).hexdigest()[:_ID_CHARACTERS]


@dataclass(frozen=True)
class Plan:
    """What a push brings.

    Attributes:
        request: What is to be pushed.
        rows: What it chose, as `PUSHED`.
        again: Whether it had been asked for before, and so was not chosen anew.
        read: How many rows the predictions have; None if they were not read again.
        left_out: How many of them are no candidates, by reason.
    """

    request: Request
    rows: pa.Table
    again: bool
    read: int | None
    left_out: dict[str, int]


@dataclass(frozen=True)
class Pushed:
    """What a push did.

    Attributes:
        sent: How many tasks were sent.
        there: How many of what was chosen are on the server now.
        finished: How many of those sent were left over from another push that broke off.
        deleted: The comment_ids that somebody deleted on the server, and that were left so.
        removed: How many tasks were there twice and were removed.
        kept: How many are there twice still, as people annotated both.
    """

    sent: int
    there: int
    finished: int
    deleted: Sequence[str]
    removed: int
    kept: int


def read_pushed(path: Path) -> pa.Table:
    """What was pushed, as `PUSHED`; empty if nothing was.

    Args:
        path: `Workspace.pushed` of a project.

    Raises:
        InputError: The file is damaged.
    """
    if not path.exists():
        return PUSHED.empty_table()
    try:
        with path.open("rb") as stream:  # Arrow opens no path that is not UTF-8
            return pq.read_table(stream).select(PUSHED.names).cast(PUSHED)
    except (pa.ArrowException, OSError, KeyError) as error:
        message = f"{path} is damaged ({one_line(error)}); restore it from a backup"
        raise InputError(message) from error


def plan(
    request: Request,
    pushed: pa.Table,
    held: Holdings,
    rules: Callable[[], EvidenceReader],
    advance: Advance = lambda _: None,
) -> Plan:
    """Choose what to push, or take up what the same push chose before.

    Args:
        request: What is to be pushed.
        pushed: What was pushed from this workspace.
        held: What the project has.
        rules: Gives the rules; asked only if something is chosen.
        advance: Told of the rows that are read.

    Raises:
        UsageError: The predictions lack a column, or the strategies do not suit them.
        InputError: The predictions cannot be read.
    """
    batch = request.batch
    own = pushed.filter(pc.equal(pushed["batch"], batch))
    if len(own):
        return Plan(request, own, again=True, read=None, left_out={})
    corpus, settings = request.corpus, request.settings
    reader = rules()
    asked = needs_rules(settings.mix, levels=has_levels(corpus))
    candidates = read_candidates(corpus, reader if asked else None, advance)
    others = [name for name, tasks in held.items() if all(task.batch != batch for task in tasks)]
    known = pa.concat_arrays([*pushed[COMMENT_ID].chunks, pa.array(others, pa.string())])
    candidates = candidates.without(known, "in the project already")

    def texts(positions: Any) -> list[str]:
        found: list[str] = rows_at(corpus, candidates.rows[positions], [TEXT])[TEXT].to_pylist()
        return found

    choice = choose(candidates, settings, texts)
    model = model_of(request.sources, by_rules=candidates.by_rules)
    rows = _rows(candidates, choice, corpus, reader, (model, batch))
    return Plan(request, rows, again=False, read=candidates.read, left_out=candidates.left_out)


def model_of(sources: Sequence[Source], *, by_rules: bool) -> str:
    """The name of the model that made predictions, as far as a manifest beside them tells it."""
    for source in sources:
        if source.is_local:
            manifest = read_manifest(Path(source.path).parent / _MANIFEST) or {}
            model = manifest.get("model")
            if isinstance(model, dict) and model.get("name"):
                return Path(str(model["name"])).name
    return "rules" if by_rules else "model"


def push(
    delivery: Delivery,
    workspace: Workspace,
    planned: Plan,
    held: Holdings,
    restore: bool = False,
) -> Pushed:
    """Bring what was chosen to the server, and what an earlier push could not bring.

    It may be called again after whatever ended it: nothing is sent twice, and nothing is left out.

    Args:
        delivery: To the project where it is to be.
        workspace: Of the campaign; what was chosen is written there before anything is sent.
        planned: What was chosen.
        held: What the project has.
        restore: Bring back also what somebody deleted on the server.

    Raises:
        GoneError: The project is no longer there.
        ServerError: The server is down, refuses or fails, or its configuration was changed.
        OutputError: The workspace cannot be written.
    """
    project, form = delivery.project, form_of(planned.request.tier)
    check(project, form)
    path = workspace.pushed(project.name)
    pushed = read_pushed(path)
    if not planned.again:
        pushed = pa.concat_tables([pushed, planned.rows])
    own = pc.equal(pushed["batch"], planned.request.batch).to_numpy()
    arrived = pushed["pushed_at"].is_valid().to_numpy()
    there = pc.is_in(pushed[COMMENT_ID], pa.array(held, pa.string())).to_numpy()
    deleted = own & arrived & ~there
    wanted = (own | ~arrived) & ~there & (~deleted | restore)
    tasks = tasks_of(pushed.filter(pa.array(wanted)), form, project)
    write_part(pushed, path)
    try:
        delivery.deliver(tasks, held)
    except GoneError:
        raise gone(delivery.address, workspace, project.name) from None
    finally:
        pushed = _marked(pushed, pa.array([*held, *delivery.done.seen], pa.string()))
        write_part(pushed, path)
    names = pushed[COMMENT_ID].filter(pa.array(deleted & ~wanted)).to_pylist()
    return Pushed(
        sent=len(delivery.done.sent),
        there=int((own & (there | wanted)).sum()),
        finished=int((wanted & ~own).sum()),
        deleted=names,
        removed=delivery.done.removed,
        kept=delivery.done.kept,
    )


def check(project: Project, form: Form) -> None:
    """See to it that the project still has what the form needs.

    Args:
        project: As the server has it; somebody may have edited it in the web page.
        form: What people are asked.

    Raises:
        ServerError: It has not.
    """
    if reason := misfit(project.config, form):
        message = (
            f"the labelling interface of “{project.title}” was changed in the web page: {reason}; "
            "nothing was sent. Bring it back under Settings, Labeling Interface"
        )
        raise ServerError(message)
    if project.shown not in {"", MODEL_VERSION}:
        log.warning(
            "“%s” shows the predictions of “%s”, and not those that are pushed; choose %s under "
            "Settings, Annotation, Live Predictions",
            project.title,
            project.shown,
            MODEL_VERSION,
        )


def set_overlap(
    client: "LabelStudio", address: Address, project: Project, annotators: int, share: float
) -> None:
    """Have a share of a project's tasks annotated by several people.

    Label Studio chooses which: those with the most annotations first, and of others the first to be
    imported; it chooses anew with every import, so that the share holds for all tasks together.

    Args:
        client: Of the server.
        address: Of the server.
        project: Whose tasks.
        annotators: How many people.
        share: Of all tasks, 0 to 1.

    Raises:
        ServerError: The server is down, refuses or fails.
    """
    wanted: dict[str, Any] = {
        "maximum_annotations": annotators,
        "overlap_cohort_percentage": max(1, round(100 * share)),
    }
    with explained(address):
        found = client.projects.get(project.id)
        if any(getattr(found, name) != value for name, value in wanted.items()):
            client.projects.update(project.id, **wanted)


def tasks_of(rows: pa.Table, form: Form, project: Project) -> list[Task]:
    """The tasks by which comments are shown to people, with predictions that fit.

    Args:
        rows: The comments, as `PUSHED`.
        form: What people are asked.
        project: Where they are to be shown.

    Raises:
        TreeholeError: A prediction does not fit.
    """

    @cache
    def wrong(result: str) -> list[str]:
        prediction = {"model_version": MODEL_VERSION, "score": 0.5, "result": json.loads(result)}
        return problems(project.config, prediction)

    tasks = []
    for row in rows.to_pylist():
        task = _task(row, form.tier)
        if found := wrong(json.dumps(task["predictions"][0]["result"])):
            message = (
                f"the prediction of the comment {row[COMMENT_ID]} does not fit the form "
                f"({'; '.join(found)}); nothing was sent. This is a fault of treehole: report it"
            )
            raise TreeholeError(message)
        tasks.append(task)
    return tasks


def _task(row: dict[str, Any], tier: Tier) -> Task:
    # PostgreSQL, on which a server may run, has no NUL in its texts.
    text = row[TEXT].replace("\0", REPLACEMENT)
    spans = tuple(Span(**span) for span in row["evidence"])
    answer = (
        Answer(label=row["risk"], spans=spans)
        if tier is Tier.EASY
        else Answer(level=shown_level(row), spans=spans)
    )
    prediction = {
        "model_version": MODEL_VERSION,
        "score": round(row["probability"], 6),
        "result": result_of(answer, tier, text),
    }
    data = {
        COMMENT_ID: row[COMMENT_ID],
        TEXT: text,
        "chosen_by": row["chosen_by"],
        "batch": row["batch"],
    }
    return {"data": data, "predictions": [prediction]}


def shown_level(row: dict[str, Any]) -> int:
    """The level that people start from: the model's or, where it gives none, that of the rules.

    The level of the rules is moved to the side of the border on which the model sees the risk.

    Args:
        row: Of `PUSHED`.
    """
    if row["level"] is not None:
        return int(row["level"])
    level = int(row["rules_level"] or 0)
    return max(level, HIGH_RISK) if row["risk"] == "high" else min(level, HIGH_RISK - 1)


def _rows(
    candidates: Candidates,
    choice: Choice,
    corpus: Corpus,
    reader: EvidenceReader,
    names: tuple[str, str],
) -> pa.Table:
    """What was chosen, as `PUSHED`; `names` are those of the model and of the push."""
    chosen = candidates.at(choice.positions)
    kept = rows_at(corpus, chosen.rows, [TEXT, USER_ID, CREATED_AT])
    evidence = reader.read(kept[TEXT].to_pylist())
    size, (model, batch) = len(chosen), names
    columns = {
        COMMENT_ID: chosen.ids,
        TEXT: kept[TEXT],
        USER_ID: kept[USER_ID],
        CREATED_AT: kept[CREATED_AT],
        "probability": pa.array(chosen.probabilities.astype(np.float32)),
        "risk": pc.if_else(pa.array(chosen.high), "high", "low"),
        "level": pa.array(chosen.levels, mask=chosen.levels == UNKNOWN),
        "model": pa.array([model] * size, pa.string()),
        "rules_level": pa.array([found.level for found in evidence], pa.int8()),
        "rules_rule": pa.array([found.rule for found in evidence], pa.string()),
        "evidence": pa.array(list(map(_spans, evidence)), SPANS),
        "chosen_by": pa.array(choice.chosen_by, pa.string()),
        "batch": pa.array([batch] * size, pa.string()),
        "pushed_at": pa.nulls(size, PUSHED.field("pushed_at").type),
    }
    return pa.table(columns).cast(PUSHED)


def _spans(evidence: Evidence) -> list[dict[str, Any]]:
    return [span._asdict() for span in evidence.spans]


def _marked(pushed: pa.Table, seen: pa.Array) -> pa.Table:
    """The table with the moment of now where a task was seen for the first time."""
    now = pa.scalar(datetime.now(UTC), PUSHED.field("pushed_at").type)
    fresh = pc.and_(pc.is_null(pushed["pushed_at"]), pc.is_in(pushed[COMMENT_ID], seen))
    column = pc.if_else(fresh, now, pushed["pushed_at"])
    return pushed.set_column(PUSHED.get_field_index("pushed_at"), "pushed_at", column)
