"""`treehole suggest`: proposals from corrections, and adding those that a person accepts."""

import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import SECONDS, Treehole, csv_of

from treehole.knowledge.ontology import load_ontologies

WORD = "上吊"
HANGING = "https://w3id.org/treehole/suicide#Hanging"
OPENINGS = ("", "真的", "我", "晚安，", "下雨了，", "猫睡了。")
ENDINGS = ("", "。", "，再见", "！好累", "，没人知道", "，明天上课")
SENTENCES = {"想去上吊": 7, "打算烧炭": 7, "早上好": 0, "今天天气不错": 0, "晚饭吃面": 0}
ROWS = [
    (a + s + b, str(level)) for s, level in SENTENCES.items() for a in OPENINGS for b in ENDINGS
]
RULE = """:- module(level_04x, [statement//1]).
:- use_module(treehole(notation)).

rule(seaside, says '想去海边。', holds ['想去海边看日出'], fails ['山上看日出']).
statement(suicideRisk(1, [It])) -->
    uninterestedText(_), rdfsSubclassOf(It, waterside, spaceOntology), uninterestedText(_).
"""
BETTER = re.compile(r"F1 0\.\d+ → 1\.000, precision 1\.000 → 1\.000, recall 0\.\d+ → 1\.000")


@pytest.fixture
def knowledge(copied: Callable[[str], Path]) -> Path:
    """The ontologies without a word."""
    folder = copied("ontology")
    path = folder / "suicide.ttl"
    text = path.read_text("utf-8")
    assert text.count(f'"{WORD}"@zh') == 1
    text = re.sub(rf'(skos:prefLabel) "{WORD}"@zh', r'\1 "一个生造的词"@zh', text)
    path.write_text(re.sub(rf'"{WORD}"@zh,\s*', "", text), "utf-8")
    return folder


@pytest.fixture
def gold(treehole: Treehole) -> Path:
    return treehole.write("gold.csv", csv_of(ROWS, ("text", "expert")))


Copy = Callable[[str], Path]


