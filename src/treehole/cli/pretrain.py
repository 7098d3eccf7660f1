"""`treehole pretrain`: texts in, an encoder out."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.status import Status

from treehole.cli.options import TextColumn
from treehole.cli.terminal import Terminal
from treehole.corpus.schema import TEXT
from treehole.extras import require

if TYPE_CHECKING:
    from treehole.models.masked_language import Progress

_LINE_SECONDS = 10.0


def pretrain(
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT...",
            help="Files or globs: plain text, one text a line and blank lines between documents, "
            "or tables (CSV, TSV, JSONL, Parquet); packed or not.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the encoder.")],
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ENCODER",
            help="Continue an encoder: builtin, a folder, or a name on the Hugging Face hub.",
        ),
    ] = None,
    text_column: TextColumn = TEXT,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.01, help="Train for so long.")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option("--tokens", min=1, help="Train on so many tokens.")
    ] = None,
    epochs: Annotated[
        float | None, typer.Option("--epochs", min=0.001, help="Train on each token so many times.")
    ] = None,
    hidden: Annotated[int, typer.Option(min=8, help="Width of a new encoder.")] = 256,
    layers: Annotated[int, typer.Option(min=1, help="Layers of a new encoder.")] = 6,
    heads: Annotated[int, typer.Option(min=1, help="Attention heads of a new encoder.")] = 4,
    length: Annotated[int, typer.Option(min=8, help="Tokens of a sequence.")] = 128,
    vocabulary: Annotated[
        int, typer.Option(min=100, help="Tokens of a new vocabulary, at most.")
    ] = 7000,
    min_count: Annotated[
        int, typer.Option(min=1, help="How often a character has to occur to be a token.")
    ] = 5,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Sequences a step; by default 64, on a GPU 1024.")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(min=1e-9, help="The highest; by default 5e-4, with --from 5e-5."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="All chance is drawn from it.")] = 0,
    save_every: Annotated[
        float, typer.Option(min=0.0, metavar="MINUTES", help="Between two checkpoints.")
    ] = 2.0,
    half: Annotated[
        bool | None,
        typer.Option("--half/--full", help="Keep 16 bits of each weight, or all 32."),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Compile the model: slower to start, then faster.")
    ] = False,
    licences: Annotated[
        list[str] | None,
        typer.Option("--licence", help="Of the texts, for the card: one, or one for each."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what DIR holds of another run.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Show no progress and no summary.")
    ] = False,
) -> None:
    """Make an encoder from texts that nobody labelled, or continue one on them.

    It learns to guess hidden words. Stopped at any moment and run again, it goes on where it was.
    """
    require("models")
    from treehole.models.documents import find_texts  # noqa: PLC0415  loads torch, which is slow
    from treehole.models.pretraining import Telling  # noqa: PLC0415
    from treehole.models.pretraining import pretrain as make  # noqa: PLC0415
    from treehole.models.pretraining_folder import Settings  # noqa: PLC0415

    settings = Settings(
        out=out, start=start, text_column=text_column, hidden=hidden, layers=layers, heads=heads,
        length=length, vocabulary=vocabulary, min_count=min_count, minutes=minutes, tokens=tokens,
        epochs=epochs, batch=batch, learning_rate=learning_rate, seed=seed, save_every=save_every,
        half=half, compiled=compiled, licences=tuple(licences or ()), overwrite=overwrite,
    )  # fmt: skip
    with _Shown(quiet) as shown:
        manifest = make(find_texts(texts), settings, Telling(shown.count, shown.train))
    if not quiet:
        _show(manifest, out)


class _Shown:
    """The progress on standard error: a line that changes on a terminal, else one now and then."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        console = Console(stderr=True)
        self._status = Status("", console=console) if console.is_terminal and not quiet else None
        self._last = time.monotonic()

    def __enter__(self) -> "_Shown":
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def count(self, what: str, number: int) -> None:
        """Tell how much of the texts has been read."""
        self._tell(f"{number:,} {what}")

    def train(self, progress: "Progress") -> None:
        """Tell how the training goes."""
        self._tell(
            f"{100 * progress.share:.1f} %, loss {progress.loss:.3f}, {progress.tokens:,} tokens, "
            f"{progress.speed:,.0f}/s, about {_time(progress.seconds_left)} left"
        )

    def _tell(self, line: str) -> None:
        now = time.monotonic()
        if self._status:
            self._status.update(f"pretrain: {line}")
        elif not self._quiet and now - self._last >= _LINE_SECONDS:
            self._last = now
            sys.stderr.write(f"pretrain: {line}\n")
            sys.stderr.flush()


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _show(manifest: dict[str, Any], out: Path) -> None:
    """Print what was made of what."""
    console = Terminal()
    model, trained, held_out = manifest["model"], manifest["trained"], manifest["held_out"]
    speed = trained["tokens"] / max(trained["seconds"], 1e-9)
    console.print(
        f"{model['parameters']:,} parameters, {model['vocabulary']:,} tokens in the vocabulary"
    )
    console.print(
        f"{trained['tokens']:,} tokens in {_time(trained['seconds'])} ({speed:,.0f}/s), of "
        f"{manifest['texts']['train']:,} in {manifest['texts']['documents']:,} documents"
    )
    if held_out:
        console.print(
            f"words held out: loss {held_out['loss']:.3f}, perplexity "
            f"{held_out['perplexity']:.1f}; by frequency alone {held_out['unigram_loss']:.3f} and "
            f"{held_out['unigram_perplexity']:.1f}"
        )
    console.print(f"encoder in {out}", markup=False)
