"""The features of users, as they stand in a table."""

from pathlib import Path

import numpy as np
import pytest

from treehole.corpus.reading import Corpus
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, UsageError
from treehole.psychology.table import FEATURES, read_features


def corpus(folder: Path, *rows: str, columns: tuple[str, ...] = FEATURES) -> Corpus:
    path = folder / "users.csv"
    path.write_text("\n".join([",".join(("user_id", *columns)), *rows, ""]), "utf-8")
    return Corpus(find_sources([str(path)]), text_column="user_id")


def test_numbers_and_what_is_missing(tmp_path: Path) -> None:
    found = read_features(corpus(tmp_path, "u1" + ",0.5" * 10, "u2,,nan" + ",1" * 8))
    assert found["u1"].tolist() == [0.5] * 10
    assert np.isnan(found["u2"]).tolist() == [True, True] + [False] * 8


@pytest.mark.parametrize("value", ["inf", "-inf", "many"])
def test_what_is_no_number(tmp_path: Path, value: str) -> None:
    row = "u1," + ",".join(["1"] * 9 + [value])
    with pytest.raises(InputError, match=f"social_support_rate holds “{value}” in row 1"):
        read_features(corpus(tmp_path, row))


def test_a_missing_column(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column social_support_rate"):
        read_features(corpus(tmp_path, "u1" + ",1" * 9, columns=FEATURES[:-1]))


def test_a_user_with_two_rows(tmp_path: Path) -> None:
    rows = ("u1" + ",1" * 10, "u2" + ",1" * 10, "u1" + ",2" * 10)
    with pytest.raises(InputError, match="row 3 names a user for the second time"):
        read_features(corpus(tmp_path, *rows))
