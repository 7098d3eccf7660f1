"""The same is said in both languages, one line a step."""

import string

import pytest

from treehole.analysis.explain import Explanation, Held, Mention, RuledOut
from treehole.report.narration import WORDS, Language, Line, Narrator
from treehole.rules.derivation import COUNTING, DISTANCES, GAP_NAMES, Derivation, Named, Step

TONIGHT = Named("iri:Tonight", "time", "今晚", "tonight")
FUTURE = Named("iri:Future", "time", "将来", "future")
FOUND = Mention("iri:Tonight", "time", "今晚", "tonight", "今夜", 2, 4)
OTHER = Mention("iri:Going", "wish", "走", "going", "走", 4, 5)
TAKEN = Step("rdfsSubclassOf", 2, 4, "今夜", [TONIGHT, FUTURE])


def explanation(**changes: object) -> Explanation:
    fields: dict[str, object] = {
        "text": "，，今夜走", "level": 0, "risk": "low", "mentions": [], "held": [],
        "ruled_out": [], "act_from": None, "act_until": None,
    }  # fmt: skip
    return Explanation(**{**fields, **changes})  # type: ignore[arg-type]


def held(rule: str, level: int, *steps: Step) -> Held:
    return Held(rule, level, "说了今晚。", [FOUND], Derivation("/far/away/level_10.pl", 7, steps))


def ruled_out(derivation: Derivation | None) -> RuledOut:
    return RuledOut(OTHER, "negation", "否定。", FOUND, derivation)


def lines(line: Line, depth: int = 0) -> list[str]:
    return ["  " * depth + line.text, *(x for lower in line.below for x in lines(lower, depth + 1))]


def told(language: str, *steps: Step) -> list[str]:
    """The lines of these steps."""
    held_rule = held("plan", 10, *steps)
    tree = Narrator(Language(language)).derivation(explanation(held=[held_rule]))
    return lines(Line([], tree.below[0].below))[1:]


def test_both_languages_say_the_same() -> None:
    chinese, english = WORDS[Language.CHINESE], WORDS[Language.ENGLISH]
    assert chinese.keys() == english.keys()
    for key, text in chinese.items():
        assert braces(text) <= braces(english[key]), key
        if (
            key != "name"
        ):  # the name in English stands beside the Chinese one for readers of English
            assert braces(text) == braces(english[key]), key


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_are_words_for_all_steps_and_levels() -> None:
    words = WORDS[Language.ENGLISH]
    assert words.keys() >= DISTANCES | COUNTING | {
        "eitherOrder",
        "eitherOrder_turned",
        "twoKindsOf",
    }
    assert words.keys() >= {f"gap_{name}" for name in GAP_NAMES[1:]}
    assert words.keys() >= {f"level_{level}" for level in range(11)}


@pytest.mark.parametrize(
    ("step", "english", "chinese"),
    [
        (TAKEN, "“今夜”: tonight → future (time)", "“今夜”：今晚 → 将来（时间）"),
        (
            Step("clauseFinal", 2, 4, "今夜", [TONIGHT]),
            "“今夜”, at the end of its clause: tonight (time)",
            "“今夜”，在分句末尾：今晚（时间）",
        ),
        (
            Step("ruledOutMention", 2, 4, "今夜", [TONIGHT], reason="dream"),
            "“今夜”, which does not count (dream): tonight (time)",
            "“今夜”，不作数（dream）：今晚（时间）",
        ),
        (Step("uninterestedText", 0, 2, "，，"), "any text: “，，”", "任意文字：“，，”"),
        (Step("uninterestedText", 0, 0, ""), "any text: none", "任意文字：无"),
        (
            Step("sameSentence", 4, 6, "，就", gap="next_clause"),
            "in the same sentence: “，就”, one comma or the like",
            "同一句里：“，就”，隔一个逗号之类",
        ),
        (
            Step("closeText", 4, 4, "", gap="touching"),
            "close by: nothing between",
            "近旁：中间没有字",
        ),
        (Step("touching", 4, 4, "", gap="touching"), "right after", "紧接着"),
        (
            Step("clauseWithout", 4, 5, "很", [FUTURE], gap="close"),
            "in the same clause, with no “future” before it: “很”, a few characters",
            "同一分句里，此前没有“将来”：“很”，隔几个字",
        ),
        (
            Step("absent", 0, 0, "", [FUTURE], most=0),
            "no “future” from here on",
            "此后没有“将来”",
        ),
        (
            Step("atMost", 0, 0, "", [FUTURE], most=2, found=["以后", "明年"]),
            "at most 2 “future” from here on: 以后、明年",
            "此后“将来”至多 2 处：以后、明年",
        ),
        (
            Step("atMost", 0, 0, "", [FUTURE], most=2),
            "at most 2 “future” from here on: none",
            "此后“将来”至多 2 处：无",
        ),
    ],
)
def test_a_step_is_one_line(step: Step, english: str, chinese: str) -> None:
    assert told("en", step) == ["  " + english]
    assert told("zh", step) == ["  " + chinese]


