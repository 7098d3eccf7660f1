"""Users and their posts, as they come: in the project's own tables, or in a public layout.

The project's tables (CSV, TSV, JSONL, Parquet; `treehole.corpus.reading`) have these columns, of
which those in bold must be there:

- users: **user_id**, nickname, link (to the account's page), profile (the self-description) or
  profile_bytes (its length, where the text was left out), followers, mutual_follows, posts_count,
  original_count;
- posts: **user_id**, **text**, created_at, is_original, likes, comments, reposts, links.

Public layouts hold a user's posts within the user, as one JSON array or as an object a line:

- WU3D (Wang et al., arXiv 2008.11708) as its authors describe it. They took links, mentions and
  punctuation out of the texts.
- SWDD (Cai et al.): its authors describe the fields of users and posts, but not how they are put
  together. Read are users with a list `tweets` whose profile stands beside it or in an object
  (`user`, `profile` or `user_profile`). Its texts are HTML, of which the words are taken.

Both leave out account numbers, so a user is known by nickname, and neither says how many follows
are mutual. A user may have `user_id` all the same, which then goes before the nickname.
"""

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from treehole.corpus.block import Damage, string_array
from treehole.corpus.jsondocuments import json_documents
from treehole.corpus.pseudonyms import identities
from treehole.corpus.reading import INPUT_TEXT, Corpus
from treehole.corpus.schema import CREATED_AT, TEXT, USER_ID
from treehole.corpus.sources import Source
from treehole.errors import InputError
from treehole.psychology.posts import (
    COMMENTS,
    IS_ORIGINAL,
    LIKES,
    LINKS,
    POST_COLUMNS,
    REPOSTS,
)

NICKNAME, LINK, PROFILE, PROFILE_BYTES = "nickname", "link", "profile", "profile_bytes"
FOLLOWERS, MUTUAL_FOLLOWS, POSTS_COUNT, ORIGINAL_COUNT = (
    "followers", "mutual_follows", "posts_count", "original_count",
)  # fmt: skip
USER_COLUMNS = (
    USER_ID, NICKNAME, LINK, PROFILE, PROFILE_BYTES,
    FOLLOWERS, MUTUAL_FOLLOWS, POSTS_COUNT, ORIGINAL_COUNT,
)  # fmt: skip
"""What is read of users; only the first must be there."""

_USERS_CURE = (
    "Tables of users have user_id, and may have profile, followers, mutual_follows and more; "
    "for the public layouts say --layout wu3d or --layout swdd"
)
_POSTS_CURE = (
    "Tables of posts have user_id and text, and may have created_at, is_original, likes, comments, "
    "reposts and links"
)
_NOTHING = frozenset({"无", "None", "-"})
_SHOWN = 20


class Layout(StrEnum):
    """How users and posts are laid out."""

    PROJECT = "project"
    WU3D = "wu3d"
    SWDD = "swdd"


class Intake(NamedTuple):
    """Some of what is there, as it is read.

    Attributes:
        users: With columns of `USER_COLUMNS`; each row has a user. None if there are none here.
        posts: With columns of `POST_COLUMNS`; every row has a user and a text. Likewise.
        nameless: Rows of posts left out because they do not say who wrote them.
        unreadable: Rows left out because they break their format.
    """

    users: pa.Table | None = None
    posts: pa.Table | None = None
    nameless: int = 0
    unreadable: int = 0


class People(Protocol):
    """Users and posts to be read."""

    def estimate_posts(self) -> int | None:
        """About how many posts there are; None where that cannot be told."""

    def read(self, rows: int) -> Iterator[Intake]:
        """All users and posts; blocks of posts hold `rows` rows or fewer, always the same ones."""


