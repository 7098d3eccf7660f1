"""The check of all knowledge: ontologies, rules, and what each makes of the other.

The ontologies come first. Where they cannot be used, the rules are still read, but not run.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from treehole.errors import KnowledgeError
from treehole.knowledge.checks import Checked, check_labels, check_ontologies
from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.lexicon import Lexicon, load_lexicon
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.checks import check_reach, check_rulebook
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import RuleBook, load_rules, unknown_concepts


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        findings: Errors first, then by file and line.
        concepts: How many concepts there are.
        labels: How many labels.
        rules: How many rules were run; 0 if none could be.
        examples: How many examples.
        seconds: What it took.
    """

    findings: Sequence[Finding]
    concepts: int
    labels: int
    rules: int
    examples: int
    seconds: float

    def count(self, severity: Severity) -> int:
        """How many findings are of that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def sound(self) -> bool:
        """Whether there is no error."""
        return self.count(Severity.ERROR) == 0


def check(files: KnowledgeFiles) -> Report:
    """Check ontologies and rules.

    Raises:
        PrologError: SWI-Prolog is missing.
    """
    started = time.monotonic()
    prolog = Prolog()
    checked = check_ontologies(files.ontology)
    findings = [*checked.findings, *load_rules(prolog, files.rules)]
    book = None
    if checked.sound:
        lexicon = load_lexicon(files)
        findings += check_labels(checked, lexicon)
        findings += unknown_concepts(prolog, lexicon)
        if not any(finding.severity is Severity.ERROR for finding in findings):
            book = _check_rules(prolog, files, checked, lexicon, findings)
    rules = book.rules if book else []
    return Report(
        sorted(findings, key=_place),
        len(checked.concepts),
        sum(len(concept.labels) for concept in checked.concepts),
        len(rules),
        sum(len(rule.holds) + len(rule.fails) for rule in rules),
        time.monotonic() - started,
    )


def require_no_new_error(files: KnowledgeFiles, old: KnowledgeFiles) -> None:
    """Check ontologies and rules after an edit.

    Args:
        files: The edited ones.
        old: Those before the edit; what was wrong with them may stay wrong.

    Raises:
        KnowledgeError: There is a new error; says the first.
        PrologError: SWI-Prolog is missing.
    """
    errors = _errors(files)
    known = {(error.check, error.message) for error in _errors(old)} if errors else set()
    for error in errors:
        if (error.check, error.message) not in known:
            raise error.as_error()


def _errors(files: KnowledgeFiles) -> list[Finding]:
    return [f for f in check(files).findings if f.severity is Severity.ERROR]


def _check_rules(
    prolog: Prolog,
    files: KnowledgeFiles,
    checked: Checked,
    lexicon: Lexicon,
    findings: list[Finding],
) -> RuleBook | None:
    try:
        book = RuleBook(prolog, files, lexicon)
    except KnowledgeError as error:
        path = error.path or files.rules
        findings.append(Finding("rule", Severity.ERROR, error.reason, path, error.line))
        return None
    findings += check_rulebook(prolog, book, Scanner(lexicon))
    findings += check_reach(checked, book, lexicon)
    return book


def _place(finding: Finding) -> tuple[int, str, int, str]:
    rank = list(Severity).index(finding.severity)
    return rank, str(finding.path), finding.line or 0, finding.message
