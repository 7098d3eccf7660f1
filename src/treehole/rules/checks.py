"""Checks of the rules: what Prolog says of them, their examples, and what has no effect.

| check | severity | what it finds |
| --- | --- | --- |
| `encoding` | error | a rule file that is not UTF-8 |
| `rule` | error | what is no Prolog, or not in the notation; what Prolog warns of is a warning |
| `singleton`, `discontiguous` | warning | a variable used once; scattered clauses of a part |
| `unknown-concept` | error | a rule that names a concept or ontology that does not exist |
| `example` | error | an example for which its rule does not do what it should |
| `no-examples` | warning | a rule without examples that hold, or without ones that fail |
| `never-holds` | warning | a rule that asks for a concept that nobody can mention |
| `never-wins` | warning | a rule beside which one that ranks above it always holds |
| `unreached` | warning | a concept that no rule asks for, and that does not say what it is for |
"""

from collections import defaultdict
from collections.abc import Iterator

from treehole.knowledge.checks import Checked
from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.scanner import Scanner
from treehole.rules.judge import Judge, Verdict
from treehole.rules.plans import to_words
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import Rule, RuleBook


def check_rulebook(prolog: Prolog, book: RuleBook, scanner: Scanner) -> Iterator[Finding]:
    """Check the rules of a book by their examples and by the words that the ontologies have.

    Args:
        prolog: Holds the book.
        book: The rules.
        scanner: Finds the mentions of the examples.
    """
    verdicts = _verdicts_on_examples(prolog, book, scanner)
    for rule in book.rules:
        yield from _example_findings(rule, book, verdicts)
    spoken = _signatures(book, scanner.lexicon)
    yield from _never_holds(book, spoken)
    winners = {verdict.rule for verdict in verdicts.values()}
    yield from _never_wins(prolog, book, spoken, winners)


def check_reach(checked: Checked, book: RuleBook, lexicon: Lexicon) -> Iterator[Finding]:
    """Find concepts that no rule asks for, themselves or by a concept above them.

    A `skos:scopeNote` at the concept, or above it, says that this is meant, and what it is for.
    """
    explained = {concept.iri for concept in checked.concepts if concept.scope_note}
    worded = {c.iri for c in checked.concepts if c.labels or c.patterns}
    for index, concept in enumerate(lexicon.concepts):
        above = {lexicon.concepts[other].iri for other in lexicon.ancestors[index]}
        reached = book.vocabulary.masks[index]
        if concept.iri in worded and not reached and not above & explained:
            message = (
                f"no rule asks for {concept.name}, or for a concept above it; write a rule, or "
                "say in a skos:scopeNote what it is for"
            )
            yield checked.find("unreached", Severity.WARNING, message, concept.iri)


def _verdicts_on_examples(prolog: Prolog, book: RuleBook, scanner: Scanner) -> dict[str, Verdict]:
    comments = list(dict.fromkeys(c for rule in book.rules for c in rule.holds + rule.fails))
    batch = scanner.clean(comments)
    judgement = Judge(prolog, book).judge(batch, scanner.scan(batch))
    return dict(zip(comments, judgement.verdicts, strict=True))


def _example_findings(
    rule: Rule, book: RuleBook, verdicts: dict[str, Verdict]
) -> Iterator[Finding]:
    if not (rule.holds and rule.fails):
        missing = "fails" if rule.holds else "holds"
        message = f"the rule {rule.id} has no examples after {missing}; give it one at least"
        yield _of(rule, "no-examples", Severity.WARNING, message)
    for comment in rule.holds:
        if rule.number not in verdicts[comment].holding:
            message = (
                f"{rule.id} should hold for “{comment}”, but does not; "
                f"{_what_holds(book, verdicts[comment])}"
            )
            yield _of(rule, "example", Severity.ERROR, message)
    for comment in rule.fails:
        if rule.number in verdicts[comment].holding:
            message = f"{rule.id} should not hold for “{comment}”, but it does"
            yield _of(rule, "example", Severity.ERROR, message)


def _what_holds(book: RuleBook, verdict: Verdict) -> str:
    names = [book.rules[number].id for number in sorted(verdict.holding)]
    return f"what holds is {', '.join(names)}" if names else "no rule holds"


def _signatures(book: RuleBook, lexicon: Lexicon) -> dict[int, set[int]]:
    """For each bit the masks of those concepts below it that somebody can mention."""
    worded = {*lexicon.label_concepts, *(concept for _, concept in lexicon.patterns)}
    masks = {book.vocabulary.masks[concept] for concept in worded}
    found: dict[int, set[int]] = defaultdict(set)
    for mask in masks:
        for bit in range(book.vocabulary.size):
            if mask >> bit & 1:
                found[bit].add(mask)
    return found


def _never_holds(book: RuleBook, spoken: dict[int, set[int]]) -> Iterator[Finding]:
    sayable = 0
    for bit in spoken:
        sayable |= 1 << bit
    possible = {
        clause.rule
        for clause in book.clauses
        if any(
            all(group.concepts & sayable or group.reasons for group in needs)
            for needs in clause.needs
        )
    }
    for rule in book.rules:
        if rule.number not in possible:
            message = f"the rule {rule.id} can never hold: it asks for what has no label"
            yield _of(rule, "never-holds", Severity.WARNING, message)


def _never_wins(
    prolog: Prolog, book: RuleBook, spoken: dict[int, set[int]], winners: set[int]
) -> Iterator[Finding]:
    """Rules that are always outdone; those that win an example are not asked about."""
    doubtful = [str(r.number) for r in book.rules if r.level and r.number not in winners]
    lines = [
        " ".join(map(str, (bit, *to_words(mask))))
        for bit, masks in spoken.items()
        for mask in sorted(masks)
    ]
    for number, by in prolog.records("outdone", "\n".join([" ".join(doubtful), *lines])):
        rule, above = book.rules[int(number)], book.rules[int(by)]
        message = (
            f"the rule {rule.id} can never win: whenever it holds, one that ranks above it holds "
            f"too, such as {above.id} (level {above.level})"
        )
        yield _of(rule, "never-wins", Severity.WARNING, message)


def _of(rule: Rule, check: str, severity: Severity, message: str) -> Finding:
    return Finding(check, severity, message, rule.path, rule.line)