class TableOfPeople:
    """Users and posts in the project's tables; users come first."""

    def __init__(self, users: Sequence[Source], posts: Sequence[Source]) -> None:
        """Looks into all sources.

        Raises:
            UsageError: A table lacks a column that must be there.
            InputError: A source cannot be read, or is not what its name says.
        """
        self._users = Corpus(users, text_column=USER_ID, cure=_USERS_CURE)
        self._posts = Corpus(posts, cure=_POSTS_CURE) if posts else None
        if self._posts and USER_ID not in self._posts.schema.names:
            names = ", ".join(self._posts.schema.names[:_SHOWN])
            message = f"the posts have no column {USER_ID}; they have {names}. {_POSTS_CURE}"
            raise InputError(message)

    def estimate_posts(self) -> int | None:
        """About how many posts there are; None where only a download could tell."""
        return self._posts.estimate_rows() if self._posts else 0

    def read(self, rows: int) -> Iterator[Intake]:
        """All users, then all posts, in blocks.

        Raises:
            InputError: A source turns out damaged.
        """
        for block in self._users.blocks(rows):
            table = block.table.rename_columns(
                [{TEXT: USER_ID, INPUT_TEXT: TEXT}.get(n, n) for n in block.table.column_names]
            )
            yield _sorted_out(table, USER_COLUMNS, block.damage, posts=False)
        for block in self._posts.blocks(rows) if self._posts else ():
            yield _sorted_out(block.table, POST_COLUMNS, block.damage, posts=True)


def _sorted_out(
    table: pa.Table, columns: Sequence[str], damage: pa.Array, *, posts: bool
) -> Intake:
    """The rows that have a user, and how many have none."""
    table = table.select([name for name in columns if name in table.column_names])
    readable = pc.not_equal(damage, int(Damage.UNREADABLE))
    table = table.filter(readable)
    unreadable = len(damage) - len(table)
    users = identities(table[USER_ID])
    table = table.set_column(table.schema.get_field_index(USER_ID), USER_ID, users)
    named = table.filter(pc.is_valid(users))
    nameless = len(table) - len(named)
    if posts:
        return Intake(None, named, nameless, unreadable)
    return Intake(named, None, 0, unreadable)


@dataclass(frozen=True)
class _Nesting:
    """How a public layout calls things.

    Attributes:
        identity: Fields that name a user, the best first.
        user: The field that holds each column of users.
        post: The field that holds each column of posts.
        inner: Objects in which fields of the user may stand.
        finish: Changes a post for good, given its fields.
    """

    identity: tuple[str, ...]
    user: Mapping[str, str]
    post: Mapping[str, str]
    inner: tuple[str, ...] = ()
    finish: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda post: post)

    @property
    def expected(self) -> tuple[str, ...]:
        """The fields that a user has, for errors."""
        return tuple(dict.fromkeys((*self.user.values(), POSTS_FIELD)))


POSTS_FIELD = "tweets"
"""Where both public layouts keep the posts of a user."""

_TAG = re.compile(r"<[^>]*>")
_CARD = re.compile(r"\bdata-url\s*=")


def _without_tags(post: dict[str, Any]) -> dict[str, Any]:
    """Takes the words out of the HTML; a link in it is a card with an address of its own."""
    text = str(post.get(TEXT) or "")
    if _CARD.search(text):
        post[LINKS] = post.get(LINKS) or "card"
    post[TEXT] = html.unescape(_TAG.sub("", text))
    return post


_NESTINGS = {
    Layout.WU3D: _Nesting(
        identity=(USER_ID, "nickname"),
        user={
            NICKNAME: "nickname",
            PROFILE: "profile",
            FOLLOWERS: "num_of_follower",
            POSTS_COUNT: "all_tweet_count",
            ORIGINAL_COUNT: "original_tweet_count",
        },
        post={
            TEXT: "tweet_content",
            CREATED_AT: "posting_time",
            IS_ORIGINAL: "tweet_is_original",
            LIKES: "num_of_likes",
            COMMENTS: "num_of_comments",
            REPOSTS: "num_of_forwards",
        },
    ),
    Layout.SWDD: _Nesting(
        identity=(USER_ID, "screen_name"),
        user={
            NICKNAME: "screen_name",
            PROFILE: "description",
            FOLLOWERS: "followers_count",
            POSTS_COUNT: "tweet_count",
        },
        post={
            TEXT: "text",
            CREATED_AT: "post_time",
            IS_ORIGINAL: "is_origin",
            LIKES: "thumb_ups_count",
            COMMENTS: "comments_count",
            REPOSTS: "reposts_count",
            LINKS: "article_url",
        },
        inner=("user", "profile", "user_profile"),
        finish=_without_tags,
    ),
}


