"""Users: invented people whose differences are known, and tables with little in them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from population import invented
from processes import Noted
from treehole.analysis.activity import Settings
from treehole.analysis.users import Study, study_users
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, UsageError
from treehole.psychology.table import FEATURES


def study(folder: Path, users: pa.Table, labels: pa.Table, **settings: Any) -> tuple[Study, Noted]:
    folder.mkdir(exist_ok=True)
    tables = []
    for name, table in (("users", users), ("labels", labels)):
        pq.write_table(table, folder / f"{name}.parquet")
        tables.append(find_sources([str(folder / f"{name}.parquet")]))
    noted = Noted()
    return study_users(*tables, Settings(**settings), noted), noted


def users_of(count: int, value: float | None = 0.5) -> pa.Table:
    columns: dict[str, Any] = {"user_id": [f"u{number}" for number in range(count)]}
    columns |= {name: pa.array([value] * count, pa.float64()) for name in FEATURES}
    return pa.table(columns)


def labels_of(risks: list[str | None], users: list[str] | None = None) -> pa.Table:
    size = len(risks)
    return pa.table(
        {
            "user_id": users or [f"u{number}" for number in range(size)],
            "text": [f"第{number}次下雨" for number in range(size)],
            "created_at": ["2024-05-01 10:00:00"] * size,
            "risk": pa.array(risks, pa.string()),
        }
    )


def test_differences_that_were_put_in(tmp_path: Path) -> None:
    people = invented(2_000, 20_000)
    found, noted = study(tmp_path, people.users, people.labels)
    assert noted.done == len(people.labels)
    assert found.high + found.low + found.silent == 2_000
    assert found.strangers == found.unjudged == 0
    features = {feature.name: feature for feature in found.features}
    night, links = features["nighttime_activity_rate"], features["link_rate"]
    assert 0.4 < night.effect.delta.low < night.effect.delta.high < 0.8
    assert night.adjusted_p < 1e-6
    assert links.effect.delta.high < 0
    assert night.axis == links.axis
    assert features["self_focus_rate"].axis.logarithmic
    assert night.high.people + night.high.missing == found.high
    p = [feature.effect.p for feature in found.features]
    assert all(one.adjusted_p >= raw for one, raw in zip(found.features, p, strict=True))
    high, low = found.high_rhythm.hours, found.low_rhythm.hours
    assert high.shares[2].low > low.shares[2].high
    assert high.comments + low.comments == 20_000 - found.counts.day_only
    assert len(found.high_rhythm.days.shares) == 7
    assert found.timeline is None


def test_the_same_input_gives_the_same_figures(tmp_path: Path) -> None:
    people = invented(300, 2_000)
    first, _ = study(tmp_path / "a", people.users, people.labels)
    second, _ = study(tmp_path / "b", people.users, people.labels)
    assert first == second


def test_one_comment_of_high_risk_is_enough(tmp_path: Path) -> None:
    users = ["u0", "u0", "u1", "u2", "u3", "u9", "u9"]
    labels = labels_of(["low", "high", "low", None, None, "low", "high"], users)
    found, _ = study(tmp_path, users_of(5), labels)
    assert (found.high, found.low, found.unjudged, found.silent, found.strangers) == (1, 1, 2, 1, 1)
    assert found.counts.unjudged == 2


@pytest.mark.parametrize("risk", ["low", "high"])
def test_one_risk_alone(tmp_path: Path, risk: str) -> None:
    found, _ = study(tmp_path, users_of(6), labels_of([risk] * 6))
    assert (found.high, found.low) == ((0, 6) if risk == "low" else (6, 0))
    for feature in found.features:
        assert feature.effect is feature.adjusted_p is None
        assert bool(feature.low.bars) == (risk == "low")
    rhythms = (found.low_rhythm.hours, found.high_rhythm.hours)
    assert sorted(len(rhythm.shares) for rhythm in rhythms) == [0, 24]


def test_one_user(tmp_path: Path) -> None:
    found, _ = study(tmp_path, users_of(1), labels_of(["high"]), user="u0", with_text=True)
    assert all(feature.axis is None for feature in found.features)
    assert found.timeline
    assert [entry.text for entry in found.timeline.entries] == ["第0次下雨"]


@pytest.mark.parametrize("value", [None, 0.0, 0.5])
def test_no_value_and_one_value(tmp_path: Path, value: float | None) -> None:
    found, _ = study(tmp_path, users_of(40, value), labels_of(["high", "low"] * 20))
    for feature in found.features:
        assert (feature.axis is None) == (value is None)
        assert feature.high.missing == (20 if value is None else 0)
        assert feature.adjusted_p is None
        if value is not None:
            assert feature.effect
            assert feature.effect.delta.value == 0


def test_tables_that_have_nobody_in_common(tmp_path: Path) -> None:
    strangers = labels_of(["low"], ["somebody"])
    for number, (users, labels, said) in enumerate(
        [
            (users_of(3), strangers, "if one has pseudonyms"),
            (users_of(0), strangers, "no user in the table of users"),
            (users_of(3), strangers.slice(0, 0), "no user in the labels"),
        ]
    ):
        with pytest.raises(InputError, match=said):
            study(tmp_path / str(number), users, labels)


def test_features_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column social_support_rate"):
        study(tmp_path, users_of(3).drop_columns("social_support_rate"), labels_of(["low"]))
