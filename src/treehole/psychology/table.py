"""The ten psychology features of users (Fu et al. 2021, Textbox 1), as a table of users."""

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

Floats = npt.NDArray[np.float64]


def read_features(corpus: Corpus) -> dict[str, Floats]:
    """The features of each user, in the order of `FEATURES`; NaN where one is missing.

    Args:
        corpus: A table with the columns `user_id` and `FEATURES`; read with `user_id` as its text.

    Raises:
        UsageError: A column is missing.
        InputError: Something else than a finite number, or nothing, stands in one.
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
        found.update(zip(table[TEXT].to_pylist(), np.stack(columns, axis=1), strict=True))
        row += len(block)
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
            if np.isinf(numbers[index]):
                message = (
                    f"the column {name} holds “{text[:24]}” in row {first_row + index}, where a "
                    "number is expected, or nothing if it is not known"
                )
                raise InputError(message)
    return numbers
