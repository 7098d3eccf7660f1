"""What makes an alert: the rules, a model, both or either."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from processes import labeller
from treehole.models.scoring import Scores, Traits
from treehole.rules.judge import INFERENCE_LIMIT
from treehole.watch.alerting import AHEAD, Alerting, Found, Settings, When
from treehole.watch.rows import Row

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WRITTEN = "2026-05-01T19:00:00+08:00"
HIGH = "我在成都，今晚就去跳楼，再见了"
CALM = "今天吃了面，天气不错"


class Fixed:
    """A model that says what it is told to."""

    name, threshold, traits = "fixed", 0.5, Traits()

    def __init__(self, probability: float, level: int | None = None) -> None:
        self._said = probability, level

    def score(self, texts: Sequence[str], features: Any = None, /) -> Scores:
        probability, level = self._said
        levels = None if level is None else np.full(len(texts), level, np.int8)
        return Scores(np.full(len(texts), probability), levels)


def row(text: str, created_at: Any = WRITTEN, **more: Any) -> Row:
    told = {
        "user": "u", "comment_id": None, "place": None, "origin": "a:1", "sound": True, **more
    }  # fmt: skip
    return Row(text, created_at=created_at, **told)


def found(rows: list[Row], model: tuple[float, int | None] | None = None, **settings: Any) -> Found:
    scorer = Fixed(*model) if model else None
    alerting = Alerting(labeller(INFERENCE_LIMIT), scorer, Settings(**settings))
    return alerting.find(rows, NOW)


def test_the_rules_say_who_when_and_where(labelling: Any) -> None:
    [finding] = labelling(found, [row(HIGH), row(CALM)]).findings
    alarm = finding.alarm
    assert (finding.user, finding.level, alarm.sources) == ("u", 10, ("rules",))
    assert alarm.probability is None
    assert alarm.act_from.isoformat() == "2026-05-01T19:00:00+08:00"
    assert [(place.surface, place.province) for place in alarm.places] == [("成都", "Sichuan")]
    for mention in alarm.comment.evidence:
        assert HIGH[mention.start : mention.end] == mention.surface
    assert {"今晚就", "跳楼"} <= {mention.surface for mention in alarm.comment.evidence}


@pytest.mark.parametrize(
    ("text", "model", "when", "level", "sources"),
    [
        (HIGH, (0.1, None), When.EITHER, 10, ("rules",)),
        (HIGH, (0.9, None), When.EITHER, 10, ("rules", "model")),
        (CALM, (0.9, None), When.EITHER, 6, ("model",)),
        (CALM, (0.9, 8), When.EITHER, 8, ("model",)),
        (CALM, (0.1, 8), When.EITHER, 5, None),
        (HIGH, (0.1, None), When.BOTH, 5, None),
        (HIGH, (0.9, None), When.BOTH, 10, ("rules", "model")),
        (CALM, (0.9, None), When.RULES, None, None),
        (HIGH, (0.1, 3), When.MODEL, 5, None),
    ],
)
def test_who_must_say_so(  # noqa: PLR0913, PLR0917  a row of the table
    labelling: Any, text: str, model: Any, when: When, level: int | None, sources: Any
) -> None:
    findings = labelling(found, [row(text)], model, when=when).findings
    assert [finding.level for finding in findings] == ([] if level is None else [level])
    if sources:
        assert findings[0].alarm.sources == sources
        assert findings[0].alarm.probability == model[0]
    else:
        assert all(finding.alarm is None for finding in findings)


def test_clocks_and_old_comments(labelling: Any) -> None:
    rows = [
        row(HIGH, "2020-01-01"), row(HIGH, "2031-01-01T00:00:00+08:00"), row(HIGH, None),
        row(HIGH, "no time"), row(HIGH, NOW + AHEAD),
    ]  # fmt: skip
    seen = labelling(found, rows, since=NOW - timedelta(days=1))
    assert (seen.counts["old"], seen.counts["ahead"], seen.counts["high"]) == (1, 1, 4)
    ahead, *timeless, allowed = seen.findings
    assert ahead.at == NOW
    assert ahead.alarm.act_from == NOW
    assert all(finding.at == NOW and finding.alarm.act_from is None for finding in timeless)
    assert allowed.at == NOW + AHEAD


def test_a_comment_is_known_again_by_what_is_its_own(labelling: Any) -> None:
    rows = [
        row(HIGH, origin="a:1"), row(HIGH, origin="b:7"), row(HIGH, None, origin="a:1"),
        row(HIGH, None, origin="a:2"), row(HIGH, comment_id="c"), row(HIGH, None, comment_id="c"),
        row(HIGH, user="v", comment_id="c"),
    ]  # fmt: skip
    digests = [finding.digest for finding in labelling(found, rows).findings]
    assert digests[0] == digests[1]
    assert digests[4] == digests[5]
    assert len(set(digests)) == 5


def test_where_it_was_sent_from_counts_as_a_place(labelling: Any) -> None:
    [finding] = labelling(found, [row("今晚就去跳楼，再见了", place="发布于 云南")]).findings
    assert [place.province for place in finding.alarm.places] == ["Yunnan"]


def test_a_line_that_is_no_row_is_judged_and_counted(labelling: Any) -> None:
    seen = labelling(found, [row('{"text": "今晚就去跳楼，再见了', None, user=None, sound=False)])
    assert (seen.counts["unreadable"], len(seen.findings)) == (1, 1)


def test_nothing_is_found_in_nothing(labelling: Any) -> None:
    seen = labelling(found, [])
    assert (seen.findings, seen.counts["read"]) == ([], 0)
