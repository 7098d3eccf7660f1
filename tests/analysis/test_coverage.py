"""Coverage counts what each rule, concept and word did."""

from collections import Counter
from pathlib import Path
from typing import Any

import covering
import numpy as np
import pytest
from covering import write_judged
from hypothesis import given
from hypothesis import strategies as st

from treehole.analysis.coverage import Coverage
from treehole.analysis.tally import SHOWN_CHARACTERS, costs
from treehole.corpus.levels import HIGH_RISK, UNKNOWN, Gold
from treehole.errors import InputError, UsageError


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_judged(tmp_path_factory.mktemp("judged") / "judged.csv", 400)


@pytest.fixture(scope="module")
def found(labelling: Any, judged: Path) -> Coverage:
    coverage, _ = labelling(covering.measured, judged, gold="people", mistakes=3)
    return coverage  # type: ignore[no-any-return]


def write(path: Path, *rows: str, header: str = "text,people") -> Path:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def test_it_agrees_with_a_plain_count(labelling: Any, judged: Path) -> None:
    compared = labelling(covering.compared, judged)
    kinds = Counter(key[0] for key, _, measured in compared if measured["reached"])
    assert min(kinds[kind] for kind in ("rule", "concept", "word")) > 10
    for key, measured, counted in compared:
        assert measured == pytest.approx(counted), key
    for name in ("overlapped", "conflicted", "ruled_out", "level_recall"):
        assert any(measured[name] for _, measured, _ in compared), name


@pytest.mark.parametrize(("rows_a_block", "workers"), [(7, 1), (400, 1), (150, 2)])
def test_blocks_and_workers_do_not_matter(
    apart: Any, judged: Path, found: Coverage, rows_a_block: int, workers: int
) -> None:
    settings = {"gold": "people", "mistakes": 3, "workers": workers}
    again, noted = apart(covering.measured, judged, rows_a_block, **settings)
    assert noted.done == found.summary.comments == 400
    assert covering.plain(again) == covering.plain(found)
    assert again.summary == found.summary
    assert again.mistakes == found.mistakes
    for ours, theirs in zip(again.rules, found.rules, strict=True):
        assert (ours.rule, list(ours.mistakes)) == (theirs.rule, list(theirs.mistakes))
    for ours, theirs in zip(again.concepts, found.concepts, strict=True):
        assert (ours.concept, list(ours.mistakes)) == (theirs.concept, list(theirs.mistakes))


def test_the_summary_adds_up(found: Coverage) -> None:
    summary = found.summary
    assert sum(summary.given) + summary.unjudged == summary.comments == 400
    assert summary.high == sum(summary.given[HIGH_RISK:])
    assert summary.reached == sum(entry.figures.won or 0 for entry in found.rules)
    (true_low, false_high), (missed, true_high) = summary.risks
    assert summary.known == true_low + false_high + missed + true_high
    assert summary.precision == true_high / (true_high + false_high)
    assert summary.recall == true_high / (true_high + missed)
    assert summary.known > sum(map(sum, summary.levels)) > 0


def test_mistakes_come_by_cost_and_name_their_words(found: Coverage, judged: Path) -> None:
    assert len(found.mistakes) == 3
    lines = judged.read_text("utf-8").splitlines()
    for mistakes in (found.mistakes, *(e.mistakes for e in (*found.rules, *found.concepts))):
        assert len(mistakes) <= 3
        assert [m.rank for m in mistakes] == sorted(m.rank for m in mistakes)
        for mistake in mistakes:
            assert mistake.cost > 0
            assert lines[mistake.row] == f"{mistake.name},{mistake.text},{mistake.gold}"
            assert bool(mistake.evidence) == (mistake.rule is not None)
            for word in mistake.evidence:
                assert mistake.text[word.start : word.end] == word.surface
    for entry in found.rules:
        assert {mistake.rule for mistake in entry.mistakes} <= {entry.rule.id}


def test_what_was_never_reached_stands_last(found: Coverage) -> None:
    reached = [entry.figures.reached > 0 for entry in found.rules]
    mentioned = [bool(entry.figures.with_subclasses) for entry in found.concepts]
    for flags in (reached, mentioned):
        assert flags == sorted(flags, reverse=True)
        assert len(set(flags)) == 2


@pytest.mark.parametrize(
    ("level", "gold", "high", "cost"),
    [
        (0, 9, 1, 18),  # missed: double
        (9, 0, 0, 9),
        (10, 9, 1, 1),
        (5, 6, 1, 2),
        (7, 7, 1, 0),
        (0, UNKNOWN, 1, 12),  # to the nearest level of high risk
        (10, UNKNOWN, 0, 5),
        (3, UNKNOWN, 0, 0),
        (10, UNKNOWN, 1, 0),
        (10, UNKNOWN, UNKNOWN, 0),
    ],
)
def test_what_a_mistake_costs(level: int, gold: int, high: int, cost: int) -> None:
    said = Gold(np.array([gold], np.int8), np.array([high], np.int8))
    assert costs(np.array([level]), said).tolist() == [cost]


