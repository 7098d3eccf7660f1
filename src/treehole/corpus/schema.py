"""The columns of a comment table and the status of its rows."""

from enum import StrEnum

TEXT = "text"
COMMENT_ID = "comment_id"
USER_ID = "user_id"
CREATED_AT = "created_at"


class Status(StrEnum):
    """What became of an input row; every row has exactly one.

    All rows are labelled, whatever their status: the status tells training what to leave out.
    """

    OK = "ok"
    DUPLICATE = "duplicate"
    """The same text by the same user (or, without users, the same text) stood earlier."""
    TOO_SHORT = "too_short"
    """Five words or fewer."""
    EMPTY = "empty"
    """Nothing to read once links, mentions and meaningless emoji are taken away."""
    DAMAGED = "damaged"
    """Bytes that the file's encoding does not allow were replaced by U+FFFD."""
    UNREADABLE = "unreadable"
    """The row breaks its format; the raw line is carried, and labelled, as its text."""
    LIMIT_EXCEEDED = "limit_exceeded"
    """The rules did not finish within the limit; the level is null, not 0."""
