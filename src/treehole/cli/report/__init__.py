"""`treehole report`: pages to read and send, on models and on users.

Without the name of a page it is the one on models.
"""

from treehole.cli.groups import group

app = group(
    __name__,
    {"models": "models", "users": "users"},
    "Write a page on models (also without the word models) or on users: one file, no network.",
    otherwise="models",
)
