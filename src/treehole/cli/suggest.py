"""`treehole suggest`: which words to add, learned from what people corrected."""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from treehole.analysis.check import require_no_new_error
from treehole.analysis.corrections import Corrections, read_corrections
from treehole.analysis.proposals import find_concept, read_accepted, write_proposals
from treehole.analysis.simulation import Effect, Quality, Simulation
from treehole.analysis.suggest import Proposal, effect_of, joint_quality
from treehole.analysis.suggest import suggest as propose
from treehole.cli.inputs import opened
from treehole.cli.options import Gold, Ontology, Quiet, Rules, TextColumn
from treehole.cli.terminal import Terminal, counted
from treehole.corpus.levels import gold_column
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import find_sources
from treehole.errors import TreeholeError, UsageError
from treehole.knowledge.editing import LABEL_KINDS, Addition, Editor
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller
from treehole.pipeline.progress import progress

_LEAST_ROOM = 16
"""Columns for a context, at least; with fewer it is left out."""

_CHOICES = "y add it, n leave it, c another concept, h as a hidden label, q stop and write"


class _StoppedError(TreeholeError):
    exit_code = 130


def suggest(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT]...",
            help="Comments with what people said of them, as CSV, TSV, JSONL or Parquet; "
            "- for standard input. A column spans may hold what they marked.",
            show_default=False,
        ),
    ] = None,
    gold: Gold = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the proposals as CSV, to be edited."),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Proposals, at most.")] = 40,
    min_count: Annotated[
        int,
        typer.Option(
            "--min-count", min=1, help="Comments, and people, that a word must come from."
        ),
    ] = 3,
    test: Annotated[
        str | None,
        typer.Option(
            "--test", metavar="FILE", help="Other comments with gold: measure on them as well."
        ),
    ] = None,
    ordinary: Annotated[
        list[str] | None,
        typer.Option(
            "--ordinary",
            metavar="FILE",
            help="Comments by people not at risk, so that words which would alarm there are left "
            "out; may be given several times.",
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Ask of each proposal, and add those accepted.")
    ] = False,
    accepted_in: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="With --apply: add what the edited CSV accepts."
        ),
    ] = None,
    text_column: TextColumn = TEXT,
    ontology: Ontology = None,
    rules: Rules = None,
    quiet: Quiet = False,
) -> None:
    """Propose words that would put right what the rules get wrong, and add those accepted.

    Every proposal comes with its measured effect. Nothing is changed without --apply.
    """
    files = KnowledgeFiles.locate(ontology, rules)
    console = Terminal()
    if accepted_in is not None:
        _add_from(accepted_in, files, inputs or [], apply, console)
        return
    if not inputs:
        message = "name the comments to learn from, or an edited file with --apply --from FILE"
        raise UsageError(message)
    editor = _editor(files) if apply else None
    bench = _Bench.of(inputs, ordinary or [], gold, text_column, files, quiet)
    with progress("suggest", quiet=quiet) as reporter:
        proposals = propose(
            bench.simulation,
            bench.corrections,
            most=most,
            min_count=min_count,
            reporter=reporter,
        )
    try:
        if out:
            write_proposals(proposals, bench.lexicon, bench.before, out)
    finally:  # what was found is shown even if it cannot be written
        _show(proposals, bench, console)
    if test:
        other = _Bench.of([test], [], gold, text_column, files, quiet, bench.labeller)
        _show_joint(f"on {test}", other, _labels(proposals), console)
    if out:
        console.print(
            f"proposals in {out}; accept some, then: treehole suggest --apply --from {out}"
        )
    if editor and proposals:
        accepted = _Dialogue(bench, editor, console).ask(proposals)
        words = {a.word: bench.position(a.concept) for a in accepted}
        _show_joint("with what was accepted", bench, words, console)
        _add(editor, accepted, files, console)


