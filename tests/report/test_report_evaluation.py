"""An evaluation in words and as JSON."""

import json
from dataclasses import replace

from invented_evaluation import EVALUATION, OTHER, PAIR

from treehole.models.lineage import Overlap
from treehole.models.metrics import Discordance
from treehole.report.evaluation import (
    FIGURES,
    MEANINGS,
    as_json,
    comparison,
    differences,
    figure_rows,
    in_words,
    overlap_in_words,
)


def test_what_a_model_does() -> None:
    said = in_words(OTHER)
    assert said == (
        "rules finds 220 of 238 of high risk (92.4 %) and takes 10 of 400 of low risk (2.5 %) "
        "for high, from a probability of 0.50 on"
    )
    low_alone = replace(OTHER, risks=[[390, 10], [0, 0]])
    assert in_words(low_alone).startswith("rules takes 10 of 400 of low risk")


def test_how_two_differ() -> None:
    pair = replace(PAIR, first="words")
    assert comparison(pair) == [
        "words finds 12 more of the 238 of high risk than rules "
        "(30 only words, 18 only rules; p = 0.031)",
        "words rightly calls low as many of the 400 of low risk as rules "
        "(2 only words, 2 only rules; p = 1.00)",
        "words is right about 12 fewer of all 638 than rules "
        "(20 only words, 32 only rules; p < 0.001)",
    ]
    assert differences(pair) == ["F1 of high risk: words +0.062 (-0.010 to +0.135; p = 0.24)"]
    assert len(comparison(replace(pair, found=Discordance(0, 0, 0, 1.0)))) == 2


def test_rows_of_figures() -> None:
    rows = dict(figure_rows(EVALUATION))
    assert rows["F1 of high risk"] == [("0.812", "0.750–0.875"), ("0.750", "0.700–0.800")]
    assert rows["ROC-AUC"] == [("–", ""), ("–", "")]
    assert rows["level error"][1] == ("–", "")
    assert set(FIGURES) == set(MEANINGS)


def test_json_has_all_of_it() -> None:
    found = json.loads(as_json(EVALUATION))
    assert found["models"][0]["figures"]["roc_auc"]["value"] is None
    assert found["pairs"][0]["found"]["p"] == 0.0312
    assert found["models"][0]["loads"][0]["comments"] == 10


def test_a_model_that_knows_the_comments() -> None:
    said = overlap_in_words(Overlap("plus", "gold.csv", "models/bert"))
    assert said.startswith("models/bert learned from gold.csv: what plus does there says little")
