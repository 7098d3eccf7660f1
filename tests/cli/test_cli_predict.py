"""`treehole predict`, as a person runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import Treehole, csv_of

from small_models import TEXTS, write_model
from treehole.psychology.table import FEATURES

ROWS = [(f"c{n}", f"u{n % 5}", f"{TEXTS[n % len(TEXTS)]}{n}") for n in range(40)]
HEADER = ("comment_id", "user_id", "text")
PATIENCE = 100.0


@pytest.fixture
def data(treehole: Treehole) -> Path:
    return treehole.write("comments.csv", csv_of(ROWS, HEADER))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="session")
def plus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that was trained with features of writers."""
    folder = tmp_path_factory.mktemp("models") / "plus"
    return write_model(folder, "psychology-plus", features=True)


def test_every_comment_gets_a_risk(treehole: Treehole, data: Path, model: Path) -> None:
    ended = treehole("predict", data, "--model", model, "--out", "said")
    assert ended.code == 0
    found = treehole.rows("said")
    assert [row["comment_id"] for row in found] == [row[0] for row in ROWS]
    for row in found:
        assert row["risk"] == ("high" if row["probability"] >= 0.5 else "low")
    high = sum(row["risk"] == "high" for row in found)
    assert f"40 comments, {high} of high risk" in ended.out
    manifest = treehole.manifest("said")
    assert (manifest["rows"], manifest["high"], manifest["knowledge_version"]) == (40, high, None)
    assert manifest["precision"] in {"float32", "bfloat16"}


def test_from_standard_input_it_is_the_same(treehole: Treehole, data: Path, model: Path) -> None:
    given = ("--model", model, "--quiet", "--out")
    assert treehole("predict", data, *given, "file").code == 0
    ended = treehole("predict", "-", *given, "pipe", stdin=data.read_bytes())
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert treehole.rows("pipe") == treehole.rows("file")


def test_the_rules_are_a_model(treehole: Treehole, data: Path) -> None:
    assert treehole("predict", data, "--model", "rules", "--out", "said", "--quiet").code == 0
    assert {row["risk"] for row in treehole.rows("said")} == {"high", "low"}
    assert treehole.manifest("said")["knowledge_version"]


def test_other_knowledge_than_in_training_is_told(treehole: Treehole, data: Path) -> None:
    names = ["level", "rule negation", "rule that_is_gone", "mention that:IsGone"]
    model = write_model(treehole.folder / "knows", "bert", names, knowledge_version="older")
    ended = treehole("predict", data, "--model", model, "--out", "said", "--quiet")
    assert (ended.code, ended.err.count("\n")) == (0, 1)
    version = treehole.manifest("said")["knowledge_version"]
    assert f"was trained with the knowledge version older and is used with {version}" in ended.err
    assert "of the 4 figures it knows of what the rules see, 2 are no longer there" in ended.err
    again = write_model(treehole.folder / "now", "bert", names, knowledge_version=version)
    ended = treehole("predict", data, "--model", again, "--out", "now-said", "--quiet")
    assert (ended.code, ended.err) == (0, "")


def features(treehole: Treehole, first: str, *users: str) -> Path:
    known = [(user, first, *["0.5"] * 9) for user in users]
    return treehole.write("users.csv", csv_of(known, ("user_id", *FEATURES)))


def test_features_of_writers(treehole: Treehole, data: Path, plus: Path) -> None:
    given = ("predict", data, "--model", plus, "--out")
    ended = treehole(*given, "without", "--quiet")
    assert ended.code == 0
    assert "without --users it takes all of them for unknown" in ended.err
    users = features(treehole, "9", "u1", "u3", "stranger")
    ended = treehole(*given, "with", "--users", users)
    assert ended.code == 0
    assert "16 by writers whose features are known" in ended.out
    pairs = zip(treehole.rows("without"), treehole.rows("with"), strict=True)
    for unknown, known in pairs:
        same = known["probability"] == pytest.approx(unknown["probability"], abs=1e-4)
        assert same == (known["user_id"] not in {"u1", "u3"})