@dataclass(frozen=True)
class _Bench:
    """Comments with gold, and the knowledge to improve."""

    labeller: Labeller
    corrections: Corrections
    simulation: Simulation
    before: Quality

    @classmethod
    def of(
        cls,
        inputs: Sequence[str],
        ordinary: Sequence[str],
        gold: str | None,
        text_column: str,
        files: KnowledgeFiles,
        quiet: bool,
        labeller: Labeller | None = None,
    ) -> "_Bench":
        with opened(inputs) as sources, progress("read", quiet=quiet) as reporter:
            corpus = Corpus(sources, text_column=text_column)
            column = gold_column(corpus.schema, gold)
            others = Corpus(find_sources(ordinary), text_column=text_column) if ordinary else None
            corrections = read_corrections(corpus, column, reporter, others)
        labeller = labeller or Labeller(files)
        simulation = Simulation(labeller, corrections.texts, corrections.gold)
        return cls(labeller, corrections, simulation, simulation.quality())

    @property
    def lexicon(self) -> Lexicon:
        return self.labeller.lexicon

    def position(self, iri: str) -> int:
        return [concept.iri for concept in self.lexicon.concepts].index(iri)

    def shown(self, concept: int) -> str:
        known = self.lexicon.concepts[concept]
        return f"{known.ontology}:{known.name} {known.name_zh}"


def _editor(files: KnowledgeFiles) -> Editor:
    if not sys.stdin.isatty():
        message = (
            "--apply asks on a terminal, and this is none; write the proposals with --out FILE, "
            "edit the file, and use --apply --from FILE"
        )
        raise UsageError(message)
    return Editor(files.ontology)


def _add_from(
    path: Path, files: KnowledgeFiles, inputs: Sequence[str], apply: bool, console: Terminal
) -> None:
    if not apply:
        message = "--from FILE goes with --apply"
        raise UsageError(message)
    if inputs:
        message = "with --from nothing is learned; leave the INPUT out"
        raise UsageError(message)
    editor = Editor(files.ontology)
    _add(editor, read_accepted(path, editor), files, console)


def _add(
    editor: Editor, accepted: Sequence[Addition], files: KnowledgeFiles, console: Terminal
) -> None:
    changed = editor.add(
        accepted, lambda trial: require_no_new_error(KnowledgeFiles(trial, files.rules), files)
    )
    if not changed:
        console.print("nothing accepted; nothing was written")
        return
    names = ", ".join(str(path) for path in changed)
    console.print(f"{counted(len(accepted), 'label')} added; changed: {names}")
    console.print("next: treehole diff, to see what it does to other comments")


def _labels(proposals: Sequence[Proposal]) -> dict[str, int]:
    return {proposal.word: proposal.best.concept for proposal in proposals}


def _show(proposals: Sequence[Proposal], bench: _Bench, console: Terminal) -> None:
    before = bench.before
    wrong = before.missed + before.alarms
    console.print(
        f"{counted(len(bench.corrections), 'comment')} with gold; {before.missed:,} of high risk "
        f"missed, {counted(before.alarms, 'false alarm')}"
    )
    if not proposals:
        reason = "people and rules agree" if not wrong else "no word found that would help"
        console.print(f"nothing to suggest: {reason}")
        return
    bare = _table(proposals, bench, 0)
    room = console.width - console.measure(bare).maximum - 2
    console.print(_table(proposals, bench, room) if room >= _LEAST_ROOM else bare, soft_wrap=False)
    console.print(
        "comments with the word: missed, false alarms, rightly high, rightly low; what changes if "
        "it is added: true and false positives, F1 in points, mean level error",
        style="dim",
    )
    _show_joint("with all of them", bench, _labels(proposals), console)
    console.print(
        "measured on the comments the words were found in; on others, expect less "
        "(--test FILE measures there)",
        style="dim",
    )


