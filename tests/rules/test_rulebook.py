"""Loading rules, and what is said of rules that are wrong."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import judging
import pytest
from loaded import Book

from treehole.errors import KnowledgeError, UsageError
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.version import KnowledgeFiles

Run = Callable[..., Any]

HEAD = ":- module(level_04, [statement//1]).\n:- use_module(treehole(notation)).\n"
FACT = "rule(wish, says '想死。', holds ['想死'], fails ['难过']).\n"
CLAUSE = """statement(suicideRisk(4, [Death])) -->
    uninterestedText(_), rdfsSubclassOf(Death, death, wishOntology),
    uninterestedText(_).
"""
RULE = FACT + CLAUSE
OTHER = RULE.replace("rule(wish", "rule(other")
GOOD = HEAD + RULE


@pytest.fixture
def load(spare: Run, tmp_path: Path) -> Run:
    def load(content: str | bytes, comments: tuple[str, ...] = (), run: Run = spare) -> Any:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / "level_04.pl").write_bytes(data)
        return run(judging.load_folder, str(tmp_path), comments)

    return load


def test_a_rule_is_read_as_it_stands(load: Run, tmp_path: Path) -> None:
    book, (wish, nothing) = load(GOOD, ("我想去死", "难过"))
    [rule] = book.rules
    assert (rule.number, rule.id, rule.level, rule.reason) == (0, "wish", 4, None)
    assert (rule.sentence, rule.holds, rule.fails) == ("想死。", ("想死",), ("难过",))
    assert (rule.path, rule.line) == (tmp_path / "level_04.pl", 3)
    assert (wish.level, wish.rule, wish.held) == (4, "wish", (("wish", ((3, 4),)),))
    assert (nothing.level, nothing.rule, nothing.holding) == (0, None, set())


def test_clauses_and_vocabulary(load: Run) -> None:
    clause = CLAUSE.replace(
        "uninterestedText(_).",
        "touching, clauseFinal(_, self, wishOntology), absent(self, wishOntology).",
    )
    book, _ = load(GOOD + clause)
    first, second = book.clauses
    assert (first.number, first.rule, first.reason, first.asks_final) == (0, 0, None, False)
    assert [[group.concepts for group in a] for a in first.needs] == [[1]]
    assert (first.speaks, first.gaps, first.targets) == (1, frozenset(), 0)
    assert (second.number, second.rule, second.asks_final) == (1, 0, True)
    assert [sorted(group.concepts for group in a) for a in second.needs] == [[1, 2]]
    assert (second.speaks, second.gaps) == (3, {2})
    assert book.vocabulary.size == 2
    assert book.vocabulary.kinds == ()


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (GOOD.replace("(_), rdfs", "(_) rdfs"), 5, r":5: column 23: Syntax error"),
        (GOOD.replace("死。',", "死。,"), 3, r":3: column \d+: Syntax error"),
        (GOOD.replace("death, ", "deth, "), 4, "deth of wishOntology.* none in wish.ttl"),
        (GOOD.replace("wishO", "whishO"), 4, "death of whishOntology.* no such ontology"),
        (GOOD.replace("wishO", "WishO"), 4, "is not the name of a concept; names begin with a sm"),
        (GOOD.replace("[Death]", "[Deth]"), 4, "shows a mention that this clause does not always"),
        (GOOD.replace("[Death]", "Death"), 4, "the evidence is a list of mentions"),
        (GOOD.replace("(4, [Death])", "(4)"), 4, "the first line of a rule is written statement"),
        (GOOD.replace("says '想死。', ", ""), 3, "the fact of a rule is written rule"),
        (GOOD.replace("', holds", "'， holds"), 3, "， is Chinese punctuation"),
        (GOOD + FACT.replace("(wish", "(bare"), 7, "bare has no statement//1 and no ruledOut//3"),
        (GOOD + RULE, 7, "wish stands already at .*level_04.pl:3"),
        (HEAD + CLAUSE, 3, "a fact rule.* must stand before this"),
        (GOOD + CLAUSE.replace("(4", "(5"), 7, "wish is of 4 above and of 5 here"),
        (GOOD.replace("(4", "(11"), 4, "11 is no level"),
        (GOOD.replace("(4", "(0"), 4, "0 is no level"),
        (GOOD.replace("(4", "(high"), 4, "high is no level"),
        (HEAD + FACT + "ruledOut(live, A, A) --> touching.\n", 4, "live cannot be a reason"),
        (GOOD.replace("Text(_).", "Test(_)."), 4, "uninterestedTest.* is no nonterminal"),
        (f"{GOOD.replace('Text(_).', 'Text(_), p.')}p --> p.\n", 4, "p//0 calls itself"),
        (f"{GOOD.replace('Text(_).', 'Text(_), p(a).')}p(a) --> touching.\n", 4, "only variables"),
        (GOOD + ":- no_such_goal.\n", 7, "no_such_goal"),
        (GOOD.encode("gb18030"), 3, "UTF-8"),
        (HEAD.encode() + FACT.encode("big5", "replace"), 3, "UTF-8"),
        (GOOD.encode("utf-16"), 1, "UTF-8"),
    ],
)  # fmt: skip
def test_errors_name_file_and_line(
    load: Run, tmp_path: Path, content: str | bytes, line: int, said: str
) -> None:
    with pytest.raises(KnowledgeError, match=said) as caught:
        load(content)
    assert (caught.value.path, caught.value.line) == (tmp_path / "level_04.pl", line)
    assert str(caught.value).startswith(f"{tmp_path / 'level_04.pl'}:{line}: ")


def test_after_an_error_good_rules_load(load: Run) -> None:
    with pytest.raises(KnowledgeError):
        load(GOOD + "statement(")
    book, (found,) = load(GOOD, ("我想去死",))
    assert ([rule.id for rule in book.rules], found.rule) == (["wish"], "wish")


def test_rules_replace_those_loaded_before(load: Run) -> None:
    load(GOOD + OTHER)
    book, (found,) = load(HEAD + OTHER, ("我想去死",))
    assert [rule.id for rule in book.rules] == ["other"]
    assert found.holding == {"other"}
    assert len(book.clauses) == 1


def test_a_file_without_the_notation(apart: Run, load: Run) -> None:
    with pytest.raises(KnowledgeError, match=r"level_04\.pl:2: .*Syntax error"):
        load(GOOD.replace(":- use_module(treehole(notation)).\n", ""), run=apart)


@pytest.mark.parametrize("content", ["", "% 还没有写\n", ":- module(none, []).\n"])
def test_no_rule(load: Run, tmp_path: Path, content: str) -> None:
    with pytest.raises(KnowledgeError, match="there is no rule") as caught:
        load(content)
    assert caught.value.path == tmp_path


def test_an_empty_folder(spare: Run, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="there is no rule"):
        spare(judging.load_folder, str(tmp_path))
    with pytest.raises(UsageError, match=r"no \*\.pl files"):
        KnowledgeFiles.locate(rules=tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        KnowledgeFiles.locate(rules=tmp_path / "none")


@pytest.mark.parametrize(
    "content",
    [GOOD.replace("\n", "\r\n"), f"\ufeff{GOOD}", GOOD.rstrip(), f":- encoding(utf8). {GOOD}"],
)
def test_other_ways_to_save_a_file(load: Run, content: str) -> None:
    book, (found,) = load(content, ("我想去死",))
    assert [(r.id, r.sentence, r.holds, r.line) for r in book.rules] == [
        ("wish", "想死。", ("想死",), 3)
    ]
    assert found.level == 4


@pytest.mark.parametrize("name", ["我的 规则", "[a]{b,c}*?", "$HOME ~", "it's", "a\\b", "-x", "é"])
def test_folders_of_any_name(spare: Run, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "level_04.pl").write_text(GOOD, "utf-8")
    book, (found,) = spare(judging.load_folder, str(folder), ["我想去死"])
    assert (len(book.rules), found.level) == (1, 4)


def test_only_files_of_rules_are_read(spare: Run, tmp_path: Path) -> None:
    (tmp_path / "level_04.pl").write_text(GOOD, "utf-8")
    (tmp_path / "level_04.pl~").write_text("broken(", "utf-8")
    (tmp_path / "README.md").write_text("broken(", "utf-8")
    book, _ = spare(judging.load_folder, str(tmp_path))
    assert [rule.id for rule in book.rules] == ["wish"]


def test_rules_are_numbered_by_the_names_of_files(spare: Run, tmp_path: Path) -> None:
    second = (HEAD + OTHER).replace("level_04", "b_rules")
    (tmp_path / "b_rules.pl").write_text(second, "utf-8")
    (tmp_path / "a_rules.pl").write_text(GOOD.replace("level_04", "a_rules"), "utf-8")
    book, (found,) = spare(judging.load_folder, str(tmp_path), ["我想去死"])
    assert [rule.id for rule in book.rules] == ["wish", "other"]
    assert (found.rule, [rule for rule, _ in found.held]) == ("wish", ["wish", "other"])


@pytest.mark.parametrize("user", ["a_rules", "z_rules"])
def test_parts_of_another_file(spare: Run, tmp_path: Path, user: str) -> None:
    clause = CLAUSE.replace("rdfsSubclassOf(Death, death, wishOntology)", "dying(Death)")
    uses = HEAD.replace("level_04", user) + ":- use_module(parts).\n" + FACT + clause
    part = "dying(D) --> rdfsSubclassOf(D, death, wishOntology).\n"
    parts = HEAD.replace("level_04, [statement//1]", "parts, [dying//1]") + part
    (tmp_path / f"{user}.pl").write_text(uses, "utf-8")
    (tmp_path / "parts.pl").write_text(parts, "utf-8")
    book, (found,) = spare(judging.load_folder, str(tmp_path), ["我想去死"])
    assert ([rule.id for rule in book.rules], len(book.clauses)) == (["wish"], 1)
    assert found.level == 4


def test_a_copy_of_the_shipped_rules(spare: Run, book: Book, tmp_path: Path) -> None:
    rules = KnowledgeFiles.locate().rules
    copied = shutil.copytree(rules, tmp_path / "copy")
    again, (found,) = spare(judging.load_folder, str(copied), ["我想跳楼"])
    assert [rule.id for rule in again.rules] == [rule.id for rule in book.rules]
    assert again.clauses == book.clauses
    assert again.vocabulary == book.vocabulary
    assert found.level == 7


def test_a_judge_does_not_use_rules_that_are_gone(spare: Run, tmp_path: Path) -> None:
    (tmp_path / "level_04.pl").write_text(GOOD, "utf-8")
    said = spare(judging.judge_beside_other_rules, str(tmp_path), ["我想死", "我想跳楼"])
    assert isinstance(said, str)
    assert "other rules have been loaded" in said
    same = spare(
        judging.judge_beside_other_rules, str(KnowledgeFiles.locate().rules), ["难过", "跳楼"]
    )
    assert [found.level for found in same] == [1, 7]


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_any_locale(monkeypatch: pytest.MonkeyPatch, locale: str, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program = "import judging; print(ascii(judging.book().rules[0].sentence))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (ascii("劝别人不要做，不是自己要做。") + "\n", "")


def test_the_rules_can_speak_of_many_concepts_but_not_of_any_number(
    load: Run, lexicon: Lexicon
) -> None:
    calls = [
        f"rdfsSubclassOf(_, {c.name[0].lower()}{c.name[1:]}, {c.ontology}Ontology)"
        for c in lexicon.concepts
    ]
    body = "statement(suicideRisk(4, [])) -->\n    {}.\n"
    book, _ = load(HEAD + FACT + body.format(",\n    ".join(calls[:236])))
    assert book.vocabulary.size == 236
    with pytest.raises(KnowledgeError, match="name 237 concepts, and 236 is the most; name one"):
        load(HEAD + FACT + body.format(",\n    ".join(calls[:237])))
