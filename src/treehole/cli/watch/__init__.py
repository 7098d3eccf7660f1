"""`treehole watch`: the daily job of the rescue team."""

from treehole.cli.groups import group

app = group(
    __name__,
    {
        "run": "run",
        **dict.fromkeys(("list", "show"), "cases"),
        **dict.fromkeys(("take", "contact", "close", "reopen", "note"), "changes"),
        "reveal": "reveal",
        **dict.fromkeys(("audit", "restore"), "trail"),
        "page": "page",
        "serve": "serve",
        "account": "account",
    },
    "Watch new comments and keep a queue of those that need a person: treehole watch COMMENTS... "
    "--queue DIR (see treehole watch run --help).",
    otherwise="run",
)