def _table(proposals: Sequence[Proposal], bench: _Bench, room: int) -> Table:
    """The proposals, with so many columns of a comment that has the word."""
    columns = ("missed", "alarms", "high", "low", "tp", "fp", "f1", "error")
    table = Table("", "word", "concept", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    if room:
        table.add_column("context", no_wrap=True, style="dim")
    for number, proposal in enumerate(proposals, 1):
        effect = proposal.best.effect
        *_, f1, error = bench.before.plus(effect).minus(bench.before)
        counts = (proposal.missed, proposal.alarms, proposal.agreed_high, proposal.agreed_low)
        context = Text(proposal.contexts[0])
        context.truncate(room, overflow="ellipsis")
        cells = [
            str(number),
            proposal.word,
            bench.shown(proposal.best.concept),
            *map(str, counts),
            f"{effect.found:+}",
            f"{effect.alarms:+}",
            f"{100 * f1:+.2f}",
            "–" if error is None else f"{error:+.4f}",
        ]
        table.add_row(*cells, *([context] if room else []))
    return table


def _show_joint(title: str, bench: _Bench, labels: dict[str, int], console: Terminal) -> None:
    after, before = joint_quality(bench.simulation, labels), bench.before
    figures = [
        f"{name} {old:.3f} → {new:.3f}"
        for name, old, new in (
            ("F1", before.f1, after.f1),
            ("precision", before.precision, after.precision),
            ("recall", before.recall, after.recall),
            ("mean level error", before.mean_error, after.mean_error),
        )
        if old is not None and new is not None
    ]
    console.print(f"{title}: {', '.join(figures)}", markup=False)


class _Dialogue:
    """Asks a person of one proposal after the other."""

    def __init__(self, bench: _Bench, editor: Editor, console: Terminal) -> None:
        self._bench = bench
        self._editor = editor
        self._console = console
        if isinstance(sys.stdin, io.TextIOWrapper):  # what is no UTF-8 is no answer
            sys.stdin.reconfigure(errors="replace")

    def ask(self, proposals: Sequence[Proposal]) -> list[Addition]:
        """What was accepted.

        Raises:
            _StoppedError: Ctrl-C was pressed.
        """
        self._console.print(f"\n{_CHOICES}; Ctrl-C: stop and write nothing")
        accepted: list[Addition] = []
        try:
            for number, proposal in enumerate(proposals, 1):
                self._console.print(f"\n{number}/{len(proposals)}", style="dim")
                accepted += self._ask_of(proposal)
        except EOFError:  # q, or the end of the input
            self._console.print()
        except KeyboardInterrupt:
            message = "stopped; nothing was written"
            raise _StoppedError(message) from None
        return accepted

    def _ask_of(self, proposal: Proposal) -> list[Addition]:
        concept, effect = proposal.best.concept, proposal.best.effect
        while True:
            self._show(proposal, concept, effect)
            answer = self._console.input("y, n, c, h or q? ").strip().lower()
            if answer in {"q", "quit"}:
                raise EOFError
            if answer in {"n", "no"}:
                return []
            if answer in {"y", "yes", "h", "hidden"}:
                iri = self._bench.lexicon.concepts[concept].iri
                return [Addition(proposal.word, iri, LABEL_KINDS[answer.startswith("h")])]
            if answer in {"c", "concept"}:
                concept, effect = self._another(proposal, concept, effect)
            else:
                self._console.print(_CHOICES)

    def _another(self, proposal: Proposal, concept: int, effect: Effect) -> tuple[int, Effect]:
        """The concept that is named, with the effect of the word there."""
        for number, trial in enumerate(proposal.trials, 1):
            self._console.print(
                f"  {number}  {self._bench.shown(trial.concept)}  {_change(trial.effect)}"
            )
        answer = self._console.input("number, or name of a concept: ").strip()
        if answer.isdecimal() and 0 < int(answer) <= len(proposal.trials):
            chosen = proposal.trials[int(answer) - 1]
            return chosen.concept, chosen.effect
        iri = find_concept(answer, self._editor)
        if iri is None:
            self._console.print(Text(f"there is no concept {answer}, or several", "red"))
            return concept, effect
        position = self._bench.position(iri)
        return position, effect_of(self._bench.simulation, proposal.word, position)

    def _show(self, proposal: Proposal, concept: int, effect: Effect) -> None:
        console, before = self._console, self._bench.before
        console.print(Text(proposal.word, "bold"), "→", self._bench.shown(concept))
        people = "" if proposal.users is None else f" by {counted(proposal.users, 'writer')}"
        marked = f", marked in {proposal.marked}" if proposal.marked else ""
        console.print(
            f"  in {counted(proposal.comments, 'comment')}{people}: {proposal.missed} missed, "
            f"{proposal.alarms} false alarms, {proposal.agreed_high} rightly high, "
            f"{proposal.agreed_low} rightly low{marked}"
        )
        precision, recall, f1, _ = before.plus(effect).minus(before)
        console.print(
            f"  {_change(effect)}; precision {100 * precision:+.2f}, recall {100 * recall:+.2f}, "
            f"F1 {100 * f1:+.2f} points"
        )
        for context in proposal.contexts:
            console.print(Text(f"  {context}", "dim"))


def _change(effect: Effect) -> str:
    return (
        f"{effect.found:+} true positives, {effect.alarms:+} false positives, "
        f"{effect.level_error:+} levels of error"
    )
