"""The rule book: the rules as loaded, and which concepts they speak of."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import Path
from typing import ClassVar

from treehole.errors import KnowledgeError
from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.punctuation import hint
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.prolog import Prolog

WORD_BITS = 59
"""Bits of a mask that go into one word: what a tagged integer of Prolog holds."""

WORDS = 4
"""Words of a mask."""


@dataclass(frozen=True)
class Rule:
    """One rule of the rule files.

    Attributes:
        number: Its place in the order of loading; of two rules of one level the first wins.
        id: Its name.
        level: The risk level it gives, or None for a context rule.
        reason: Why a context rule rules out, or None for a rule that gives a level.
        sentence: When it holds, in Chinese.
        path: The rule file.
        line: Where it begins there.
        holds: Comments it must hold for.
        fails: Comments it must not hold for.
    """

    number: int
    id: str
    level: int | None
    reason: str | None
    sentence: str
    path: Path
    line: int
    holds: tuple[str, ...]
    fails: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Things of which a comment must have one, for a clause to hold.

    Attributes:
        concepts: A mention of one of these bits.
        reasons: A mention that was ruled out for one of these reasons.
    """

    concepts: int
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Clause:
    """What a clause of a rule looks for, as bits of concepts.

    Attributes:
        number: Its place in the order of loading.
        rule: Number of the rule.
        reason: Why it rules out, or None if it gives a level.
        needs: Alternatives; for one of them, a comment must have what each of its groups asks for.
        speaks: Bits of all concepts it looks for.
        targets: For a context rule: all bits that what it can rule out may have.
        gaps: The gap codes that it tells from the next smaller one.
        asks_final: Whether it asks if a mention ends its clause.
    """

    number: int
    rule: int
    reason: str | None
    needs: tuple[tuple["Group", ...], ...]
    speaks: int
    targets: int
    gaps: frozenset[int]
    asks_final: bool


@dataclass(frozen=True)
class Kinds:
    """A concept whose direct subclasses a rule tells apart, as the rules write it."""

    name: str
    ontology: str
    bit: int
    mask: int
    """A bit for each of the subclasses."""


@dataclass(frozen=True)
class Vocabulary:
    """The concepts that rules speak of.

    Attributes:
        masks: For each concept of the lexicon the bits of those that it falls under.
        kinds: Those whose subclasses have bits of their own.
        size: How many bits there are.
    """

    masks: tuple[int, ...]
    kinds: tuple[Kinds, ...]
    size: int


class RuleBook:
    """The rules of a folder, loaded into Prolog and checked against a lexicon.

    Prolog holds one rule book at a time.

    Attributes:
        loaded: The one it holds.
        rules: By number.
        clauses: In the order of the files.
        vocabulary: What they speak of.
    """

    loaded: ClassVar["RuleBook | None"] = None

    def __init__(self, prolog: Prolog, files: KnowledgeFiles, lexicon: Lexicon) -> None:
        """Load the rules, in place of those that Prolog held.

        Raises:
            KnowledgeError: A rule file has an error, or names a concept that does not exist;
                names file, line and, for syntax, column. Or a file is not in UTF-8, or there is
                no rule.
        """
        RuleBook.loaded = None
        for finding in (*load_rules(prolog, files.rules), *unknown_concepts(prolog, lexicon)):
            if finding.severity is Severity.ERROR:
                raise finding.as_error()
        self.rules = _rules(prolog)
        if not self.rules:
            message = "there is no rule in this folder"
            raise KnowledgeError(message, files.rules)
        self.vocabulary = _vocabulary(prolog, lexicon)
        if self.vocabulary.size > WORD_BITS * WORDS:
            message = (
                f"the rules name {self.vocabulary.size} concepts, and {WORD_BITS * WORDS} is the "
                "most; name one above several of them in place of these"
            )
            raise KnowledgeError(message, files.rules)
        self.clauses = _clauses(prolog, self.vocabulary)
        RuleBook.loaded = self

    def is_loaded(self) -> bool:
        """Whether Prolog holds these rules, or the same once more."""
        held = RuleBook.loaded
        return held is self or (held is not None and vars(held) == vars(self))


def load_rules(prolog: Prolog, folder: Path) -> list[Finding]:
    """Load the rule files of a folder in place of those that Prolog held.

    Returns:
        What is wrong with them. If a file is not UTF-8, none is loaded.
    """
    RuleBook.loaded = None
    undecodable = [f for file in sorted(folder.glob("*.pl")) if (f := _encoding_finding(file))]
    if undecodable:
        return undecodable
    findings = [
        _finding(kind, Path(path or folder), int(line) or None, text)
        for kind, path, line, text in prolog.records("load", str(folder))
    ]
    return [*findings, *_rules_without_clauses(prolog, findings)]


def _rules_without_clauses(prolog: Prolog, findings: list[Finding]) -> Iterator[Finding]:
    """Rules that have no clause, unless an error before the next rule says why."""
    errors = {(f.path, f.line or 0) for f in findings if f.severity is Severity.ERROR}
    rules = sorted(
        ((Path(path), int(line)), name, risk)
        for _, name, risk, _, path, line in prolog.records("rules")
    )
    for rule, following in zip_longest(rules, rules[1:]):
        place, name, risk = rule
        told = any(place <= error and (not following or error < following[0]) for error in errors)
        if risk == "unknown" and not told:
            message = f"the rule {name} has no statement//1 and no ruledOut//3 below it"
            yield Finding("rule", Severity.ERROR, message, *place)


