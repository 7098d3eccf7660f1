"""How fast `treehole predict` is on a processor, what each step brings, and in how much memory.

    python benchmarks/predict.py FILE... [--model DIR | --encoder NAME] [--comments 2000]
        [--large 200000]

FILE holds real comments (CSV, TSV, JSONL or Parquet with a column `text`). Without --model, an
untrained head is put on the encoder: as fast as a trained one, but all its probabilities are near
one half, so that more risks change than a trained model would.

- Speed: comments a second from texts to probabilities, tokens and all, for plain eager float32
  PyTorch padded to 128 tokens, and for one way after another to be faster. Beside it how far the
  probabilities are from those, and how many comments cross 0.5. The last line is what
  `treehole predict` does, what the rules see included.
- Memory: the most that a run holds at a tenth of `--large` and at `--large`, made by repeating and
  varying; and its speed from file to file, start-up and all.
"""

import argparse
import copy
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from onnxruntime.quantization import quantize_dynamic
from torch import Tensor, nn

from label import MIB, mean_length, peak, read, vary, write
from treehole.corpus.schema import TEXT
from treehole.errors import TreeholeError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.builtin_encoder import BUILTIN
from treehole.models.classifiers import RiskClassifier, RiskConfig
from treehole.models.devices import seed_all
from treehole.models.encoders import LENGTH, TokenBatch, encode, load_encoder
from treehole.models.folder import CARD, MANIFEST, ClassifierScorer, TrainedModel, load_model
from treehole.models.rule_features import rule_reader
from treehole.models.vocabulary import prepared

THRESHOLD = 0.5
WARM = 128
"""Comments before the clock starts."""

Floats = npt.NDArray[np.float64]
Vectors = Callable[[Tensor, Tensor], Tensor]
"""From tokens and their mask to sentence vectors."""


class Way(NamedTuple):
    """A way to compute.

    Attributes:
        name: Of it.
        vectors: What makes sentence vectors.
        size: Comments computed at once.
        bucketed: Whether comments of like length go together; else all are padded to the most.
    """

    name: str
    vectors: Vectors
    size: int = 64
    bucketed: bool = True


