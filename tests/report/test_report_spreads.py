"""Pictures of distributions: bars of both groups over one axis, and numbers for people."""

import re

import numpy as np
import pytest

from treehole.analysis.distributions import Axis, axis_for, spread
from treehole.analysis.users import Feature
from treehole.models.metrics import Figure
from treehole.report.spreads import draw_delta, draw_spread, number, ticks

RECT = re.compile(r'<rect class="bar" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"')


def feature(high: list[float], low: list[float]) -> Feature:
    axis = axis_for(np.array(high + low), share=False)
    spreads = [spread(np.array(group), axis) for group in (high, low)]
    return Feature("link_rate", axis, *spreads, None, None)


def test_areas_are_shares_of_either_group() -> None:
    chance = np.random.default_rng(1)
    groups = chance.lognormal(1, 1, 60).tolist(), [0.0] * 30 + chance.lognormal(0, 1, 600).tolist()
    drawn = draw_spread(feature(*groups), "<i>links</i>", "higher", "lower")
    assert "&lt;i&gt;" in drawn
    higher, lower = drawn.split('class="line-0"')
    areas = [sum(float(r[2]) * float(r[3]) for r in RECT.findall(part)) for part in (higher, lower)]
    assert areas[0] == pytest.approx(areas[1], rel=0.03)
    assert ">0<" in drawn
    assert "60 people, half of them between" in drawn


def test_a_group_of_few_is_named_and_not_drawn() -> None:
    drawn = draw_spread(feature([1.0, 2, 3, 4], [1.0, 2, 3, 4, 5, 6]), "links", "higher", "lower")
    assert "4 people, too few to be drawn" in drawn
    assert drawn.count('class="box"') == 1


def test_numbers_of_axes_do_not_touch() -> None:
    axis = Axis(0.05, 2_000, logarithmic=True)
    assert [text for _, text in ticks(axis, zeros=True)] == ["0", "0.05", "1", "10", "100", "2,000"]
    wide = ticks(Axis(1e-9, 1e30, logarithmic=True), zeros=False)
    assert len(wide) < 9
    assert [text for _, text in ticks(Axis(0, 1, logarithmic=False), zeros=False)] == [
        "0", "0.25", "0.5", "0.75", "1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.5, "0.5"), (0.123, "0.12"), (0.0012345, "0.0012"), (18.04, "18"), (-2.5, "-2.5"),
     (1234.5, "1,234"), (9.96, "10"), (1e-9, "1.0e-09"), (2e17, "2.0e+17"), (100, "100")],
)  # fmt: skip
def test_numbers(value: float, said: str) -> None:
    assert number(value) == said


def test_an_effect_without_an_interval() -> None:
    assert 'class="range"' in draw_delta(Figure(0.5, 0.2, 0.7))
    assert 'class="range"' not in draw_delta(Figure(0.0, None, None))
