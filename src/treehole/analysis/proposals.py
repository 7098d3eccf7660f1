"""Proposals as a table that people edit: written, and read back with what they accepted.

| column | |
| --- | --- |
| `accept` | empty; yes, y, x or 是 to accept the row |
| `word` | the word; may be changed |
| `ontology`, `concept` | where it would go; may be changed to any concept there is |
| `kind` | `altLabel`, or `hiddenLabel` for a disguise such as a homophone |
| `missed`, `false_alarms`, `rightly_high`, `rightly_low` | comments with the word |
| `comments`, `users`, `marked` | distinct ones; those in which an annotator marked it |
| `true_positives`, …, `mean_level_error` | what would change if this label alone were added |
| `contexts` | where it stands |

Such a table comes back from spreadsheets in GB18030 as well as UTF-8, with commas, semicolons or
tabs.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from treehole.analysis.simulation import Quality
from treehole.analysis.suggest import Proposal
from treehole.corpus.encoding import detect_encoding
from treehole.corpus.writing import write_csv
from treehole.errors import InputError
from treehole.knowledge.editing import LABEL_KINDS, Addition, Editor, folded_label
from treehole.knowledge.lexicon import Lexicon

HEADER = (
    "accept", "word", "ontology", "concept", "kind",
    "missed", "false_alarms", "rightly_high", "rightly_low", "comments", "users", "marked",
    "true_positives", "false_positives", "precision", "recall", "f1", "mean_level_error",
    "contexts",
)  # fmt: skip

_REQUIRED = ("accept", "word", "concept")
_YES = {"yes", "y", "x", "是", "√", "✓", "1", "true", "ok"}
_NO = {"", "no", "n", "否", "不", "0", "false"}
_FORMULA = ("=", "+", "-", "@")
"""Spreadsheets take a cell that begins so for a formula."""

_DELIMITERS = ",;\t"


def write_proposals(
    proposals: Sequence[Proposal], lexicon: Lexicon, before: Quality, path: Path
) -> None:
    """Write proposals as CSV.

    Args:
        proposals: The proposals.
        lexicon: That they were made for.
        before: How good the knowledge is as it is.
        path: The file.

    Raises:
        OutputError: It cannot be written there.
    """
    write_csv(HEADER, (_row(one, lexicon, before) for one in proposals), path)


def _row(proposal: Proposal, lexicon: Lexicon, before: Quality) -> list[object]:
    concept = lexicon.concepts[proposal.best.concept]
    effect = proposal.best.effect
    contexts = " | ".join(proposal.contexts)
    return [
        None, proposal.word, concept.ontology, concept.name, LABEL_KINDS[0],
        proposal.missed, proposal.alarms, proposal.agreed_high, proposal.agreed_low,
        proposal.comments, proposal.users, proposal.marked,
        effect.found, effect.alarms, *(
            None if change is None else round(change, 5)
            for change in before.plus(effect).minus(before)
        ),
        " " + contexts if contexts.startswith(_FORMULA) else contexts,
    ]  # fmt: skip


def read_accepted(path: Path, editor: Editor) -> list[Addition]:
    """The rows that a person accepted.

    Args:
        path: A table as `write_proposals` writes it, edited.
        editor: Of the ontologies that the labels are for.

    Raises:
        InputError: It cannot be read, lacks a column, accepts nothing, or a row that it accepts
            cannot be added; names the row.
    """
    accepted: list[Addition] = []
    seen: dict[str, int] = {}
    for number, row in _rows(path):
        answer = row["accept"].lower()
        if answer not in _YES | _NO:
            raise _refused(path, number, f"accept holds “{answer[:12]}”; write yes, or nothing")
        if answer in _YES:
            addition = Addition(row["word"], _concept(row, editor), row.get("kind") or "altLabel")
            twice = seen.setdefault(folded_label(addition.word), number)
            fault = f"the word stands in row {twice} too" if twice < number else None
            if fault := fault or editor.fault(addition):
                raise _refused(path, number, fault)
            accepted.append(addition)
    if not accepted:
        message = f"{path} accepts nothing; write yes in the column accept where you agree"
        raise InputError(message)
    return accepted


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows by their number in a spreadsheet, where the header is row 1."""
    try:
        with path.open("rb") as stream:
            encoding = detect_encoding(stream, str(path))
        text = path.read_bytes().decode(encoding)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise InputError(message) from None
    except UnicodeDecodeError as error:
        message = f"{path} is not valid {error.encoding}; save it as CSV in UTF-8"
        raise InputError(message) from None
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    records = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    header = [cell.strip() for cell in next(_read(records, path), [])]
    if missing := [column for column in _REQUIRED if column not in header]:
        message = (
            f"{path} has no column {', '.join(missing)}; it should be a file that "
            "treehole suggest --out wrote, saved as CSV"
        )
        raise InputError(message)
    for number, cells in enumerate(_read(records, path), 2):
        if any(cells):
            padded = [*cells, *[""] * len(header)]
            yield number, {name: cell.strip() for name, cell in zip(header, padded, strict=False)}


def _read(records: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    try:
        yield from records
    except csv.Error as error:
        message = f"{path} is no CSV: {error}"
        raise InputError(message) from None


def _concept(row: dict[str, str], editor: Editor) -> str:
    """The concept named; if that of the ontology named is none, the only one of this name."""
    return find_concept(row["concept"], editor, row.get("ontology", "")) or row["concept"]


def find_concept(name: str, editor: Editor, ontology: str = "") -> str | None:
    """The concept that a person names.

    Args:
        name: Its name, as `Death` or `wish:Death`, its IRI, or its name in Chinese.
        editor: Of the ontologies.
        ontology: Where it is looked for first.

    Returns:
        Its IRI; None if there is none, or several.
    """
    first, colon, last = name.rpartition(":")
    if name in editor.concepts:
        return name
    named = [c for c in editor.concepts.values() if last in (c.name, c.name_zh)]
    own = [c for c in named if c.ontology == (first if colon else ontology)]
    found = own or ([] if colon else named)
    return found[0].iri if len(found) == 1 else None


def _refused(path: Path, row: int, fault: str) -> InputError:
    return InputError(f"{path}, row {row}: {fault}; nothing was written")
