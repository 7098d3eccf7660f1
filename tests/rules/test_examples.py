"""The examples that stand with the rules, and what each rule must have."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import judging
import pytest
from loaded import Book

Run = Callable[..., Any]


@pytest.mark.parametrize(("role", "expected"), [("holds", True), ("fails", False)])
@pytest.mark.parametrize("judged", [judging.verdicts, judging.full_verdicts])
def test_examples(shipped: Run, book: Book, role: str, expected: bool, judged: Run) -> None:
    cases = [(rule.id, comment) for rule in book.rules for comment in getattr(rule, role)]
    found = shipped(judged, [comment for _, comment in cases])
    wrong = [
        (rule, comment, sorted(verdict.holding))
        for (rule, comment), verdict in zip(cases, found, strict=True)
        if (rule in verdict.holding) is not expected
    ]
    assert wrong == []


def test_every_level_has_a_rule(book: Book) -> None:
    assert {rule.level for rule in book.rules if rule.level is not None} == set(range(1, 11))


def test_every_rule_says_when_it_holds_in_chinese(book: Book) -> None:
    silent = [r.id for r in book.rules if not re.search(r"[\u4e00-\u9fff].*。$", r.sentence)]
    assert silent == []


def test_every_rule_has_examples_of_both_kinds(book: Book) -> None:
    assert [rule.id for rule in book.rules if not rule.holds or not rule.fails] == []


def test_no_example_stands_on_both_sides(book: Book) -> None:
    assert [rule.id for rule in book.rules if set(rule.holds) & set(rule.fails)] == []


def test_identifiers_are_unique(book: Book) -> None:
    counts = Counter(rule.id for rule in book.rules)
    assert [name for name, count in counts.items() if count > 1] == []
    assert [rule.number for rule in book.rules] == list(range(len(book.rules)))


def test_every_rule_has_a_clause(book: Book) -> None:
    assert {clause.rule for clause in book.clauses} == set(range(len(book.rules)))
    for clause in book.clauses:
        assert clause.reason == book.rules[clause.rule].reason


def test_a_rule_says_where_it_stands(book: Book) -> None:
    for rule in book.rules:
        line = rule.path.read_text("utf-8").split("\n")[rule.line - 1]
        assert line.startswith(f"rule({rule.id},")
        expected = "context.pl" if rule.level is None else f"level_{rule.level:02}.pl"
        assert rule.path.name == expected
