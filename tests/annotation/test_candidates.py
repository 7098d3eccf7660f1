"""What of a table of predictions people could be asked about."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.annotation.candidates import Candidates, has_levels, read_candidates, rows_at
from treehole.corpus.levels import UNKNOWN
from treehole.corpus.reading import Corpus
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, UsageError


def corpus(folder: Path, columns: dict[str, Any], name: str = "predictions.parquet") -> Corpus:
    pq.write_table(pa.table(columns), folder / name)
    return Corpus(find_sources([str(folder / name)]))


def predicted(probabilities: Sequence[float | None], **more: Any) -> dict[str, Any]:
    """Predictions by a model whose threshold is one half."""
    return {
        "comment_id": [f"c{number}" for number in range(len(probabilities))],
        "text": [f"今天的第{number}件事" for number in range(len(probabilities))],
        "probability": pa.array(probabilities, pa.float32()),
        "risk": ["high" if p is not None and p >= 0.5 else "low" for p in probabilities],
        **more,
    }


def ids(candidates: Candidates) -> list[str]:
    found: list[str] = candidates.ids.to_pylist()
    return found


def test_what_a_model_said_is_read(tmp_path: Path) -> None:
    found = read_candidates(corpus(tmp_path, predicted([0.1, 0.9], level=pa.array([None, 7]))))
    assert ids(found) == ["c0", "c1"]
    np.testing.assert_allclose(found.probabilities, [0.1, 0.9], rtol=1e-6)
    assert found.high.tolist() == [False, True]
    assert found.levels.tolist() == [UNKNOWN, 7]
    assert (found.by_rules, found.read, found.left_out, found.rules_levels) == (False, 2, {}, None)


def test_labels_by_rules_are_read_as_predictions(tmp_path: Path) -> None:
    columns = {
        "comment_id": [7, 8, 9],
        "text": ["一", "二", "三"],
        "level": pa.array([3, 8, None], pa.int8()),
        "rules_all": pa.array([["x"], ["y"], []]),
        "status": ["ok", "ok", "limit_exceeded"],
    }
    found = read_candidates(corpus(tmp_path, columns))
    assert ids(found) == ["7", "8", "9"]
    np.testing.assert_allclose(found.probabilities, [0.3, 0.8, 0.6])  # unjudged: to be looked at
    assert found.high.tolist() == [False, True, True]
    assert found.by_rules


def test_what_is_not_worth_a_look_is_left_out_and_counted(tmp_path: Path) -> None:
    columns = predicted([0.1] * 9 + [None])
    columns["comment_id"] = ["a", "b", "c", "d", "e", "f", "a", None, "", "g"]
    columns["text"][5] = " \u3000"
    columns["status"] = [
        "ok", "duplicate", "empty", "unreadable", "too_short", "ok", "ok", "ok", "ok", "ok",
    ]  # fmt: skip
    found = read_candidates(corpus(tmp_path, columns))
    assert ids(found) == ["a", "e"]
    assert {reason: count for reason, count in found.left_out.items() if count} == {
        "duplicate": 1,
        "empty": 2,
        "unreadable": 1,
        "named twice": 1,
        "without a comment_id": 2,
        "without a prediction": 1,
    }
    assert found.read == 10


def test_the_first_of_two_with_one_name_counts(tmp_path: Path) -> None:
    columns = predicted([0.1, 0.7, 0.9], user_id=["u", "v", "w"])
    columns["comment_id"] = ["b", "a", "b"]
    found = read_candidates(corpus(tmp_path, columns))
    assert ids(found) == ["b", "a"]
    np.testing.assert_allclose(found.probabilities, [0.1, 0.7], rtol=1e-6)


def test_without_a_status_the_same_words_of_one_user_count_once(tmp_path: Path) -> None:
    columns = predicted([0.1] * 3, user_id=["u", "u", "v"])
    columns["text"] = ["好累啊今天", "好累啊今天", "好累啊今天"]
    assert ids(read_candidates(corpus(tmp_path, columns))) == ["c0", "c2"]


def test_figures_may_come_as_texts(tmp_path: Path) -> None:
    (tmp_path / "said.csv").write_text(
        "comment_id,text,probability,risk,level\n01,你好,0.25,low,\n02,再见,0.75,high,8\n03,嗯,,low,\n",
        encoding="utf-8",
    )
    table = Corpus(find_sources([str(tmp_path / "said.csv")]))
    found = read_candidates(table)
    assert ids(found) == ["01", "02"]
    assert found.probabilities.tolist() == [0.25, 0.75]
    assert found.levels.tolist() == [UNKNOWN, 8]
    assert has_levels(table)


@pytest.mark.parametrize("value", [1.5, -0.1])
def test_what_is_no_probability_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(InputError, match="the column probability holds what is no probability"):
        read_candidates(corpus(tmp_path, predicted([0.5, value])))


def test_a_column_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the column level holds what is no level"):
        read_candidates(corpus(tmp_path, predicted([0.5], level=["eleven"])))


@pytest.mark.parametrize(
    ("missing", "cure"),
    [("comment_id", "give the comments one"), ("probability", "treehole predict or treehole")],
)
def test_a_missing_column_is_named_with_its_cure(tmp_path: Path, missing: str, cure: str) -> None:
    columns = predicted([0.5])
    del columns[missing]
    with pytest.raises(UsageError, match=f"there is no column {missing}.*{cure}"):
        read_candidates(corpus(tmp_path, columns))


def test_an_empty_table_has_no_candidates(tmp_path: Path) -> None:
    columns = {name: values[:0] for name, values in predicted([0.5]).items()}
    columns = {
        "comment_id": pa.array([], pa.string()), "text": pa.array([], pa.string()),
        "probability": pa.array([], pa.float32()), "risk": pa.array([], pa.string()),
    }  # fmt: skip
    table = corpus(tmp_path, columns)
    assert len(read_candidates(table)) == 0
    assert not has_levels(table)


@pytest.mark.parametrize(
    ("probabilities", "risks", "threshold"),
    [
        ([0.1, 0.2, 0.4], "llh", 0.3),
        ([0.1, 0.2], "ll", 0.5),
        ([0.1, 0.6], "ll", 0.6),
        ([0.7, 0.9], "hh", 0.5),
        ([0.3, 0.9], "hh", 0.3),
    ],
)
def test_the_threshold_shows_in_the_predictions(
    tmp_path: Path, probabilities: list[float], risks: str, threshold: float
) -> None:
    columns = predicted(probabilities)
    columns["risk"] = [{"h": "high", "l": "low"}[risk] for risk in risks]
    assert read_candidates(corpus(tmp_path, columns)).threshold == pytest.approx(threshold)


@given(seed=st.integers(0, 2**31), names=st.lists(st.text("abc", min_size=1), unique=True))
def test_ranks_are_a_shuffle_that_depends_on_names_alone(seed: int, names: list[str]) -> None:
    def of(ids: list[str]) -> dict[str, int]:
        size = len(ids)
        some = Candidates(
            pa.array(ids, pa.string()), np.arange(size), np.zeros(size), np.zeros(size, bool),
            np.zeros(size, np.int8), None, False, size, {},
        )  # fmt: skip
        return dict(zip(ids, some.ranks(seed).tolist(), strict=True))

    ranks = of(names)
    assert sorted(ranks.values()) == list(range(len(names)))
    assert of(names[::-1]) == ranks


def test_another_seed_is_another_shuffle(tmp_path: Path) -> None:
    found = read_candidates(corpus(tmp_path, predicted([0.5] * 100)))
    assert found.ranks(1).tolist() != found.ranks(2).tolist()


@given(data=st.data(), size=st.integers(1, 50))
def test_rows_come_in_the_order_asked_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, size: int
) -> None:
    table = corpus(tmp_path_factory.mktemp("rows"), predicted([0.5] * size))
    wanted = data.draw(st.lists(st.integers(0, size - 1), unique=True))
    found = rows_at(table, np.array(wanted, np.int64), ["comment_id", "user_id", "probability"])
    assert found["comment_id"].to_pylist() == [f"c{row}" for row in wanted]
    assert found["user_id"].to_pylist() == [None] * len(wanted)
    assert found["probability"].to_pylist() == ["0.5"] * len(wanted)


def test_a_name_has_no_nul(tmp_path: Path) -> None:
    columns = predicted([0.5, 0.5])
    columns["comment_id"] = ["a\0b", "“引号”'\"<b>"]
    table = corpus(tmp_path, columns)
    assert ids(read_candidates(table)) == ["a\ufffdb", "“引号”'\"<b>"]
    assert rows_at(table, np.array([0]), ["comment_id"])["comment_id"].to_pylist() == ["a\ufffdb"]
