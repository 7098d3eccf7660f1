"""The page of an explanation: one comment, its level and why, to send to a colleague."""

from treehole.analysis.explain import Explanation, Mention
from treehole.corpus.levels import HIGH_RISK
from treehole.knowledge.concepts import ONTOLOGIES
from treehole.report.narration import Narrator
from treehole.report.page import render


def page(explanation: Explanation, narrator: Narrator, version: str) -> str:
    """The page of an explanation that was traced.

    Args:
        explanation: With its derivations.
        narrator: Tells it in the language of the page.
        version: Of the knowledge.
    """
    return render(
        "explanation.html",
        explanation=explanation,
        stretches=_stretches(explanation),
        gone={out.mention.start for out in explanation.ruled_out},
        derivation=narrator.derivation(explanation),
        narrator=narrator,
        say=narrator.say,
        words=narrator.words,
        ontologies=ONTOLOGIES,
        HIGH_RISK=HIGH_RISK,
        knowledge=version,
    )


def _stretches(explanation: Explanation) -> list[str | Mention]:
    """The comment cut into its mentions and what lies between them."""
    cut: list[str | Mention] = []
    end = 0
    for mention in explanation.mentions:
        cut += [explanation.text[end : mention.start], mention]
        end = mention.end
    return [*cut, explanation.text[end:]]
