"""`treehole ontology`: looking at the ontologies, and giving them to other tools."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from treehole.cli.options import Ontology
from treehole.cli.terminal import ONTOLOGY_STYLES, Terminal
from treehole.corpus.writing import write_text
from treehole.errors import TreeholeError, UsageError
from treehole.knowledge.concepts import ONTOLOGIES
from treehole.knowledge.exporting import Format, export
from treehole.knowledge.hierarchy import Branch, Entry, Hierarchy
from treehole.knowledge.inventory import Inventory, take_inventory
from treehole.knowledge.lexicon import load_lexicon
from treehole.knowledge.lookup import RELATIONS, Occurrence, find, mentioned, near_labels
from treehole.knowledge.scanner import Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.report.graph import draw, page

app = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Look at the ontologies, find words in them, export and draw them.",
)

_MARK = "\ufeff"
"""By which spreadsheets know that a CSV file is in UTF-8."""
_SOME = 10
"""How many of the longer and shorter labels are shown."""
_HEADS = {
    "is": "",
    "longer": "around it (a label of these, where it stands, hides the word)",
    "shorter": "within it (the word, if it is a label, hides these)",
}

Concept = Annotated[
    str | None,
    typer.Argument(
        metavar="[CONCEPT]",
        help="A concept: SuicidePlan, suicidePlan, suicide:SuicidePlan, 自杀计划 or its IRI; "
        "suicide: for a whole ontology.",
    ),
]
Depth = Annotated[
    int | None, typer.Option("--depth", min=1, metavar="N", help="Levels below it; see above.")
]


@app.callback()
def _help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command()
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ontology: Ontology = None,
) -> None:
    """Count concepts, levels and labels of each ontology, and what is missing."""
    files, hierarchy = _read(ontology)
    inventories = {name: take_inventory(hierarchy, name) for name in ONTOLOGIES}
    total = take_inventory(hierarchy)
    if as_json:
        found = {name: asdict(inventory) for name, inventory in inventories.items()}
        content = {"version": files.version, "ontologies": found, "total": asdict(total)}
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
        return
    console = Terminal()
    console.print(_table({**inventories, "total": total}))
    for name, inventory in inventories.items():
        largest = ", ".join(f"{curie} {labels}" for curie, labels in inventory.largest.items())
        console.print(f"largest in {name}: {largest or '–'}")
    for curie in total.definitions_missing:
        console.print(Text(f"without a definition in both languages: {curie}", "bold red"))
    console.print(f"knowledge version {files.version}, in {files.ontology}")


@app.command()
def tree(
    concept: Concept = None,
    depth: Depth = None,
    labels: Annotated[bool, typer.Option("--labels", help="Show what people write.")] = False,
    ontology: Ontology = None,
) -> None:
    """Show what is below a concept, all levels; or the ontologies, two levels."""
    _, hierarchy = _read(ontology)
    console = Terminal()
    for branch in hierarchy.branches(concept, depth or (None if concept else 2)):
        above = " › ".join(entry.curie for entry in hierarchy.path(branch.entry.key))
        if above:
            console.print(Text(f"{above} ›", "dim"))
        for line in _lines(branch, labels=labels):
            console.print(line)


@app.command(name="find")
def find_word(
    word: Annotated[str, typer.Argument(metavar="WORD", help="What people write, or a name.")],
    every: Annotated[
        bool, typer.Option("--all", help="Show all labels around and within it, not ten each.")
    ] = False,
    ontology: Ontology = None,
) -> None:
    """Show which concepts have a word, as what, in which file and line.

    Exits with 1 if there is none.
    """
    if not word.strip():
        message = "WORD is empty; name what to look for"
        raise UsageError(message)
    files, hierarchy = _read(ontology)
    occurrences = find(hierarchy, word)
    if not occurrences:
        near = "、".join(near_labels(hierarchy, word))
        message = f"no concept has {word}; " + (f"near it: {near}" if near else "nor one like it")
        raise TreeholeError(message)
    console = Terminal()
    for relation in RELATIONS:
        found = [o for o in occurrences if o.relation == relation]
        _show_occurrences(console, hierarchy, relation, found, len(found) if every else _SOME)
    read = mentioned(Scanner(load_lexicon(files)), word)
    names = [f"{text} {hierarchy.entries[iri].curie}" for text, iri in read]
    console.print(f"a comment with just this word mentions: {', '.join(names) or 'nothing'}")


@app.command(name="export")
def export_ontologies(
    which: Annotated[
        Literal["suicide", "time", "space", "wish"] | None,
        typer.Argument(
            metavar="[ONTOLOGY]", help="suicide, time, space or wish; by default all, as one."
        ),
    ] = None,
    file_format: Annotated[
        Format, typer.Option("--format", help="OWL is in RDF/XML, for Protégé.")
    ] = "ttl",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The file; standard output by default."),
    ] = None,
    ontology: Ontology = None,
) -> None:
    """Write the ontologies as one file, for other tools."""
    files, hierarchy = _read(ontology)
    wanted = [which] if which else ONTOLOGIES
    text = export(hierarchy, wanted, file_format, files.version)
    if out is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        write_text(_MARK + text if file_format == "csv" else text, out)


@app.command()
def graph(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="FILE.svg, or FILE.html to search in.")
    ],
    concept: Concept = None,
    depth: Depth = None,
    labels: Annotated[
        int, typer.Option("--labels", min=0, metavar="N", help="Labels a concept at most.")
    ] = 6,
    language: Annotated[
        Literal["zh", "en", "both"], typer.Option("--lang", help="Of the names.")
    ] = "both",
    ontology: Ontology = None,
) -> None:
    """Draw what is below a concept, or all; by default as deep as 120 rows have room for.

    An HTML page has the picture, and all concepts with their labels, to open, close and search.
    """
    ending = out.suffix.lower()
    if ending not in {".svg", ".html"}:
        message = f"--out {out}: the name must end in .svg or .html"
        raise UsageError(message)
    _, hierarchy = _read(ontology)
    content = draw(hierarchy, concept, depth=depth, labels=labels, language=language)
    if ending == ".html":
        content = page(hierarchy, concept, content, language=language)
    write_text(content, out)


def _read(folder: Path | None) -> tuple[KnowledgeFiles, Hierarchy]:
    files = KnowledgeFiles.locate(folder)
    return files, Hierarchy.read(files.ontology)


def _table(inventories: dict[str, Inventory]) -> Table:
    """A column for each ontology, so that it fits a narrow terminal."""
    table = Table("", *inventories, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    rows = [
        ("concepts", [i.concepts for i in inventories.values()]),
        ("top concepts", [i.top_concepts for i in inventories.values()]),
        ("levels", [i.depth for i in inventories.values()]),
        ("preferred labels", [i.written["prefLabel"] for i in inventories.values()]),
        ("other labels", [i.written["altLabel"] for i in inventories.values()]),
        ("hidden labels", [i.written["hiddenLabel"] for i in inventories.values()]),
        ("patterns", [i.written["pattern"] for i in inventories.values()]),
        ("definitions missing", [len(i.definitions_missing) for i in inventories.values()]),
    ]
    for name, counts in rows:
        table.add_row(name, *(f"{count:,}" for count in counts))
    means = (f"{inventory.mean_labels:.1f}" for inventory in inventories.values())
    table.add_row("labels per concept", *means)
    return table


def _lines(branch: Branch, *, labels: bool, first: str = "", others: str = "") -> Iterator[Text]:
    """A branch as lines of text, with the guides of the branches above it."""
    entry = branch.entry
    line = Text.assemble(first, _named(entry))
    if branch.again:
        line.append(" (see above)", "dim")
    if branch.folded:
        line.append(f" +{branch.folded}", "dim")
    if labels and not branch.again:
        line.append("".join(f"  {text}" for text in _written(entry)), "dim")
    yield line
    for lower in branch.branches:
        last = lower is branch.branches[-1]
        yield from _lines(
            lower,
            labels=labels,
            first=others + ("└── " if last else "├── "),
            others=others + ("    " if last else "│   "),
        )


def _named(entry: Entry) -> Text:
    names = " ".join(name for name in (entry.name_zh, entry.name_en) if name)
    return Text.assemble((entry.curie, ONTOLOGY_STYLES[entry.ontology]), f" {names}")


def _written(entry: Entry) -> Iterator[str]:
    for kind, texts in entry.written.items():
        if texts:
            yield f"{kind}: {'、'.join(texts)}"


def _show_occurrences(
    console: Terminal, hierarchy: Hierarchy, relation: str, found: Sequence[Occurrence], most: int
) -> None:
    if found and _HEADS[relation]:
        console.print(f"{_HEADS[relation]}:")
    most = len(found) if relation == "is" else most
    for occurrence in found[:most]:
        entry = occurrence.entry
        place = f"{_near(occurrence.path)}:{occurrence.line}"
        path = [*hierarchy.path(entry.key)[1:], entry]
        console.print(
            Text.assemble(
                "  ",
                (occurrence.text, "bold"),
                f"  {occurrence.kind} of ",
                (f"{entry.ontology}: ", ONTOLOGY_STYLES[entry.ontology]),
                " › ".join(f"{above.name} {above.name_zh}" for above in path),
                (f"  {place}", "dim"),
            )
        )
    if len(found) > most:
        console.print(Text(f"  and {len(found) - most} more; --all shows them", "dim"))


def _near(path: Path) -> Path:
    """The path from here, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
