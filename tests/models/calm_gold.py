"""Comments invented by chance, with the levels that their words stand for."""

import random

import numpy as np

from treehole.corpus.levels import HIGH_RISK, Gold

_WORDS = {"今晚就走": 9, "不想活了": 4, "好累": 2, "猫在睡觉": 0, "早上好": 0, "天台": 7}


def judged(count: int = 200, seed: int = 1) -> tuple[list[str], Gold]:
    """So many comments; the level is that of the worst word."""
    chance = random.Random(seed)
    chosen = [chance.choices(list(_WORDS), k=chance.randint(1, 3)) for _ in range(count)]
    levels = np.array([max(_WORDS[word] for word in words) for words in chosen], np.int8)
    return ["，".join(words) for words in chosen], Gold(
        levels, (levels >= HIGH_RISK).astype(np.int8)
    )
