"""Causes: what in the knowledge changed the level of a comment.

Two versions of the knowledge have each read the comment and said what they go by. Where they
disagree, the reason is looked for among the words, concepts and rules that differ.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from treehole.corpus.cleaning import INVISIBLE
from treehole.knowledge.lexicon_changes import LexiconChanges, qualified
from treehole.knowledge.scanner import Scanner
from treehole.rules.rule_changes import RuleChange

Span = tuple[int, int]
"""The first character of the comment, and one after the last."""


class Cause(NamedTuple):
    """What in the knowledge changed a comment: its kind, its name, and a sentence that says how.

    The kind is `word`, `pattern`, `concept`, `rule`, or `unclear`, where several changes met.
    """

    kind: str
    name: str
    sentence: str


class Reading(NamedTuple):
    """What a version says of a comment; places are characters of the comment.

    Attributes:
        level: 0 to 10, or None.
        rules: All rules that held, strongest first.
        evidence: Where the mentions that the first one used begin and end.
        ruled_out: Context rules that held, each with the place of the cue and of what it ruled out.
    """

    level: int | None
    rules: Sequence[str]
    evidence: Sequence[Span]
    ruled_out: Sequence[tuple[str, Span, Span]]

    @property
    def rule(self) -> str | None:
        """The rule that gave the level, if one did."""
        return self.rules[0] if self.rules else None

    @property
    def places(self) -> list[Span]:
        """All that it goes by."""
        return [*self.evidence, *(place for _, *both in self.ruled_out for place in both)]


NOTHING = Reading(0, (), (), ())
"""What there is to say of most comments."""


class Mention(NamedTuple):
    """A mention: its concept, such as `wish:Pain`, and the word as it was looked up."""

    concept: str
    folded: str


Mentions = dict[Span, Mention]


class Side(NamedTuple):
    """One version's view of a comment."""

    reading: Reading
    mentions: Mentions


def mentions_of(scanner: Scanner, texts: list[str]) -> list[Mentions]:
    """The mentions of each comment, by place."""
    batch = scanner.clean(texts)
    mentions = scanner.scan(batch)
    found: list[Mentions] = [{} for _ in texts]
    first = batch.starts.tolist()
    for index, start, end, comment in zip(
        mentions.concepts.tolist(),
        mentions.starts.tolist(),
        mentions.ends.tolist(),
        mentions.comments.tolist(),
        strict=True,
    ):
        concept = qualified(scanner.lexicon.concepts[index])
        folded = batch.text[start:end].replace(chr(INVISIBLE), "")
        found[comment][start - first[comment], end - first[comment]] = Mention(concept, folded)
    return found


def causes_of(
    old: Side, new: Side, words: LexiconChanges, rules: Mapping[str, RuleChange]
) -> list[Cause]:
    """What changed a comment.

    A changed word counts if the rules go by what stands in its place, before or after. A changed
    rule counts if it gave the level and held only there, though what it went by still stands; or if
    it rules out, only there, what the level goes by. Where nothing of this is so, any changed word
    or context rule counts, and then a concept that moved.
    """
    places = [*old.reading.places, *new.reading.places]
    evidence = {*old.reading.evidence, *new.reading.evidence}
    by_word = _words_changed(old.mentions, new.mentions, words)
    by_context = _context_changed(old.reading, new.reading, rules)
    found = [
        *(cause for span, cause in by_word if any(_overlap(span, place) for place in places)),
        *_rule_changed(old, new, rules),
        *_rule_changed(new, old, rules),
        *(cause for span, cause in by_context if span in evidence),
    ]
    found = found or [cause for _, cause in by_word + by_context]
    found = found or _concepts_moved(places, old.mentions, new.mentions, words)
    return list(dict.fromkeys(found)) or [Cause("unclear", "", "several changes together")]


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _words_changed(old: Mentions, new: Mentions, words: LexiconChanges) -> list[tuple[Span, Cause]]:
    """The words that mean something else, without those that only came out from under another."""
    found = []
    for span in sorted(old.keys() | new.keys()):
        was, now = old.get(span), new.get(span)
        mention = now or was
        if mention is None or was == now:
            continue
        if mention.folded in words.labels:
            found.append((span, _word_cause(mention.folded, *words.labels[mention.folded])))
        elif any(mention.concept in concepts for concepts in words.patterns.values()):
            sentence = f"other patterns for {mention.concept}"
            found.append((span, Cause("pattern", mention.concept, sentence)))
    return found


def _word_cause(word: str, old: str | None, new: str | None) -> Cause:
    said = f"is now {new}" + (f", was {old}" if old else "") if new else f"is no longer {old}"
    return Cause("word", word, f"“{word}” {said}")


def _rule_changed(one: Side, other: Side, rules: Mapping[str, RuleChange]) -> list[Cause]:
    """The rule that gave the level on one side, if it changed and that is why."""
    reading, against = one.reading, other.reading
    change = rules.get(reading.rule or "")
    if change is None:
        return []
    gone = any(one.mentions.get(s) != other.mentions.get(s) for s in reading.evidence)
    ruled_out = any(span in reading.evidence for _, _, span in against.ruled_out)
    to_blame = change.kind in {"new", "gone"} or not (gone or ruled_out)
    held_here_only = reading.rule not in against.rules
    if change.kind == "level" or (held_here_only and to_blame):
        return [_rule_cause(change)]
    return []


def _context_changed(
    old: Reading, new: Reading, rules: Mapping[str, RuleChange]
) -> list[tuple[Span, Cause]]:
    """The changed rules that rule out a mention in only one of the versions, and the mention."""
    before, after = ({(rule, span) for rule, _, span in side.ruled_out} for side in (old, new))
    return [
        (span, _rule_cause(rules[rule])) for rule, span in sorted(before ^ after) if rule in rules
    ]


def _rule_cause(change: RuleChange) -> Cause:
    said = {
        "new": "is new",
        "gone": "is gone",
        "level": f"gives {change.new_level}, gave {change.old_level}",
        "clauses": "changed",
        "parts": f"changed in its parts {', '.join(change.parts)}",
    }
    return Cause("rule", change.id, f"the rule {change.id} {said[change.kind]}")


def _concepts_moved(
    places: list[Span], old: Mentions, new: Mentions, words: LexiconChanges
) -> list[Cause]:
    """The concepts that moved, of those that the rules go by; if none of these did, of all."""
    at = [(span, mention.concept) for found in (old, new) for span, mention in found.items()]
    near = [concept for span, concept in at if any(_overlap(span, place) for place in places)]
    for concepts in (near, [concept for _, concept in at]):
        moved = sorted({words.above[concept][0] for concept in concepts if concept in words.above})
        if moved:
            return [Cause("concept", c, f"{c} has other superclasses") for c in moved]
    return []
