"""Predictions: rows, parts, runs that go on where they were, and the features of writers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from processes import Noted, write_comments
from treehole.corpus.sources import Source, find_sources
from treehole.errors import InputError, UsageError
from treehole.models.scoring import Floats, Scores, Traits
from treehole.pipeline.prediction import (
    PREDICTION_COLUMNS,
    Settings,
    predict_sources,
    predicted,
    predictions_in,
)
from treehole.psychology.table import FEATURES

Row = dict[str, Any]


class ByLength:
    """Takes long comments for risky ones, and those of writers whose first feature is high."""

    name = "length"
    threshold = 0.5

    def __init__(self, *, levels: bool = True, with_features: bool = False) -> None:
        self.traits = Traits("v1", "float32", with_features)
        self.asked: list[int] = []
        self._levels = levels

    def score(self, texts: Sequence[str], features: Floats | None = None, /) -> Scores:
        self.asked.append(len(texts))
        probabilities = np.minimum(np.array([len(text) for text in texts]) / 20, 1.0)
        if features is not None:
            probabilities = np.where(np.isnan(features[:, 0]), probabilities, features[:, 0])
        levels = (10 * probabilities).astype(np.int8)
        return Scores(probabilities, levels if self._levels else None)


class Broken(ByLength):
    def score(self, texts: Sequence[str], features: Floats | None = None, /) -> Scores:
        return Scores(np.full(len(texts), np.nan), None)


class Interrupted(ByLength):
    """Is stopped after two parts."""

    def score(self, texts: Sequence[str], features: Floats | None = None, /) -> Scores:
        if len(self.asked) == 2:
            raise KeyboardInterrupt
        return super().score(texts, features)


MODEL = {"name": "length", "sha256": "a"}


def run(
    path: Path,
    out: Path,
    scorer: ByLength | None = None,
    model: dict[str, str] | None = None,
    **settings: Any,
) -> tuple[Row, Noted]:
    noted = Noted()
    asked = Settings(out, **{"rows_a_part": 200, **settings})
    sources = find_sources([str(path)])
    return predict_sources(sources, scorer or ByLength(), model or MODEL, asked, noted), noted


def rows(out: Path) -> list[Row]:
    tables = [pq.read_table(path) for path in predictions_in(out).parts()]
    found: list[Row] = pa.concat_tables(tables).to_pylist()
    return found


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in predictions_in(out).parts()}


def test_every_row_in_order(comments: Path, tmp_path: Path) -> None:
    manifest, noted = run(comments, tmp_path / "out")
    found = rows(tmp_path / "out")
    assert [row["comment_id"] for row in found] == [f"c{number:06}" for number in range(1000)]
    assert (manifest["rows"], manifest["parts"], noted.done) == (1000, 5, 1000)
    high = [row for row in found if row["risk"] == "high"]
    assert manifest["high"] == len(high)
    assert 0 < len(high) < 1000
    for row in found:
        assert row["probability"] == pytest.approx(min(len(row["text"]) / 20, 1))
        assert row["risk"] == ("high" if row["probability"] >= 0.5 else "low")
        assert row["level"] == int(10 * min(len(row["text"]) / 20, 1))


def test_the_manifest_tells_what_the_predictions_follow_from(
    comments: Path, tmp_path: Path
) -> None:
    manifest, _ = run(comments, tmp_path / "out")
    assert manifest["complete"] is True
    assert manifest["model"] == MODEL
    assert (manifest["knowledge_version"], manifest["precision"]) == ("v1", "float32")
    assert [source["name"] for source in manifest["inputs"]] == [str(comments)]
    assert manifest["users"] == []


def test_a_model_without_levels(comments: Path, tmp_path: Path) -> None:
    run(comments, tmp_path / "out", ByLength(levels=False))
    table = pq.read_table(predictions_in(tmp_path / "out").parts()[0])
    assert table.schema.field("level").type == pa.int8()
    assert table["level"].null_count == len(table)


def test_stopped_and_called_again_it_gives_the_same_bytes(comments: Path, tmp_path: Path) -> None:
    run(comments, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(comments, tmp_path / "out", Interrupted())
    assert len(contents(tmp_path / "out")) == 2
    scorer = ByLength()
    run(comments, tmp_path / "out", scorer)
    assert scorer.asked == [200, 200, 200]
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_is_done_is_not_done_again(comments: Path, tmp_path: Path) -> None:
    manifest, _ = run(comments, tmp_path / "out")
    scorer = ByLength()
    again, _ = run(comments, tmp_path / "out", scorer, {"name": "./length", "sha256": "a"})
    assert (again, scorer.asked) == (manifest, [])


def test_another_job_is_refused(comments: Path, tmp_path: Path) -> None:
    run(comments, tmp_path / "out")
    with pytest.raises(UsageError, match="differs in: model"):
        run(comments, tmp_path / "out", model={"name": "length", "sha256": "b"})
    other = ByLength()
    other.traits = Traits("v2", "bfloat16")
    with pytest.raises(UsageError, match="differs in: knowledge version, precision"):
        run(comments, tmp_path / "out", other)
    manifest, _ = run(comments, tmp_path / "out", other, overwrite=True)
    assert manifest["knowledge_version"] == "v2"


def test_no_comment_at_all(tmp_path: Path) -> None:
    manifest, _ = run(write_comments(tmp_path / "none.csv", 0), tmp_path / "out")
    assert (manifest["rows"], manifest["parts"], manifest["high"]) == (0, 1, 0)
    table = pq.read_table(predictions_in(tmp_path / "out").parts()[0])
    assert table.column_names[-3:] == PREDICTION_COLUMNS.names


def test_columns_of_the_same_name_are_carried() -> None:
    table = predicted(pa.table({"text": ["一"], "risk": ["none"]}), ByLength())
    assert table.column_names == ["text", "input_risk", "probability", "risk", "level"]
    assert table["input_risk"].to_pylist() == ["none"]


def test_what_is_no_probability_is_not_taken_for_low_risk(comments: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1,000 of 1,000 .* no probability; its weights"):
        run(comments, tmp_path / "out", Broken(), rows_a_part=1000)
    assert not contents(tmp_path / "out")


def users(folder: Path, *known: tuple[str, str]) -> list[Source]:
    """The features of some writers, the first of which is given."""
    lines = [",".join(("user_id", *FEATURES))]
    lines += [",".join((user, first, *["0.5"] * 9)) for user, first in known]
    path = folder / "users.csv"
    path.write_text("\n".join(lines), "utf-8")
    return find_sources([str(path)])


def test_the_features_of_writers_go_to_their_comments(comments: Path, tmp_path: Path) -> None:
    known = users(tmp_path, ("u1", "0.125"), ("u2", ""), ("elsewhere", "1"))
    manifest, _ = run(comments, tmp_path / "out", ByLength(with_features=True), users=known)
    found = rows(tmp_path / "out")
    assert manifest["with_features"] == sum(row["user_id"] in {"u1", "u2"} for row in found)
    assert len(manifest["users"]) == 1
    for row in found:
        expected = 0.125 if row["user_id"] == "u1" else min(len(row["text"]) / 20, 1)
        assert row["probability"] == pytest.approx(expected)


def test_writers_named_by_numbers_or_not_at_all(tmp_path: Path) -> None:
    table = pa.table({"text": ["一", "二", "三"], "user_id": [7, 8, None]})
    pq.write_table(table, tmp_path / "c.parquet")
    known = users(tmp_path, ("7", "0.75"), ("9", "1"))
    scorer = ByLength(with_features=True)
    manifest, _ = run(tmp_path / "c.parquet", tmp_path / "out", scorer, users=known)
    assert [row["probability"] for row in rows(tmp_path / "out")] == pytest.approx(
        [0.75, 0.05, 0.05]
    )
    assert manifest["with_features"] == 1


def test_other_features_are_another_job(comments: Path, tmp_path: Path) -> None:
    scorer = ByLength(with_features=True)
    run(comments, tmp_path / "out", scorer, users=users(tmp_path, ("u1", "0.1")))
    with pytest.raises(UsageError, match="differs in: users"):
        run(comments, tmp_path / "out", scorer, users=users(tmp_path, ("u1", "0.2")))
    with pytest.raises(UsageError, match="differs in: users"):
        run(comments, tmp_path / "out", scorer)


def test_features_that_cannot_be_used(comments: Path, tmp_path: Path) -> None:
    known = users(tmp_path, ("u1", "0.1"))
    with pytest.raises(UsageError, match="leave out --users"):
        run(comments, tmp_path / "out", users=known)
    (tmp_path / "text.csv").write_text("text\n一\n", "utf-8")
    with pytest.raises(UsageError, match="a column user_id"):
        run(tmp_path / "text.csv", tmp_path / "out", ByLength(with_features=True), users=known)
    for wrong in ("inf", "many"):
        with pytest.raises(InputError, match=f"“{wrong}” in row 1"):
            wrongly = users(tmp_path, ("u1", wrong))
            run(comments, tmp_path / "out", ByLength(with_features=True), users=wrongly)
