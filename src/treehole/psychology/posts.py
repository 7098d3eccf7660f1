"""What each post says of its writer: a row of figures, of which the features are sums.

The words of a post are those before `//@`: what follows in a repost was written by others. In them
are counted mentions of users (`@name`, also in 回复@name) and terms of the first person (mentions,
links and emoji taken away), and a link is looked for. A repost without a word of its own is a post
like others.
"""

import re
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treehole.corpus.cleaning import SEPARATOR, clean, fold
from treehole.corpus.schema import CREATED_AT, TEXT, USER_ID
from treehole.psychology.first_person import count_terms
from treehole.psychology.values import counts, moments, present, truths

IS_ORIGINAL, LIKES, COMMENTS, REPOSTS, LINKS = (
    "is_original", "likes", "comments", "reposts", "links",
)  # fmt: skip
POST_COLUMNS = (USER_ID, TEXT, CREATED_AT, IS_ORIGINAL, LIKES, COMMENTS, REPOSTS, LINKS)
"""What is read of posts; only the first two must be there."""

FACTS = pa.schema(
    [
        (USER_ID, pa.string()),
        ("key", pa.int64()),
        ("second", pa.int64()),
        ("hour", pa.int8()),
        ("original", pa.float32()),
        ("link", pa.bool_()),
        ("mentions", pa.int32()),
        ("singular", pa.int32()),
        ("plural", pa.int32()),
        (LIKES, pa.float64()),
        (COMMENTS, pa.float64()),
        (REPOSTS, pa.float64()),
    ]
)
"""What is kept of a post.

`key` is the same for posts of one user with the same text at the same time, and null where the
time is not known. `second` is the time in seconds since 1970, `hour` that of the day (null where
only the day is known), `original` 1 or 0; null and NaN stand for what is not known.
"""

REPOSTED = "//@"
"""Begins what others wrote before, in a repost."""

_MENTION = re.compile(r"@(?![a-z0-9-]+\.[a-z])[\w·-]")  # not the @ of an e-mail address
_LINK = re.compile(r"https?://[!-~]|www\.[a-z0-9]|(?<![a-z0-9.])t\.cn/[a-z0-9]|网页链接")


class Facts(NamedTuple):
    """The figures of a block of posts.

    Attributes:
        table: In the schema `FACTS`, one row for each post that has a writer.
        unread: By column, how many values were neither missing nor what belongs there.
    """

    table: pa.Table
    unread: dict[str, int]


def facts(posts: pa.Table, zone: ZoneInfo) -> Facts:
    """The figures of posts.

    Args:
        posts: With columns named as in `POST_COLUMNS`; every row has a user and a text.
        zone: Where the writers live.
    """
    texts = [own_words(text) for text in posts[TEXT].to_pylist()]
    folded = fold(SEPARATOR.join(texts) + SEPARATOR)
    batch = clean(texts)
    terms = count_terms(batch)
    unread: dict[str, int] = {}
    when, unread[CREATED_AT] = moments(_column(posts, CREATED_AT), zone)
    unknown = np.array([one is None for one in when], np.bool_)
    seconds = np.array([0 if one is None else one.second for one in when], np.int64)
    originals, unread[IS_ORIGINAL] = truths(_column(posts, IS_ORIGINAL))
    numbers = {}
    for name in (LIKES, COMMENTS, REPOSTS):
        numbers[name], unread[name] = counts(_column(posts, name))
    linked = _occurrences(_LINK, folded, batch.starts) > 0
    table = pa.table(
        [
            posts[USER_ID],
            pa.array(_keys(posts, seconds), mask=unknown),
            pa.array(seconds, mask=unknown),
            pa.array([None if one is None else one.hour for one in when], pa.int8()),
            pa.array(originals.astype(np.float32)),
            pa.array(linked | present(_column(posts, LINKS))),
            pa.array(_occurrences(_MENTION, folded, batch.starts)),
            pa.array(terms[:, 0]),
            pa.array(terms[:, 1]),
            *(pa.array(numbers[name]) for name in (LIKES, COMMENTS, REPOSTS)),
        ],
        schema=FACTS,
    )
    return Facts(table, {name: number for name, number in unread.items() if number})


def own_words(text: str) -> str:
    """What of a post its writer wrote."""
    return text.partition(REPOSTED)[0]


def _column(posts: pa.Table, name: str) -> pa.ChunkedArray:
    if name in posts.column_names:
        return posts[name]
    return pa.chunked_array([pa.nulls(len(posts), pa.string())])


def _occurrences(
    pattern: re.Pattern[str], text: str, starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    """How often a pattern occurs in each of the texts that begin at `starts`, laid end to end."""
    places = [match.start() for match in pattern.finditer(text)]
    found = np.searchsorted(starts, places, side="right") - 1
    return np.bincount(found, minlength=len(starts) - 1).astype(np.int32)


def _keys(posts: pa.Table, seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The same for posts that are the same; among ten million, two others share one in 1 of 4e5."""
    rows = zip(posts[USER_ID].to_pylist(), seconds.tolist(), posts[TEXT].to_pylist(), strict=True)
    digests = b"".join(
        blake2b(f"{user}\0{second}\0{text}".encode(), digest_size=8).digest()
        for user, second, text in rows
    )
    return np.frombuffer(digests, np.int64)
