"""What each tier brings: free, easy and hard labels, simulated on comments that experts judged.

    python benchmarks/tiers.py --train FILE --test FILE --ordinary FILE --ordinary-test FILE \
        --work DIR [--encoder builtin] [--posts 8000] [--only NAME...]

The files hold comments with a column `text`; those of --train and --test also one with the level
that experts gave (--gold). Half of --train is taken for the easy tier, its levels reduced to high
and low, the other half for the hard one; the free labels are those that the rules give all of its
texts and some ordinary posts. Every step is a command, printed as it is run, so that any of them
can be run again by hand; what is there already in DIR is not made again. Then all models are
measured on --test, and on --ordinary-test for false alarms.

`treehole report --data TEST --model DIR/models/...` makes a page of it.
"""

import argparse
import csv
import json
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from treehole.corpus.levels import HIGH_RISK, require_column
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import find_sources
from treehole.errors import TreeholeError

SMALL = ("--learning-rate", "3e-4", "--batch", "32")
"""For the built-in encoder, which is a twentieth of BERT: the paper's rate is meant for BERT."""

WITH_RULES = ("--with-rules",)
FIGURES = {
    "f1": "F1", "precision": "precision", "recall": "recall", "weighted_f1": "wF1",
    "roc_auc": "ROC-AUC", "level_weighted_f1": "levels wF1", "level_error": "error",
}  # fmt: skip
"""What is printed of each model, as `treehole evaluate --json` names it, and its heading."""


def main() -> None:
    """Make the tiers, train, measure and print."""
    options = parsed()
    tiers = Tiers(options)
    tiers.prepare()
    chosen = options.only or ([] if options.measure else tiers.trainings())
    for name in chosen:
        tiers.train(name, tiers.trainings()[name])
    if not options.only:
        tiers.measure()


def parsed() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for name in ("--train", "--test", "--ordinary", "--ordinary-test"):
        parser.add_argument(name, required=True, metavar="FILE")
    parser.add_argument("--work", required=True, type=Path, metavar="DIR")
    parser.add_argument("--gold", default="level", metavar="COLUMN")
    parser.add_argument("--encoder", default="builtin", metavar="NAME")
    parser.add_argument("--posts", type=int, default=8_000, help="Ordinary posts to learn from.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="Train these, and measure nothing."
    )
    parser.add_argument("--measure", action="store_true", help="Train nothing more.")
    return parser.parse_args()


