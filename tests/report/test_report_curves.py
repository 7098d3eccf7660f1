"""Charts: what is drawn of an evaluation, and of learning from more comments."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from invented_evaluation import EVALUATION, OTHER

from treehole.models.lineage import Training
from treehole.report.chart import Chart, Line, draw
from treehole.report.curves import calibrations, curves, learning_curves

POLYLINE = re.compile(r'<polyline points="([^"]+)"')


def learned(*curve: dict[str, float]) -> Training:
    return Training(
        Path("m"), "finetune", "easy", 300, 90, 0, False, "builtin", None, {}, {}, curve
    )  # fmt: skip


def test_a_curve_for_each_model() -> None:
    drawn = curves(EVALUATION)
    assert list(drawn) == ["pr", "roc", "review"]
    assert all(len(POLYLINE.findall(svg)) == 2 for svg in drawn.values())
    assert all('class="legend"' in svg for svg in drawn.values())
    apart = calibrations(EVALUATION)
    assert list(apart) == ["<b>words</b>", "rules"]
    assert not any('class="legend"' in svg for svg in apart.values())


def test_one_risk_alone_has_no_curves() -> None:
    bare = replace(
        OTHER, risks=[[390, 10], [0, 0]], precision_recall=[], roc=[], review=[], loads=[]
    )
    assert curves(replace(EVALUATION, models=[bare], high=0, known=400)) == {}


def test_learning_curves() -> None:
    drawn = learning_curves(
        {
            "one": learned(
                {"comments": 100, "F1": 0.6, "level error": 1.5}, {"comments": 1000, "F1": 0.82}
            ),
            "other": learned({"comments": 1100, "F1": 0.8}),
            "none": learned(),
        }
    )
    assert list(drawn) == ["F1", "level error"]
    [points] = POLYLINE.findall(drawn["F1"])
    first, last = (tuple(map(float, point.split(","))) for point in points.split())
    assert first[0] < last[0]
    assert first[1] > last[1]  # more is further up
    assert ">1,100<" in drawn["F1"]
    assert ">1,000<" not in drawn["F1"]  # it would touch the one after it
    assert "one" in drawn["F1"]
    assert "none" not in drawn["F1"].split("legend")[1]


@pytest.mark.parametrize("values", [(0.5, 0.5), (0.0, 1.0), (1.0, 2.0), (0.3, 9.5)])
def test_whatever_was_measured_keeps_to_the_square(values: tuple[float, float]) -> None:
    steps = [{"comments": n, "level error": v} for n, v in zip((10, 99), values, strict=True)]
    [svg] = learning_curves({"one": learned(*steps)}).values()
    places = [float(y) for y in re.findall(r'cy="([\d.]+)"', svg)]
    grid = [float(y) for y in re.findall(r'x1="52.0" x2="312.0" y1="([\d.]+)"', svg)]
    assert len(places) == 2
    assert 2 <= len(grid) <= 12
    assert all(min(grid) <= y <= max(grid) for y in places)


def test_a_single_point() -> None:
    [svg] = learning_curves({"one": learned({"comments": 100, "F1": 0.6})}).values()
    assert svg.count("<circle") == 1


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