def labels(folder: Path, iri: str = HANGING) -> tuple[str, ...]:
    return next(c.labels for c in load_ontologies(folder) if c.iri == iri)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def on_terminal(
    treehole: Treehole, *arguments: str | Path, answers: str, interrupt: bool = False
) -> tuple[int | None, str]:
    """Run the command on a terminal and type; its exit code and what was shown."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ, "XDG_CACHE_HOME": str(treehole.cache), "NO_COLOR": "1", "COLUMNS": "200",
        "PYTHONUTF8": "1", "TERM": "xterm",
    }  # fmt: skip
    command = [sys.executable, "-m", "treehole", *map(str, arguments)]
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(command, cwd=treehole.folder, env=environment, **streams) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours, process):
            shown += chunk
            if b"or q? " in shown and (answers or interrupt):
                if interrupt:
                    time.sleep(0.5)  # until it waits: Python may sleep over what comes just before
                    process.send_signal(signal.SIGINT)
                os.write(ours, answers.encode())
                answers, interrupt = "", False
    os.close(ours)
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.decode())
    return process.returncode, plain.replace("\r\n", "\n")


def _read(terminal: int, process: "subprocess.Popen[bytes]") -> bytes:
    if not select.select([terminal], [], [], SECONDS)[0]:
        process.kill()
        pytest.fail("the command waits for an answer")
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so where the other end was closed
        return b""


def test_a_missing_word_is_proposed(treehole: Treehole, knowledge: Path, gold: Path) -> None:
    before = contents(knowledge)
    ended = treehole(
        "suggest", gold, "--gold", "expert", "--ontology", knowledge, "--out", "p.csv",
        "--test", gold, "--quiet",
    )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    assert "180 comments with gold" in ended.out
    assert re.search(rf"^1 +{WORD} +suicide:Hanging ", ended.out, re.MULTILINE)
    assert len(BETTER.findall(ended.out)) == 2
    assert "on others, expect less" in ended.out
    assert "\x1b" not in ended.out
    text = (treehole.folder / "p.csv").read_text("utf-8-sig")
    first = next(csv.DictReader(io.StringIO(text, newline="")))
    assert (first["accept"], first["word"], first["concept"]) == ("", WORD, "Hanging")
    found = int(first["true_positives"])
    assert found == int(first["missed"]) > 0
    assert float(first["f1"]) > 0
    assert contents(knowledge) == before


def test_accepted_in_a_spreadsheet(treehole: Treehole, knowledge: Path, gold: Path) -> None:
    asked = ("suggest", gold, "--gold", "expert", "--ontology", knowledge, "--out", "p.csv")
    assert treehole(*asked).code == 0
    text = (treehole.folder / "p.csv").read_text("utf-8-sig")
    edited = text.replace(f"\n,{WORD}", f"\n是,{WORD}").encode("gb18030")
    treehole.write("p.csv", edited)
    added = treehole("suggest", "--apply", "--from", "p.csv", "--ontology", knowledge)
    assert added.code == 0
    assert "1 label added; changed: " in added.out
    assert "treehole diff" in added.out
    assert WORD in labels(knowledge)
    again = treehole(*asked[:-2])
    assert "0 of high risk missed, 0 false alarms" in again.out
    assert treehole("explain", "想去上吊", "--ontology", knowledge).out.count("high risk") == 1
    refused = treehole("suggest", "--apply", "--from", "p.csv", "--ontology", knowledge)
    assert f"row 2: {WORD} is a label of suicide:Hanging already" in refused.err
    assert refused.code == 1


def test_accepted_on_a_terminal(treehole: Treehole, knowledge: Path, gold: Path) -> None:
    code, shown = on_terminal(
        treehole, "suggest", gold, "--gold", "expert", "--ontology", knowledge, "--apply",
        answers="what\ny\nq\n",
    )  # fmt: skip
    assert code == 0, shown
    assert f"{WORD} → suicide:Hanging" in shown
    assert shown.count("q stop and write") == 2
    assert re.search(r"with what was accepted: F1 0\.\d+ → 1\.000", shown)
    assert "1 label added" in shown
    assert WORD in labels(knowledge)
    assert treehole("check", "--ontology", knowledge).code == 0


def test_another_concept_and_a_hidden_label(
    treehole: Treehole, knowledge: Path, gold: Path
) -> None:
    code, shown = on_terminal(
        treehole, "suggest", gold, "--gold", "expert", "--ontology", knowledge, "--apply",
        answers="c\nnone such\nc\nsuicide:Drowning\nh\nq\n",
    )  # fmt: skip
    assert code == 0, shown
    assert "there is no concept none such" in shown
    assert f"{WORD} → suicide:Drowning" in shown
    assert WORD in labels(knowledge, HANGING.replace("Hanging", "Drowning"))
    text = (knowledge / "suicide.ttl").read_text("utf-8")
    assert re.search(rf'skos:hiddenLabel [^;.]*"{WORD}"@zh', text)


@pytest.mark.parametrize("answer", ["n\nq\n", "q\n", "\x04"])
def test_nothing_accepted(treehole: Treehole, knowledge: Path, gold: Path, answer: str) -> None:
    before = contents(knowledge)
    code, shown = on_terminal(
        treehole, "suggest", gold, "--gold", "expert", "--ontology", knowledge, "--apply",
        answers=answer,
    )  # fmt: skip
    assert code == 0, shown
    assert "nothing accepted; nothing was written" in shown
    assert contents(knowledge) == before


def test_interrupted_at_a_question(treehole: Treehole, knowledge: Path, gold: Path) -> None:
    before = contents(knowledge)
    code, shown = on_terminal(
        treehole, "suggest", gold, "--gold", "expert", "--ontology", knowledge, "--apply",
        answers="", interrupt=True,
    )  # fmt: skip
    assert code == 130
    assert "treehole: stopped; nothing was written" in shown
    assert "Traceback" not in shown
    assert contents(knowledge) == before


def test_a_label_that_spoils_an_example_is_not_added(treehole: Treehole, copied: Copy) -> None:
    folder, rules = copied("ontology"), copied("rules")
    (rules / "level_04x.pl").write_text(RULE, "utf-8")
    before = contents(folder)
    rows = [("yes", "海边看日出", "wish", "Expletive"), ("yes", "某个生造词", "wish", "Expletive")]
    treehole.write("p.csv", csv_of(rows, ("accept", "word", "ontology", "concept")))
    asked = ("suggest", "--apply", "--from", "p.csv", "--ontology", folder, "--rules", rules)
    refused = treehole(*asked)
    assert refused.code == 1
    assert re.match(
        r".*level_04x\.pl:4: with these labels, seaside should hold for “想去海边看日出”, "
        r"but does not; .*; nothing was written",
        refused.refusal,
    )
    assert contents(folder) == before
    treehole.write("p.csv", csv_of(rows[1:], ("accept", "word", "ontology", "concept")))
    assert treehole(*asked).code == 0


def test_ordinary_comments_are_kept_free_of_alarms(
    treehole: Treehole, knowledge: Path, gold: Path
) -> None:
    talk = [(f"{a}想去上吊{b}", "") for a in OPENINGS for b in ENDINGS] * 5
    treehole.write("talk.csv", csv_of(talk, ("text", "mood")))
    asked = ("suggest", gold, "--gold", "expert", "--ontology", knowledge, "--quiet")
    assert re.search(rf" {WORD} +suicide:Hanging", treehole(*asked).out)
    ended = treehole(*asked, "--ordinary", "talk.csv")
    assert "360 comments with gold" in ended.out
    assert not re.search(rf" {WORD} +suicide:Hanging", ended.out)
    assert "talkx.csv" in treehole(*asked, "--ordinary", "talkx.csv").refusal


def test_a_pulled_tier_with_spans(treehole: Treehole, knowledge: Path) -> None:
    texts = [text for text, _ in ROWS]
    spans = [
        [{"start": text.index(WORD), "end": text.index(WORD) + 2, "label": "method"}]
        if WORD in text
        else None
        for text in texts
    ]
    table = pa.table({"text": texts, "level": [int(level) for _, level in ROWS], "spans": spans})
    pq.write_table(table, treehole.folder / "hard.parquet")
    asked = ("suggest", "hard.parquet", "--ontology", knowledge, "--out", "p.csv")
    ended = treehole(*asked, "--min-count", "100")
    assert ended.code == 0
    text = (treehole.folder / "p.csv").read_text("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["word"], row["marked"]) == (WORD, row["comments"])


def test_wrong_usage(treehole: Treehole, gold: Path) -> None:
    assert "--gold" in treehole("suggest", gold).refusal
    assert "no column lvl" in treehole("suggest", gold, "--gold", "lvl").refusal
    assert "--apply --from" in treehole("suggest").refusal
    assert "--apply" in treehole("suggest", "--from", "p.csv").refusal
    asked = treehole("suggest", gold, "--apply", "--from", "p.csv")
    assert "leave the INPUT out" in asked.refusal
    no_terminal = treehole("suggest", gold, "--gold", "expert", "--apply")
    assert "--from" in no_terminal.refusal
    assert no_terminal.code == 2
    missing = treehole("suggest", "--apply", "--from", "p.csv")
    assert "p.csv cannot be read" in missing.refusal
    assert "holds “想去" in treehole("suggest", gold, "--gold", "text").refusal


def test_malformed_spans(treehole: Treehole) -> None:
    rows = [{"text": "早上好", "level": 0}, {"text": "想看海", "level": 1, "spans": [{"start": 9}]}]
    treehole.write("tier.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert "the column spans holds, in row 2" in treehole("suggest", "tier.jsonl").refusal


def test_an_output_that_cannot_be_written(treehole: Treehole, gold: Path) -> None:
    ended = treehole("suggest", gold, "--gold", "expert", "--out", "/proc/p.csv", "--quiet")
    assert "cannot be written" in ended.refusal
    assert "comments with gold" in ended.out


def test_an_empty_input(treehole: Treehole) -> None:
    treehole.write("empty.csv", "text,level\n")
    assert "nobody gave a level" in treehole("suggest", "empty.csv").refusal
