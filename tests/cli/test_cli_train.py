"""`treehole train` and `treehole predict`: tier by tier, from labels to predictions."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import Treehole, csv_of
from transformers import BertConfig, BertModel

from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer
from treehole.psychology.table import FEATURES

pytestmark = pytest.mark.slow

SUNNY = ("今天天气真好", "去公园走走", "晚饭吃面", "猫在睡觉", "周末看电影吗")
GLOOMY = ("我想跳楼", "今晚就烧炭", "遗书写好了", "药攒够了就走")
ROWS = [
    (f"c{n}", f"u{n % 12}", f"{(GLOOMY if n % 3 == 0 else SUNNY)[n % 4]}，第{n}天了，就这样吧")
    for n in range(60)
]
LEVELS = [8 if n % 3 == 0 else 1 for n in range(60)]


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A very small encoder that has learned nothing."""
    folder = tmp_path_factory.mktemp("encoder")
    counts = CharacterCounts()
    counts.add([text for _, _, text in ROWS])
    vocabulary = choose_vocabulary(counts, 1)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    make_tokenizer(vocabulary, 64).save_pretrained(folder)
    return folder


@pytest.fixture
def data(treehole: Treehole) -> Path:
    rows = [(*row, str(level)) for row, level in zip(ROWS, LEVELS, strict=True)]
    return treehole.write("gold.csv", csv_of(rows, ("comment_id", "user_id", "text", "level")))


QUICK = ("--folds", "3", "--epochs", "2", "--learning-rate", "0.005")


