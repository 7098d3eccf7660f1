"""Editing: labels added to the ontologies, as a person would add them.

Only the blocks of the concepts that gain a label are written anew, sorted; the rest of a file stays
as it was, byte for byte: its prefixes, comments, line ends and byte order mark. The files are
replaced only once all of them together have been read as ontologies without a fault.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib.namespace import SKOS

from treehole.corpus.cleaning import INVISIBLE, fold
from treehole.corpus.writing import replacing
from treehole.errors import KnowledgeError, UsageError
from treehole.knowledge.concepts import ONTOLOGIES, Concept
from treehole.knowledge.ontology import load_ontologies
from treehole.knowledge.turtle import with_block
from treehole.knowledge.version import is_installed

LABEL_KINDS = ("altLabel", "hiddenLabel")
"""Kinds of label that can be added: another word, or a disguise."""

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Addition:
    """A label to be added.

    Attributes:
        word: As it is to be written.
        concept: IRI of its concept.
        kind: One of `LABEL_KINDS`.
    """

    word: str
    concept: str
    kind: str = LABEL_KINDS[0]


class Editor:
    """The ontologies of a folder, to be added to.

    Attributes:
        concepts: All concepts by IRI.
    """

    def __init__(self, folder: Path) -> None:
        """Read them.

        Raises:
            UsageError: They belong to the installed program, which is not to be changed.
            KnowledgeError: There is a fault in them.
        """
        if is_installed(folder):
            message = (
                f"{folder} belongs to the installed program; copy it, edit the copy, "
                "and name the copy with --ontology"
            )
            raise UsageError(message)
        self.folder = folder
        self.concepts: dict[str, Concept] = {c.iri: c for c in load_ontologies(folder)}
        self._owners = {label: c.iri for c in self.concepts.values() for label in c.labels}

    def fault(self, addition: Addition) -> str | None:
        """Why a label cannot be added; None if it can."""
        folded = folded_label(addition.word)
        if addition.concept not in self.concepts:
            return f"there is no concept {addition.concept}"
        if addition.kind not in LABEL_KINDS:
            return f"{addition.kind} is no kind of label; use {' or '.join(LABEL_KINDS)}"
        if not folded.strip():
            return "the word is empty"
        if not addition.word.isprintable():
            return "the word has a line break or another character that cannot be printed"
        owner = self._owners.get(folded)
        if owner is not None:
            return f"{addition.word} is a label of {self.shown(owner)} already"
        return None

    def shown(self, iri: str) -> str:
        """A concept as people write it: `wish:Death`."""
        concept = self.concepts[iri]
        return f"{concept.ontology}:{concept.name}"

    def add(
        self, additions: Sequence[Addition], examine: Callable[[Path], object] = load_ontologies
    ) -> list[Path]:
        """Add labels and write the files.

        Args:
            additions: The labels.
            examine: Raises a `KnowledgeError` if the ontologies in a folder are not as they should
                be; asked of the result before it is written.

        Returns:
            The files that changed.

        Raises:
            KnowledgeError: A label cannot be added, or what comes out has a fault. Nothing is
                written then.
            OutputError: A file cannot be written.
        """
        if not additions:
            return []
        for addition in additions:
            if fault := self.fault(addition):
                raise KnowledgeError(fault, self.folder)
            self._owners[folded_label(addition.word)] = addition.concept
        contents = {
            path: _with_labels(path.read_bytes(), own)
            for ontology in ONTOLOGIES
            if (own := [a for a in additions if self.concepts[a.concept].ontology == ontology])
            for path in [self.folder / f"{ontology}.ttl"]
        }
        self._try(contents, examine)
        for path, content in contents.items():
            with replacing(path.resolve()) as stream:
                stream.write(content)
        return list(contents)

    def _try(self, contents: dict[Path, bytes], examine: Callable[[Path], object]) -> None:
        """Examine the ontologies as they will be."""
        with tempfile.TemporaryDirectory(prefix="treehole-") as name:
            trial = Path(name)
            for path in self.folder.glob("*.ttl"):
                if path in contents:
                    (trial / path.name).write_bytes(contents[path])
                else:
                    shutil.copyfile(path, trial / path.name)
            try:
                examine(trial)
            except KnowledgeError as error:
                message = f"with these labels, {error.reason}; nothing was written"
                if error.path and error.path.parent != trial:
                    raise KnowledgeError(message, error.path, error.line) from None
                path = self.folder / error.path.name if error.path else self.folder
                raise KnowledgeError(message, path) from None


def folded_label(word: str) -> str:
    """A word as labels are compared."""
    return fold(word).replace(chr(INVISIBLE), "")


def _with_labels(content: bytes, additions: Sequence[Addition]) -> bytes:
    """A Turtle file with labels added."""
    text = content.removeprefix(_MARK).decode("utf-8")
    graph = rdflib.Graph(bind_namespaces="none")  # only the prefixes that the file has
    graph.parse(data=text, format="turtle")
    for addition in additions:
        label = rdflib.Literal(addition.word, lang="zh")
        graph.add((rdflib.URIRef(addition.concept), SKOS[addition.kind], label))
    for concept in sorted({addition.concept for addition in additions}):
        text = with_block(text, graph, rdflib.URIRef(concept))
    if 2 * content.count(b"\r\n") > content.count(b"\n"):
        text = re.sub(r"(?<!\r)\n", "\r\n", text)
    return _MARK * content.startswith(_MARK) + text.encode()
