"""An evaluation in words and as a page."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from treehole.analysis.curves import Bin, Cut, Load
from treehole.analysis.evaluation import Evaluation, Group, ModelEvaluation, Pair
from treehole.errors import OutputError
from treehole.models.metrics import Difference, Discordance, Figure
from treehole.report.chart import Chart, Line, draw
from treehole.report.evaluation import (
    FIGURES,
    MEANINGS,
    as_json,
    comparison,
    differences,
    figure_rows,
    in_words,
    page,
    write_page,
)

GROUP = Group("11–20", 4, 1, 2, 0.75, 0.5, 1.0, 2 / 3, None)
LEVELS = [[int(gold == given) for given in range(11)] for gold in range(11)]
MODEL = ModelEvaluation(
    name="<b>words</b>",
    threshold=0.5,
    figures={
        "f1": Figure(0.8125, 0.75, 0.875),
        "roc_auc": Figure(None, None, None),
        "brier": Figure(0.1, 0.05, 0.2),
        "level_error": Figure(1.25, 1.0, 1.5),
    },
    risks=[[390, 10], [18, 220]],
    levels=LEVELS,
    precision_recall=[(0.5, 1.0), (1.0, 0.4)],
    roc=[(0.0, 0.0), (0.2, 0.8), (1.0, 1.0)],
    review=[(0.0, 0.0), (0.4, 0.9), (1.0, 1.0)],
    calibration=[Bin(0.2, 0.1, 7), Bin(0.8, 0.9, 9)],
    loads=[Load(10, 0.016, 9.5, 0.04)],
    cuts=[Cut(0.5, 230, 0.95, 0.92, 0.93), Cut(0.95, 0, None, 0.0, 0.0)],
    by_level=[replace(GROUP, name="3", level_error=0.5)],
    by_length=[GROUP],
    by_rule=[replace(GROUP, name="no rule held")],
)
OTHER = replace(
    MODEL,
    name="rules",
    figures={"f1": Figure(0.75, 0.7, 0.8), "brier": Figure(0.2, 0.1, 0.3)},
    levels=None,
)
PAIR = Pair(
    "<b>words</b>",
    "rules",
    Discordance(238, 30, 18, 0.0312),
    Discordance(400, 2, 2, 1.0),
    Discordance(638, 20, 32, 0.00001),
    {"f1": Difference(0.0625, -0.01, 0.135, 0.24), "roc_auc": Difference(None, None, None, None)},
)
EVALUATION = Evaluation("abc123", "people", 650, 638, 238, 1_000, [MODEL, OTHER], [PAIR])


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


def test_the_page() -> None:
    content = page(EVALUATION)
    assert content.startswith("<!doctype html>")
    assert "<b>words</b>" not in content.replace('"><b>rules</b>', "")
    assert "&lt;b&gt;words&lt;/b&gt;" in content
    assert content.count('<svg class="chart"') == 4
    assert 'class="n best">0.812' in content
    assert 'class="n best">0.100' in content  # the smaller Brier score
    assert "12 more have no gold" in content
    assert not re.search(r'(?:src|href)="(?!#)', content)  # it loads nothing
    anchors = set(re.findall(r'href="#([\w-]+)"', content))
    assert anchors <= set(re.findall(r'id="([\w-]+)"', content))


def test_the_page_of_one_model_and_one_risk() -> None:
    bare = replace(
        OTHER,
        risks=[[390, 10], [0, 0]],
        precision_recall=[],
        roc=[],
        review=[],
        loads=[],
        by_level=[],
    )
    content = page(Evaluation("abc123", "people", 400, 400, 0, 0, [bare], []))
    assert content.count('<svg class="chart"') == 1  # calibration
    assert 'id="differences"' not in content
    assert 'id="load"' not in content
    assert 'class="n best"' not in content


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"):
        write_page(EVALUATION, tmp_path / "file" / "page.html")


def test_a_chart_keeps_to_its_square() -> None:
    lines = [Line("a & b", [(0.0, 0.0), (1.0, 1.0)], [(0.5, 0.25)]), Line("one", [(0.5, 0.5)])]
    drawn = str(draw(Chart("Both", "across", "up", lines, guide=((0, 0), (1, 1)))))
    width, height = map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', drawn)[0])
    points = re.findall(r"([\d.]+),([\d.]+)", drawn)
    assert len(points) == 4  # the guide and the first line; one point makes none
    assert all(0 < float(x) < width and 0 < float(y) < height for x, y in points)
    assert drawn.count("<circle") == 1
    assert "a &amp; b" in drawn
    assert float(points[0][1]) > float(points[1][1])  # up is up
