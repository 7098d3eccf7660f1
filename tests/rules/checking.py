"""Checks rules in a process of its own, see judging.py."""

from pathlib import Path

from loaded import Knowledge

from treehole.knowledge.checks import Checked, check_ontologies
from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.lexicon import load_lexicon
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.checks import check_reach, check_rulebook
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import load_rules, unknown_concepts


def findings(rules: str, ontology: str | None = None) -> list[Finding]:
    """What is wrong with the rules of a folder, over the shipped or other ontologies."""
    files = KnowledgeFiles.locate(Path(ontology) if ontology else None, Path(rules))
    prolog = Prolog()
    found = load_rules(prolog, files.rules)
    if any(finding.severity is Severity.ERROR for finding in found):
        return found
    found += unknown_concepts(prolog, load_lexicon(files))
    if any(finding.severity is Severity.ERROR for finding in found):
        return found
    known = Knowledge(files)
    return [*found, *check_rulebook(prolog, known.rulebook, known.scanner)]


def unreached(folder: str) -> list[Finding]:
    """The concepts that no rule of a folder asks for, where none says what it is for."""
    files = KnowledgeFiles(KnowledgeFiles.locate().ontology, Path(folder))
    known = Knowledge(files)
    checked: Checked = check_ontologies(files.ontology)
    return list(check_reach(checked, known.rulebook, known.lexicon))
