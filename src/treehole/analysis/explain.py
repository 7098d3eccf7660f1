"""Explaining: why one comment got its level."""

from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime
from itertools import zip_longest
from typing import Any

from treehole.corpus.levels import risk_of
from treehole.knowledge.scanner import Mentions
from treehole.pipeline.labeller import Labeller
from treehole.rules.derivation import Derivation, Derivations, Step, derive

_OPTIONAL = {"derivation"} | {field.name for field in fields(Step) if field.default is not MISSING}
"""What JSON leaves out where it does not apply."""


@dataclass(frozen=True)
class Mention:
    """Where a comment mentions a concept.

    Attributes:
        concept: IRI.
        ontology: `suicide`, `time`, `space` or `wish`.
        name_zh: What the concept is called, in Chinese.
        name_en: The same in English.
        surface: What stands there, as written.
        start: First character.
        end: One after the last character.
    """

    concept: str
    ontology: str
    name_zh: str
    name_en: str
    surface: str
    start: int
    end: int


@dataclass(frozen=True)
class Held:
    """A rule that held: its identifier, level and sentence, and the mentions it used.

    Its derivation is there if it was asked for, and did not take too long to follow.
    """

    rule: str
    level: int
    sentence: str
    evidence: Sequence[Mention]
    derivation: Derivation | None = None


@dataclass(frozen=True)
class RuledOut:
    """A mention that does not count, with the rule that says so and the mention it goes by.

    The derivation is as in `Held`; of a flood of mentions only the first have one.
    """

    mention: Mention
    rule: str
    sentence: str
    cue: Mention
    derivation: Derivation | None = None


@dataclass(frozen=True)
class Explanation:
    """Everything that led to the level of a comment.

    Attributes:
        text: The comment as written.
        level: 0 to 10, or None if the comment was too much to judge.
        risk: `high` or `low`; None where the level is.
        mentions: All mentions, in order of place.
        held: All rules that held, strongest first; the first gave the level.
        ruled_out: What does not count, and why.
        act_from: When the act may come, ISO 8601; None if no time was said.
        act_until: The end of that interval.
    """

    text: str
    level: int | None
    risk: str | None
    mentions: Sequence[Mention]
    held: Sequence[Held]
    ruled_out: Sequence[RuledOut]
    act_from: str | None
    act_until: str | None

    def as_json(self, derivations: bool = True) -> dict[str, Any]:
        """The same as a plain structure, with the derivations that it has or without.

        A step of a derivation has only what applies to it.
        """
        plain = asdict(self, dict_factory=_plain)
        if not derivations:
            for entry in [*plain["held"], *plain["ruled_out"]]:
                entry.pop("derivation", None)
        return plain


def _plain(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: v for name, v in fields if name not in _OPTIONAL or v not in (None, [], ())}


def explain(labeller: Labeller, text: str, written: datetime, trace: bool = False) -> Explanation:
    """Explain the level of a comment.

    Args:
        labeller: With the knowledge to use.
        text: The comment.
        written: When it was written, with a zone; times such as 今晚 count from there.
        trace: Whether to derive, step by step, what held and what was ruled out.
    """
    batch = labeller.scanner.clean([text])
    mentions = labeller.scanner.scan(batch)
    judgement = labeller.judge.judge(batch, mentions)
    seen = _mentions(labeller, text, judgement.mentions)
    verdict = judgement.verdicts[0]
    rules = labeller.rulebook.rules
    act = labeller.act_time(batch, judgement, 0, written)
    start, end = act.isoformat() if act else (None, None)
    derivations = Derivations((), ())
    if trace:
        derivations = derive(labeller.judge, labeller.lexicon, text, batch, mentions)
    return Explanation(
        text=text,
        level=verdict.level,
        risk=risk_of(verdict.level),
        mentions=_mentions(labeller, text, mentions),
        held=[
            Held(
                rules[number].id,
                rules[number].level or 0,
                rules[number].sentence,
                [seen[i] for i in evidence],
                derivation,
            )
            for (number, evidence), derivation in zip_longest(verdict.held, derivations.held)
        ],
        ruled_out=[
            RuledOut(seen[mention], rules[number].id, rules[number].sentence, seen[cue], derivation)
            for (number, cue, mention), derivation in zip_longest(
                verdict.ruled_out, derivations.ruled_out
            )
        ],
        act_from=start,
        act_until=end,
    )


def _mentions(labeller: Labeller, text: str, mentions: Mentions) -> list[Mention]:
    found = []
    spans = zip(
        mentions.concepts.tolist(), mentions.starts.tolist(), mentions.ends.tolist(), strict=True
    )
    for index, start, end in spans:
        concept = labeller.lexicon.concepts[index]
        found.append(
            Mention(
                concept.iri,
                concept.ontology,
                concept.name_zh,
                concept.name_en,
                text[start:end],
                start,
                end,
            )
        )
    return found
