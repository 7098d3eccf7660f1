"""`treehole predict`: what a trained model says of comments."""

import hashlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from treehole.cli.options import Inputs, Ontology, Quiet, Rules, TextColumn
from treehole.cli.terminal import Terminal
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import STDIN, find_sources, spool_stdin
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.devices import require_torch
from treehole.models.scoring import RULES, open_scorer
from treehole.pipeline.prediction import Settings, predict_sources
from treehole.pipeline.progress import progress


def predict(
    inputs: Inputs,
    model: Annotated[
        str, typer.Option("--model", metavar="DIR", help="A model that `train` made; or rules.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder for the predictions.")
    ],
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
        require_torch()
    files = KnowledgeFiles.locate(ontology, rules)
    scorer = open_scorer(model, files)
    spooled = spool_stdin(sys.stdin.buffer, out.absolute()) if STDIN in inputs else None
    try:
        sources = find_sources(inputs, stdin=spooled, leave_out=out)
        about = {"name": model, "sha256": _fingerprint(model, files)}
        with progress("predict", quiet=quiet) as reporter:
            settings = Settings(out, text_column, overwrite)
            manifest = predict_sources(sources, scorer, about, settings, reporter)
    finally:
        if spooled:
            spooled.unlink(missing_ok=True)
    if not quiet:
        _show(manifest, out)


def _fingerprint(model: str, files: KnowledgeFiles) -> str:
    """What tells a model from others: its files, and the knowledge for the rules."""
    digest = hashlib.sha256(files.version.encode())
    if model != RULES:
        for path in sorted(Path(model).glob("*")):
            if path.is_file() and path.suffix != ".md":
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _show(manifest: dict[str, Any], out: Path) -> None:
    console = Terminal()
    rows, high = manifest["rows"], manifest["high"]
    share = f" ({100 * high / rows:.2f} %)" if rows else ""
    console.print(f"{rows:,} comments, {high:,} of high risk{share}")
    speed = f"{rows / manifest['seconds']:,.0f}" if manifest["seconds"] else "–"
    console.print(f"{manifest['seconds']:.1f} s, {speed} comments/s; predictions in {out}")