@given(level=st.integers(0, 10), gold=st.integers(0, 10))
def test_a_miss_costs_more_than_a_false_alarm(level: int, gold: int) -> None:
    def cost(given: int, truth: int) -> int:
        said = Gold(np.array([truth], np.int8), np.array([truth >= HIGH_RISK], np.int8))
        return int(costs(np.array([given]), said)[0])

    assert (cost(level, gold) == 0) == (level == gold)
    if level < HIGH_RISK <= gold:
        assert cost(level, gold) > cost(gold, level)


def test_a_missed_comment_that_no_rule_reached(labelling: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "猫在睡觉,9", "想死,4")
    found, _ = labelling(covering.measured, path, gold="people")
    [mistake] = found.mistakes
    assert (mistake.rule, mistake.level, mistake.gold, mistake.cost) == (None, 0, "9", 18)
    assert (mistake.name, mistake.evidence) == ("row 1", ())


def test_rows_of_which_people_said_nothing(labelling: Any, judged: Path, tmp_path: Path) -> None:
    with_blanks = write_judged(tmp_path / "a.csv", 200, ["", "3", "8"], seed=2)
    rows = with_blanks.read_text("utf-8").splitlines()
    without = tmp_path / "b.csv"
    without.write_text("\n".join(row for row in rows if row[-1] != ",") + "\n", "utf-8")
    one, _ = labelling(covering.measured, with_blanks, gold="people")
    other, _ = labelling(covering.measured, without, gold="people")
    assert one.summary.comments > other.summary.comments == one.summary.known
    assert one.summary.levels == other.summary.levels
    figures = covering.plain(other)
    for key, ours in covering.plain(one).items():
        theirs = figures.get(key)
        if theirs:
            assert ours["precision"] == theirs["precision"]
            assert ours["level_error"] == theirs["level_error"]


def test_gold_of_two_risks_tells_nothing_of_levels(labelling: Any, tmp_path: Path) -> None:
    path = write_judged(tmp_path / "a.csv", 100, ["high", "低", "irrelevant"])
    found, _ = labelling(covering.measured, path, gold="people")
    assert found.summary.known == 100
    assert found.summary.f1 is not None
    assert found.summary.level_error is None
    assert any(entry.figures.precision is not None for entry in found.rules)
    assert {entry.figures.level_error for entry in found.rules} == {None}
    assert {entry.figures.level_recall for entry in found.rules} == {None}


def test_without_gold_nothing_is_said_of_it(labelling: Any, judged: Path) -> None:
    found, _ = labelling(covering.measured, judged)
    assert found.summary.known == 0
    assert found.summary.f1 is None
    assert not found.mistakes
    gold = ("high_share", "precision", "recall", "level_precision", "level_error", "level_bias")
    for figures in covering.plain(found).values():
        assert {figures[name] for name in gold} == {None}


def test_no_comments(labelling: Any, tmp_path: Path) -> None:
    found, _ = labelling(covering.measured, write(tmp_path / "a.csv"), gold="people")
    assert found.summary.comments == 0
    assert found.rules
    assert found.concepts
    assert not any(figures["reached"] for figures in covering.plain(found).values())


@pytest.mark.parametrize(
    ("rows", "column", "error"),
    [
        (["想死,maybe"], "people", InputError),
        (["想死,11"], "people", InputError),
        (["想死,", "好累,"], "people", InputError),
        (["想死,4"], "level", UsageError),
    ],
)
def test_gold_that_is_none(
    labelling: Any, tmp_path: Path, rows: list[str], column: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=column):
        labelling(covering.measured, write(tmp_path / "a.csv", *rows), gold=column)


def test_what_is_too_much_to_judge_counts_apart(apart: Any) -> None:
    # A limit of ten inferences is too little for anything that is mentioned at all.
    found = apart(covering.tallied, ["今晚去跳楼", "猫在睡觉"], [10, 9], 10)
    assert (found.comments, found.unjudged, found.given.tolist()[0]) == (2, 1, 1)
    assert found.levels.sum() == found.risks.sum() == 1
    [mistakes] = found.mistakes.values()
    assert [mistake.row for mistake in mistakes] == [2]
    assert found.concepts.any()


def test_numbers_in_words_are_not_told_apart(labelling: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "3月5日走,", "4月15日走,", header="text,other")
    found, _ = labelling(covering.measured, path)
    words = {key[2]: figures["reached"] for key, figures in covering.plain(found).items()
             if key[0] == "word"}  # fmt: skip
    assert words["#月#日"] == 2
    assert not any(character.isdigit() for word in words for character in word)


def test_a_book_of_a_comment_is_shown_in_part(labelling: Any, tmp_path: Path) -> None:
    text = "猫在睡觉，" * SHOWN_CHARACTERS + "想死"
    found, _ = labelling(covering.measured, write(tmp_path / "a.csv", f"{text},0"), gold="people")
    [mistake] = found.mistakes
    assert mistake.text == text[:SHOWN_CHARACTERS] + "…"
    assert mistake.evidence[-1].surface == "死"
    assert mistake.evidence[-1].end == len(text)