def test_features_that_cannot_be_used(
    treehole: Treehole, data: Path, model: Path, plus: Path
) -> None:
    given = ("predict", data, "--out", "said", "--users", features(treehole, "0.5", "u1"))
    assert "leave out --users" in treehole(*given, "--model", model).refusal
    assert "leave out --users" in treehole(*given, "--model", "rules").refusal
    texts = treehole.write("texts.csv", csv_of([("一",)]))
    users = ("--users", "users.csv", "--quiet")
    given = ("predict", texts, "--model", plus, "--out", "said", *users)
    assert "a column user_id" in treehole(*given).refusal
    features(treehole, "inf", "u1")
    given = ("predict", data, "--model", plus, "--out", "said", *users)
    assert "“inf” in row 1" in treehole(*given).refusal
    treehole.write("users.csv", "user_id\nu1\n")
    assert "the table of users has no column" in treehole(*given).refusal


def test_wrong_usage(treehole: Treehole, data: Path, model: Path) -> None:
    given = ("predict", data, "--out", "said", "--model")
    assert "no such folder" in treehole(*given, "nowhere").refusal
    assert (
        "is the model's folder"
        in treehole("predict", data, "--out", model, *given[4:], model).refusal
    )
    assert "comment" in treehole(*given, model, "--text-column", "comment").refusal
    assert "nothing.csv" in treehole("predict", "nothing.csv", *given[2:], model).refusal
    treehole.write("empty.csv", "")
    ended = treehole("predict", "empty.csv", *given[2:], model)
    assert ended.refusal
    assert not (treehole.folder / "said").exists()


def test_no_comment(treehole: Treehole, model: Path) -> None:
    treehole.write("none.csv", "text\n")
    ended = treehole("predict", "none.csv", "--model", model, "--out", "said")
    assert ended.code == 0
    assert "0 comments, 0 of high risk" in ended.out
    assert treehole.rows("said") == []


def test_a_model_that_has_gone_wrong(treehole: Treehole, data: Path, model: Path) -> None:
    folder = write_model(treehole.folder / "m")
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-4_000:] = b"\xff\xff\xff\x7f" * 1_000  # no numbers
    weights.write_bytes(content)
    ended = treehole("predict", data, "--model", folder, "--out", "said", "--quiet")
    assert "what is no probability; its weights are damaged" in ended.refusal


def test_a_full_disk_is_told(treehole: Treehole, model: Path, small_disk: Path) -> None:
    rows = [(f"{TEXTS[n % len(TEXTS)]}{n * 7919}",) for n in range(9_000)]
    treehole.write("many.csv", csv_of(rows))
    ended = treehole("predict", "many.csv", "--model", model, "--out", small_disk, "--quiet")
    assert "the disk is full" in ended.refusal


@pytest.mark.slow
def test_killed_and_called_again_it_gives_the_same_bytes(treehole: Treehole, model: Path) -> None:
    rows = [(f"{TEXTS[n % len(TEXTS)]}{n % 997}",) for n in range(45_000)]
    treehole.write("many.csv", csv_of(rows))
    given = ("predict", "many.csv", "--model", str(model), "--quiet", "--out")
    assert treehole(*given, "whole").code == 0
    command = [sys.executable, "-m", "treehole", *given, "killed"]
    process = subprocess.Popen(command, cwd=treehole.folder, env=os.environ)
    until = time.monotonic() + PATIENCE
    while not any((treehole.folder / "killed").glob("*-00001.parquet")):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    assert treehole.manifest("killed")["complete"] is False
    first = treehole.parts("killed")[0].stat().st_mtime_ns
    assert treehole(*given, "killed").code == 0
    assert treehole.parts("killed")[0].stat().st_mtime_ns == first
    whole, killed = (
        [path.read_bytes() for path in treehole.parts(out)] for out in ("whole", "killed")
    )
    assert whole == killed
    manifests = [treehole.manifest(out) for out in ("whole", "killed")]
    assert all(json.dumps(manifest.pop("seconds")) for manifest in manifests)
    assert manifests[0] == manifests[1]