class Tiers:
    """The tiers of one simulation, in one folder."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._work: Path = options.work

    def prepare(self) -> None:
        """Write the tiers as tables, and label those that are free."""
        self._work.mkdir(parents=True, exist_ok=True)
        judged = rows(self._options.train, self._options.gold)
        posts = rows(self._options.ordinary, None)
        chance = random.Random(self._options.seed)
        chance.shuffle(judged)
        chance.shuffle(posts)
        half = len(judged) // 2
        easy = [(text, risk(level)) for text, level in judged[:half]]
        self._write("everybody", "level", judged)
        self._write("easy", "label", easy)
        self._write("hard", "level", judged[half:])
        self._write("people", "level", [*easy, *judged[half:]])
        self._write("posts", "label", posts[: self._options.posts])
        unjudged = [(text, "") for text, _ in [*judged, *posts[: self._options.posts]]]
        self._write("unjudged", "label", unjudged)
        self._write("unjudged-comments", "label", [(text, "") for text, _ in judged])
        for name in ("unjudged", "unjudged-comments"):
            if not (self._work / f"free-{name}").exists():
                run("label", self._table(name), "--out", f"{self._work}/free-{name}", "--quiet")

    def trainings(self) -> dict[str, tuple[str, ...]]:
        """What is trained, each after what it starts from."""
        encoder = ("--encoder", self._options.encoder)
        free = ("free", "--data", f"{self._work}/free-unjudged", *encoder, *SMALL)
        bare = ("free", "--data", f"{self._work}/free-unjudged-comments", *encoder, *SMALL)
        easy = ("easy", "--data", self._table("easy"))
        hard = ("hard", "--data", self._table("hard"), "--levels")
        people = ("hard", "--data", self._table("people"), "--levels")
        everybody = ("hard", "--data", self._table("everybody"), "--levels")
        posts = ("--ordinary", self._table("posts"))
        after = ("--from", str(self._model("bert")))
        sizes = ("--curve", "100,300,1000")
        return {
            "bert": free,
            "bert-rules": (*free, *WITH_RULES),
            "bert-without-posts": bare,
            "bert-all-labels-alike": (*free, "--no-confidence"),
            "finetune": (*easy, *after, *posts),
            "finetune-rules": (*easy, *after, *posts, *WITH_RULES),
            "plus": (*hard, *after, *posts),
            "plus-rules": (*hard, *after, *posts, *WITH_RULES),
            "all-tiers": (*people, *after, *posts, *WITH_RULES),
            "all-tiers-without-posts": (*people, *after, *WITH_RULES),
            "every-level": (*everybody, *after, *posts, *WITH_RULES, *sizes),
            "tfidf": (*everybody, "--kind", "tfidf"),
            "stack": (*everybody, "--kind", "stack"),
            "stack-posts": (*everybody, "--kind", "stack", *posts),
        }

    def train(self, name: str, arguments: Sequence[str]) -> None:
        """Train a model unless it is there."""
        if not self._trained(name):
            began = time.monotonic()
            run("train", *arguments, "--out", str(self._model(name)), "--quiet")
            print(f"  {time.monotonic() - began:.0f} s", flush=True)

    def measure(self) -> None:
        """Print how good each model is that is there, and how many false alarms it raises."""
        names = [name for name in self.trainings() if self._trained(name)]
        first, *others = [str(self._model(name)) for name in names]
        compared = [word for other in (*others, "rules") for word in ("--compare", other)]
        said = run(
            "evaluate", "--model", first, *compared, "--data", self._options.test,
            "--gold", self._options.gold, "--draws", "0", "--json", "--quiet",
        )  # fmt: skip
        (self._work / "evaluation.json").write_text(said, "utf-8")
        print(f"\n{'':24}", *(f"{title:>10}" for title in FIGURES.values()), "alarms on posts")
        for model, name in zip(json.loads(said)["models"], [*names, "rules"], strict=True):
            found = [model["figures"].get(figure, {}).get("value") for figure in FIGURES]
            shown = (f"{'–' if value is None else f'{value:.3f}':>10}" for value in found)
            print(f"{name:24}", *shown, f"{100 * self._alarms(name):10.2f} %", flush=True)

    def _alarms(self, name: str) -> float:
        """The share of ordinary posts that a model calls high."""
        out = self._work / "posts" / name
        model = name if name == "rules" else str(self._model(name))
        if not (out / "manifest.json").exists():
            run(
                "predict", self._options.ordinary_test, "--model", model, "--out", str(out),
                "--quiet",
            )  # fmt: skip
        manifest = json.loads((out / "manifest.json").read_text("utf-8"))
        return float(manifest["high"] / manifest["rows"])

    def _trained(self, name: str) -> bool:
        return (self._model(name) / "training.json").exists()

    def _model(self, name: str) -> Path:
        return self._work / "models" / name

    def _table(self, name: str) -> str:
        return str(self._work / f"{name}.csv")

    def _write(self, name: str, column: str, comments: Iterable[tuple[str, str]]) -> None:
        with Path(self._table(name)).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([(TEXT, column), *comments])


def rows(file: str, gold: str | None) -> list[tuple[str, str]]:
    """The comments of a file with what stands in its column `gold`, or nothing."""
    corpus = Corpus(find_sources([file]))
    if gold:
        require_column(corpus.schema, gold)
    found = []
    for block in corpus.blocks(10_000):
        judged = block.table[gold].to_pylist() if gold else [""] * len(block)
        found += zip(block.table[TEXT].to_pylist(), map(str, judged), strict=True)
    return found


def risk(level: str) -> str:
    """High or low."""
    return "high" if int(level) >= HIGH_RISK else "low"


def run(*arguments: str) -> str:
    """Run a command of Treehole, and return what it prints."""
    print("$ treehole", shlex.join(arguments), flush=True)
    command = [sys.executable, "-m", "treehole", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"benchmarks/tiers.py: treehole {arguments[0]} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    try:
        main()
    except TreeholeError as error:
        sys.exit(f"benchmarks/tiers.py: {error}")