def test_tier_by_tier(treehole: Treehole, encoder: Path, data: Path) -> None:
    treehole.label(data)
    ended = treehole(
        "train", "free", "--data", "labels", "--out", "bert", "--encoder", encoder, *QUICK
    )
    assert ended.code == 0
    assert "by confidence, a label counts from " in ended.out
    assert "best epoch, " in ended.out
    easy = [(*row, "high" if level > 5 else "low") for row, level in zip(ROWS, LEVELS, strict=True)]
    treehole.write("easy.csv", csv_of(easy, ("comment_id", "user_id", "text", "label")))
    given = ("train", "easy", "--data", "easy.csv", "--from", "bert", "--out", "finetune")
    assert treehole(*given, *QUICK, "--quiet").code == 0
    users = [(f"u{n}", *(["0.5"] * 9), "") for n in range(11)]
    treehole.write("users.csv", csv_of(users, ("user_id", *FEATURES)))
    given = ("train", "hard", "--data", data, "--from", "bert", "--out", "plus", "--levels")
    ended = treehole(*given, *QUICK, "--users", "users.csv", "--with-rules", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert_manifest_of_plus(treehole.folder / "plus")
    for name, kind in (("bert", "bert"), ("finetune", "finetune"), ("plus", "psychology-plus")):
        folder = treehole.folder / name
        manifest = json.loads((folder / "training.json").read_text("utf-8"))
        assert (manifest["kind"], manifest["data"]["comments"]) == (kind, len(ROWS))
        assert "## What it is not for" in (folder / "README.md").read_text("utf-8")
        assert not (folder / "unfinished").exists()
    predicted(treehole, data)


def assert_manifest_of_plus(folder: Path) -> None:
    manifest = json.loads((folder / "training.json").read_text("utf-8"))
    assert manifest["data"]["features"] == {"writers": 11, "unknown": 1, "not_in_data": 0}
    assert manifest["held_out"] == {"folds": 3, "comments": len(ROWS)}
    assert {"F1", "weighted F1", "level weighted F1", "quadratic kappa"} <= set(manifest["metrics"])
    assert set(manifest["over_folds"]["F1"]) == {"mean", "sd"}
    assert manifest["settings"]["held_out"] == 3
    assert "Each of 3 parts" in (folder / "README.md").read_text("utf-8")


def test_what_is_measured(treehole: Treehole, encoder: Path, data: Path) -> None:
    ordinary = treehole.write("ordinary.csv", csv_of([(f"今天第{n}次散步",) for n in range(9)]))
    given = ("train", "easy", "--data", data, "--encoder", encoder, *QUICK, "--ordinary", ordinary)
    ended = treehole(*given, "--out", "m", "--curve", "20,10")
    assert ended.code == 0
    assert "9 ordinary comments, as of low risk" in ended.out
    assert "mean of 3 folds  with ordinary ones" in ended.out
    manifest = json.loads((treehole.folder / "m" / "training.json").read_text("utf-8"))
    assert [point["comments"] for point in manifest["curve"]] == [10, 20, 40]
    assert "ordinary called high" in manifest["metrics"]
    assert (manifest["data"]["comments"], manifest["data"]["ordinary"]) == (60, 9)
    assert manifest["data"]["confidence"] is None
    assert [path.name for path in (treehole.folder / "m").glob(".*")] == []
    once = treehole(*given, "--out", "once", "--no-cross-validate", "--quiet")
    assert "mean of" not in once.out
    refused = treehole(*given, "--out", "n", "--curve", "10,41").refusal
    assert "there are 40 comments to learn from; choose fewer" in refused
    assert "as in 100,300,1000" in treehole(*given, "--out", "n", "--curve", "ten").refusal


def test_features_of_nobody(treehole: Treehole, encoder: Path, data: Path) -> None:
    users = [("someone", *(["0.5"] * 10))]
    treehole.write("users.csv", csv_of(users, ("user_id", *FEATURES)))
    start = ("train", "hard", "--data", data, "--encoder", encoder, "--out", "m", *QUICK)
    given = (*start, "--users")
    assert (
        "of the 12 writers named in the data none is among the 1"
        in treehole(*given, "users.csv").refusal
    )
    treehole.write("none.csv", csv_of([], ("user_id", *FEATURES)))
    assert "holds no writer" in treehole(*given, "none.csv").refusal
    treehole.write("inf.csv", csv_of([("u1", *["1"] * 9, "inf")], ("user_id", *FEATURES)))
    assert "holds “inf” in row 1" in treehole(*given, "inf.csv").refusal
    other = treehole(*given, "users.csv", "--kind", "finetune").refusal
    assert "--users is for the kind psychology-plus" in other
    assert not (treehole.folder / "m").exists()


def predicted(treehole: Treehole, data: Path) -> None:
    given = ("predict", data, "--model", "plus", "--users", "users.csv", "--out", "said", "--quiet")
    ended = treehole(*given)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    said = pa.concat_tables(map(pq.read_table, (treehole.folder / "said").glob("*.parquet")))
    assert said.column_names == [
        "comment_id", "user_id", "text", "input_level", "probability", "risk", "level",
    ]  # fmt: skip
    assert said["comment_id"].to_pylist() == [row[0] for row in ROWS]
    probabilities = said["probability"].to_numpy()
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert set(said["risk"].to_pylist()) <= {"high", "low"}
    assert all(0 <= level <= 10 for level in said["level"].to_pylist())
    assert treehole(*given).code == 0
    other = treehole("predict", data, "--model", "bert", "--out", "said")
    assert "it differs in: model" in other.refusal


def test_wrong_usage(treehole: Treehole, encoder: Path, data: Path) -> None:
    hard = ("train", "hard", "--data", data, "--out", "m")
    start = (*hard, "--encoder", encoder)
    assert "--from" in treehole(*hard).refusal
    assert "not both" in treehole(*start, "--from", "m").refusal
    assert (
        "choose bert, finetune, psychology-plus, tfidf, stack"
        in treehole(*start, "--kind", "lstm").refusal
    )
    assert "no such folder" in treehole(*hard, "--from", "nowhere").refusal
    assert "use fewer with --folds" in treehole(*start, "--folds", "50").refusal
    one = treehole.write("one.csv", csv_of([("一", "9"), ("二", "8")], ("text", "level")))
    given = ("train", "hard", "--data", one, "--out", "m", "--encoder", encoder)
    assert "a model needs both to learn" in treehole(*given).refusal
    assert "as it norms by batch" in treehole(*start, "--kind", "finetune", "--batch", "1").refusal
    assert "give one above 0" in treehole(*start, "--learning-rate", "nan").refusal
    assert "not for the kind tfidf" in treehole(*hard, "--kind", "tfidf", "--curve", "9").refusal
    assert not (treehole.folder / "m").exists()
    treehole.write("m", "a file")
    assert "choose another folder" in treehole(*start, "--folds", "2").refusal


def test_baselines(treehole: Treehole, data: Path) -> None:
    given = ("train", "hard", "--data", data, "--kind", "tfidf", "--out", "tfidf")
    ended = treehole(*given)
    assert ended.code == 0
    assert "treehole evaluate tells how good it is" in ended.out
    assert "holds a model" in treehole(*given).refusal
    start = ("train", "hard", "--data", data, "--from", "tfidf", "--out", "m")
    assert "has no encoder to start from" in treehole(*start).refusal
    ended = treehole("evaluate", "--model", "tfidf", "--data", data, "--draws", "0", "--quiet")
    assert ended.code == 0


def test_models_that_are_none(treehole: Treehole, data: Path) -> None:
    given = ("predict", data, "--out", "said", "--model")
    assert "no such folder" in treehole(*given, "nowhere").refusal
    treehole.write("m/config.json", '{"kind": "bert", "format_version": 99}')
    assert "newer Treehole" in treehole(*given, "m").refusal
    treehole.write("m/config.json", '{"kind": "bert", "format_version": 1}')
    assert "no model.safetensors" in treehole(*given, "m").refusal
    treehole.write("m/pytorch_model.bin", b"\x80\x04.")
    assert "may be a pickle" in treehole(*given, "m").refusal


def test_a_model_is_not_overwritten_unasked(treehole: Treehole, encoder: Path, data: Path) -> None:
    given = ("train", "hard", "--data", data, "--out", "m", "--encoder", encoder, *QUICK, "--quiet")
    assert treehole(*given).code == 0
    assert "holds a model; choose a new folder" in treehole(*given).refusal
    assert treehole(*given, "--overwrite").code == 0
