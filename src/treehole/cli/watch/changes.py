"""`treehole watch take`, `contact`, `close`, `reopen` and `note`: what the team does with cases."""

from typing import Annotated

import typer

from treehole.cli.terminal import Terminal
from treehole.cli.watch.options import AddedNote, Number, QueueFolder, Who, number_of
from treehole.watch.cases import Case
from treehole.watch.queue import open_queue

Text = Annotated[str, typer.Argument(metavar="TEXT", help="What the others should know.")]


def take(queue: QueueFolder, case: Number, who: Who, note: AddedNote = None) -> None:
    """Look after a case, so that nobody else does; again, to say that a rise was seen."""
    with open_queue(queue) as opened:
        _say(opened.take(number_of(case), who, note))


def contact(queue: QueueFolder, case: Number, who: Who, note: AddedNote = None) -> None:
    """Say that the person of a case that you have taken was reached."""
    with open_queue(queue) as opened:
        _say(opened.contact(number_of(case), who, note))


def close(queue: QueueFolder, case: Number, who: Who, note: AddedNote = None) -> None:
    """Close a case; a new comment of high risk by the same person opens it again."""
    with open_queue(queue) as opened:
        _say(opened.shut(number_of(case), who, note))


def reopen(queue: QueueFolder, case: Number, who: Who, note: AddedNote = None) -> None:
    """Put a case back to the new ones, closed or taken, by whomever."""
    with open_queue(queue) as opened:
        _say(opened.reopen(number_of(case), who, note))


def note(queue: QueueFolder, case: Number, text: Text, who: Who) -> None:
    """Write something down about a case."""
    with open_queue(queue) as opened:
        _say(opened.note(number_of(case), who, text))


def _say(case: Case) -> None:
    standing = f"{case.state} by {case.taken_by}" if case.taken_by else str(case.state)
    Terminal().print(f"case {case.number} is {standing}", markup=False)
