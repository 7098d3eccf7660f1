"""`treehole watch page`: the cases as one file, for people who have no way to the queue itself."""

import dataclasses
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from treehole.cli.terminal import Terminal, counted
from treehole.cli.watch.options import QueueFolder, login
from treehole.corpus.writing import write_text
from treehole.report import watch_page
from treehole.report.narration import Language
from treehole.watch.cases import Case, State
from treehole.watch.queue import Filter, Queue, open_queue

_OPEN = frozenset(State) - {State.CLOSED}


def page(
    queue: QueueFolder,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page to write, of HTML.")],
    language: Annotated[
        Language, typer.Option("--lang", help="In which it speaks.")
    ] = Language.CHINESE,
    every: Annotated[bool, typer.Option("--all", help="The closed cases too.")] = False,
) -> None:
    """Write the cases, most urgent first, as a page that needs nothing but a browser.

    It holds what people wrote: it is confidential, says so, and that it was made is on record.
    """
    made = datetime.now(UTC)
    with open_queue(queue) as opened:
        cases = [
            _whole(opened, case) for case in opened.cases(Filter(None if every else _OPEN), made)
        ]
        opened.record("page-made", login(), None, {"cases": [case.number for case in cases]})
    os.umask(0o077)  # nobody else reads the file, from its first byte on
    write_text(watch_page.page(cases, language, made), out)
    told = f"{out} has {counted(len(cases), 'case')}; it is confidential"
    Terminal().print(told, markup=False)


def _whole(queue: Queue, case: Case) -> Case:
    """The case with trend and notes."""
    whole = queue.case(case.number)
    return dataclasses.replace(case, trend=whole.trend, notes=whole.notes)
