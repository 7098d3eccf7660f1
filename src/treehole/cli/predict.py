"""`treehole predict`: what a trained model says of comments."""

import hashlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from treehole.cli.caveats import warn
from treehole.cli.options import Inputs, Ontology, Quiet, Rules, TextColumn, Users
from treehole.cli.terminal import Terminal, counted
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import STDIN, find_sources, spool_stdin
from treehole.errors import UsageError
from treehole.extras import require
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.memory import enough_memory
from treehole.models.scoring import RULES, open_scorer
from treehole.pipeline.prediction import Settings, predict_sources
from treehole.pipeline.progress import progress

_CURE = "end other programs, or use a smaller model; called again, it goes on where it was"


def predict(
    inputs: Inputs,
    model: Annotated[
        str, typer.Option("--model", metavar="DIR", help="A model that `train` made; or rules.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder for the predictions.")
    ],
    users: Users = None,
    text_column: TextColumn = TEXT,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the predictions of another job in DIR.")
    ] = False,
    quiet: Quiet = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Give every comment the probability of high risk, and the risk at the model's threshold.

    Writes Parquet files and a manifest.json to DIR. Stopped at any moment and run again, it goes on
    where it was.
    """
    if model != RULES:
        require("models")
        if out.resolve() == Path(model).resolve():
            message = f"{out} is the model's folder; choose another for the predictions"
            raise UsageError(message)
    files = KnowledgeFiles.locate(ontology, rules)
    scorer = open_scorer(model, files)
    spooled = spool_stdin(sys.stdin.buffer, out.absolute()) if STDIN in inputs else None
    try:
        sources = find_sources(inputs, stdin=spooled, leave_out=out)
        settings = Settings(out, text_column, find_sources([users]) if users else (), overwrite)
        about = {"name": model, "sha256": _fingerprint(model)}
        warn([scorer], users)
        with progress("predict", quiet=quiet) as reporter, enough_memory(_CURE):
            manifest = predict_sources(sources, scorer, about, settings, reporter)
    finally:
        if spooled:
            spooled.unlink(missing_ok=True)
    if not quiet:
        _show(manifest, out)


def _fingerprint(model: str) -> str:
    """What tells a model from others: its files."""
    digest = hashlib.sha256(model.encode() if model == RULES else b"")
    if model != RULES:
        for path in sorted(Path(model).glob("[!.]*")):
            if path.is_file() and path.suffix != ".md":
                digest.update(path.name.encode())
                with path.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _show(manifest: dict[str, Any], out: Path) -> None:
    console = Terminal()
    rows, high = manifest["rows"], manifest["high"]
    share = f" ({100 * high / rows:.2f} %)" if rows else ""
    console.print(f"{counted(rows, 'comment')}, {high:,} of high risk{share}")
    if manifest["users"]:
        console.print(f"{manifest['with_features']:,} by writers whose features are known")
    speed = f"{rows / manifest['seconds']:,.0f}" if manifest["seconds"] else "–"
    console.print(f"{manifest['seconds']:.1f} s, {speed} comments/s; predictions in {out}")
