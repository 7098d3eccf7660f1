"""Narration: an explanation put into words, in Chinese or in English.

All that `treehole explain` says, on a terminal or on a page, stands here in both languages. A
derivation becomes a tree of lines, one a step; a line is made of pieces, each with the style in
which it is shown: the name of an ontology, `strong`, `soft`, or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from treehole.analysis.explain import Explanation, Held, Mention, RuledOut
from treehole.rules.derivation import COUNTING, DISTANCES, TAKING, Derivation, Named, Step

Piece = tuple[str, str]
"""Text and style."""

_SHOWN_CHARACTERS = 24
"""Of what lies between two mentions so many characters are shown."""


class Language(StrEnum):
    """In which explanations are told."""

    CHINESE = "zh"
    ENGLISH = "en"


WORDS: dict[Language, dict[str, str]] = {
    Language.ENGLISH: {
        # What a comment got
        "level": "level {level}",
        "risk": "({risk} risk)",
        "high": "high",
        "low": "low",
        "none": "too much to judge",
        "time": "time",
        "words": "、",
        "out": "{mention} does not count, because of {cue}",
        "name": "{zh} ({en})",
        "suicide": "suicide",
        "wish": "wish",
        "space": "space",
        "time_ontology": "time",
        # What the levels mean (Huang et al. 2019)
        "level_10": "suicide may be ongoing",
        "level_9": "method determined, may act in the near future",
        "level_8": "suicide planned, date roughly determined",
        "level_7": "method determined, date not",
        "level_6": "a method is being planned, which one is not settled",
        "level_5": "strong wish, no clear mode",
        "level_4": "wish expressed, method and plan unclear",
        "level_3": "strong pain of living, no wish expressed",
        "level_2": "pain of living clearly expressed, no wish",
        "level_1": "some pain of living expressed",
        "level_0": "nothing found",
        # Derivations
        "derivation": "derivation",
        "place": "({file}:{line})",
        "quote": "“{text}”",
        "chain": " → ",
        "ontology": " ({ontology})",
        "takes": ": ",
        "takes_out": ", which does not count ({reason}): ",
        "final": ", at the end of its clause",
        "between": ": “{text}”",
        "between_nothing": ": nothing between",
        "no_text": ": none",
        "uninterestedText": "any text",
        "nearbyText": "at most one sentence on",
        "sameSentence": "in the same sentence",
        "nextClause": "at most one comma on",
        "sameClause": "in the same clause",
        "closeText": "close by",
        "touching": "right after",
        "sentenceWithout": "in the same sentence, with no “{concept}” before it",
        "clauseWithout": "in the same clause, with no “{concept}” before it",
        "clauseOpening": "from the beginning of a clause, with no “{concept}” before it",
        "gap_touching": "",
        "gap_close": ", a few characters",
        "gap_clause": ", no punctuation",
        "gap_next_clause": ", one comma or the like",
        "gap_sentence": ", several commas or the like",
        "gap_next_sentence": ", the end of a sentence",
        "gap_text": ", the ends of several sentences",
        "eitherOrder": "in either order: here as written",
        "eitherOrder_turned": "in either order: here the other way round",
        "twoKindsOf": "two different kinds of “{concept}”",
        "absent": "no “{concept}” from here on",
        "atMost": "at most {most} “{concept}” from here on",
        "found": ": {found}",
        "found_none": ": none",
        "part": "part {name} ",
        "endless": "too long to follow",
        "more_out": "and {number} more that do not count",
        "won": "level {level}, by {rule}: no rule that holds has a higher level",
        "won_first": "level {level}, by {rule}: no rule that holds has a higher level, and of "
        "those with the same it stands first in the files",
        "no_rule": "level 0: what is mentioned makes no rule for a level hold",
        "no_mention": "level 0: nothing is mentioned that the ontologies name",
        "no_level": "no level: too much to judge within the limit; look at the comment yourself",
        # Pages
        "title": "Why this comment has its level",
        "care": "This page holds what a person wrote, perhaps in need. Handle it with care: pass "
        "it on only to those who help, and delete it when it is no longer needed. A level is a "
        "reason for a trained person to look, nothing more.",
        "legend": "Mentions:",
        "legend_out": "does not count",
        "act_time": "When the act may come",
        "held": "Rules that hold",
        "held_none": "No rule holds.",
        "column_level": "level",
        "column_rule": "rule",
        "column_words": "words",
        "ruled_out": "What does not count",
        "mentions": "What is mentioned",
        "column_concept": "concept",
        "column_ontology": "ontology",
        "steps": "Step by step",
        "knowledge": "knowledge {version}",
    },
    Language.CHINESE: {
        "level": "等级 {level}",
        "risk": "（{risk}）",
        "high": "高风险",
        "low": "低风险",
        "none": "太多，判断不完",
        "time": "时间",
        "words": "、",
        "out": "“{mention}”不作数，因为“{cue}”",
        "name": "{zh}",
        "suicide": "自杀",
        "wish": "意愿",
        "space": "空间",
        "time_ontology": "时间",
        "level_10": "自杀可能正在进行",
        "level_9": "方式已定，近期可能行动",
        "level_8": "已有计划，日期大致已定",
        "level_7": "方式已定，日期未定",
        "level_6": "正在考虑方式，尚未选定",
        "level_5": "愿望强烈，没有明确的方式",
        "level_4": "说了想死，方式和计划都不明",
        "level_3": "活得非常痛苦，没有说想死",
        "level_2": "明确说出活着的痛苦，没有说想死",
        "level_1": "说出一些痛苦",
        "level_0": "没有发现",
        "derivation": "推导",
        "place": "（{file}:{line}）",
        "quote": "“{text}”",
        "chain": " → ",
        "ontology": "（{ontology}）",
        "takes": "：",
        "takes_out": "，不作数（{reason}）：",
        "final": "，在分句末尾",
        "between": "：“{text}”",
        "between_nothing": "：中间没有字",
        "no_text": "：无",
        "uninterestedText": "任意文字",
        "nearbyText": "至多隔一句",
        "sameSentence": "同一句里",
        "nextClause": "至多隔一个逗号",
        "sameClause": "同一分句里",
        "closeText": "近旁",
        "touching": "紧接着",
        "sentenceWithout": "同一句里，此前没有“{concept}”",
        "clauseWithout": "同一分句里，此前没有“{concept}”",
        "clauseOpening": "从分句开头起，此前没有“{concept}”",
        "gap_touching": "",
        "gap_close": "，隔几个字",
        "gap_clause": "，没有标点",
        "gap_next_clause": "，隔一个逗号之类",
        "gap_sentence": "，隔几个逗号之类",
        "gap_next_sentence": "，隔一句",
        "gap_text": "，隔几句",
        "eitherOrder": "次序不限：这里照所写的次序",
        "eitherOrder_turned": "次序不限：这里次序相反",
        "twoKindsOf": "两种不同的“{concept}”",
        "absent": "此后没有“{concept}”",
        "atMost": "此后“{concept}”至多 {most} 处",
        "found": "：{found}",
        "found_none": "：无",
        "part": "共用部分 {name}",
        "endless": "太长，没有逐步列出",
        "more_out": "另有 {number} 处不作数",
        "won": "等级 {level}，出自 {rule}：成立的规则里没有更高的",
        "won_first": "等级 {level}，出自 {rule}：成立的规则里没有更高的，"
        "同级的几条里它在文件中排在最前",
        "no_rule": "等级 0：提到的这些不能使任何一条定级的规则成立",
        "no_mention": "等级 0：没有提到本体里的任何概念",
        "no_level": "没有等级：内容太多，在限度内判断不完；请您自己看这条留言",
        "title": "这条留言为什么是这个等级",
        "care": "本页载有一个人写下的话，这个人也许正处在困境之中。请妥善对待：只转给施以援手的人，"
        "不再需要时删除。等级只是请受过训练的人去看一眼的理由，仅此而已。",
        "legend": "提到的概念：",
        "legend_out": "不作数",
        "act_time": "可能行动的时段",
        "held": "成立的规则",
        "held_none": "没有规则成立。",
        "column_level": "等级",
        "column_rule": "规则",
        "column_words": "字词",
        "ruled_out": "不作数的话",
        "mentions": "提到了什么",
        "column_concept": "概念",
        "column_ontology": "本体",
        "steps": "逐步推导",
        "knowledge": "知识版本 {version}",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of a tree, with those below it."""

    pieces: Sequence[Piece]
    below: Sequence["Line"] = ()

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(text for text, _ in self.pieces)


