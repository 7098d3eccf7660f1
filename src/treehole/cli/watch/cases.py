"""`treehole watch list` and `show`: the cases."""

import csv
import io
import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from treehole.cli.terminal import ONTOLOGY_STYLES, Terminal, counted
from treehole.cli.watch.options import (
    AsJson,
    Number,
    QueueFolder,
    login,
    number_of,
    shown_time,
    since_of,
)
from treehole.corpus.levels import HIGH_RISK
from treehole.errors import UsageError
from treehole.report.narration import WORDS, Language
from treehole.watch.audit import Event
from treehole.watch.cases import Case, Comment, State
from treehole.watch.queue import Filter, open_queue

_OPEN = frozenset(State) - {State.CLOSED}
_MARK = "\ufeff"
"""By which spreadsheets know that a CSV file is in UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_COLUMNS = (
    "number", "state", "taken_by", "waiting", "level", "highest", "probability", "act_from",
    "act_until", "provinces", "user", "first_seen", "last_seen", "escalated_at", "escalations",
)  # fmt: skip
_SILENT = frozenset({"trend", "notes", "comment"})
"""Not in lists: parts of a case that only who looks into it should see."""


def list_(
    queue: QueueFolder,
    level: Annotated[
        int, typer.Option("--level", min=HIGH_RISK, max=10, help="Of this level at least.")
    ] = HIGH_RISK,
    province: Annotated[
        str | None, typer.Option("--province", metavar="NAME", help="With a place there: 四川.")
    ] = None,
    state: Annotated[
        list[State] | None,
        typer.Option("--state", help="In this state; by default in any but closed."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="With an alert since: 24h, 7d, or a time."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="The closed ones too.")] = False,
    with_text: Annotated[
        bool,
        typer.Option("--with-text", help="With the comments, in JSON and CSV; it is on record."),
    ] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Show the cases, most urgent first."""
    if as_json and as_csv:
        message = "--json and --csv are two formats; name one"
        raise UsageError(message)
    if with_text and not (as_json or as_csv):
        message = "--with-text is for --json and --csv; treehole watch show CASE shows one comment"
        raise UsageError(message)
    states = frozenset(state) if state else frozenset(State) if every else _OPEN
    with open_queue(queue) as opened:
        cases = opened.cases(Filter(states, level, province, since_of(since)))
        if with_text:
            opened.record("listed", login(), None, {"cases": [case.number for case in cases]})
        untold = len(opened.letters("refused")), len(opened.letters("waiting"))
    rows = [_plain(case, with_text=with_text) for case in cases]
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    elif as_csv:
        sys.stdout.buffer.write((_MARK + _csv(rows, with_text=with_text)).encode())
        sys.stdout.buffer.flush()
    else:
        _show_list(cases, untold)


def show(queue: QueueFolder, case: Number, as_json: AsJson = False) -> None:
    """Show a case: comment, evidence, trend, notes, and what was done; the look is on record."""
    with open_queue(queue) as opened:
        found = opened.case(number_of(case))
        opened.record("viewed", login(), found.number)
        history = [event for event in opened.events(found.number) if event.kind != "viewed"]
    if as_json:
        told = {**found.as_json(), "history": [_told(event) for event in history]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        _show_case(found, history, Terminal())


def _plain(case: Case, *, with_text: bool) -> dict[str, Any]:
    silent = _SILENT - {"comment"} if with_text else _SILENT
    return {name: value for name, value in case.as_json().items() if name not in silent}


def _csv(rows: Sequence[dict[str, Any]], *, with_text: bool) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*_COLUMNS, "text"] if with_text else _COLUMNS)
    for row in rows:
        cells = [_cell(row[name]) for name in _COLUMNS]
        writer.writerow([*cells, _cell(row["comment"]["text"])] if with_text else cells)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, list):
        value = " ".join(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _show_list(cases: Sequence[Case], untold: tuple[int, int]) -> None:
    console = Terminal()
    table = Table("case", "level", "state", "may act", "places", "last seen", "alerts", box=None)
    for case in cases:
        table.add_row(
            Text(str(case.number), "bold" if case.waiting else ""),
            str(case.level),
            Text(_standing(case)),
            Text(_act(case)),
            Text(" ".join(_place_names(case))),
            shown_time(case.last_seen),
            str(case.escalations),
        )
    if cases:
        console.print(table)
    waiting = sum(case.waiting for case in cases)
    console.print(f"{counted(len(cases), 'case')}, {waiting:,} waiting for somebody")
    for number, what in zip(untold, ("refused by", "not told yet to"), strict=True):
        if number:
            console.print(f"{counted(number, 'alert')} {what} the webhook", style="yellow")


def _standing(case: Case) -> str:
    standing = f"{case.state}: {case.taken_by}" if case.taken_by else str(case.state)
    return f"{standing}, risen since" if case.risen and case.taken_by else standing


def _act(case: Case) -> str:
    if case.act_from is None:
        return "–"
    return f"{shown_time(case.act_from)} to {shown_time(case.act_until)}"


def _place_names(case: Case) -> list[str]:
    names = (place.province_zh or place.name_zh for place in case.places)
    return list(dict.fromkeys(names))


def _show_case(case: Case, history: Sequence[Event], console: Terminal) -> None:
    meaning = WORDS[Language.ENGLISH][f"level_{case.level}"]
    head = f"case {case.number}  level {case.level}: {meaning}"
    console.print(Text(head, "bold"))
    console.print(Text(f"{_standing(case)}; {case.user or 'user not named'}"))
    console.print()
    console.print(_marked(case.comment))
    console.print()
    for mention in case.comment.evidence:
        style = ONTOLOGY_STYLES.get(mention.ontology, "")
        console.print(Text.assemble((mention.surface, style), f"  {mention.name_zh} ",
                                    (mention.name_en, "dim")))  # fmt: skip
    said = [f"by {' and '.join(case.sources)}"] + [f"rule {case.comment.rule}"] * bool(
        case.comment.rule
    )
    if case.probability is not None:
        said.append(f"probability {case.probability:.2f}")
    console.print(Text(", ".join(said), "dim"))
    for name, value in (
        ("may act", _act(case)),
        ("written", shown_time(case.comment.created_at)),
        ("seen", f"{shown_time(case.first_seen)} to {shown_time(case.last_seen)}"),
        ("places", "、".join(_placed(case)) or "–"),
        ("trend", "  ".join(f"{shown_time(s.at)[5:]} {s.level}" for s in case.trend[-8:])),
    ):
        console.print(Text.assemble((f"{name:8}", "dim"), value))
    for note in case.notes:
        console.print(Text(f"{shown_time(note.at)}  {note.who}: {note.text}"))
    for event in history:
        told = _told(event)
        more = f" {told['level']}" if "level" in told else ""
        console.print(Text(f"{shown_time(event.time)}  {event.kind}{more}  {event.who}", "dim"))


def _placed(case: Case) -> list[str]:
    return [
        f"{place.surface} ({place.province_zh})" if place.province_zh else place.surface
        for place in case.places
    ]


def _marked(comment: Comment) -> Text:
    """The comment with its evidence in the colours of the ontologies."""
    text = Text(comment.text)
    for mention in comment.evidence:
        text.stylize(
            f"bold {ONTOLOGY_STYLES.get(mention.ontology, '')}", mention.start, mention.end
        )
    return text


def _told(event: Event) -> dict[str, Any]:
    """What may be shown of an event: nothing of what a person wrote."""
    told = {"seq": event.seq, "at": event.at, "kind": event.kind, "who": event.who}
    return told | {name: event.details[name] for name in ("level",) if name in event.details}
