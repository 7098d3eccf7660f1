"""How often people speak of themselves: terms of the first person, singular and plural.

The text is divided into the words of jieba's dictionary, so that 我们 is a word of its own and its
我 is not counted as one. What counts are the words in `SINGULAR` and `PLURAL`, each once wherever
it stands. That dictionary also holds words in which a 我 is spoken, such as 我会 and 气死我了; they
are among these. What was decided:

- 咱 is plural; it means one person in some dialects, but mostly “you and I”.
- 自己, 人家 and 大家 can be anybody, so they are neither.
- In 自我, 忘我, 敌我 and 你死我活 nobody speaks of himself, and 我国, 我军 and 我校 are what
  officials say: neither.

Traditional forms (我們, 咱們) are simplified before (`treehole.corpus.cleaning`).
"""

import re

import numpy as np
import numpy.typing as npt
import rjieba

from treehole.corpus.cleaning import CleanBatch

SINGULAR = frozenset((
    "我", "俺", "本人", "老子", "老娘",
    "我会", "我家", "我心", "我行", "我爱你", "俺家", "俺村", "俺也来", "气死我", "气死我了",
    "爽死我了", "帮帮我", "别打我", "别找我", "别跟我", "带我去", "给我发", "跟我来", "跟我走",
    "跟我学", "快给我", "谁给我", "逗我", "陪我玩", "找我聊", "让我学", "让我忧", "让我拿",
    "没等我", "对我讲", "比我强", "怪我太", "是我太", "爱我吗", "来看我好", "来看爱我",
    "感兴趣我", "我一语", "随我动", "伴我飞", "依我看", "依我来看", "依我看来",
    "在我看来", "在我心中", "据我所知", "如我所愿", "恕我直言", "与我无关", "与我何干",
    "不关我事", "除我之外",
))  # fmt: skip
PLURAL = frozenset((
    "我们", "我们仨", "我俩", "我辈", "俺们", "咱", "咱们", "咱俩",
    "咱家", "咱村", "咱校", "咱班", "咱队", "吾辈",
))  # fmt: skip

_PERSON = dict.fromkeys(SINGULAR, 0) | dict.fromkeys(PLURAL, 1)
_HINT = re.compile("[我俺咱]|本人|老[子娘]|吾辈")  # what has none of these need not be divided

Ints = npt.NDArray[np.int32]


def count_terms(batch: CleanBatch) -> Ints:
    """Counts the terms in each text of a batch.

    Returns:
        Shape (texts, 2): singular, plural.
    """
    found = np.zeros((len(batch), 2), np.int32)
    hints = [match.start() for match in _HINT.finditer(batch.text)]
    for index in np.unique(np.searchsorted(batch.starts, hints, side="right") - 1).tolist():
        # No guessed words: they would swallow a 我.
        for word in rjieba.cut(batch.comment(index), hmm=False):
            if (person := _PERSON.get(word)) is not None:
                found[index, person] += 1
    return found
