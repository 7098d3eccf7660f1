"""What differs between two folders of rules."""

from pathlib import Path

import pytest
from loaded import Book

from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.rule_changes import RuleChange, rule_changes

PARTS = """\
:- module(acts, [rain//1, wet//1, dry//0]).
rain(X) --> rdfsSubclassOf(X, rain, wishOntology).
rain(X) --> wet(X).
wet(X) --> rdfsSubclassOf(X, wet, wishOntology).
dry --> touching.
"""
CONTEXT = """\
:- module(context, [ruledOut//3]).
rule(sheltered, says '有伞。', holds ['a. b'], fails ['c']).
ruledOut(shelter, Cue, X) --> rdfsSubclassOf(Cue, umbrella, wishOntology), wet(X).
"""
LEVEL = """\
:- module(level_02, [statement//1]).
rule(rainy, says '下雨。', holds ['雨'], fails ['晴']).
statement(suicideRisk(2, [X])) --> uninterestedText(_), rain(X), uninterestedText(_).
statement(suicideRisk(2, [X])) -->      % in the dry
    dry, rdfsSubclassOf(X, 'a.b', wishOntology).
rule('Snowy', says '下雪。', holds ['雪'], fails ['晴']).
statement(suicideRisk(3, [X])) --> rdfsSubclassOf(X, wet, wishOntology), touching.
"""


def written(folder: Path, parts: str = PARTS, context: str = CONTEXT, level: str = LEVEL) -> Path:
    folder.mkdir()
    for name, text in (("acts", parts), ("context", context), ("level_02", level)):
        (folder / f"{name}.pl").write_text(text, "utf-8", newline="")
    return folder


@pytest.mark.parametrize(
    "edit",
    [
        {"level": LEVEL.replace("下雨。", "下雨了。").replace("['雨']", "['雨', '3. 雨']")},
        {"level": LEVEL.replace("% in the dry", "% statement(x) --> y.")},
        {"level": LEVEL.replace(", ", ",\n    ")},
        {"level": "\ufeff" + LEVEL.replace("\n", "\r\n")},
        {"parts": "/* rain(X) --> wet(Y). */" + PARTS},
    ],
)
def test_what_holds_is_the_same(tmp_path: Path, edit: dict[str, str]) -> None:
    old, new = written(tmp_path / "old"), written(tmp_path / "new", **edit)
    assert rule_changes(old, new) == {}


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (
            {"level": LEVEL.replace("Risk(2", "Risk(4")},
            [RuleChange("rainy", 2, 4, "level")],
        ),
        (
            {"level": LEVEL.replace("'a.b'", "'a.c'")},
            [RuleChange("rainy", 2, 2, "clauses")],
        ),
        (
            {"level": LEVEL.replace("'Snowy'", "frosty")},
            [RuleChange("Snowy", 3, None, "gone"), RuleChange("frosty", None, 3, "new")],
        ),
        (
            {"context": CONTEXT.replace("umbrella", "roof")},
            [RuleChange("sheltered", None, None, "clauses")],
        ),
        (
            {"parts": PARTS.replace("wet, wishOntology", "damp, wishOntology")},
            [
                RuleChange("rainy", 2, 2, "parts", ("wet",)),
                RuleChange("sheltered", None, None, "parts", ("wet",)),
            ],
        ),
        (
            {"parts": PARTS.replace("dry --> touching", "dry --> closeText(_)")},
            [RuleChange("rainy", 2, 2, "parts", ("dry",))],
        ),
    ],
)
def test_what_differs(tmp_path: Path, edit: dict[str, str], changes: list[RuleChange]) -> None:
    old, new = written(tmp_path / "old"), written(tmp_path / "new", **edit)
    assert list(rule_changes(old, new).values()) == changes


def test_parts_that_call_each_other_end(tmp_path: Path) -> None:
    ring = PARTS.replace("rdfsSubclassOf(X, wet, wishOntology)", "rain(X)")
    changes = rule_changes(written(tmp_path / "old"), written(tmp_path / "new", ring))
    assert {change.kind for change in changes.values()} == {"parts"}


def test_the_shipped_rules_are_read_as_prolog_reads_them(tmp_path: Path, book: Book) -> None:
    changes = rule_changes(tmp_path, KnowledgeFiles.locate().rules)
    assert {name: change.new_level for name, change in changes.items()} == {
        rule.id: rule.level for rule in book.rules
    }
    assert {change.kind for change in changes.values()} == {"new"}


def test_what_is_no_rule_file(tmp_path: Path) -> None:
    (tmp_path / "broken.pl").write_bytes("rule('雨'. statement( --> , .".encode("gb18030"))
    assert rule_changes(tmp_path, tmp_path) == {}
