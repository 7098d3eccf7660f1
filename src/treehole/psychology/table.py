"""The ten psychology features of users (Fu et al. 2021, Textbox 1), as a table of users."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.errors import InputError, UsageError

FEATURES = (
    "self_description_length",
    "originality_rate",
    "link_rate",
    "interaction_rate",
    "collective_attention_rate",
    "self_focus_rate",
    "nighttime_activity_rate",
    "social_activity_rate",
    "willingness_to_express",
    "social_support_rate",
)

_BLOCK = 10_000
_LEAST_SCALE = 1e-6
_GREATEST = 1e30
"""Of numbers that can be reckoned with in single precision."""

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]


def read_features(corpus: Corpus) -> dict[str, Floats]:
    """The features of each user, in the order of `FEATURES`; NaN where one is missing.

    Args:
        corpus: A table with the columns `user_id` and `FEATURES`; read with `user_id` as its text.

    Raises:
        UsageError: A column is missing.
        InputError: Something else than a finite number, or nothing, stands in one, or a user
            has two rows.
    """
    missing = [name for name in FEATURES if name not in corpus.schema.names]
    if missing:
        message = f"the table of users has no column {', '.join(missing)}"
        raise UsageError(message)
    found: dict[str, Floats] = {}
    row = 1
    for block in corpus.blocks(_BLOCK):
        table = block.table
        columns = [_numbers(table[name].to_pylist(), name, row) for name in FEATURES]
        for user, figures in zip(table[TEXT].to_pylist(), np.stack(columns, axis=1), strict=True):
            if user in found:
                message = f"row {row} names a user for the second time; leave one row for each"
                raise InputError(message)
            found[user] = figures
            row += 1
    return found


def features_of(users: Mapping[str, Floats], names: Sequence[str | None]) -> Floats:
    """The features of writers; NaN for one who has no name, or is not in the table.

    Args:
        users: What `read_features` read.
        names: A writer for each comment, or None.

    Returns:
        Shape (comments, features).
    """
    unknown = np.full(len(FEATURES), np.nan)
    rows = [unknown if name is None else users.get(name, unknown) for name in names]
    return np.array(rows).reshape(-1, len(FEATURES))


def standardised(features: Floats, means: Sequence[float], scales: Sequence[float]) -> Singles:
    """Features with a mean of 0 and a standard deviation of 1 among the writers trained on.

    Args:
        features: Shape (comments, features).
        means: Of each feature, in training.
        scales: The standard deviation of each; one that never varied counts as if it hardly did.
    """
    found: Singles = ((features - means) / np.maximum(scales, _LEAST_SCALE)).astype(np.float32)
    return found


def _numbers(values: list[object], name: str, first_row: int) -> Floats:
    numbers = np.full(len(values), np.nan)
    for index, value in enumerate(values):
        text = "" if value is None else str(value).strip()
        if text and text.lower() != "nan":
            try:
                numbers[index] = float(text)
            except ValueError:
                numbers[index] = np.inf
            if abs(numbers[index]) > _GREATEST:
                message = (
                    f"the column {name} holds “{text[:24]}” in row {first_row + index}, where a "
                    "number is expected, or nothing if it is not known"
                )
                raise InputError(message)
    return numbers
