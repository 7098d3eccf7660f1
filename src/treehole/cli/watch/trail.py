"""`treehole watch audit` and `restore`: what happened, and the queue made again from it."""

import json
import sys
from typing import Annotated

import typer
from rich.text import Text

from treehole.cli.terminal import Terminal, counted
from treehole.cli.watch.options import AsJson, QueueFolder, number_of, shown_time
from treehole.watch import restoring
from treehole.watch.audit import Event
from treehole.watch.queue import open_queue

_SHOWN = ("level", "why", "answer", "note")
"""Of the details of an event, what is shown: nothing that a person wrote whom a case is about."""


def audit(
    queue: QueueFolder,
    case: Annotated[
        str | None, typer.Option("--case", metavar="CASE", help="Only what is about this case.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that nothing was changed or taken out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show everything that happened, in order; without what people wrote."""
    with open_queue(queue) as opened:
        if verify:
            count = opened.verify()
            Terminal().print(f"{counted(count, 'event')}, the trail is whole")
            return
        events = opened.events(None if case is None else number_of(case))
    if as_json:
        rows = [_plain(event) for event in events]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        return
    console = Terminal()
    for event in events:
        about = f"case {event.number}" if event.number else ""
        more = "  ".join(
            f"{name} {event.details[name]}" for name in _SHOWN if name in event.details
        )
        line = (
            f"{event.seq:6}  {shown_time(event.time)}  {event.who}  {event.kind}  {about}  {more}"
        )
        console.print(Text(line.rstrip()))


def restore(queue: QueueFolder) -> None:
    """Make a queue that is damaged or gone again from its audit trail."""
    count, copy = restoring.restore(queue)
    console = Terminal()
    console.print(f"made again from {counted(count, 'event')} in {queue}", markup=False)
    if copy:
        console.print(f"the file that was there is kept as {copy}", markup=False)


def _plain(event: Event) -> dict[str, object]:
    told = {"seq": event.seq, "at": event.at, "kind": event.kind, "who": event.who}
    shown = {name: event.details[name] for name in _SHOWN if name in event.details}
    return {**told, "case": event.number, **shown, "hash": event.hash}
