"""Merging: one label a comment, of what several people said of it.

*Majority*: the label that most gave; between equals the higher risk wins, since a missed comment
can cost a life. Of levels it is the median, and of two in the middle the higher one: an answer that
somebody gave, and of high risk just where at least half of them said so.

*Dawid–Skene* (Dawid & Skene 1979, Applied Statistics 28(1), as in crowd-kit): how reliable each
person is follows from all answers together, and counts where people differ. Three people are
needed to tell who errs; with fewer, the majority stands. Eleven levels would be far too many to
learn each person's errors from a few hundred answers, so of levels it decides the risk, and the
level is the answer nearest to the median that has this risk.

What one person alone said, or all said alike, is never changed; what was decided in the second
round always wins. A skipped comment is no vote, and of one person's answers the last one counts.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from treehole.corpus.levels import HIGH_RISK
from treehole.models.datasets import Tier

LABELS = ("irrelevant", "low", "high")
"""The labels of the easy tier, from the lowest risk to the highest."""

ONE = "one"
ADJUDICATED = "adjudicated"

_LEAST_ANNOTATORS = 3
"""So many people are needed to tell who errs."""

_DIGITS = 6
"""Probabilities that differ after these are no tie."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Method(StrEnum):
    """How answers that differ are merged."""

    MAJORITY = "majority"
    DAWID_SKENE = "dawid-skene"


def answer_column(tier: Tier) -> str:
    """The column with what people said: `label` of the easy tier, `level` of the hard one."""
    return "level" if tier is Tier.HARD else "label"


def votes(current: pa.Table, tier: Tier) -> pa.Table:
    """The answers that count: one of each annotator for each comment, the last one.

    Args:
        current: Annotations as they stand, with the columns of the history; a task that has no
            `comment_id` is none of ours.
        tier: Easy or hard.

    Returns:
        Rows of `current` with the column `vote`: the place of the label in `LABELS`, or the level;
        sorted by comment and annotator.
    """
    column = answer_column(tier)
    said = pc.and_(current["comment_id"].is_valid(), current[column].is_valid())
    given = pc.and_not(said, current["skipped"].fill_null(False))
    # Somebody whose account is gone is nobody else.
    people = pc.coalesce(current["annotator"], current["annotation_id"])
    place = current.schema.get_field_index("annotator")
    order = ("comment_id", "annotator", "updated_at", "created_at", "annotation_id")
    table = current.set_column(place, "annotator", people).filter(given)
    table = table.sort_by([(name, "ascending") for name in order])
    pairs = table.select(["comment_id", "annotator"])
    last = np.ones(len(table), np.bool_)
    if len(table) > 1:
        same = [pc.equal(pairs[name][1:], pairs[name][:-1]) for name in pairs.column_names]
        last[:-1] = ~pc.and_(*same).to_numpy(zero_copy_only=False)
    table = table.filter(pa.array(last))
    values = table[column]
    if tier is not Tier.HARD:
        values = pc.index_in(values, pa.array(LABELS))
    return table.append_column("vote", values.cast(pa.int64()))


def merged(
    current: pa.Table, tier: Tier, method: Method, decided: pa.Table | None = None
) -> pa.Table:
    """One label a comment, of what several people said of it.

    Args:
        current: Annotations as they stand, with the columns of the history.
        tier: Easy or hard.
        method: How answers that differ are merged.
        decided: Annotations of the second round, in which a judge saw the answers of the first;
            these win.

    Returns:
        A row for each comment that somebody answered, sorted by `comment_id`:

        - `label` (easy) or `level` (hard);
        - `annotators`: how many answered in the first round;
        - `agreement`: the share of them who said what the label is now; null if nobody answered;
        - `merged_by`: `one`, `majority`, `dawid-skene` or `adjudicated`;
        - `confidence`: `unsure` if somebody said so, else `sure` if somebody said that; of a
          decision that of its judge;
        - `help_now`: whether anybody said so;
        - `accepted`: whether the label is that of the prediction shown, and nobody who gave it
          corrected anything else; null if none was shown.
    """
    first = votes(current, tier)
    second = votes(current.slice(0, 0) if decided is None else decided, tier)
    ids = pc.unique(pa.concat_arrays([*first["comment_id"].chunks, *second["comment_id"].chunks]))
    ids = ids.take(pc.sort_indices(ids))
    ballot, decisions = _ballot(first, ids), _ballot(second, ids)
    by_method, method = _by_method(ballot, tier, method)
    ruled = decisions.sizes > 0
    values = np.where(ruled, _majority(decisions, tier), by_method)
    agree = ballot.values == values[ballot.comments]
    agreeing = ballot.count(agree)
    how = np.where(ruled, ADJUDICATED, np.where(ballot.sizes == 1, ONE, method.value))
    sure = {name: _confidence(one) for name, one in (("first", ballot), ("second", decisions))}
    help_now = ballot.count(ballot.flags("help_now")) + decisions.count(decisions.flags("help_now"))
    return pa.table(
        {
            "comment_id": ids,
            answer_column(tier): _named(values, tier),
            "annotators": pa.array(ballot.sizes, pa.int32()),
            "agreement": pa.array(
                agreeing / np.maximum(ballot.sizes, 1), pa.float32(), mask=ballot.sizes == 0
            ),
            "merged_by": pa.array(how, pa.string()),
            "confidence": pa.array(np.where(ruled, sure["second"], sure["first"]), pa.string()),
            "help_now": pa.array(help_now > 0),
            "accepted": _accepted(ballot, values, agree, tier),
        }
    )


