"""Pictures of a part of the ontologies: concepts, what is below them, and what people write.

A picture is a tree from left to right with a row for each concept that has nothing below it. The
labels of a concept hang on it at its right, and have a row of their own where other concepts are
there. A concept with several parents is drawn under one of them, and joined to the others by a
broken line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup
from rich.cells import cell_len, set_cell_size

from treehole.knowledge.hierarchy import PATTERN, ROOT, Branch, Entry, Hierarchy
from treehole.report.page import render

Language = Literal["zh", "en", "both"]

ROWS = 120
"""How many rows a picture may have, if nobody says how deep it is to go."""

_ROW, _MARGIN, _GAP, _PADDING = 26, 16, 52, 9
"""Pixels: a row, the rim, between two columns, between a concept's name and its border."""
_LETTER, _SMALL = 7.8, 0.87
"""Pixels that half a Chinese character or a Latin letter takes at most, and in labels how much
less."""
_NAME_CELLS, _LABEL_CELLS = 32, 24


@dataclass(frozen=True)
class Box:
    """A concept in the picture; pixels, with `y` in its middle."""

    entry: Entry
    names: tuple[str, ...]
    x: float
    y: float
    width: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width


@dataclass(frozen=True)
class Note:
    """What hangs on a concept: labels, and how much is folded below it; pixels."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    """A line: to a concept `below`, to one that is `also` below another, to a `note`."""

    kind: Literal["below", "also", "note"]
    path: str


def page(hierarchy: Hierarchy, name: str | None, picture: str, *, language: Language) -> str:
    """A page with all concepts below a name: to be opened and closed, and searched.

    Args:
        hierarchy: The ontologies.
        name: What is shown; see `Hierarchy.branches`.
        picture: The picture that stands above, as `draw` makes it.
        language: Of names and definitions.

    Raises:
        UsageError: Nothing has that name.
    """
    branches = hierarchy.branches(name)
    return render(
        "ontology.html",
        branches=branches,
        concepts=sum("#" in b.entry.key and not b.again for top in branches for b in top.walk()),
        picture=Markup(picture),  # noqa: S704  the template of the picture escapes
        names=lambda entry: _names(entry, language),
        language=language,
    )


def draw(
    hierarchy: Hierarchy,
    name: str | None,
    *,
    depth: int | None,
    labels: int,
    language: Language,
) -> str:
    """A picture in SVG.

    Args:
        hierarchy: The ontologies.
        name: What is drawn; see `Hierarchy.branches`.
        depth: How many levels below it; None for as many as `ROWS` rows have room for.
        labels: How many labels hang on a concept at most.
        language: Of the names.

    Raises:
        UsageError: Nothing has that name.
    """
    branches = hierarchy.branches(name, depth or _fitting_depth(hierarchy, name, labels))
    drawing = _Drawing(branches, labels, language)
    return render(
        "graph.svg",
        drawing=drawing,
        title=", ".join(branch.entry.curie for branch in branches),
    )


def _fitting_depth(hierarchy: Hierarchy, name: str | None, labels: int) -> int:
    """The greatest depth with no more than `ROWS` rows; 1 at least."""
    depth = 1
    for deeper in range(2, hierarchy.depth(ROOT) + 1):
        branches = hierarchy.branches(name, deeper)
        if sum(_rows(branch, labels) for branch in branches) > ROWS:
            break
        depth = deeper
    return depth


def _rows(branch: Branch, labels: int) -> int:
    below = sum(_rows(lower, labels) for lower in branch.branches if not lower.again)
    return below + bool(_note(branch, labels, "both")) if below else 1


class _Drawing:
    """A picture with everything in its place."""

    def __init__(self, branches: Sequence[Branch], labels: int, language: Language) -> None:
        self.boxes: dict[str, Box] = {}
        self.notes: list[Note] = []
        self.edges: list[Edge] = []
        self._labels = labels
        self._language: Language = language
        self._rows = 0
        self._columns = [float(_MARGIN)]
        for width in _widths(branches, language):
            self._columns.append(self._columns[-1] + width + _GAP)
        for branch in branches:
            self._place(branch, 0)
        for branch in branches:
            self._join_again(branch)

    @property
    def width(self) -> float:
        """Of the whole picture, in pixels."""
        ends = [box.right for box in self.boxes.values()]
        ends += [note.x + _SMALL * _LETTER * cell_len(note.text) for note in self.notes]
        return max(ends) + _MARGIN

    @property
    def height(self) -> float:
        """Of the whole picture, in pixels."""
        return self._rows * _ROW + 2 * _MARGIN

    def _place(self, branch: Branch, level: int) -> Box:
        """Give a concept and all below it their places."""
        note = _note(branch, self._labels, self._language)
        lower = [low for low in branch.branches if not low.again]
        note_y = self._next_row() if note and lower else 0.0
        boxes = [self._place(low, level + 1) for low in lower]
        tops = [note_y] if note_y else [low.y for low in boxes[:1]]
        y = (tops[0] + boxes[-1].y) / 2 if boxes else self._next_row()
        names = _names(branch.entry, self._language)
        box = Box(branch.entry, names, self._columns[level], y, _width(names))
        self.boxes[branch.entry.key] = box
        self.edges += [Edge("below", _curve(box, low.x, low.y)) for low in boxes]
        if note:
            x = self._columns[level + 1] if lower else box.right + _GAP / 3
            self.notes.append(Note(note, x, note_y or y))
            self.edges.append(Edge("note", _curve(box, x - 4, note_y or y)))
        return box

    def _join_again(self, branch: Branch) -> None:
        for low in branch.branches:
            if low.again:
                box, other = self.boxes[branch.entry.key], self.boxes[low.entry.key]
                self.edges.append(Edge("also", _curve(box, other.x, other.y)))
            self._join_again(low)

    def _next_row(self) -> float:
        self._rows += 1
        return _MARGIN + (self._rows - 0.5) * _ROW


def _widths(branches: Sequence[Branch], language: Language) -> list[float]:
    """The width of the widest concept on each level."""
    widths: list[float] = []
    while branches:
        widths.append(max(_width(_names(branch.entry, language)) for branch in branches))
        branches = [low for branch in branches for low in branch.branches if not low.again]
    return widths


def _width(names: Sequence[str]) -> float:
    return cell_len(" ".join(names)) * _LETTER + 2 * _PADDING


def _names(entry: Entry, language: Language) -> tuple[str, ...]:
    """The names of a concept in the languages asked for; its local name if there are none."""
    wanted = {"zh": [entry.name_zh], "en": [entry.name_en]}
    names = wanted.get(language, [entry.name_zh, entry.name_en])
    return tuple(_cut(name, _NAME_CELLS) for name in names if name) or (entry.name,)


def _note(branch: Branch, most: int, language: Language) -> str:
    """What hangs on a concept: some of its labels, and how many more there are of what."""
    entry = branch.entry
    labels = "、".join(_cut(label, _LABEL_CELLS) for label in entry.labels[:most])
    more = len(entry.labels) - most
    parts = [f"{labels} +{more}" if labels and more > 0 else labels]
    if most and (patterns := len(entry.written[PATTERN])):
        parts.append(f"{patterns} 个模式" if language == "zh" else _counted(patterns, "pattern"))
    if branch.folded:
        folded = branch.folded
        parts.append(f"+{folded} 个概念" if language == "zh" else f"+{_counted(folded, 'concept')}")
    return " · ".join(part for part in parts if part)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cut(text: str, cells: int) -> str:
    """A text no wider than it may be, without what XML has no place for."""
    shown = "".join(character for character in text if character.isprintable())
    return shown if cell_len(shown) <= cells else set_cell_size(shown, cells - 1).rstrip() + "…"


def _curve(box: Box, x: float, y: float) -> str:
    start, middle = box.right, (box.right + x) / 2
    return f"M{start:.0f} {box.y:.0f}C{middle:.0f} {box.y:.0f} {middle:.0f} {y:.0f} {x:.0f} {y:.0f}"