class Narrator:
    """Tells explanations in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.words = WORDS[language]

    def say(self, key: str, **values: object) -> str:
        """One of `WORDS`, with what belongs in its braces."""
        return self.words[key].format(**values)

    def ontology(self, ontology: str) -> str:
        """What an ontology is called."""
        return self.words["time_ontology" if ontology == "time" else ontology]

    def name(self, concept: Named | Mention) -> str:
        """What a concept is called."""
        return self.say("name", zh=concept.name_zh, en=concept.name_en)

    def risk(self, explanation: Explanation) -> str:
        """How high the risk is."""
        return self.words[explanation.risk or "none"]

    def derivation(self, explanation: Explanation) -> Line:
        """How the level came about: each rule that held, what does not count, and what won."""
        held = [self._held(held) for held in explanation.held]
        first = [out for out in explanation.ruled_out if out.derivation is not None]
        out = [self._out(entry) for entry in first]
        if more := len(explanation.ruled_out) - len(first):
            out.append(Line([(self.say("more_out", number=more), "soft")]))
        gone = {entry.mention for entry in explanation.ruled_out}
        left = [] if held else [m for m in explanation.mentions if m not in gone]
        found = [Line(self._mention(mention)) for mention in left]
        verdict = Line([(self._verdict(explanation), "strong")])
        return Line([(self.words["derivation"], "strong")], [*held, *found, *out, verdict])

    def _verdict(self, explanation: Explanation) -> str:
        if explanation.level is None:
            return self.words["no_level"]
        if not explanation.held:
            return self.words["no_rule" if explanation.mentions else "no_mention"]
        won, *others = explanation.held
        shared = any(other.level == won.level for other in others)
        return self.say("won_first" if shared else "won", level=won.level, rule=won.rule)

    def _held(self, held: Held) -> Line:
        title = [(f"{held.level}  {held.rule}", "strong"), (f": {held.sentence} ", "")]
        return self._rule(title, held.derivation)

    def _out(self, out: RuledOut) -> Line:
        said = self.say("out", mention=out.mention.surface, cue=out.cue.surface)
        title = [(said, "strong"), (f"  {out.rule}: {out.sentence} ", "")]
        return self._rule(title, out.derivation)

    def _rule(self, title: list[Piece], derivation: Derivation | None) -> Line:
        if derivation is None:
            return Line(title, [Line([(self.words["endless"], "soft")])])
        place = self._place(derivation.path, derivation.line)
        return Line([*title, (place, "soft")], [self._step(step) for step in derivation.steps])

    def _place(self, path: str, line: int) -> str:
        return self.say("place", file=Path(path).name, line=line)

    def _mention(self, mention: Mention) -> list[Piece]:
        return [
            (self.say("quote", text=mention.surface), mention.ontology),
            (self.words["takes"] + self._called(mention), ""),
            (self.say("ontology", ontology=self.ontology(mention.ontology)), ""),
        ]

    def _called(self, concept: Named | Mention) -> str:
        return concept.name_zh if self.language is Language.CHINESE else concept.name_en

    def _step(self, step: Step) -> Line:
        below = [self._step(lower) for lower in step.steps]
        if step.call in TAKING:
            return Line(self._taken(step))
        concept = self._called(step.concepts[0]) if step.concepts else ""
        if step.call in DISTANCES:
            return Line([(self.say(step.call, concept=concept) + self._between(step), "soft")])
        if step.call in COUNTING:
            said = self.say(step.call, concept=concept, most=step.most)
            return Line([(said + self._found(step), "")])
        if step.path is not None and step.line is not None:
            said = self.say("part", name=step.call)
            return Line([(said, ""), (self._place(step.path, step.line), "soft")], below)
        turned = "_turned" if step.turned else ""
        return Line([(self.say(step.call + turned, concept=concept), "")], below)

    def _taken(self, step: Step) -> list[Piece]:
        """What was taken, and the way up from its concept to the one that the rule asks for."""
        ontology = step.concepts[0].ontology
        takes = self.words["final"] if step.call == "clauseFinal" else ""
        takes += self.say("takes_out" if step.reason else "takes", reason=step.reason)
        chain = self.words["chain"].join(self._called(concept) for concept in step.concepts)
        return [
            (self.say("quote", text=step.surface), ontology),
            (takes + chain + self.say("ontology", ontology=self.ontology(ontology)), ""),
        ]

    def _between(self, step: Step) -> str:
        """What lies there, and how far that is by the rules' own measure."""
        if step.call == "uninterestedText":
            return self._quoted(step) or self.words["no_text"]
        if step.call in {"touching", "clauseOpening"}:
            return self._quoted(step)
        gap = self.words[f"gap_{step.gap}"] if step.gap else ""
        return (self._quoted(step) or self.words["between_nothing"]) + gap

    def _quoted(self, step: Step) -> str:
        return self.say("between", text=_shortened(step.surface)) if step.surface else ""

    def _found(self, step: Step) -> str:
        if step.call == "absent":
            return ""
        if not step.found:
            return self.words["found_none"]
        return self.say("found", found=self.words["words"].join(step.found))


def _shortened(text: str) -> str:
    """On one line, and with its middle left out if it is long."""
    text = " ".join(text.split())
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    half = _SHOWN_CHARACTERS // 2
    return f"{text[:half]}…{text[-half:]}"
