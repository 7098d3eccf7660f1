"""Explaining: why one comment got its level."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from treehole.corpus.levels import risk_of
from treehole.knowledge.scanner import Mentions
from treehole.pipeline.labeller import Labeller


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
    """A rule that held: its identifier, level and sentence, and the mentions it used."""

    rule: str
    level: int
    sentence: str
    evidence: Sequence[Mention]


@dataclass(frozen=True)
class RuledOut:
    """A mention that does not count, with the rule that says so and the mention it goes by."""

    mention: Mention
    rule: str
    sentence: str
    cue: Mention


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

    def as_json(self) -> dict[str, Any]:
        """The same as a plain structure."""
        return asdict(self)


def explain(labeller: Labeller, text: str, written: datetime) -> Explanation:
    """Explain the level of a comment.

    Args:
        labeller: With the knowledge to use.
        text: The comment.
        written: When it was written, with a zone; times such as 今晚 count from there.
    """
    batch = labeller.scanner.clean([text])
    mentions = labeller.scanner.scan(batch)
    judgement = labeller.judge.judge(batch, mentions)
    seen = _mentions(labeller, text, judgement.mentions)
    verdict = judgement.verdicts[0]
    rules = labeller.rulebook.rules
    act = labeller.act_time(batch, judgement, 0, written)
    start, end = act.isoformat() if act else (None, None)
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
            )
            for number, evidence in verdict.held
        ],
        ruled_out=[
            RuledOut(seen[mention], rules[number].id, rules[number].sentence, seen[cue])
            for number, cue, mention in verdict.ruled_out
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
