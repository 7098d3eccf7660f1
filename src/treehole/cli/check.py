"""`treehole check`: whether an edit of the knowledge is sound."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from treehole.analysis.check import Report
from treehole.analysis.check import check as check_all
from treehole.cli.options import Ontology, Rules
from treehole.cli.terminal import Terminal
from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.version import KnowledgeFiles

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}

_LOOK_EVERY = 500
"""Milliseconds after which a watch says that nothing was saved."""


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    output: Annotated[
        Format, typer.Option("--format", help="text, json, or github: annotations of a workflow.")
    ] = Format.TEXT,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever a file is saved.")
    ] = False,
    notes: Annotated[
        bool, typer.Option("--notes", help="Show notes too: labels hidden by longer ones.")
    ] = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Check the ontologies and the rules, and run every example.

    Names file and line of what is wrong. Exits with 1 if anything is.
    """
    show = _PRINTERS[output]
    files = KnowledgeFiles.locate(ontology, rules)
    if watch:
        _keep_checking(files, lambda report: show(report, _shown(report, notes=notes)))
        return
    report = check_all(files)
    show(report, _shown(report, notes=notes))
    if not report.sound:
        raise typer.Exit(1)


def _keep_checking(files: KnowledgeFiles, show: Callable[[Report], None]) -> None:
    """Check now and whenever a file is saved, until Ctrl-C.

    The folders are watched before the first check, so that nothing saved meanwhile is missed.
    """
    from watchfiles import watch  # noqa: PLC0415  only here

    changes = watch(
        files.ontology,
        files.rules,
        watch_filter=_is_knowledge,
        rust_timeout=_LOOK_EVERY,
        yield_on_timeout=True,
    )
    with suppress(KeyboardInterrupt):
        next(changes)
        show(check_all(files))
        for changed in filter(None, changes):
            names = ", ".join(sorted({Path(path).name for _, path in changed}))
            sys.stderr.write(f"\n{datetime.now():%H:%M:%S}  {names} saved\n")
            show(check_all(KnowledgeFiles(files.ontology, files.rules)))


def _is_knowledge(_: object, path: str) -> bool:
    return path.endswith((".ttl", ".pl"))


def _shown(report: Report, *, notes: bool) -> list[Finding]:
    return [f for f in report.findings if notes or f.severity is not Severity.NOTE]


def _print_text(report: Report, findings: list[Finding]) -> None:
    console = Terminal()
    for finding in findings:
        severity = Text(finding.severity, _STYLES[finding.severity])
        line = Text.assemble(f"{_place(finding)}: ", severity, f": {finding.message} ")
        console.print(line, Text(f"[{finding.check}]", "dim"), sep="")
    console.print(_summary(report, hidden=len(report.findings) - len(findings)))


def _summary(report: Report, hidden: int) -> Text:
    counts = ", ".join(
        _counted(report.count(severity), severity)
        for severity in (Severity.ERROR, Severity.WARNING)
    )
    more = f", {_counted(hidden, 'note')} (--notes shows them)" if hidden else ""
    ran = f"{_counted(report.rules, 'rule')}, {_counted(report.examples, 'example')}"
    if not report.rules:
        ran = "the rules were not run: mend the errors first"
    return Text.assemble(
        (counts, "bold red" if not report.sound else "bold green"),
        f"{more}; {report.concepts:,} concepts, {report.labels:,} labels, {ran}; "
        f"{report.seconds:.1f} s",
    )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _print_json(report: Report, findings: list[Finding]) -> None:
    content = {
        "sound": report.sound,
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "notes": report.count(Severity.NOTE),
        "concepts": report.concepts,
        "labels": report.labels,
        "rules": report.rules,
        "examples": report.examples,
        "seconds": round(report.seconds, 3),
        "findings": [
            {
                "check": finding.check,
                "severity": finding.severity,
                "file": _relative(finding.path),
                "line": finding.line,
                "message": finding.message,
            }
            for finding in findings
        ],
    }
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _print_github(report: Report, findings: list[Finding]) -> None:
    """Workflow commands of GitHub Actions, which show findings beside the lines of a change."""
    for finding in findings:
        file, title = _property(_relative(finding.path)), _property(finding.check)
        line = f",line={finding.line}" if finding.line else ""
        command = _GITHUB[finding.severity]
        message = _escaped(finding.message)
        sys.stdout.write(f"::{command} file={file}{line},title={title}::{message}\n")
    sys.stdout.write(_summary(report, len(report.findings) - len(findings)).plain + "\n")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _place(finding: Finding) -> str:
    path = _relative(finding.path)
    return f"{path}:{finding.line}" if finding.line else path


def _relative(path: Path) -> str:
    """The path from the current folder, if it lies below that."""
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return os.fsencode(shown).decode("utf-8", errors="replace")


_PRINTERS: dict[Format, Callable[[Report, list[Finding]], None]] = {
    Format.TEXT: _print_text,
    Format.JSON: _print_json,
    Format.GITHUB: _print_github,
}