def unknown_concepts(prolog: Prolog, lexicon: Lexicon) -> Iterator[Finding]:
    """Concepts that the rules loaded speak of, but that no ontology has."""
    known = _positions(lexicon)
    ontologies = {concept.ontology for concept in lexicon.concepts}
    for name, atom, _, _, path, line in prolog.records("concepts"):
        ontology = atom.removesuffix("Ontology")
        if (ontology, name) not in known:
            place = "there is no such ontology"
            if ontology in ontologies:
                others = [other for own, other in known if own == ontology]
                near = get_close_matches(name, others, 1)
                place = f"there is none in {ontology}.ttl"
                place += f"; did you mean {near[0]}?" if near else ""
            message = f"a rule names the concept {name} of {atom}, but {place}"
            yield Finding("unknown-concept", Severity.ERROR, message, Path(path), int(line))


def _finding(kind: str, path: Path, line: int | None, text: str) -> Finding:
    if found := re.match(r"Singleton variables: \[(.*)\]", text):
        names = found[1].replace(",", ", ")
        message = f"used only once in this clause: {names}; begin it with _ if that is meant"
        return Finding("singleton", Severity.WARNING, message, path, line)
    if found := re.match(r"Clauses of (?:\w+:)?(\w+)/(\d+) are not together", text):
        message = f"clauses of {found[1]} stand above and here, but not between; put them together"
        return Finding("discontiguous", Severity.WARNING, message, path, line)
    severity = Severity.ERROR if kind == "error" else Severity.WARNING
    message = re.sub(r"^.*?:\d+:(\d+): ", r"column \1: ", text)
    if line and "Syntax error" in text:
        message += hint(path.read_text("utf-8-sig", "replace"), line)
    return Finding("rule", severity, message, path, line)


def _encoding_finding(path: Path) -> Finding | None:
    content = path.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "this is not UTF-8; save the file in UTF-8"
        return Finding("encoding", Severity.ERROR, message, path, line)
    return None


def _rules(prolog: Prolog) -> list[Rule]:
    examples: dict[tuple[str, str], list[str]] = {}
    for number, role, comment in prolog.records("examples"):
        examples.setdefault((number, role), []).append(comment)
    rules = []
    for number, identifier, risk, sentence, path, line in prolog.records("rules"):
        level = int(risk) if risk.isdigit() else None
        rules.append(
            Rule(
                int(number),
                identifier,
                level,
                None if level is not None else risk,
                sentence,
                Path(path),
                int(line),
                tuple(examples.get((number, "holds"), ())),
                tuple(examples.get((number, "fails"), ())),
            )
        )
    return sorted(rules, key=lambda rule: rule.number)


def _clauses(prolog: Prolog, vocabulary: Vocabulary) -> list[Clause]:
    kinds = {f"k{entry.bit}": entry.mask for entry in vocabulary.kinds}
    return [
        Clause(
            number=number,
            rule=int(rule),
            reason=None if role == "risk" else role,
            needs=tuple(
                tuple(_group(group) for group in alternative.split(";") if group)
                for alternative in needs.split("|")
            ),
            speaks=_mask(speaks, kinds),
            targets=_shared(_mask(targets, kinds), vocabulary),
            gaps=frozenset(int(code) for code in measures.split(",") if code.isdigit()),
            asks_final="final" in measures,
        )
        for number, (rule, role, needs, speaks, targets, measures) in enumerate(
            prolog.records("clauses")
        )
    ]


def _vocabulary(prolog: Prolog, lexicon: Lexicon) -> Vocabulary:
    positions = _positions(lexicon)
    own = [0] * len(lexicon.concepts)
    told_apart: list[tuple[str, str, int, int]] = []
    size = 0
    for name, atom, bit, kinds, _, _ in prolog.records("concepts"):
        index = positions[atom.removesuffix("Ontology"), name]
        own[index] |= 1 << int(bit)
        size = max(size, int(bit) + 1)
        if kinds:
            told_apart.append((name, atom, int(bit), index))
    kinds_of = []
    for name, atom, bit_number, parent in told_apart:
        first = size
        for index, concept in enumerate(lexicon.concepts):
            if parent in concept.parents:
                own[index] |= 1 << size
                size += 1
        kinds_of.append(Kinds(name, atom, bit_number, (1 << size) - (1 << first)))
    masks = tuple(_union(own[concept] for concept in above) for above in lexicon.ancestors)
    return Vocabulary(masks, tuple(kinds_of), size)


def _positions(lexicon: Lexicon) -> dict[tuple[str, str], int]:
    """The position of each concept, by ontology and name as rules write it."""
    return {
        (concept.ontology, concept.name[0].lower() + concept.name[1:]): index
        for index, concept in enumerate(lexicon.concepts)
    }


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _mask(bits: str, kinds: dict[str, int]) -> int:
    return _union(kinds[b] if b in kinds else 1 << int(b) for b in bits.split(",") if b)


def _group(text: str) -> Group:
    entries = text.split(",")
    reasons = (entry[2:-1] for entry in entries if entry.startswith("r("))
    bits = (int(entry) for entry in entries if entry.isdigit())
    return Group(_union(1 << bit for bit in bits), frozenset(reasons))


def _shared(bits: int, vocabulary: Vocabulary) -> int:
    """All bits of those concepts that have any of `bits`."""
    return _union(mask for mask in vocabulary.masks if mask & bits)
