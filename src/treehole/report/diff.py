"""A comparison of two versions of the knowledge: as Markdown, for a pull request, and as a page.

Whatever comments hold stands, in Markdown, between `<code>` tags, with all that Markdown could
misread as entities: so it is neither Markdown nor HTML, nobody is notified by an @ in it, and
nothing is linked.
"""

import re
from collections.abc import Iterable, Sequence

from treehole.analysis.comparison import UNJUDGED, Change, Comparison, Quality, move_of
from treehole.corpus.levels import HIGH_RISK
from treehole.report.page import render

_MARKUP = re.compile(r"[!#$&*./:<>@\[\\\]^_`{|}~]")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""Control characters, line breaks among them, and marks that turn the direction of a page."""

_CAUSES = 30
"""The most causes shown."""

_CHARACTERS = 500
"""The most shown of a comment; one can be a book."""


def headline(comparison: Comparison) -> str:
    """The outcome in a sentence."""
    rows, changed, moves = comparison.rows, comparison.changed, comparison.moves
    if not changed:
        said = f"None of {rows:,} comments changes level"
    else:
        verb = "changes" if changed == 1 else "change"
        said = (
            f"{changed:,} of {rows:,} comments {verb} level: {moves['into high']:,} into high risk"
        )
        said += f", {moves['out of high']:,} out of it"
    if comparison.gold and changed:
        effects = comparison.effects
        said += f"; {effects['right']:,} for the better, {effects['wrong']:,} for the worse"
    if others := comparison.other_rule:
        said += f". {others:,} {'keeps its' if others == 1 else 'keep their'} level by another rule"
    return said + "."


def level_name(level: int | None) -> str:
    """How a level is shown; one that could not be judged is a dash."""
    return "–" if level is None or level == UNJUDGED else str(level)


def shortened(text: str) -> str:
    """A comment in one line, and not at any length."""
    line = " ".join(text.split())
    return line if len(line) <= _CHARACTERS else line[:_CHARACTERS] + "…"


def levels_that_occur(comparison: Comparison) -> list[int]:
    """The levels that either version gives to a comment, for the matrix; the last may be none."""
    matrix = comparison.matrix
    return [level for level in range(len(matrix)) if matrix[level].any() or matrix[:, level].any()]


def knowledge_line(comparison: Comparison) -> str:
    """What differs in the knowledge, counted."""
    words = comparison.words
    parts = (
        (len(words.labels), "label"),
        (len(words.patterns), "pattern"),
        (len(words.added) + len(words.removed) + len(words.moved), "concept"),
        (len(comparison.rules), "rule"),
    )
    counted = [f"{count:,} {what}{'s' if count > 1 else ''}" for count, what in parts if count]
    return "Differing: " + (", ".join(counted) or "only what no label depends on") + "."


def quality_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """What is measured against gold, before and after."""
    rows = []
    for name, label in (
        ("precision", "precision of high"),
        ("recall", "recall of high"),
        ("f1", "F1 of high"),
        ("level_error", "mean level error"),
    ):
        values = [_figure(quality, name) for quality in (comparison.before, comparison.after)]
        rows.append((label, values[0], values[1]))
    return rows


def cause_rows(comparison: Comparison) -> list[list[str]]:
    """A row for each of the causes that matter most; the sentence comes first."""
    rows = []
    for cause, tally in comparison.ranked_causes()[:_CAUSES]:
        shown = cause_columns(comparison)
        rows.append(
            [cause.sentence, *(f"{tally[name]:,}" if tally[name] else "" for name in shown)]
        )
    return rows


def cause_columns(comparison: Comparison) -> list[str]:
    """What is counted of each cause."""
    moves = [name for name, count in comparison.moves.items() if count]
    return moves + (["right", "wrong"] if comparison.gold else [])


def markdown(comparison: Comparison, *, texts: bool = False) -> str:
    """The comparison as GitHub-flavoured Markdown.

    Args:
        comparison: What to show.
        texts: Show the comments themselves. A pull request may be public, so by default they are
            named by their row and identifier, and only the words that count are shown.
    """
    parts = [
        f"**{headline(comparison)}**",
        f"{_code(comparison.old)} → {_code(comparison.new)}. {knowledge_line(comparison)}",
    ]
    if comparison.gold:
        rows = [[name, before, after] for name, before, after in quality_rows(comparison)]
        parts.append(_table([f"against {_code(comparison.gold)}", "before", "after"], rows, "-rr"))
    if comparison.changed:
        parts.append(_matrix(comparison))
    if rows := cause_rows(comparison):
        columns = cause_columns(comparison)
        cells = [[_code(sentence), *counts] for sentence, *counts in rows]
        parts.append(_table(["because", *columns], cells, "-" + "r" * len(columns)))
    if more := len(comparison.causes) - len(rows):
        parts.append(f"and {more:,} more causes.")
    if comparison.changes:
        parts.append(_details(comparison, texts=texts))
    return "\n\n".join(parts) + "\n"


def page(comparison: Comparison) -> str:
    """The comparison as a page, with the comments."""
    levels = levels_that_occur(comparison)
    return render(
        "diff.html",
        comparison=comparison,
        headline=headline(comparison),
        knowledge=knowledge_line(comparison),
        quality=quality_rows(comparison),
        levels=levels,
        level_name=level_name,
        cell_class=_cell_class,
        edge=next((level for level in levels if HIGH_RISK <= level < UNJUDGED), None),
        columns=cause_columns(comparison),
        causes=cause_rows(comparison),
        list_title=_list_title(comparison),
    )


def _cell_class(old: int, new: int) -> str:
    """How a cell of the matrix looks: one word of what its comments do."""
    levels = (None if level == UNJUDGED else level for level in (old, new))
    return "same" if old == new else move_of(*levels).split()[0]


def _details(comparison: Comparison, *, texts: bool) -> str:
    gold = bool(comparison.gold)
    header = ["comment", "level", "before", "after", "because"]
    header += (["gold", "effect"] if gold else []) + (["text"] if texts else [])
    rows = [_change_row(change, gold=gold, texts=texts) for change in comparison.changes]
    table = _table(header, rows, "-" * len(header))
    return f"<details><summary>{_list_title(comparison)}</summary>\n\n{table}\n\n</details>"


def _list_title(comparison: Comparison) -> str:
    shown, changes = len(comparison.changes), comparison.changed + comparison.other_rule
    if shown < changes:
        return f"The {shown:,} most important of {changes:,} changes"
    return "The change" if changes == 1 else f"All {changes:,} changes"


def _change_row(change: Change, *, gold: bool, texts: bool) -> list[str]:
    levels = f"{level_name(change.old_level)} → {level_name(change.new_level)}"
    if change.move in {"out of high", "into high"}:
        levels = f"**{levels}**"
    name = f"row {change.row}" + (f" {_code(change.comment_id)}" if change.comment_id else "")
    row = [
        name,
        levels,
        _reason(change.old_rule, change.old_words),
        _reason(change.new_rule, change.new_words),
        "<br>".join(_code(cause.sentence) for cause in change.causes),
    ]
    if gold:
        row += ["" if change.gold is None else str(change.gold), change.effect or ""]
    return row + ([_code(shortened(change.text))] if texts else [])


def _reason(rule: str | None, words: Iterable[str]) -> str:
    shown = "、".join(words)
    return "–" if rule is None else _code(rule) + (f" {_code(shown)}" if shown else "")


def _matrix(comparison: Comparison) -> str:
    levels = levels_that_occur(comparison)
    rows = [
        [f"**{level_name(old)}**", *(_cell(comparison, old, new) for new in levels)]
        for old in levels
    ]
    header = ["old ↓ new →", *(level_name(level) for level in levels)]
    return _table(header, rows, "-" + "r" * len(levels))


def _cell(comparison: Comparison, old: int, new: int) -> str:
    count = int(comparison.matrix[old, new])
    if old == new or not count:
        return f"{count:,}" if count else ""
    return f"**{count:,}**"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], alignment: str) -> str:
    ruler = ["---:" if way == "r" else "---" for way in alignment]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ruler, *rows))


def _code(text: str) -> str:
    plain = _UNSEEN.sub(" ", text)
    return f"<code>{_MARKUP.sub(lambda m: f'&#{ord(m.group())};', plain)}</code>"


def _figure(quality: Quality, name: str) -> str:
    value = getattr(quality, name)
    return "–" if value is None else f"{value:.3f}"
