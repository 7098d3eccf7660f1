"""Evaluation: what is counted, compared and broken down."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import evaluating
import pytest
from evaluating import write_gold

from treehole.analysis import evaluation
from treehole.analysis.evaluation import NO_RULE, Evaluation, open_scorers
from treehole.errors import InputError, UsageError
from treehole.knowledge.version import KnowledgeFiles

Run = Callable[..., Any]

JUDGED = [
    ("今晚去跳楼", "10"),
    ("药攒够了，今晚就走。饭饭，等我", "8"),
    ("好累，不想活了", "4"),
    ("今天的云很好看，猫在窗台上睡了一整天，我也是", "0"),
    ("没有自杀的想法", "1"),
    ("早上好", ""),
    ("窗外下着雨", "7"),
]


@pytest.fixture(scope="module")
def found(labelling: Run, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    path = write_gold(tmp_path_factory.mktemp("gold") / "judged.csv", JUDGED)
    both, noted = labelling(evaluating.evaluated, path, ["rules", "length"])
    assert noted.done == len(JUDGED)
    return both


def test_what_takes_part(found: Evaluation) -> None:
    assert (found.comments, found.known, found.high, found.gold) == (7, 6, 3, "people")
    assert [model.name for model in found.models] == ["rules", "length"]


def test_risks_and_levels(found: Evaluation) -> None:
    rules, length = found.models
    assert rules.risks == [[3, 0], [1, 2]]
    assert rules.figures["recall"].value == pytest.approx(2 / 3)
    assert rules.levels is not None
    assert rules.levels[10][10] == 1
    assert rules.levels[7][0] == 1
    assert sum(map(sum, rules.levels)) == 6
    assert length.levels is None
    assert "level_error" not in length.figures
    assert length.risks == [[2, 1], [2, 1]]


def test_breakdowns(found: Evaluation) -> None:
    rules, length = found.models
    by_level = {group.name: group for group in rules.by_level}
    assert list(by_level) == ["0", "1", "4", "7", "8", "10"]
    assert (by_level["7"].called, by_level["7"].level_error) == (0, 7)
    assert (by_level["0"].precision, by_level["0"].recall, by_level["0"].f1) == (None, None, None)
    assert {group.name: group.comments for group in rules.by_length} == {
        "0–10": 4,
        "11–20": 1,
        "21–40": 1,
    }
    assert [group.name for group in rules.by_rule] == [group.name for group in length.by_rule]
    [none] = [group for group in rules.by_rule if group.name == NO_RULE]
    assert (none.comments, none.high, none.called) == (3, 1, 0)
    assert none.accuracy == pytest.approx(2 / 3)
    assert sum(group.comments for group in rules.by_rule) == 6
    assert all(group.level_error is None for group in length.by_rule)


def test_pairs(found: Evaluation) -> None:
    [pair] = found.pairs
    assert (pair.first, pair.second) == ("rules", "length")
    assert (pair.found.comments, pair.found.first, pair.found.second) == (3, 1, 0)
    assert (pair.spared.comments, pair.spared.first, pair.spared.second) == (3, 1, 0)
    assert (pair.right.comments, pair.right.first, pair.right.second) == (6, 2, 0)
    values = [model.figures["f1"].value for model in found.models]
    assert pair.differences["f1"].value == pytest.approx(values[0] - values[1])
    assert "level_error" not in pair.differences


def test_blocks_make_no_difference(
    labelling: Run, tmp_path: Path, found: Evaluation, apart: Run
) -> None:
    path = write_gold(tmp_path / "judged.csv", JUDGED)
    cut, _ = apart(in_small_blocks, path)
    assert cut == found


def in_small_blocks(path: Path) -> Any:
    evaluation.ROWS = 2
    return evaluating.evaluated(path, ["rules", "length"])


def test_gold_of_high_and_low_alone(labelling: Run, tmp_path: Path) -> None:
    path = write_gold(tmp_path / "risks.csv", [("今晚去跳楼", "high"), ("早上好", "low")])
    [rules] = labelling(evaluating.evaluated, path, ["rules"], draws=0)[0].models
    assert rules.levels is None
    assert rules.by_level == []
    assert "level_error" not in rules.figures
    assert rules.figures["f1"].low is None
    assert rules.by_length[0].level_error is None


def test_one_class_only(labelling: Run, tmp_path: Path) -> None:
    path = write_gold(tmp_path / "low.csv", [("今晚去跳楼", "0"), ("早上好", "0")])
    found, _ = labelling(evaluating.evaluated, path, ["rules", "length"])
    rules = found.models[0]
    assert rules.risks == [[1, 1], [0, 0]]
    assert rules.figures["roc_auc"].value is None
    assert rules.figures["accuracy"].value == 0.5
    assert (rules.roc, rules.loads) == ([], [])
    assert found.pairs[0].found.comments == 0
    assert found.pairs[0].differences["f1"].value is None


@pytest.mark.parametrize(
    ("judged", "model", "said"),
    [
        ([("早上好", ""), ("好累", "nan")], "rules", "the column people is empty in every row"),
        ([], "rules", "there is no comment to evaluate on"),
        ([("早上好", "11")], "rules", "where a level from 0 to 10 is expected"),
        ([("早上好", "0"), ("好累", "3")], "broken", "gives 2 of 2 comments what is no probab"),
    ],
)
def test_refusals(labelling: Run, tmp_path: Path, judged: Any, model: str, said: str) -> None:
    path = write_gold(tmp_path / "judged.csv", judged)
    with pytest.raises(InputError, match=said):
        labelling(evaluating.evaluated, path, [model])


def test_a_model_named_twice() -> None:
    with pytest.raises(UsageError, match=r"the model \./models/a is named twice"):
        open_scorers(["models/a", "./models/a"], KnowledgeFiles.locate())