def test_steps_of_parts_stand_below() -> None:
    part = Step("near", 2, 4, "今夜", path="/far/away/acts.pl", line=3, steps=[TAKEN])
    either = Step("eitherOrder", 2, 4, "今夜", turned=True, steps=[part])
    assert told("en", either) == [
        "  in either order: here the other way round",
        "    part near (acts.pl:3)",
        "      “今夜”: tonight → future (time)",
    ]


def test_long_text_is_shortened_and_stays_on_one_line() -> None:
    [line] = told("en", Step("uninterestedText", 0, 900, "一二三\n" * 300))
    assert "\n" not in line
    assert len(line) < 60
    assert "…" in line


def test_what_won_is_said_last() -> None:
    narrator = Narrator(Language.ENGLISH)
    alone = narrator.derivation(explanation(level=10, held=[held("a", 10), held("b", 4)]))
    first = narrator.derivation(explanation(level=10, held=[held("a", 10), held("b", 10)]))
    assert lines(alone)[1].endswith("10  a: 说了今晚。 (level_10.pl:7)")
    assert lines(alone)[-1] == "  level 10, by a: no rule that holds has a higher level"
    assert lines(first)[-1] == (
        "  level 10, by a: no rule that holds has a higher level, and of those with the same it "
        "stands first in the files"
    )


def test_why_nothing_held() -> None:
    narrator = Narrator(Language.ENGLISH)
    out = ruled_out(Derivation("context.pl", 9, [TAKEN]))
    assert lines(narrator.derivation(explanation(mentions=[FOUND, OTHER], ruled_out=[out]))) == [
        "derivation",
        "  “今夜”: tonight (time)",
        "  走 does not count, because of 今夜  negation: 否定。 (context.pl:9)",
        "    “今夜”: tonight → future (time)",
        "  level 0: what is mentioned makes no rule for a level hold",
    ]
    assert lines(narrator.derivation(explanation())) == [
        "derivation",
        "  level 0: nothing is mentioned that the ontologies name",
    ]


def test_limits_are_said() -> None:
    narrator = Narrator(Language.ENGLISH)
    told_none = lines(narrator.derivation(explanation(level=None, risk=None, mentions=[FOUND])))
    assert told_none[-1] == (
        "  no level: too much to judge within the limit; look at the comment yourself"
    )
    endless = Held("a", 10, "说了今晚。", [FOUND])
    flood = [ruled_out(Derivation("context.pl", 9, [])), ruled_out(None), ruled_out(None)]
    assert lines(narrator.derivation(explanation(level=10, held=[endless], ruled_out=flood)))[
        1:
    ] == [
        "  10  a: 说了今晚。 ",
        "    too long to follow",
        "  走 does not count, because of 今夜  negation: 否定。 (context.pl:9)",
        "  and 2 more that do not count",
        "  level 10, by a: no rule that holds has a higher level",
    ]
