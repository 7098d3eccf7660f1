"""`treehole evaluate`: the table, JSON, and what is refused."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from commands import Treehole, csv_of

from small_models import write_model
from treehole.corpus.levels import HIGH_RISK, Gold
from treehole.models.baselines import Tfidf
from treehole.psychology.table import FEATURES

ROWS = [
    ("药攒够了，今晚就走。饭饭，等我", "10"),
    ("今晚去跳楼", "9"),
    ("好累，不想活了", "4"),
    ("没有自杀的想法", "0"),
    ("今天的云很好看", "0"),
    ("窗外下着雨", ""),
]


def judged(treehole: Treehole) -> Path:
    return treehole.write("judged.csv", csv_of(ROWS, ("text", "people")))


def words(treehole: Treehole, name: str = "words") -> Path:
    """A model that has learned from the same comments."""
    known = [row for row in ROWS if row[1]]
    levels = np.array([int(level) for _, level in known], np.int8)
    gold = Gold(levels, (levels >= HIGH_RISK).astype(np.int8))
    Tfidf.fit([text for text, _ in known], gold).save(treehole.folder / name)
    return treehole.folder / name


def test_models_side_by_side(treehole: Treehole) -> None:
    models = ("--model", words(treehole), "--compare", "rules")
    data = ("--data", judged(treehole), "--gold", "people", "--draws", "50", "--quiet")
    ended = treehole("evaluate", *models, *data)
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    lines = ended.out.splitlines()
    assert lines[0] == (
        "5 comments that people judged: 2 of high risk, 3 of low; 1 without gold take no part"
    )
    assert lines[2].split() == ["words", "rules"]
    assert lines[3].split()[:5] == ["F1", "of", "high", "risk", "1.000"]
    assert "rules finds 2 of 2 of high risk (100.0 %) and takes 0 of 3" in ended.out
    assert "words finds as many of the 2 of high risk as rules (0 only words" in ended.out
    assert "level error: words " in ended.out
    assert "against rules" in ended.out


def test_json(treehole: Treehole) -> None:
    data = ("--data", judged(treehole), "--gold", "people", "--draws", "0")
    ended = treehole("evaluate", "--model", "rules", *data, "--json", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert (found["known"], found["high"]) == (5, 2)
    assert found["models"][0]["figures"]["f1"] == {"value": 1.0, "low": None, "high": None}


def test_high_and_low_alone_and_standard_input(treehole: Treehole) -> None:
    content = csv_of([("今晚去跳楼", "high"), ("云很好看", "low")], ("body", "label"))
    arguments = ("--model", "rules", "--data", "-", "--text-column", "body", "--quiet")
    ended = treehole("evaluate", *arguments, stdin=content.encode())
    assert (ended.code, ended.err) == (0, "")
    assert "level" not in ended.out


def test_one_risk_alone(treehole: Treehole) -> None:
    treehole.write("low.csv", csv_of([("云很好看", "0"), ("早上好", "0")], ("text", "level")))
    ended = treehole("evaluate", "--model", "rules", "--data", "low.csv", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "all are of low risk: figures that need both are left out" in ended.out
    assert "rules takes 0 of 2 of low risk (0.0 %) for high" in ended.out


def test_two_folders_of_one_name(treehole: Treehole) -> None:
    models = [words(treehole, name) for name in ("one/words", "two/words")]
    data = ("--data", judged(treehole), "--gold", "people", "--draws", "0", "--quiet")
    ended = treehole("evaluate", "--model", models[0], "--compare", models[1], *data)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[2].split() == [str(model) for model in models]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--model", "rules"], 2, "Missing option '--data'"),
        (["--data", "judged.csv"], 2, "Missing option '--model'"),
        (["--model", "rules", "--data", "judged.csv"], 2, "with --gold; there are text, people"),
        (["--model", "rules", "--data", "judged.csv", "--gold", "level"], 2, "no column level"),
        (["--model", "rules", "--data", "judged.csv", "--gold", "text"], 1, "where a level from"),
        (["--model", "rules", "--data", "missing.csv", "--gold", "people"], 1, "missing.csv"),
        (["--model", "rules", "--data", "nobody.csv", "--gold", "people"], 1, "empty in every row"),
        (["--model", "rules", "--data", "header.csv", "--gold", "people"], 1, "no comment to eval"),
        (["--model", "oracle", "--data", "judged.csv", "--gold", "people"], 1, "no such folder"),
        (["--model", ".", "--data", "judged.csv", "--gold", "people"], 1, "has no config.json"),
        (["--model", "half", "--data", "judged.csv", "--gold", "people"], 1, "is not whole"),
        (
            ["--model", "rules", "--compare", "rules", "--data", "judged.csv", "--gold", "people"],
            2,
            "named twice",
        ),
        (["--model", "rules", "--data", "judged.csv", "--draws", "-1"], 2, "--draws"),
    ],
)
def test_refusals(treehole: Treehole, arguments: list[str], code: int, said: str) -> None:
    path = judged(treehole)
    treehole.write("nobody.csv", csv_of([("想死", ""), ("好累", "nan")], ("text", "people")))
    treehole.write("header.csv", csv_of([], ("text", "people")))
    treehole.write("half/config.json", '{"kind": "tfidf", "format_version": 1}')
    before = path.read_bytes()
    ended = treehole("evaluate", *arguments, "--quiet")
    assert ended.code == code
    assert said in ended.refusal
    assert ended.out == ""
    assert path.read_bytes() == before


def test_a_model_that_learned_from_these_comments(treehole: Treehole) -> None:
    data = judged(treehole)
    folder = words(treehole)
    inputs = [{"name": "x", "sha256": hashlib.sha256(data.read_bytes()).hexdigest()}]
    said = {"inputs": inputs, "comments": 5, "high": 2}
    manifest = {"kind": "tfidf", "tier": "hard", "from": None, "data": said}
    treehole.write("words/training.json", json.dumps(manifest))
    given = ("--data", data.name, "--gold", "people", "--draws", "0", "--json", "--quiet")
    ended = treehole("evaluate", "--model", folder.name, *given)
    assert ended.code == 0
    assert json.loads(ended.out)["known"] == 5
    assert ended.err.count("\n") == 1
    assert "words learned from judged.csv: what words does there says little" in ended.err


def test_features_of_writers(treehole: Treehole) -> None:
    rows = [(text, level, f"u{number}") for number, (text, level) in enumerate(ROWS)]
    data = treehole.write("judged.csv", csv_of(rows, ("text", "people", "user_id")))
    model = write_model(treehole.folder / "plus", "psychology-plus", features=True)
    known = [(f"u{number}", *["9"] * 10) for number in range(6)]
    users = treehole.write("users.csv", csv_of(known, ("user_id", *FEATURES)))
    given = ("evaluate", "--model", model, "--data", data, "--gold", "people", "--draws", "0")
    blind = treehole(*given, "--json", "--quiet")
    assert "without --users it takes all of them for unknown" in blind.err
    seeing = treehole(*given, "--json", "--quiet", "--users", users)
    assert (seeing.code, seeing.err) == (0, "")
    assert json.loads(seeing.out)["models"] != json.loads(blind.out)["models"]
    of_rules = ("evaluate", "--model", "rules", "--data", data, "--gold", "people")
    assert "leave out --users" in treehole(*of_rules, "--users", users).refusal
