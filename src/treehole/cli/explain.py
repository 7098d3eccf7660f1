"""`treehole explain`: why a comment gets its level."""

import json
import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from treehole.cli.options import Ontology, Rules
from treehole.corpus.sources import STDIN
from treehole.errors import InputError, UsageError
from treehole.knowledge.calendar import HOME_ZONE, parse_moment
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.explain import Explanation
from treehole.pipeline.explain import explain as explain_text
from treehole.pipeline.labeller import Labeller

_COLOURS = {"suicide": "red", "wish": "magenta", "time": "cyan", "space": "green"}
_HIGH, _LOW = "bold red", "bold green"


def explain(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A comment; - to read it from standard input.")
    ],
    created_at: Annotated[
        str | None,
        typer.Option(
            "--created-at", metavar="TIME", help="When it was written, ISO 8601; by default now."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Show a comment with its mentions, its level, and every rule that held or ruled out."""
    written = _moment(created_at)
    comment = _standard_input() if text == STDIN else _argument(text)
    labeller = Labeller(KnowledgeFiles.locate(ontology, rules))
    explanation = explain_text(labeller, comment, written)
    if as_json:
        sys.stdout.write(json.dumps(explanation.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        _show(explanation, Console(highlight=False, soft_wrap=True))


def _moment(created_at: str | None) -> datetime:
    if created_at is None:
        return datetime.now(HOME_ZONE)
    moment = parse_moment(created_at)
    if moment is None:
        message = f"--created-at {created_at}: not a time; write it like 2026-05-01T22:30:00+08:00"
        raise UsageError(message)
    return moment


def _argument(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        message = "the comment is not UTF-8; convert it first"
        raise UsageError(message)
    return text


def _standard_input() -> str:
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        message = f"standard input is not UTF-8 (byte {error.start}); convert it first"
        raise InputError(message) from None


def _show(explanation: Explanation, console: Console) -> None:
    console.print(_marked(explanation))
    console.print()
    level = "–" if explanation.level is None else str(explanation.level)
    style = _HIGH if explanation.risk == "high" else _LOW
    console.print(
        Text.assemble(
            "level ", (level, style), f"  ({explanation.risk or 'too much to judge'} risk)"
        )
    )
    if explanation.act_from:
        console.print(f"time  {explanation.act_from} – {explanation.act_until}")
    for held in explanation.held:
        words = "、".join(mention.surface for mention in held.evidence)
        console.print(
            f"  {held.level:>2}  {held.rule}: {held.sentence} ", Text(f"[{words}]", "bold")
        )
    for out in explanation.ruled_out:
        line = f"   –  {out.mention.surface} does not count, because of {out.cue.surface}"
        console.print(Text(line, "dim"), Text(f"({out.rule}: {out.sentence})", "dim"))
    console.print()
    for mention in explanation.mentions:
        name = f"{mention.name_zh} ({mention.name_en})"
        span = f"{mention.start}–{mention.end}"
        console.print(
            Text(f"{mention.surface}", _COLOURS[mention.ontology]),
            f" {mention.ontology}: {name}, {span}",
        )


def _marked(explanation: Explanation) -> Text:
    """The comment with its mentions in the colour of their ontology; those ruled out crossed."""
    text = Text(explanation.text)
    gone = {(out.mention.start, out.mention.end) for out in explanation.ruled_out}
    for mention in explanation.mentions:
        style = _COLOURS[mention.ontology]
        if (mention.start, mention.end) in gone:
            style += " strike"
        text.stylize(style, mention.start, mention.end)
    return text