class NestedPeople:
    """Users with their posts within them, in a public layout."""

    def __init__(self, sources: Sequence[Source], layout: Layout) -> None:
        """Looks into nothing yet.

        Args:
            sources: Each one JSON array, or one object a line, whatever format they say.
            layout: Not that of the project.
        """
        self._sources = sources
        self._layout = layout
        self._nesting = _NESTINGS[layout]

    def estimate_posts(self) -> int | None:
        """None: only reading them would tell."""
        return None

    def read(self, rows: int) -> Iterator[Intake]:
        """All users and posts, in blocks; no more than one user is held beyond them.

        Raises:
            InputError: A source is no JSON, breaks off, or is not laid out like that.
        """
        gathered = _Gathered()
        for source in self._sources:
            for number, person in enumerate(json_documents(source)):
                self._add(person, gathered, source.name, first=number == 0)
                while gathered.count >= rows:
                    yield gathered.take(rows)
        yield gathered.take(rows)

    def _add(self, person: Any, gathered: "_Gathered", name: str, *, first: bool) -> None:
        fields = self._fields(person)
        if fields is None:
            if first:
                raise self._mislaid(person, name, "user", self._nesting.expected)
            gathered.unreadable += 1
            return
        who = next((str(fields[key]) for key in self._nesting.identity if fields.get(key)), "")
        posts = fields[POSTS_FIELD] or []
        if not who.strip():
            gathered.nameless += len(posts)
            return
        gathered.add_user({USER_ID: who, **_renamed(fields, self._nesting.user)})
        for number, post in enumerate(posts):
            if first and number == 0 and self._nesting.post[TEXT] not in (post or ()):
                raise self._mislaid(post, name, "post", self._nesting.post.values())
            if isinstance(post, dict):
                renamed = self._nesting.finish(_renamed(post, self._nesting.post))
                gathered.add_post({**renamed, USER_ID: who})
            else:
                gathered.unreadable += 1

    def _fields(self, person: Any) -> dict[str, Any] | None:
        """The fields of a user; None if it is not laid out like one."""
        if not isinstance(person, dict):
            return None
        fields = dict(person)
        for inner in self._nesting.inner:
            if isinstance(person.get(inner), dict):
                fields |= person[inner]
        known = any(key in fields for key in self._nesting.identity)
        laid = isinstance(fields.get(POSTS_FIELD), list | None)
        return fields if known and POSTS_FIELD in fields and laid else None

    def _mislaid(self, found: Any, name: str, what: str, expected: Iterable[str]) -> InputError:
        # Where fields are data, they are not to end up in a log whole.
        fields = ", ".join(key[:_SHOWN] for key in list(found)[:_SHOWN] if isinstance(found, dict))
        has = f"has {fields}" if fields else "has no fields"
        return InputError(
            f"{name} is not laid out as {self._layout}: its first {what} {has}; "
            f"expected {', '.join(expected)}"
        )


class _Gathered:
    """Users and posts read and not yet passed on."""

    def __init__(self) -> None:
        self._users: list[dict[str, Any]] = []
        self._posts: list[dict[str, Any]] = []
        self.nameless = 0
        self.unreadable = 0

    @property
    def count(self) -> int:
        return max(len(self._posts), len(self._users))

    def add_user(self, user: dict[str, Any]) -> None:
        self._users.append(user)

    def add_post(self, post: dict[str, Any]) -> None:
        self._posts.append({**post, TEXT: post.get(TEXT) or ""})

    def take(self, rows: int) -> Intake:
        """All users, and as many posts as a block has."""
        users, posts = self._users, self._posts[:rows]
        intake = Intake(
            _table(users, USER_COLUMNS) if users else None,
            _table(posts, POST_COLUMNS) if posts else None,
            self.nameless,
            self.unreadable,
        )
        self._users, self._posts = [], self._posts[rows:]
        self.nameless = self.unreadable = 0
        return intake


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The fields by the project's names; what says that there is nothing is an empty string."""
    found = {ours: fields.get(theirs) for ours, theirs in names.items()}
    return {
        name: "" if isinstance(value, str) and value in _NOTHING else value
        for name, value in found.items()
    }


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pa.Table:
    values = {name: [_told(row.get(name)) for row in rows] for name in columns}
    return pa.table({name: string_array(found)[0] for name, found in values.items()})


def _told(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def open_people(layout: Layout, users: Sequence[Source], posts: Sequence[Source]) -> People:
    """What is named, in its layout.

    Raises:
        UsageError: A table lacks a column that must be there.
        InputError: A source cannot be read, or is not what its name says.
    """
    if layout is Layout.PROJECT:
        return TableOfPeople(users, posts)
    return NestedPeople(users, layout)