@dataclass(frozen=True)
class _Ballot:
    """The votes, those on one comment side by side from the lowest to the highest.

    Attributes:
        table: A row for each vote.
        comments: Which comment each is on, 0 to n - 1, shape (votes,).
        values: What each says, the same shape.
        sizes: How many there are on each comment, shape (comments,).
    """

    table: pa.Table
    comments: Ints
    values: Ints
    sizes: Ints

    def count(self, which: Flags) -> Ints:
        """How many of some votes are on each comment."""
        found: Ints = np.bincount(self.comments[which], minlength=len(self.sizes))
        return found

    def flags(self, column: str) -> Flags:
        """Where a column of truth values is true, shape (votes,)."""
        found: Flags = self.table[column].fill_null(False).to_numpy()
        return found


def _ballot(table: pa.Table, ids: pa.Array) -> _Ballot:
    comments = pc.index_in(table["comment_id"], ids).to_numpy().astype(np.int64)
    values = table["vote"].to_numpy()
    order = np.lexsort((values, comments))
    sizes = np.bincount(comments, minlength=len(ids))
    return _Ballot(table.take(order), comments[order], values[order], sizes)


def _majority(ballot: _Ballot, tier: Tier) -> Ints:
    """The merged answer to each comment; -1 where there is no vote."""
    if tier is Tier.HARD:
        return _at(ballot, ballot.sizes // 2)
    counts = np.zeros((len(ballot.sizes), len(LABELS)), np.int64)
    np.add.at(counts, (ballot.comments, ballot.values), 1)
    highest = len(LABELS) - 1 - counts[:, ::-1].argmax(axis=1)  # the first of equals is taken
    found: Ints = np.where(ballot.sizes > 0, highest, -1)
    return found


def _by_method(ballot: _Ballot, tier: Tier, method: Method) -> tuple[Ints, Method]:
    """The merged answers, and the method that could be used."""
    majority = _majority(ballot, tier)
    overlapped = ballot.sizes[ballot.comments] > 1
    people = pc.count_distinct(ballot.table["annotator"].filter(pa.array(overlapped))).as_py()
    if method is Method.MAJORITY or people < _LEAST_ANNOTATORS:
        return majority, Method.MAJORITY
    classes = ballot.values >= HIGH_RISK if tier is Tier.HARD else ballot.values
    decided = _dawid_skene(ballot, classes.astype(np.int64), overlapped)
    if tier is Tier.HARD:
        highs = ballot.count(ballot.values >= HIGH_RISK)
        lows = ballot.sizes - highs
        place = ballot.sizes // 2
        place = np.where(decided == 1, np.maximum(place, lows), np.minimum(place, lows - 1))
        decided = np.where(decided < 0, decided, _at(ballot, place))
    return np.where(decided < 0, majority, decided), method


def _at(ballot: _Ballot, place: Ints) -> Ints:
    """The vote at a place in the order of each comment's votes; -1 where there is none."""
    starts = np.cumsum(ballot.sizes) - ballot.sizes
    values = np.append(ballot.values, -1)
    found: Ints = values[np.where(ballot.sizes > 0, starts + place, len(ballot.values))]
    return found


def _dawid_skene(ballot: _Ballot, classes: Ints, overlapped: Flags) -> Ints:
    """The class of each comment on which people differ; -1 for the others.

    Args:
        ballot: The votes.
        classes: What each says, 0 to k - 1, shape (votes,).
        overlapped: Whether there are others on its comment, the same shape.
    """
    import pandas as pd  # noqa: PLC0415  both take a second to load
    from crowdkit.aggregation import DawidSkene  # noqa: PLC0415

    size = int(classes.max(initial=0)) + 1
    said = np.zeros((len(ballot.sizes), size), np.bool_)
    said[ballot.comments, classes] = True
    table = pd.DataFrame(
        {
            "task": ballot.comments,
            "worker": ballot.table["annotator"].to_numpy(),
            "label": classes,
        }
    )[overlapped].sort_values(["task", "worker"])  # so that sums are rounded alike
    chances = np.zeros(said.shape)
    found = DawidSkene().fit_predict_proba(table)
    chances[np.ix_(found.index.to_numpy(), found.columns.to_numpy())] = found.to_numpy()
    possible = np.where(said, chances.round(_DIGITS), -1.0)
    highest: Ints = size - 1 - possible[:, ::-1].argmax(axis=1)
    return np.where(said.sum(axis=1) > 1, highest, -1)


def _confidence(ballot: _Ballot) -> npt.NDArray[Any]:
    found = np.full(len(ballot.sizes), None, object)
    for word in ("sure", "unsure"):  # in this order
        said = pc.equal(ballot.table["confidence"], word).fill_null(False).to_numpy()
        found[ballot.comments[said]] = word
    return found


def _accepted(ballot: _Ballot, values: Ints, agree: Flags, tier: Tier) -> pa.Array:
    shown = ballot.table[f"shown_{answer_column(tier)}"]
    if tier is not Tier.HARD:
        shown = pc.index_in(shown, pa.array(LABELS))
    seen = shown.is_valid().to_numpy()
    differs = seen & (shown.fill_null(-1).to_numpy() != values[ballot.comments])
    changed = agree & pc.equal(ballot.table["accepted"], False).fill_null(False).to_numpy()
    return pa.array(ballot.count(differs | changed) == 0, mask=ballot.count(seen) == 0)


def _named(values: Ints, tier: Tier) -> pa.Array:
    return pa.array(values, pa.int8()) if tier is Tier.HARD else pa.array(LABELS).take(values)
