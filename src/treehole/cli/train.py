"""`treehole train`: a model from labelled comments, tier by tier."""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from treehole.cli.inputs import opened
from treehole.cli.options import Ontology, Quiet, Rules, TextColumn
from treehole.cli.terminal import Terminal
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT, USER_ID
from treehole.corpus.sources import find_sources
from treehole.errors import InputError, UsageError
from treehole.extras import require
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.datasets import Tier
from treehole.models.kinds import BASELINES, KIND_OF, KINDS

if TYPE_CHECKING:
    from treehole.models.training import Step
    from treehole.psychology.table import Floats

_LINE_SECONDS = 5.0
_OF_CURVE = ("F1", "weighted F1", "level weighted F1", "level error")


def train(
    tier: Annotated[Tier, typer.Argument(help="Who labelled the comments: free, easy or hard.")],
    data: Annotated[
        list[str],
        typer.Option(
            "--data",
            metavar="INPUT",
            help="Comments with labels: what `label` wrote, annotations, or any table with --gold; "
            "may be given several times.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the model.")],
    start: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="The model of the tier before."),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder",
            metavar="NAME",
            help="Start from an encoder: builtin, a folder, or a name on the Hugging Face hub.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="bert, finetune or psychology-plus, by default that of the tier; or, to compare "
            "with, tfidf or stack: without an encoder.",
        ),
    ] = None,
    gold: Annotated[
        str | None,
        typer.Option("--gold", metavar="COLUMN", help="The column with the labels."),
    ] = None,
    users: Annotated[
        str | None,
        typer.Option("--users", metavar="FILE", help="The psychology features of the writers."),
    ] = None,
    ordinary: Annotated[
        list[str] | None,
        typer.Option(
            "--ordinary",
            metavar="FILE",
            help="Comments by people not at risk, to learn from as low risk.",
        ),
    ] = None,
    levels: Annotated[
        bool, typer.Option("--levels", help="Learn the levels 0 to 10 as well.")
    ] = False,
    with_rules: Annotated[
        bool, typer.Option("--with-rules", help="Join what the rules saw to the sentence vector.")
    ] = False,
    folds: Annotated[
        int, typer.Option("--folds", min=2, help="Into so many parts the comments are divided.")
    ] = 5,
    cross_validate: Annotated[
        bool | None,
        typer.Option(
            "--cross-validate/--no-cross-validate",
            help="Hold out each part in turn, or only one; by default each, except for the kind "
            "bert, where that takes long.",
            show_default=False,
        ),
    ] = None,
    curve: Annotated[
        str | None,
        typer.Option(
            "--curve",
            metavar="N,N,...",
            help="For a learning curve, train on so many labelled comments as well.",
        ),
    ] = None,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence/--no-confidence",
            help="Let free labels count the less, the nearer they are to the border of high risk; "
            "or all the same.",
        ),
    ] = True,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="At most.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Comments a step.")] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option("--learning-rate", help="Where the encoder is trained, that of the encoder."),
    ] = None,
    patience: Annotated[
        int | None, typer.Option("--patience", min=1, help="Epochs without a gain, at most.")
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option("--dropout", min=0.0, max=0.9, help="Share of units left out in training."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="For chance.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what DIR holds.")] = False,
    text_column: TextColumn = TEXT,
    ontology: Ontology = None,
    rules: Rules = None,
    quiet: Quiet = False,
) -> None:
    """Train a model on labelled comments: free labels, those of students, or of psychologists.

    Each tier starts from the model of the tier before (--from). Where the encoder is trained (kind
    bert), a run that was stopped goes on after its last epoch if it is called again as it was.
    Where it is frozen, its vectors are kept, so training again takes seconds.
    """
    require("models")
    own = kind or KIND_OF[tier]
    if own not in (*KINDS, *BASELINES):
        kinds = ", ".join((*KINDS, *BASELINES))
        message = f"--kind {own}: there is no such kind; choose {kinds}"
        raise UsageError(message)
    if own in KINDS:
        _check_start(tier, start, encoder)
    elif users or curve or cross_validate:
        message = f"--users, --curve and --cross-validate are not for the kind {own}"
        raise UsageError(message)
    from treehole.models.training import HEADS, PAPER, Settings  # noqa: PLC0415  they load torch
    from treehole.pipeline.training import Job, train_baseline  # noqa: PLC0415
    from treehole.pipeline.training import train as run  # noqa: PLC0415

    usual = PAPER if own == "bert" else HEADS
    settings = Settings(
        epochs or usual.epochs,
        batch or usual.batch,
        usual.learning_rate if learning_rate is None else learning_rate,
        patience or usual.patience,
        seed,
        usual.dropout if dropout is None else dropout,
        usual.weight_decay,
    )
    with opened(data) as sources:
        job = Job(
            tier=tier,
            data=sources,
            out=out,
            text_column=text_column,
            gold=gold,
            ordinary=find_sources(ordinary) if ordinary else (),
            users=_features(users),
            start=start,
            encoder=encoder or "builtin",
            kind=own,
            levels=levels,
            with_rules=with_rules,
            folds=folds,
            cross_validate=cross_validate,
            curve=_sizes(curve),
            by_confidence=confidence,
            settings=settings,
            files=KnowledgeFiles.locate(ontology, rules),
            overwrite=overwrite,
            quiet=quiet,
        )
        if job.curve and own == "bert" and not quiet:
            _say("each point of the curve takes a training of the whole encoder")
        manifest = run(job, _Progress(quiet)).manifest if own in KINDS else train_baseline(job)
    if not quiet:
        _show(manifest, out)


