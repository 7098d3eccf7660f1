"""The ten psychology features of users (Fu et al. 2021, Textbox 1), from sums over their posts.

Rates are over the user's posts, each counted once (the same text at the same time is one post). A
post's own words are those before `//@`; see `treehole.psychology.posts`. What is not known, and
what would be divided by zero, is missing: never 0, never infinite.

| feature | definition | unit |
| --- | --- | --- |
| self_description_length | length of the self-description in UTF-8 | bytes |
| originality_rate | posts that are original / posts of which it is known | share |
| link_rate | posts with a link / posts | share |
| interaction_rate | mentions of users (@) in own words / posts | per post |
| collective_attention_rate | terms of the first person plural in own words / posts | per post |
| self_focus_rate | terms of the first person singular in own words / posts | per post |
| nighttime_activity_rate | posts from 22:00 to 06:00 / posts with a time of day | share |
| social_activity_rate | mutual follows / followers | ratio |
| willingness_to_express | comments received / likes received | ratio |
| social_support_rate | likes, comments and reposts received / posts | per post |

Where the paper is vague, this was decided:

- An empty self-description has 0 bytes; one that is not given (null, or an empty cell of a CSV) is
  missing. The length is that of the text as it stands, white space and all.
- Where no post says whether it is original, the account's own counts do (original_count /
  posts_count).
- A link is an address that begins with http, www or t.cn, 网页链接, or anything in the column
  links.
- 22:00 belongs to the night, 06:00 does not. A time without a zone is in that of --timezone, a time
  with one is converted to it. A midnight to the second without a zone is a bare date, no time of
  day. What lies in the future, by the clock of this machine when the run ends, has no time of day
  either.
- The authors of WU3D took links and mentions out of its texts: where no post of all has one, the
  rate is missing, not 0.
- More mutual follows than followers, or more original posts than posts, contradict themselves:
  missing. So are negative numbers.
- Comments against likes is a ratio of sums, not a mean of ratios: most posts have no like at all.
  It is over posts of which both numbers are known.
- The paper gives social support no formula that could be found; it is taken as the responses that
  a post receives, over posts of which all three numbers are known.
- Terms of the first person: see `treehole.psychology.first_person`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treehole.corpus.duplicates import Seen
from treehole.corpus.schema import USER_ID
from treehole.psychology.posts import COMMENTS, LIKES, REPOSTS
from treehole.psychology.table import FEATURES

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NIGHT_BEGINS, NIGHT_ENDS = 22, 6
"""Hours of the day; the first belongs to the night, the other does not."""

POSTS = "posts"
"""The column with the number of posts, beside the features."""

PROFILE_NUMBERS = ("profile_bytes", "followers", "mutual_follows", "posts_count", "original_count")
"""What is kept of a profile: numbers, NaN where one is not known."""

_SUMS = (
    POSTS, "known_original", "original", "link", "mentions", "singular", "plural",
    "timed", "night", "compared", "comments", "likes", "answered", "responses",
)  # fmt: skip


@dataclass
class Profiles:
    """What is kept of users: their numbers. The last row of a user counts."""

    _places: dict[str, int] = field(default_factory=dict)
    _chunks: list[Floats] = field(default_factory=list)
    _rows: int = 0
    repeated: int = 0
    """Rows that name a user who had one before, with the same numbers or others."""

    def add(self, users: Sequence[str], numbers: Floats) -> None:
        """Take in some users.

        Args:
            users: One name a row.
            numbers: Shape (users, `PROFILE_NUMBERS`).
        """
        for row, user in enumerate(users, start=self._rows):
            self.repeated += user in self._places
            self._places[user] = row
        self._chunks.append(numbers)
        self._rows += len(users)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, user: str) -> bool:
        return user in self._places

    @property
    def users(self) -> list[str]:
        """All users, in the order in which they first came."""
        return list(self._places)

    @property
    def numbers(self) -> Floats:
        """Shape (users, `PROFILE_NUMBERS`), in the order of `users`."""
        every = np.concatenate([np.empty((0, len(PROFILE_NUMBERS))), *self._chunks])
        return every[np.fromiter(self._places.values(), np.int64, len(self._places))]


class Totals:
    """Sums over the posts of each user, as they come.

    Attributes:
        places: The row of each user in the sums.
        repeated: Posts that were there before, left out.
        in_future: Posts whose time is still to come.
        without_hour: Posts whose time of day is not known, for that or another reason.
    """

    def __init__(self, users: Sequence[str], now: int) -> None:
        """Begin with no post.

        Args:
            users: Those who are known already; others are added as they come.
            now: In seconds since 1970; what was written later is from a clock that is wrong.
        """
        self.places = {user: place for place, user in enumerate(users)}
        self._now = now
        self._seen = Seen()
        self._sums: Floats = np.zeros((max(len(users), 1), len(_SUMS)))
        self.repeated = self.in_future = self.without_hour = 0

    def add(self, posts: pa.Table) -> None:
        """Take in some posts.

        Args:
            posts: In the schema `treehole.psychology.posts.FACTS`.
        """
        posts = posts.filter(pa.array(~self._repeated(posts)))
        figures = self._figures(posts)
        encoded = posts[USER_ID].combine_chunks().dictionary_encode()
        local = encoded.indices.to_numpy(zero_copy_only=False)
        users = encoded.dictionary.to_pylist()
        places = np.array([self.places.setdefault(u, len(self.places)) for u in users], np.int64)
        self._make_room(len(self.places))
        for column in range(len(_SUMS)):
            weights = figures[:, column]
            self._sums[places, column] += np.bincount(local, weights, minlength=len(users))

    def _repeated(self, posts: pa.Table) -> Bools:
        known = posts["key"].is_valid().to_numpy()
        repeated = np.zeros(len(posts), np.bool_)
        repeated[known] = self._seen.again(posts["key"].drop_null().to_numpy())
        self.repeated += int(repeated.sum())
        return repeated

    def _figures(self, posts: pa.Table) -> Floats:
        """What each post adds to the sums; shape (posts, `_SUMS`)."""
        future = posts["second"].fill_null(0).to_numpy() > self._now
        hours = np.where(future, -1, posts["hour"].fill_null(-1).to_numpy())
        original = posts["original"].to_numpy()
        likes, comments, reposts = (posts[name].to_numpy() for name in (LIKES, COMMENTS, REPOSTS))
        compared = ~np.isnan(likes) & ~np.isnan(comments)
        answered = compared & ~np.isnan(reposts)
        night = (hours >= NIGHT_BEGINS) | ((hours >= 0) & (hours < NIGHT_ENDS))
        self.in_future += int(future.sum())
        self.without_hour += int((hours < 0).sum())
        columns = {
            POSTS: np.ones(len(posts)),
            "known_original": ~np.isnan(original),
            "original": original == 1,
            "link": posts["link"].to_numpy(),
            "mentions": posts["mentions"].to_numpy(),
            "singular": posts["singular"].to_numpy(),
            "plural": posts["plural"].to_numpy(),
            "timed": hours >= 0,
            "night": night,
            "compared": compared,
            "comments": np.where(compared, comments, 0),
            "likes": np.where(compared, likes, 0),
            "answered": answered,
            "responses": np.where(answered, likes + comments + reposts, 0),
        }
        return np.stack([columns[name].astype(np.float64) for name in _SUMS], axis=1)

    def _make_room(self, users: int) -> None:
        if users > len(self._sums):
            more: Floats = np.zeros((max(users, 2 * len(self._sums)) - len(self._sums), len(_SUMS)))
            self._sums = np.concatenate([self._sums, more])

    def sums(self) -> dict[str, Floats]:
        """Each sum, by name, for all users in the order of `places`."""
        columns: list[Floats] = list(self._sums[: len(self.places)].T)
        return dict(zip(_SUMS, columns, strict=True))


def features_table(profiles: Profiles, totals: Totals, *, stripped: bool = False) -> pa.Table:
    """The features of all users, sorted by name.

    Args:
        profiles: Of the users who have one.
        totals: Begun with `profiles.users`, so that these come first; then all others.
        stripped: Links and mentions may have been taken out of the texts: where no post of all
            has one, nothing is known of them.

    Returns:
        Columns `user_id`, `posts` and `FEATURES`, null where one is missing.
    """
    sums = totals.sums()
    numbers: Floats = np.full((len(totals.places), len(PROFILE_NUMBERS)), np.nan)
    numbers[: len(profiles)] = profiles.numbers
    profile: dict[str, Floats] = dict(zip(PROFILE_NUMBERS, numbers.T, strict=True))
    found = features(sums, profile)
    for name, sum_of in (("link_rate", "link"), ("interaction_rate", "mentions")):
        if stripped and not sums[sum_of].any():
            found[name] = np.full(len(totals.places), np.nan)
    columns = {
        USER_ID: pa.array(totals.places, pa.string()),
        POSTS: pa.array(sums[POSTS].astype(np.int64)),
        **{name: pa.array(found[name], pa.float64(), from_pandas=True) for name in FEATURES},
    }
    return pa.table(columns).sort_by(USER_ID)


def features(sums: dict[str, Floats], profile: dict[str, Floats]) -> dict[str, Floats]:
    """The features, by their definitions.

    Args:
        sums: Over the posts of each user, by name.
        profile: The numbers of each user's profile, by name; NaN where one is not known.

    Returns:
        Each of `FEATURES`, NaN where it is missing.
    """
    posts = sums[POSTS]
    original = _share(sums["original"], sums["known_original"])
    of_account = _share(profile["original_count"], profile["posts_count"])
    found = (
        profile["profile_bytes"],
        np.where(np.isnan(original), of_account, original),
        _ratio(sums["link"], posts),
        _ratio(sums["mentions"], posts),
        _ratio(sums["plural"], posts),
        _ratio(sums["singular"], posts),
        _ratio(sums["night"], sums["timed"]),
        _share(profile["mutual_follows"], profile["followers"]),
        _ratio(sums["comments"], sums["likes"]),
        _ratio(sums["responses"], sums["answered"]),
    )
    return dict(zip(FEATURES, found, strict=True))


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part / whole, NaN where the whole is 0 or either is not known."""
    ratio = np.full(len(part), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _share(part: Floats, whole: Floats) -> Floats:
    """Likewise, and NaN where the part is greater than the whole."""
    return np.where(part <= whole, _ratio(part, whole), np.nan)
