"""Coverage as a page and as a CSV file.

The CSV has one row a rule, concept and word; its columns are those of `COLUMNS`, explained there,
in the words that the page uses too. Figures that have no meaning for a row, or that ask for gold
where there is none, are empty cells. Shares go from 0 to 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from treehole.analysis.coverage import (
    ConceptCoverage,
    Coverage,
    Figures,
    RuleCoverage,
    WordCoverage,
)
from treehole.analysis.tally import Mistake
from treehole.corpus.levels import HIGH_RISK
from treehole.corpus.writing import write_csv
from treehole.report.page import render
from treehole.rules.rulebook import Rule

_DIGITS = 4

COLUMNS = {
    "kind": "Rule, concept or word.",
    "name": "The rule's identifier, the concept's name, or the word; a word is shown as it was "
    "matched, in simplified characters and small letters, with # for a number.",
    "concept": "The concept that the word belongs to.",
    "ontology": "That of the concept.",
    "level": "The level that the rule gives; empty for a rule that says what does not count.",
    "says": "The rule's sentence, or what the concept is called.",
    "place": "The rule's file and line.",
    "reached": "Rule: comments it held for; a rule that says what does not count: comments in "
    "which it ruled something out. Concept, word: comments that mention it, counted or not.",
    "with_subclasses": "Comments that mention the concept or one below it.",
    "won": "Rule: comments whose level it gave (of the rules that hold, the highest level wins). "
    "Concept, word: comments in which it stands in the evidence of that rule.",
    "overlapped": "Rule: of those it reached, those for which another rule held as well. Concept, "
    "word: those for which a rule held by it and another rule without it.",
    "conflicted": "The same, where that other rule gives the other risk: high (level 6 and above) "
    "against low.",
    "ruled_out": "Comments in which a mention did not count, because a rule in rules/context.pl "
    "says so. Such rules are asked only where another rule could use the mention.",
    "high_share": "Of the comments it reached, the share that people call high risk.",
    "precision": "Of those it won, the share whose risk (high or low) is what people say.",
    "recall": "Rule: of all comments that people give the rule's risk, the share it won. Concept, "
    "word: of all that people call high, the share found to be high with it in the evidence.",
    "level_precision": "Of those it won, the share whose level is exactly what people say.",
    "level_recall": "Of all comments that people give the rule's level, the share it won.",
    "level_error": "By how many levels those it won are wrong on average, up or down.",
    "level_bias": "The same with its sign: above 0 where the levels given are too high.",
}
"""What each column means."""

RULE_FIGURES = (
    "reached", "won", "overlapped", "conflicted", "high_share", "precision", "recall",
    "level_precision", "level_recall", "level_error", "level_bias",
)  # fmt: skip
CONCEPT_FIGURES = (
    "reached", "with_subclasses", "won", "overlapped", "conflicted", "ruled_out", "high_share",
    "precision", "recall", "level_precision", "level_error", "level_bias",
)  # fmt: skip
WORD_FIGURES = (
    "reached", "won", "ruled_out", "high_share", "precision", "recall", "level_error",
)  # fmt: skip

_GOLD = frozenset(
    ("high_share", "precision", "recall", "level_precision", "level_recall", "level_error",
     "level_bias")
)  # fmt: skip
_GOLD_LEVELS = frozenset(name for name in _GOLD if name.startswith("level_"))


def shown_figures(names: Sequence[str], coverage: Coverage) -> list[str]:
    """Those of the figures for which the gold column, if any, has what they ask for."""
    hidden: frozenset[str] = frozenset()
    if not coverage.summary.known:
        hidden = _GOLD
    elif coverage.summary.level_error is None:
        hidden = _GOLD_LEVELS
    return [name for name in names if name not in hidden]


def figure_text(name: str, value: float | None) -> str:
    """A figure for people: a count with commas, a share or error with two decimals."""
    if value is None:
        return "–"
    if name == "level_bias":
        return f"{value:+.2f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def place(rule: Rule) -> str:
    """The file and line of a rule."""
    return f"{rule.path.name}:{rule.line}"


def write_table(coverage: Coverage, path: Path) -> None:
    """Write all rules, concepts and their words as CSV.

    Raises:
        OutputError: It cannot be written there.
    """
    write_csv(list(COLUMNS), _rows(coverage), path)


def page(coverage: Coverage) -> str:
    """All of it as HTML: summary, tables to be sorted, mistakes, what the columns mean."""
    return render(
        "coverage.html",
        coverage=coverage,
        summary=coverage.summary,
        rules=[entry for entry in coverage.rules if entry.figures.reached],
        dead_rules=[entry for entry in coverage.rules if not entry.figures.reached],
        concepts=[entry for entry in coverage.concepts if entry.figures.with_subclasses],
        dead_concepts=[entry for entry in coverage.concepts if not entry.figures.with_subclasses],
        rule_figures=shown_figures(RULE_FIGURES, coverage),
        concept_figures=shown_figures(CONCEPT_FIGURES, coverage),
        word_figures=shown_figures(WORD_FIGURES, coverage),
        columns=COLUMNS,
        figure_text=figure_text,
        place=place,
        marked=marked,
        high_risk=HIGH_RISK,
    )


def marked(mistake: Mistake) -> Iterator[tuple[str, str]]:
    """The text of a mistake in pieces, each with the ontology of the evidence it is, or ""."""
    text, done = mistake.text, 0
    for word in mistake.evidence:
        start, end = max(word.start, done), min(word.end, len(text))
        if start < end:
            if done < start:
                yield text[done:start], ""
            yield text[start:end], word.ontology
            done = end
    if done < len(text):
        yield text[done:], ""


def _rows(coverage: Coverage) -> Iterator[list[Any]]:
    for rule_entry in coverage.rules:
        yield _rule_row(rule_entry)
    for entry in coverage.concepts:
        yield _concept_row(entry)
    for entry in coverage.concepts:
        for word in entry.words:
            yield _word_row(entry, word)


def _rule_row(entry: RuleCoverage) -> list[Any]:
    rule = entry.rule
    about = ["rule", rule.id, None, None, rule.level, rule.sentence, place(rule)]
    return [*about, *_cells(entry.figures)]


def _concept_row(entry: ConceptCoverage) -> list[Any]:
    concept = entry.concept
    called = f"{concept.name_zh} ({concept.name_en})"
    about = ["concept", concept.name, None, concept.ontology, None, called, None]
    return [*about, *_cells(entry.figures)]


def _word_row(entry: ConceptCoverage, word: WordCoverage) -> list[Any]:
    concept = entry.concept
    about = ["word", word.word, concept.name, concept.ontology, None, None, None]
    return [*about, *_cells(word.figures)]


def _cells(figures: Figures) -> list[float | None]:
    values = astuple(figures)
    return [round(v, _DIGITS) if isinstance(v, float) else v for v in values]
