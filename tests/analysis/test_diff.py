"""A comparison finds what two runs of the labeller would differ in, and why."""

import csv
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import comparing
import pytest

from processes import invented
from treehole.analysis.causes import Cause
from treehole.analysis.comparison import Comparison
from treehole.analysis.diff import CSV_COLUMNS
from treehole.errors import KnowledgeError, UsageError
from treehole.knowledge.version import KnowledgeFiles

WORD = "猫在睡觉"
WORD_CAUSE = Cause("word", WORD, f"“{WORD}” is now suicide:Jumping")
RULE_CAUSE = Cause("rule", "wish", "the rule wish gives 6, gave 4")
COUNT = 12_000
GOLD = ("0", "3", "7", "high", "low", "")


@dataclass(frozen=True)
class Edit:
    """Comments, and the versions of the knowledge before and after an edit."""

    comments: Path
    old: Path
    new: Path


@pytest.fixture(scope="module")
def edit(tmp_path_factory: pytest.TempPathFactory) -> Edit:
    """A word more, another level of a rule, and comments of several blocks with a gold column."""
    folder = tmp_path_factory.mktemp("edit")
    shipped, edited = KnowledgeFiles.locate().ontology.parent, folder / "edited"
    for name in ("ontology", "rules"):
        shutil.copytree(shipped / name, edited / name)
    replace(edited / "rules" / "level_04.pl", "suicideRisk(4", "suicideRisk(6")
    jumping = 'skos:prefLabel "跳楼"@zh ;'
    word = f'{jumping} skos:hiddenLabel "{WORD}"@zh ;'
    replace(edited / "ontology" / "suicide.ttl", jumping, word)
    comments = folder / "comments.csv"
    with comments.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["comment_id", "gold", "text"])
        for number, text in enumerate(invented(COUNT)):
            writer.writerow([f"c{number}", GOLD[number % len(GOLD)], text])
    return Edit(comments, shipped, edited)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def compared(edit: Edit, apart: Any) -> Comparison:
    found: Comparison
    found, reported = apart(
        comparing.compared, [edit.comments], edit.old, edit.new, gold="gold", workers=2
    )
    assert reported == [(f"label by {edit.new}", COUNT), (f"compare with {edit.old}", COUNT)]
    return found


def test_it_finds_what_labels_differ_in(
    compared: Comparison, edit: Edit, tmp_path: Path, apart: Any
) -> None:
    old = apart(comparing.labels, edit.comments, edit.old, tmp_path / "old")
    new = apart(comparing.labels, edit.comments, edit.new, tmp_path / "new")
    matrix = Counter((a["level"], b["level"]) for a, b in zip(old, new, strict=True))
    assert {
        (a, b): int(count)
        for a, row in enumerate(compared.matrix)
        for b, count in enumerate(row)
        if count
    } == matrix
    differing = {
        a["comment_id"]: (a["level"], b["level"], a["rule"], b["rule"], words(a), words(b))
        for a, b in zip(old, new, strict=True)
        if (a["level"], a["rule"]) != (b["level"], b["rule"])
    }
    assert {
        c.comment_id: (c.old_level, c.new_level, c.old_rule, c.new_rule, c.old_words, c.new_words)
        for c in compared.changes
    } == differing
    assert all(c.comment_id == f"c{c.row - 1}" for c in compared.changes)
    assert compared.rows == COUNT
    assert 0 < compared.changed == sum(a != b for a, b, *_ in differing.values())
    assert compared.other_rule == len(differing) - compared.changed


def words(row: dict[str, Any]) -> list[str]:
    return [mention["surface"] for mention in row["evidence"]]


def test_every_change_has_its_causes(compared: Comparison) -> None:
    found = Counter[Cause]()
    for change in compared.changes:
        assert change.causes
        assert set(change.causes) <= {WORD_CAUSE, RULE_CAUSE}
        found.update(change.causes)
        if change.old_rule == change.new_rule == "wish" and WORD not in change.text:
            assert change.causes == [RULE_CAUSE]
        if change.new_words == [WORD]:
            assert WORD_CAUSE in change.causes
    assert set(found) == {WORD_CAUSE, RULE_CAUSE}
    moves = {*compared.moves}
    assert {
        cause: sum(count for name, count in tally.items() if name in moves)
        for cause, tally in compared.causes.items()
    } == found
    assert compared.words.labels == {WORD: (None, "suicide:Jumping")}
    assert list(compared.rules) == ["wish"]


def test_the_most_important_come_first(compared: Comparison) -> None:
    order = [change.importance for change in compared.changes]
    assert order == sorted(order)
    kinds = list(dict.fromkeys(change.move for change in compared.changes))
    assert kinds == [name for name, count in compared.moves.items() if count]
    assert compared.moves["into high"] > 0


def test_effects_are_those_of_the_changes(compared: Comparison) -> None:
    effects = Counter(c.effect for c in compared.changes if c.old_level != c.new_level)
    assert compared.effects == {name: effects[name] for name in ("right", "wrong", "neutral")}
    assert all((c.effect is None) == (c.gold is None) for c in compared.changes)
    for change in compared.changes:
        assert ("" if change.gold is None else str(change.gold)) == GOLD[(change.row - 1) % 6]


def test_few_are_kept_and_all_are_written(
    compared: Comparison, edit: Edit, tmp_path: Path, apart: Any
) -> None:
    path = tmp_path / "changes.csv"
    few, _ = apart(
        comparing.compared,
        [edit.comments],
        edit.old,
        edit.new,
        gold="gold",
        workers=1,
        most=7,
        csv=path,
    )
    assert few.changes == compared.changes[:7]
    assert (few.counts == compared.counts).all()
    assert few.causes == compared.causes
    with path.open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert tuple(table[0]) == CSV_COLUMNS
    assert [int(row["row"]) for row in table] == sorted(change.row for change in compared.changes)
    by_row = {change.row: change for change in compared.changes}
    for row in table:
        change = by_row[int(row["row"])]
        assert row["text"] == change.text
        assert row["move"] == change.move
        assert row["old_words"] == "、".join(change.old_words)
        assert row["causes"] == "; ".join(cause.sentence for cause in change.causes)


def test_no_comments(tmp_path: Path, edit: Edit, apart: Any) -> None:
    path = tmp_path / "none.csv"
    path.write_text("text,gold\n")
    found, _ = apart(comparing.compared, [path], edit.old, edit.new, gold="gold")
    assert (found.rows, found.changed, found.changes) == (0, 0, [])
    assert found.before.f1 is None


def test_a_column_that_is_not_there(edit: Edit, apart: Any) -> None:
    with pytest.raises(UsageError, match="there is no column nope"):
        apart(comparing.compared, [edit.comments], edit.old, edit.new, gold="nope")


def test_a_mistake_leaves_no_table(edit: Edit, tmp_path: Path, apart: Any) -> None:
    broken = Path(shutil.copytree(edit.new, tmp_path / "broken"))
    replace(broken / "rules" / "level_04.pl", "wish(", "no_such_part(")
    path = tmp_path / "changes.csv"
    with pytest.raises(KnowledgeError, match=r"broken/rules/level_04\.pl:\d+: .*no_such_part"):
        apart(comparing.compared, [edit.comments], edit.old, broken, csv=path)
    assert not path.exists()
