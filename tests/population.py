"""People who do not exist, with the features and comments that `treehole report users` looks at.

Those at risk are more awake at night and speak more of themselves, by invented figures; nothing
here was measured.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treehole.corpus.levels import HIGH_RISK
from treehole.psychology.table import FEATURES

Floats = npt.NDArray[np.float64]

TEXTS = (
    "今天的云很好看", "又失眠了，听着雨", "谢谢你们陪我说话", "好累，什么都不想做",
    "猫在窗台上睡觉", "不知道还能撑多久", "明天想去看海", "面条煮得有点咸",
)  # fmt: skip

_START = np.datetime64("2024-01-01T00:00:00", "s")
_DAYS = 400
_CALM = np.array([0.5, 0.2, 0.12, 0.09, 0.06, 0.03])
_TROUBLED = np.array([0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.08, 0.06, 0.04, 0.02])


class Population(NamedTuple):
    """Its tables.

    Attributes:
        users: As `treehole features` writes them.
        labels: As `treehole label` writes them, without evidence.
        at_risk: Whether each user is meant to be, shape (users,).
    """

    users: pa.Table
    labels: pa.Table
    at_risk: npt.NDArray[np.bool_]


def invented(people: int, comments: int, seed: int = 1, at_risk: float = 0.08) -> Population:
    """Invent people and what became of their comments.

    Args:
        people: How many.
        comments: Of all of them.
        seed: Equal seeds give equal people.
        at_risk: The share of those at risk.
    """
    chance = np.random.default_rng(seed)
    risk = chance.random(people) < at_risk
    names = np.array([f"u-{number:016d}" for number in range(people)])
    columns = {"user_id": pa.array(names)}
    for name, values in _features(chance, risk).items():
        missing = chance.random(people) < 0.03 + 0.05 * risk
        columns[name] = pa.array(values, mask=missing)
    return Population(pa.table(columns), _labels(chance, names, risk, comments), risk)


def _features(chance: np.random.Generator, risk: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    size = len(risk)

    def share(mean: float, more: float) -> Floats:
        middle = mean + more * risk
        return chance.beta(6 * middle, 6 * (1 - middle))

    def skewed(typical: float, times: float, none: float) -> Floats:
        values = typical * np.where(risk, times, 1) * chance.lognormal(0, 0.9, size)
        return np.where(chance.random(size) < none, 0.0, values)

    values = (
        np.round(skewed(40, 0.8, 0.3)), share(0.6, 0.15), share(0.12, -0.05), skewed(0.3, 0.6, 0.2),
        skewed(0.05, 0.7, 0.4), skewed(0.5, 1.8, 0.05), share(0.25, 0.2), share(0.2, -0.06),
        skewed(0.4, 1.2, 0.1), skewed(0.02, 0.9, 0.15),
    )  # fmt: skip
    return dict(zip(FEATURES, values, strict=True))


def _labels(
    chance: np.random.Generator, names: npt.NDArray[np.str_], risk: npt.NDArray[np.bool_], size: int
) -> pa.Table:
    weights = chance.lognormal(0, 1, len(names))
    who = np.sort(chance.choice(len(names), size, p=weights / weights.sum()))
    troubled = risk[who]
    levels = np.where(troubled, _levels(chance, size, 11), _levels(chance, size, 6)).astype(np.int8)
    hours = np.where(
        chance.random(size) < np.where(levels >= HIGH_RISK, 0.6, 0.3),
        chance.integers(21, 28, size) % 24,
        chance.integers(0, 24, size),
    )
    seconds = chance.integers(0, _DAYS, size) * 86_400 + hours * 3_600
    seconds += chance.integers(0, 3_600, size)
    written = np.char.replace((_START + seconds).astype(str), "T", " ")
    order = chance.permutation(size)
    table = pa.table(
        {
            "comment_id": pa.array(np.arange(size).astype(str)),
            "user_id": pa.array(names).take(pa.array(who)),
            "created_at": pa.array(written),
            "text": pa.array(TEXTS).take(pa.array(chance.integers(0, len(TEXTS), size))),
            "level": pa.array(levels),
            "risk": pa.array(np.where(levels >= HIGH_RISK, "high", "low")),
            "status": pa.array(["ok"] * size),
        }
    )
    return table.take(pa.array(order))


def _levels(chance: np.random.Generator, size: int, kinds: int) -> npt.NDArray[np.int64]:
    weights = (
        _TROUBLED[:kinds] if kinds > HIGH_RISK else np.array([0.5, 0.2, 0.12, 0.09, 0.06, 0.03])
    )
    return chance.choice(kinds, size, p=weights / weights.sum())
