"""What is found wrong with rules, and where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import checking
import pytest

from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.version import KnowledgeFiles

Run = Callable[..., Any]
Check = Callable[..., list[Finding]]

HEAD = ":- module(level_04, [statement//1]).\n:- use_module(treehole(notation)).\n"
FACT = "rule({}, says '想死。', holds ['想死'], fails ['难过']).\n"
CLAUSE = """statement(suicideRisk({}, [Death])) -->
    uninterestedText(_), rdfsSubclassOf(Death, {}),
    uninterestedText(_).
"""
DEATH = "death, wishOntology"
RULE = FACT.format("wish") + CLAUSE.format(4, DEATH)


@pytest.fixture
def check(spare: Run, tmp_path: Path) -> Check:
    def check(content: str, other: str = "") -> list[Finding]:
        (tmp_path / "level_04.pl").write_text(HEAD + content, "utf-8")
        if other:
            (tmp_path / "level_05.pl").write_text(HEAD.replace("04", "05") + other, "utf-8")
        found: list[Finding] = spare(checking.findings, str(tmp_path))
        return found

    return check


def test_the_shipped_rules_are_sound(spare: Run) -> None:
    rules = str(KnowledgeFiles.locate().rules)
    assert spare(checking.findings, rules) == []
    assert spare(checking.unreached, rules) == []


def test_sound_rules(check: Check) -> None:
    assert check(RULE) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (RULE + "rule(", ("rule", 7, "Syntax error")),
        (RULE + "rule(b, says '。', holds [], fails []).", ("rule", 7, "b has no statement//1")),
        (CLAUSE.format(4, DEATH), ("rule", 3, "a fact rule(Id,")),
        (RULE.replace("['想死']", "'想死'"), ("rule", 3, "after holds stands a list of comments")),
        (RULE.replace("['难过']", "[难过, 5]"), ("rule", 3, "after fails stands a list")),
        (RULE.replace("'想死。'", "5"), ("rule", 3, "what a rule says is a text in quotes")),
        (RULE.replace("(wish", "('a'(b)"), ("rule", 3, "the identifier of a rule is a name")),
        (RULE.replace("想死。", "想\\x1f\\死。"), ("rule", 3, "what a rule says is a text")),
        (RULE.replace("(4,", "(11,"), ("rule", 4, "11 is no level")),
        (
            RULE.replace("death,", "deth,"),
            ("unknown-concept", 4, "none in wish.ttl; did you mean death?"),
        ),
        (RULE.replace("wishO", "skyO"), ("unknown-concept", 4, "there is no such ontology")),
        (":- use_module(nowhere).\n" + RULE, ("rule", 3, "nowhere")),
        (RULE.replace("holds ['", "holds ['下雨', '"), ("example", 3, "should hold for “下雨”")),
        (
            RULE.replace("['难过']", "['难过', '想死了']"),
            ("example", 3, "hold for “想死了”, but it"),
        ),
    ],
)
def test_errors(check: Check, tmp_path: Path, content: str, expected: tuple[str, int, str]) -> None:
    name, line, message = expected
    errors = [finding for finding in check(content) if finding.severity is Severity.ERROR]
    assert errors
    assert (errors[0].check, errors[0].line) == (name, line)
    assert errors[0].path == tmp_path / "level_04.pl"
    assert message in errors[0].message


OTHER = FACT.format("other") + CLAUSE.format(4, "self, wishOntology")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (RULE.replace("holds [", "holds ") + OTHER, 3),
        (OTHER + RULE.replace("holds [", "holds "), 7),
        (RULE.replace("), rdfs", ") rdfs") + OTHER, 5),
        (RULE.replace("says '想死。', ", "") + CLAUSE.format(5, DEATH) + OTHER, 3),
        (RULE.replace("(4", "(11") + CLAUSE.format(4, DEATH) + OTHER, 4),
    ],
)
def test_what_follows_from_an_error_is_not_told(check: Check, content: str, line: int) -> None:
    [finding] = check(content)
    assert (finding.severity, finding.line) == (Severity.ERROR, line)


def test_an_error_in_one_rule_hides_none_in_another(check: Check) -> None:
    broken = RULE.replace("), rdfs", ") rdfs")
    found = check(broken + OTHER + CLAUSE.format(5, DEATH) + FACT.format("bare"))
    assert [finding.line for finding in found] == [5, 11, 14]


def test_evidence_is_taken_by_every_alternative(check: Check) -> None:
    either = f"( rdfsSubclassOf(Death, {DEATH}) ; rdfsSubclassOf(X, self, wishOntology) )"
    content = RULE.replace(f"rdfsSubclassOf(Death, {DEATH})", either)
    [error] = [f for f in check(content) if f.severity is Severity.ERROR]
    assert "a mention that this clause does not always take" in error.message
    assert check(content.replace("(X", "(Death")) == []


PARTS = "a(X) --> rdfsSubclassOf(X, death, wishOntology).\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (RULE.replace("[Death]", "[]"), ("singleton", 4, "used only once in this clause: Death")),
        (PARTS + PARTS.replace("a(", "b(") + PARTS + RULE, ("discontiguous", 5, "clauses of a ")),
        (RULE.replace("['难过']", "[]"), ("no-examples", 3, "no examples after fails")),
        (RULE.replace("['想死']", "[]"), ("no-examples", 3, "no examples after holds")),
    ],
)
def test_warnings(check: Check, content: str, expected: tuple[str, int, str]) -> None:
    name, line, message = expected
    [finding] = check(content)
    assert (finding.check, finding.severity) == (name, Severity.WARNING)
    assert finding.line == line
    assert message in finding.message


def test_a_file_in_another_encoding(check: Check, tmp_path: Path) -> None:
    (tmp_path / "other.pl").write_bytes((HEAD + RULE).encode("gb18030"))
    [finding] = check(RULE)
    assert (finding.check, finding.path.name, finding.line) == ("encoding", "other.pl", 3)


# --- Rules that cannot win -------------------------------------------------------------------


def never(check: Check, body: str, above: str = "", level: int = 5) -> list[str]:
    """The rules of level 4 that cannot win beside one of another level."""
    lower = FACT.format("lower") + f"statement(suicideRisk(4, [])) -->\n    {body}.\n"
    higher = FACT.format("higher") + f"statement(suicideRisk({level}, [X])) -->\n    {above}.\n"
    found = check(lower, higher if above else "")
    assert {finding.check for finding in found} <= {"never-wins", "example", "singleton"}
    return [f.message for f in found if f.check == "never-wins"]


ANY = "uninterestedText(_)"
X = "rdfsSubclassOf(X, wishToDie, wishOntology)"
GENERAL = f"{ANY}, {X}, {ANY}"
Y = "rdfsSubclassOf(_, self, wishOntology)"


@pytest.mark.parametrize(
    "body",
    [
        GENERAL,
        f"{ANY}, {Y}, sameClause(_), {X}, {ANY}",
        f"{ANY}, rdfsSubclassOf(X, activeWish, wishOntology), {ANY}",
        f"{ANY}, clauseFinal(X, wishToDie, wishOntology)",
        f"absent(self, wishOntology), {GENERAL}",
        f"{ANY}, eitherOrder({X}, closeText(_), {Y}), {ANY}",
        f"{ANY}, clauseOpening(self, wishOntology), {X}",
    ],
)
def test_a_narrower_rule_below_never_wins(check: Check, body: str) -> None:
    [message] = never(check, body, GENERAL)
    assert "lower can never win" in message
    assert "such as higher (level 5)" in message


@pytest.mark.parametrize(
    ("body", "above"),
    [
        (GENERAL, f"{ANY}, {Y}, {ANY}, {X}, {ANY}"),
        (GENERAL, f"{ANY}, clauseFinal(X, wishToDie, wishOntology), {ANY}"),
        (GENERAL, f"{ANY}, rdfsSubclassOf(X, activeWish, wishOntology), {ANY}"),
        (GENERAL, f"absent(self, wishOntology), {GENERAL}"),
        (GENERAL, X),
        (f"{ANY}, {X}, {ANY}, {Y}", f"{ANY}, {X}, sameSentence(_), {Y}"),
        (f"{ANY}, {X}, sameSentence(_), {Y}", f"{ANY}, {X}, nextClause(_), {Y}"),
        (f"{ANY}, {X}, closeText(_), {Y}", f"{ANY}, {X}, touching, {Y}"),
        (f"{ANY}, {X}, sameClause(_), {Y}", f"{ANY}, {X}, {Y}"),
        (f"{ANY}, ruledOutMention(X, wishToDie, wishOntology, negation)", GENERAL),
    ],
)
def test_a_rule_that_can_win(check: Check, body: str, above: str) -> None:
    assert never(check, body, above) == []


@pytest.mark.parametrize(
    ("body", "above"),
    [
        (f"{ANY}, {X}, touching, {Y}", f"{ANY}, {X}, closeText(_), {Y}"),
        (f"{ANY}, {X}, nextClause(_), {Y}", f"{ANY}, {X}, nearbyText(_), {Y}"),
        (
            f"{ANY}, ruledOutMention(X, activeWish, wishOntology, negation)",
            f"{ANY}, ruledOutMention(X, wishToDie, wishOntology, _), {ANY}",
        ),
    ],
)
def test_a_rule_that_is_looser_about_distance_outdoes(check: Check, body: str, above: str) -> None:
    assert len(never(check, body, above)) == 1


def test_of_one_level_the_first_wins(check: Check) -> None:
    [message] = never(check, GENERAL, GENERAL, level=4)
    assert "higher can never win" in message
    assert "such as lower (level 4)" in message


def test_a_rule_for_what_has_no_label_never_holds(spare: Run, tmp_path: Path) -> None:
    body = f"{ANY}, rdfsSubclassOf(X, wordless, wishOntology), {ANY}"
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "level_04.pl").write_text(
        f"{HEAD}{FACT.format('a')}statement(suicideRisk(4, [X])) --> {body}.\n", "utf-8"
    )
    (tmp_path / "ontology").mkdir()
    for file in KnowledgeFiles.locate().ontology.glob("*.ttl"):
        more = "\n:Wordless a owl:Class .\n" if file.name == "wish.ttl" else ""
        (tmp_path / "ontology" / file.name).write_text(file.read_text("utf-8") + more, "utf-8")
    found = spare(checking.findings, str(tmp_path / "rules"), str(tmp_path / "ontology"))
    assert [f.message for f in found if f.check == "never-holds"] == [
        "the rule a can never hold: it asks for what has no label"
    ]


def test_concepts_that_no_rule_asks_for(spare: Run, check: Check, tmp_path: Path) -> None:
    check(RULE)
    found = spare(checking.unreached, str(tmp_path))
    names = {finding.message.split()[4].rstrip(",") for finding in found}
    assert {finding.severity for finding in found} == {Severity.WARNING}
    assert "SuicideNote" in names
    assert not {"Death", "Hesitation", "Place"} & names
    assert all(finding.line for finding in found)