def _check_start(tier: Tier, start: Path | None, encoder: str | None) -> None:
    if start is not None and encoder is not None:
        message = "name the model to start from with --from, or an encoder with --encoder, not both"
        raise UsageError(message)
    if tier is not Tier.FREE and start is None and encoder is None:
        message = (
            f"the tier {tier} starts from the model of the tier before: name its folder with "
            "--from (or an encoder with --encoder)"
        )
        raise UsageError(message)


def _sizes(curve: str | None) -> tuple[int, ...]:
    """The numbers in what was asked for, rising."""
    if curve is None:
        return ()
    try:
        sizes = {int(size) for size in curve.split(",")}
    except ValueError:
        sizes = set()
    if min(sizes, default=0) < 2:  # noqa: PLR2004  one of either risk
        message = f"--curve {curve}: give numbers of comments, as in 100,300,1000"
        raise UsageError(message)
    return tuple(sorted(sizes))


def _features(users: str | None) -> "dict[str, Floats]":
    if users is None:
        return {}
    from treehole.psychology.table import read_features  # noqa: PLC0415

    found = read_features(Corpus(find_sources([users]), text_column=USER_ID))
    if not found:
        message = f"{users} holds no writer; it needs a row for each"
        raise InputError(message)
    return found


class _Progress:
    """A line now and then: epoch, loss, best F1, and the time left if no epoch is saved."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._last = time.monotonic()
        self._first: tuple[float, float] | None = None

    def __call__(self, step: "Step") -> None:
        now, share = time.monotonic(), step.share
        self._first = self._first or (now, share)
        began, before = self._first
        if self._quiet or now - self._last < _LINE_SECONDS or share <= before:
            return
        self._last = now
        left = (now - began) / (share - before) * (1 - share)
        name = f"{step.name}, " if step.of > 1 else ""
        best = f"best F1 {step.best:.3f}, " if step.best else ""
        _say(
            f"{name}epoch {step.epoch} of at most {step.epochs}, {step.seen:,} of "
            f"{step.comments:,} comments, loss {step.loss:.4f}, {best}at most {left:,.0f} s left"
        )


def _say(line: str) -> None:
    sys.stderr.write(f"train: {line}\n")
    sys.stderr.flush()


def _show(manifest: dict[str, Any], out: Path) -> None:
    console = Terminal()
    for line in _learned_from(manifest["data"]):
        console.print(Text(line))
    if not manifest["metrics"]:
        console.print(Text(f"model in {out}; treehole evaluate tells how good it is"))
        return
    console.print(
        Text(f"a comment of high risk counts {manifest['high_weight']:.2f} times as much")
    )
    console.print()
    console.print(_figures(manifest))
    if "curve" in manifest:
        console.print()
        console.print(_curve(manifest["curve"]))
    console.print()
    each = manifest["held_out"]["folds"] > 1
    how = "trained on all comments for the median of the best epochs" if each else "best epoch"
    console.print(Text(f"{how}, {manifest['epochs']}; model in {out}"))


def _learned_from(data: dict[str, Any]) -> Iterator[str]:
    left = ", ".join(f"{count:,} {reason}" for reason, count in data["left_out"].items())
    yield (
        f"{data['comments']:,} comments, {data['high']:,} of high risk, by {data['writers']:,} "
        f"writers; left out: {left or 'none'}"
    )
    if data["ordinary"]:
        yield f"{data['ordinary']:,} ordinary comments, as of low risk"
    if confidence := data["confidence"]:
        yield (
            f"by confidence, a label counts from {confidence['least']:.2f} to 1, on average "
            f"{confidence['mean']:.2f}"
        )
    if features := data["features"]:
        yield (
            f"features are known of {features['writers']:,} writers and missing of "
            f"{features['unknown']:,}; {features['not_in_data']:,} in that table wrote no comment "
            "here"
        )


def _figures(manifest: dict[str, Any]) -> Table:
    """What was measured, of all comments held out, and over the folds."""
    folds = manifest.get("over_folds", {})
    table = Table(box=None, pad_edge=False)
    table.add_column(f"held out: {manifest['held_out']['comments']:,}")
    table.add_column("together", justify="right", style="bold")
    if folds:
        table.add_column(f"mean of {manifest['held_out']['folds']} folds", justify="right")
    with_ordinary = manifest.get("with_ordinary", {})
    if with_ordinary:
        table.add_column("with ordinary ones", justify="right")
    for name, value in manifest["metrics"].items():
        row = [name, f"{value:.3f}"]
        if folds:
            one = folds.get(name)
            row.append(f"{one['mean']:.3f} ± {one['sd']:.3f}" if one else "")
        if with_ordinary:
            row.append(f"{with_ordinary[name]:.3f}" if name in with_ordinary else "")
        table.add_row(*row)
    return table


def _curve(points: Sequence[dict[str, float]]) -> Table:
    table = Table(box=None, pad_edge=False)
    names = [name for name in _OF_CURVE if name in points[0]]
    for name in ("learned from", *names):
        table.add_column(name, justify="right")
    for point in points:
        table.add_row(f"{point['comments']:,}", *(f"{point[name]:.3f}" for name in names))
    return table
