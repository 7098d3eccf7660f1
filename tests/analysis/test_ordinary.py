"""Ordinary posts: false alarms, and how sure their number is."""

from pathlib import Path

import pytest
from evaluating import Broken, ByLength, write_gold

from processes import Noted
from treehole.analysis.ordinary import FalseAlarms, count_false_alarms
from treehole.corpus.sources import find_sources
from treehole.errors import InputError

LONG = "今天的云很好看，猫在窗台上睡了一整天，我也是"


def counted(path: Path, scorer: ByLength | None = None) -> tuple[FalseAlarms, Noted]:
    noted = Noted()
    scorers = [scorer or ByLength(), ByLength()]
    return count_false_alarms(find_sources([str(path)]), scorers, "text", noted), noted


def test_every_post_counts(tmp_path: Path) -> None:
    path = write_gold(tmp_path / "posts.csv", [(LONG, ""), ("早上好", ""), ("晚饭吃面", "")])
    found, noted = counted(path)
    assert (found.comments, list(found.called), noted.done) == (3, [1, 1], 3)


def test_rates() -> None:
    none, some, every = FalseAlarms(1_000, [0, 10, 1_000]).rates
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(0.00383, abs=1e-5)  # Wilson: z² / (n + z²)
    assert (some.low, some.value, some.high) == pytest.approx((0.00544, 0.01, 0.01831), abs=1e-5)
    assert (every.value, every.high) == (1, 1)


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no ordinary post"):
        counted(write_gold(tmp_path / "none.csv", []))
    with pytest.raises(InputError, match="the model broken gives 1 of 1 comments what is no prob"):
        counted(write_gold(tmp_path / "one.csv", [(LONG, "")]), Broken())
