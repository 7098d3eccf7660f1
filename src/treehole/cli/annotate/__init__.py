"""`treehole annotate`: people correct in Label Studio what models say."""

from treehole.cli.groups import group

app = group(
    __name__,
    {
        **dict.fromkeys(("install", "up", "down", "status"), "server"),
        "push": "push",
        "pull": "pull",
        "agree": "agree",
        "serve": "serve",
    },
    "Have people correct in Label Studio what models say.",
)
