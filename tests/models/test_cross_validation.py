"""Cross-validation: what is held out when, and what is told of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from classroom import Classroom
from hypothesis import given
from hypothesis import strategies as st

from treehole.errors import UsageError
from treehole.models.cross_validation import Course, Taught, sample, teach
from treehole.models.datasets import Dataset
from treehole.models.folds import folds_of
from treehole.models.training import Said, Settings, Step, copied, trained_part
from treehole.models.validation import FALSE_ALARMS, Validation

SETTINGS = Settings(epochs=6, batch=8, learning_rate=5e-3, patience=6)


class Pupil:
    """A classifier that is taught, and the steps in which it is."""

    def __init__(self, room: Classroom, kind: str = "finetune", ordinary: int = 0) -> None:
        self.dataset = room.labelled(ordinary)
        self.classifier = room.classifier(kind)
        self.steps: list[Step] = []
        self._inputs = room.inputs(self.classifier)

    def course(self, held_out: int, curve: Sequence[int] = (), kept: Path | None = None) -> Course:
        folds = folds_of(self.dataset, 3, 0)
        return Course(self.dataset, self._inputs, folds, range(held_out), SETTINGS, curve, kept)

    def taught(self, held_out: int, curve: Sequence[int] = (), kept: Path | None = None) -> Taught:
        return teach(self.classifier, self.course(held_out, curve, kept), self.steps.append)

    @property
    def names(self) -> list[str]:
        """Of the trainings, in their order."""
        return list(dict.fromkeys(step.name for step in self.steps))


def test_each_comment_is_held_out_once(room: Classroom) -> None:
    pupil = Pupil(room)
    taught = pupil.taught(3)
    validation = taught.validation
    assert sorted(validation.rows.tolist()) == list(range(60))
    assert np.array_equal(validation.folds, folds_of(pupil.dataset, 3, 0)[validation.rows])
    assert validation.learned == 40
    bests = sorted(history.best for history in validation.histories)
    assert (taught.history.best, len(taught.history.losses)) == (bests[1], bests[1])
    assert pupil.names == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3", "all comments"]
    shares = [step.share for step in pupil.steps]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert pupil.classifier.config.threshold == validation.threshold


def test_the_model_learns_from_all(room: Classroom) -> None:
    pupil = Pupil(room)
    pupil.taught(3)
    assert {step.comments for step in pupil.steps if step.name == "all comments"} == {60}


def test_of_one_fold_the_model_is_what_was_measured(room: Classroom) -> None:
    pupil = Pupil(room)
    taught = pupil.taught(1)
    assert pupil.names == ["fold 1 of 1"]
    assert taught.history == taught.validation.histories[0]
    assert taught.validation.threshold == taught.history.threshold
    assert "over_folds" not in taught.validation.summary()


def test_a_training_knows_nothing_of_the_one_before(room: Classroom) -> None:
    alone, after = Pupil(room), Pupil(room)
    alone.taught(3)
    after.taught(3, curve=[10])
    for one, other in zip(
        copied(trained_part(alone.classifier)).values(),
        copied(trained_part(after.classifier)).values(),
        strict=True,
    ):
        assert np.array_equal(one, other)


def test_a_learning_curve(room: Classroom) -> None:
    pupil = Pupil(room, ordinary=9)
    taught = pupil.taught(3, curve=[6, 20])
    assert [point.learned for point in (*taught.curve, taught.validation)] == [6, 20, 34]
    for point in taught.curve:
        assert np.array_equal(point.rows, taught.validation.rows)
        assert {"F1", "weighted F1", "level error"} <= point.metrics().keys()
    assert {step.comments for step in pupil.steps[:6]} == {6 + 6}  # ordinary ones are all kept
    with pytest.raises(UsageError, match="--curve 34: with a fold held out there are 33 comments"):
        pupil.course(3, curve=[5, 34])


class Stopped(Exception):  # noqa: N818
    """Raised in the middle of training."""


def test_stopped_and_begun_again_it_goes_on(room: Classroom, tmp_path: Path) -> None:
    whole, pupil = Pupil(room, "bert"), Pupil(room, "bert")
    expected = whole.taught(3, curve=[20])

    def stop(step: Step) -> None:
        if (step.name, step.epoch) == ("fold 2 of 3", 3):
            raise Stopped

    with pytest.raises(Stopped):
        teach(pupil.classifier, pupil.course(3, [20], tmp_path), stop)
    kept = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert kept == ["best.safetensors", "last.safetensors", *["outcome.json"] * 4]
    again = Pupil(room, "bert")
    found = again.taught(3, [20], tmp_path)
    assert again.names == ["fold 2 of 3", "fold 3 of 3", "all comments"]
    for one, other in (
        (found.validation, expected.validation),
        (found.curve[0], expected.curve[0]),
    ):
        assert np.allclose(one.said.probabilities, other.said.probabilities, atol=1e-6)
        assert np.array_equal(one.said.levels, other.said.levels)
        assert one.histories == other.histories


@given(st.integers(2, 45), st.integers(0, 9))
def test_samples(size: int, seed: int) -> None:
    rows = np.arange(60)
    high = ((rows % 4 == 0) & (rows < 50)).astype(np.float32)
    room = Dataset(
        [""] * 60, high, np.full(60, -1), np.ones(60, np.float32), rows, [None] * 60, {}, rows >= 50
    )
    rows = rows[3:]
    chosen = sample(room, rows, size, seed)
    assert set(chosen.tolist()) <= set(rows.tolist())
    assert (room.ordinary[chosen].sum(), (~room.ordinary[chosen]).sum()) == (10, size)
    of_high = room.high[chosen].sum()
    assert 1 <= of_high <= size - 1
    assert abs(of_high - size * 12 / 47) <= 1
    larger = sample(room, rows, size + 2, seed)
    assert set(chosen.tolist()) <= set(larger.tolist())


def said_of(high: list[int], probabilities: list[float], ordinary: list[int]) -> Validation:
    count = len(high)
    dataset = Dataset(
        [""] * count, np.array(high, np.float32), np.where(ordinary, -1, np.array(high) * 8),
        np.ones(count, np.float32), np.arange(count), [None] * count, {},
        np.array(ordinary, np.bool_),
    )  # fmt: skip
    said = Said(np.array(probabilities, np.float32), np.array(high) * 8)
    return Validation(dataset, np.arange(count), np.arange(count) % 2, said, [], 0)


def test_ordinary_comments_have_no_say() -> None:
    high, probabilities = [1, 1, 0, 0], [0.9, 0.4, 0.5, 0.1]
    labelled = said_of(high, probabilities, [0] * 4)
    found = said_of([*high, 0, 0], [*probabilities, 0.8, 0.2], [0] * 4 + [1] * 2)
    assert found.threshold == labelled.threshold == pytest.approx(0.25)
    metrics = found.metrics()
    assert metrics.pop(FALSE_ALARMS) == 0.5
    assert metrics == labelled.metrics()
    assert metrics["F1"] == pytest.approx(0.8)
    assert metrics["level error"] == 0
    summary = found.summary()
    assert summary["with_ordinary"]["precision"] == pytest.approx(0.5)
    assert "with_ordinary" not in labelled.summary()


def test_the_spread_over_folds() -> None:
    found = said_of([1, 1, 0, 0], [0.9, 0.4, 0.1, 0.5], [0] * 4).summary()["over_folds"]
    assert found["recall"] == {"mean": 1, "sd": 0}
    assert found["precision"]["mean"] == pytest.approx(0.75)
    assert found["precision"]["sd"] == pytest.approx(np.std([1, 0.5], ddof=1))