def main() -> None:
    """Run all parts and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--model", type=Path, metavar="DIR")
    parser.add_argument("--encoder", default=BUILTIN, metavar="NAME")
    parser.add_argument("--text-column", default=TEXT)
    parser.add_argument("--comments", type=int, default=2_000)
    parser.add_argument("--threads", type=int, help="by default, those that PyTorch takes")
    parser.add_argument("--large", type=int, default=200_000, help="0 leaves memory out")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    comments = read(options.files, options.text_column)
    sample = random.Random(0).sample(comments, min(options.comments, len(comments)))
    print(
        f"{len(sample):,} comments, {mean_length(sample):.0f} characters each; "
        f"{torch.get_num_threads()} threads"
    )
    model = load_model(options.model) if options.model else untrained(options.encoder)
    with tempfile.TemporaryDirectory() as folder:
        speed(model, sample, Path(folder))
        if options.large:
            memory(model, options.model, comments, options.large, Path(folder))


def untrained(name: str) -> TrainedModel:
    """An encoder with a head that has learned nothing."""
    encoder = load_encoder(name)
    seed_all(0)
    config = RiskConfig(encoder=encoder.model.config.to_dict(), levels=True, tokens=LENGTH)
    classifier = RiskClassifier(config).eval()
    classifier.encoder.load_state_dict(encoder.model.state_dict())
    return TrainedModel(classifier, encoder.tokenizer, {}, f"untrained over {name}")


def speed(model: TrainedModel, texts: Sequence[str], folder: Path) -> None:
    """Print what each way brings."""
    reader = rule_reader(KnowledgeFiles.locate()) if model.config.rule_names else None
    rules = reader.features(texts, model.config.rule_names) if reader else None
    head = "comments/s", "ratio", "farthest", "risks changed"
    print(f"\n{'':42} {head[0]:>10} {head[1]:>6} {head[2]:>9} {head[3]:>14}")
    base: tuple[float, Floats] | None = None
    for way in ways(model, folder):
        rate, said = timed(lambda texts, way=way: run(way, model, texts, rules), texts)
        base = base or (rate, said)
        show(way.name, rate, said, base)
    assert base is not None
    own = ClassifierScorer(TrainedModel(*copied(model)), reader)
    rate, said = timed(lambda texts: own.score(texts).probabilities, texts)
    show(f"treehole predict ({own.traits.precision})", rate, said, base)


def copied(model: TrainedModel) -> tuple[RiskClassifier, object, dict[str, object], str]:
    """The parts of a model that may be changed."""
    return copy.deepcopy(model.classifier), model.tokenizer, model.manifest, model.name


def show(name: str, rate: float, said: Floats, base: tuple[float, Floats]) -> None:
    """Print a line of the table."""
    farthest = np.abs(said - base[1]).max()
    changed = int(((said >= THRESHOLD) != (base[1] >= THRESHOLD)).sum())
    print(
        f"{name:42} {rate:10,.0f} {rate / base[0]:6.1f} {farthest:9.1e} {changed:14,}", flush=True
    )


def ways(model: TrainedModel, folder: Path) -> Iterator[Way]:
    """All ways, the plain one first; made one after another, since each takes memory."""
    plain = model.classifier
    plain.encoder.set_attn_implementation("eager")
    yield Way("eager float32, padded to the most", plain.vectors, bucketed=False)
    yield Way("batches of like length", plain.vectors)
    plain.encoder.set_attn_implementation("sdpa")
    yield Way("  fused attention", plain.vectors)
    for size in (16, 32, 128, 256):
        yield Way(f"    {size} comments at once", plain.vectors, size)
    yield Way("    bfloat16 by autocast", autocast(plain))
    half = copy.deepcopy(plain).bfloat16()
    yield Way("    bfloat16 weights", half.vectors)
    for size in (16, 32, 128, 256):
        yield Way(f"      {size} comments at once", half.vectors, size)
    with warnings.catch_warnings(action="ignore"):
        int8 = torch.ao.quantization.quantize_dynamic(copy.deepcopy(plain), {nn.Linear})
    yield Way("    int8 weights and, by batch, values", int8.vectors)
    yield Way("    torch.compile, float32", torch.compile(plain.vectors, dynamic=True))
    yield Way("    torch.compile, bfloat16", torch.compile(half.vectors, dynamic=True))
    exported = export(plain, folder / "model.onnx")
    yield Way("  onnxruntime, float32", session(exported))
    quantize_dynamic(exported, folder / "int8.onnx")
    yield Way("  onnxruntime, int8", session(folder / "int8.onnx"))


def run(
    way: Way, model: TrainedModel, texts: Sequence[str], rules: npt.NDArray[np.float32] | None
) -> Floats:
    """Probabilities of comments."""
    said = np.zeros(len(texts))
    batches = encode if way.bucketed else padded
    for batch in batches(model.tokenizer, texts, model.config.tokens, way.size):
        seen = None if rules is None else torch.from_numpy(rules[batch.rows])
        vectors = way.vectors(batch.input_ids, batch.attention_mask).float()
        risk, _ = model.classifier.head(vectors, seen)
        said[batch.rows] = torch.sigmoid(risk).numpy()
    return said


def timed(score: Callable[[Sequence[str]], Floats], texts: Sequence[str]) -> tuple[float, Floats]:
    """Comments a second, and what was said of them."""
    score(texts[:WARM])
    started = time.perf_counter()
    said = score(texts)
    return len(texts) / (time.perf_counter() - started), said


def padded(tokenizer: object, texts: Sequence[str], length: int, size: int) -> Iterator[TokenBatch]:
    """Batches in the order of the texts, all as long as can be."""
    for start in range(0, len(texts), size):
        tokens = tokenizer(
            prepared(texts[start : start + size]),
            truncation=True,
            max_length=length,
            padding="max_length",
            return_tensors="pt",
        )
        rows = np.arange(start, min(start + size, len(texts)))
        yield TokenBatch(rows, tokens["input_ids"], tokens["attention_mask"])


def autocast(classifier: RiskClassifier) -> Vectors:
    """Float32 weights, computed in bfloat16."""

    def vectors(ids: Tensor, mask: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return classifier.vectors(ids, mask)

    return vectors


class Exported(nn.Module):
    """What is exported of a classifier."""

    def __init__(self, classifier: RiskClassifier) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """The sentence vectors."""
        return self.classifier.vectors(input_ids, attention_mask)


def export(classifier: RiskClassifier, path: Path) -> Path:
    """Write a classifier's encoder as ONNX."""
    ids, mask = torch.ones((2, 2, 8), dtype=torch.long)
    mask[1, 4:] = 0  # else it would be left out as needless
    axes = {0: torch.export.Dim("comments"), 1: torch.export.Dim("tokens")}
    with warnings.catch_warnings(action="ignore"):
        torch.onnx.export(
            Exported(classifier),
            (ids, mask),
            path,
            dynamo=True,
            dynamic_shapes=(axes, axes),
            verbose=False,
        )
    return path


def session(path: Path) -> Vectors:
    """What computes an ONNX file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    opened = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [given.name for given in opened.get_inputs()]

    def vectors(ids: Tensor, mask: Tensor) -> Tensor:
        given = dict(zip(names, (ids.numpy(), mask.numpy()), strict=True))
        return torch.from_numpy(opened.run(None, given)[0])

    return vectors


def memory(
    model: TrainedModel, place: Path | None, comments: Sequence[str], large: int, folder: Path
) -> None:
    """Print speed from file to file, and the most memory held at a tenth of the comments and all.

    Args:
        model: To be used.
        place: Its folder, or None if it has none yet.
        comments: To be repeated and varied.
        large: How many there are to be.
        folder: For files.
    """
    if place is None:
        place = folder / "model"
        model.classifier.save_pretrained(place)
        model.tokenizer.save_pretrained(place)
        (place / MANIFEST).write_text("{}", "utf-8")
        (place / CARD).write_text("", "utf-8")
    print()
    peaks = []
    for rows in (large // 10, large):
        table = folder / f"{rows}.parquet"
        write(vary(comments, rows), table)
        started = time.perf_counter()
        held, _ = peak(predict(table, place, folder / str(rows)))
        rate = rows / (time.perf_counter() - started)
        peaks.append(held)
        print(f"{rows:,} comments: {held / MIB:,.0f} MiB, {rate:,.0f} comments/s", flush=True)
    print(f"  {peaks[1] / peaks[0]:.2f} times the memory for ten times the comments")


def predict(table: Path, model: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start to predict a table, in a process of its own."""
    command = [sys.executable, "-m", "treehole", "predict", str(table), "--model", str(model)]
    return subprocess.Popen([*command, "--out", str(out), "--quiet"])


if __name__ == "__main__":
    try:
        with torch.inference_mode():
            main()
    except TreeholeError as error:
        sys.exit(f"benchmarks/predict.py: {error}")
