"""An explanation names what was mentioned, what held and what was ruled out."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

import processes
from treehole.analysis.explain import Explanation
from treehole.corpus.levels import HIGH_RISK

WRITTEN = datetime(2026, 5, 1, 22, 30, tzinfo=timezone(timedelta(hours=8)))
PLAN = "药攒够了，今晚就走。饭饭，等我"


def test_a_plan_is_explained(labelling: Any) -> None:
    found: Explanation = labelling(processes.explained, PLAN, WRITTEN)
    assert found.text == PLAN
    assert found.level is not None
    assert found.level >= HIGH_RISK
    assert found.risk == "high"
    levels = [held.level for held in found.held]
    assert len(levels) > 1
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == found.level
    for held in found.held:
        assert held.rule
        assert held.sentence
        assert set(held.evidence) <= set(found.mentions)
    assert found.act_from == "2026-05-01T22:30+08:00"
    assert found.act_until is not None
    assert found.act_until > found.act_from


@pytest.mark.parametrize(
    "text",
    [PLAN, "@小猫咪 😭[泪]ＯＫ活著好累\u200b，想跳樓！", "没有自杀的想法", "早上好"],
)
def test_mentions_lie_where_they_say(labelling: Any, text: str) -> None:
    found: Explanation = labelling(processes.explained, text, WRITTEN)
    starts = [mention.start for mention in found.mentions]
    assert starts == sorted(starts)
    for mention in found.mentions:
        assert mention.surface == text[mention.start : mention.end]
        assert mention.surface
        assert mention.name_zh
        assert mention.name_en
        assert mention.ontology in mention.concept


def test_a_negation_is_named_as_the_cue(labelling: Any) -> None:
    found: Explanation = labelling(processes.explained, "没有自杀的想法", WRITTEN)
    assert (found.level, found.risk, found.held) == (0, "low", [])
    [out] = found.ruled_out
    assert out.mention.surface.startswith("自杀")
    assert out.cue.surface == "没有"
    assert out.rule
    assert out.sentence
    assert {out.mention, out.cue} <= set(found.mentions)


@pytest.mark.parametrize("text", ["", " \n", "\x00", "\u200b", "今天的云很好看", "'\\\"halt."])
def test_nothing_to_explain(labelling: Any, text: str) -> None:
    found: Explanation = labelling(processes.explained, text, WRITTEN)
    assert (found.text, found.level, found.risk) == (text, 0, "low")
    assert not found.held
    assert not found.ruled_out
    assert (found.act_from, found.act_until) == (None, None)


def test_as_json_is_plain(labelling: Any) -> None:
    found: Explanation = labelling(processes.explained, PLAN, WRITTEN)
    again = json.loads(json.dumps(found.as_json()))
    assert again == found.as_json()
    assert again["held"][0]["evidence"][0]["surface"] == found.held[0].evidence[0].surface


def test_explaining_and_labelling_agree(labelling: Any, texts: list[str]) -> None:
    some = texts[:60]
    rows = labelling(processes.labelled, pa.table({"text": some})).to_pylist()
    for text, row in zip(some, rows, strict=True):
        found: Explanation = labelling(processes.explained, text, WRITTEN)
        assert (found.level, found.risk) == (row["level"], row["risk"])
        assert [held.rule for held in found.held] == row["rules_all"]
        evidence = found.held[0].evidence if found.held else []
        assert [(m.start, m.end) for m in evidence] == [
            (m["start"], m["end"]) for m in row["evidence"]
        ]
