"""`treehole explain`: why a comment gets its level."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from treehole.analysis.explain import Explanation
from treehole.analysis.explain import explain as explain_text
from treehole.cli.options import Ontology, Rules
from treehole.cli.terminal import ONTOLOGY_STYLES, Terminal
from treehole.corpus.sources import STDIN
from treehole.corpus.writing import write_text
from treehole.errors import InputError, UsageError
from treehole.knowledge.calendar import HOME_ZONE, parse_moment
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller
from treehole.report.explanation import page
from treehole.report.narration import Language, Line, Narrator

_STYLES = {**ONTOLOGY_STYLES, "strong": "bold", "soft": "dim"}
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
    trace: Annotated[
        bool, typer.Option("--trace", help="Show step by step how each rule came to hold.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Also write a page to send to a colleague."),
    ] = None,
    lang: Annotated[
        Language | None,
        typer.Option(
            "--lang",
            help="Tell it in Chinese or English; --trace and --html follow the system by default.",
        ),
    ] = None,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Show a comment with its mentions, its level, and every rule that held or ruled out."""
    written = _moment(created_at)
    comment = _standard_input() if text == STDIN else _argument(text)
    labeller = Labeller(KnowledgeFiles.locate(ontology, rules))
    explanation = explain_text(labeller, comment, written, trace=trace or html is not None)
    narrator = Narrator(lang or (_system_language() if trace or html else Language.ENGLISH))
    if html:
        write_text(page(explanation, narrator, labeller.lexicon.version), html)
    if as_json:
        plain = explanation.as_json(derivations=trace)
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2) + "\n")
    else:
        console = Terminal()
        _show(explanation, narrator, console)
        if trace:
            _show_derivation(narrator.derivation(explanation), console)


def _system_language() -> Language:
    """The language of messages, by the first variable that is set, as POSIX has it."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    name = next((value for name in names if (value := os.environ.get(name))), "")
    return Language.CHINESE if name.startswith("zh") else Language.ENGLISH


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


def _show(explanation: Explanation, narrator: Narrator, console: Console) -> None:
    console.print(_marked(explanation))
    console.print()
    words = narrator.words
    level = "–" if explanation.level is None else str(explanation.level)
    style = _HIGH if explanation.risk == "high" else _LOW
    before, after = words["level"].split("{level}")
    risk = narrator.say("risk", risk=narrator.risk(explanation))
    console.print(Text.assemble(before, (level, style), f"{after}  {risk}"))
    if explanation.act_from:
        console.print(f"{words['time']}  {explanation.act_from} – {explanation.act_until}")
    for held in explanation.held:
        surfaces = words["words"].join(mention.surface for mention in held.evidence)
        console.print(
            f"  {held.level:>2}  {held.rule}: {held.sentence} ", Text(f"[{surfaces}]", "bold")
        )
    for out in explanation.ruled_out:
        said = narrator.say("out", mention=out.mention.surface, cue=out.cue.surface)
        console.print(Text(f"   –  {said}", "dim"), Text(f"({out.rule}: {out.sentence})", "dim"))
    console.print()
    for mention in explanation.mentions:
        ontology = narrator.ontology(mention.ontology)
        console.print(
            Text(f"{mention.surface}", ONTOLOGY_STYLES[mention.ontology]),
            f" {ontology}: {narrator.name(mention)}, {mention.start}–{mention.end}",
        )


def _show_derivation(line: Line, console: Console) -> None:
    console.print()
    if console.is_terminal:
        console.print(_branch(line, None), soft_wrap=False)  # wraps between its guides
        return
    for depth, text in _indented(line, 0):
        console.print(Text("  " * depth + text))


def _branch(line: Line, above: Tree | None) -> Tree:
    text = Text.assemble(*((text, _STYLES.get(style, "")) for text, style in line.pieces))
    branch = Tree(text, guide_style="dim") if above is None else above.add(text)
    for lower in line.below:
        _branch(lower, branch)
    return branch


def _indented(line: Line, depth: int) -> Iterator[tuple[int, str]]:
    yield depth, line.text
    for lower in line.below:
        yield from _indented(lower, depth + 1)


def _marked(explanation: Explanation) -> Text:
    """The comment with its mentions in the colour of their ontology; those ruled out crossed."""
    text = Text(explanation.text)
    gone = {(out.mention.start, out.mention.end) for out in explanation.ruled_out}
    for mention in explanation.mentions:
        style = ONTOLOGY_STYLES[mention.ontology]
        if (mention.start, mention.end) in gone:
            style += " strike"
        text.stylize(style, mention.start, mention.end)
    return text
