"""`treehole train`: a model from labelled comments, tier by tier."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from treehole.cli.inputs import opened
from treehole.cli.options import Ontology, Quiet, Rules, TextColumn
from treehole.cli.terminal import Terminal
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT, USER_ID
from treehole.corpus.sources import find_sources
from treehole.errors import UsageError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.datasets import Tier
from treehole.models.devices import require_torch

if TYPE_CHECKING:
    from treehole.models.training import Step

_LINE_SECONDS = 5.0


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
        int, typer.Option("--folds", min=2, help="Of so many parts one is held out.")
    ] = 5,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="At most.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Comments a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option("--learning-rate", help="Of Adam.")] = None,
    patience: Annotated[
        int | None, typer.Option("--patience", min=1, help="Epochs without a gain, at most.")
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
    """
    require_torch()
    from treehole.models import baselines  # noqa: PLC0415  they load torch and the like
    from treehole.models.classifiers import KINDS  # noqa: PLC0415
    from treehole.models.training import HEADS, PAPER, Settings  # noqa: PLC0415
    from treehole.pipeline.training import KIND_OF, Job, train_baseline  # noqa: PLC0415
    from treehole.pipeline.training import train as run  # noqa: PLC0415

    own = kind or KIND_OF[tier]
    if own not in (*KINDS, *baselines.KINDS):
        kinds = ", ".join((*KINDS, *baselines.KINDS))
        message = f"--kind {own}: there is no such kind; choose {kinds}"
        raise UsageError(message)
    if own in KINDS:
        _check_start(tier, start, encoder)
    usual = PAPER if own == "bert" else HEADS
    settings = Settings(
        epochs or usual.epochs,
        batch or usual.batch,
        learning_rate or usual.learning_rate,
        patience or usual.patience,
        seed,
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
            settings=settings,
            files=KnowledgeFiles.locate(ontology, rules),
            overwrite=overwrite,
        )
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


def _features(users: str | None) -> dict[str, object]:
    if users is None:
        return {}
    from treehole.psychology.table import read_features  # noqa: PLC0415

    return dict(read_features(Corpus(find_sources([users]), text_column=USER_ID)))


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
        sys.stderr.write(
            f"train: epoch {step.epoch} of at most {step.epochs}, {step.seen:,} of "
            f"{step.comments:,} comments, loss {step.loss:.4f}, best F1 {step.best:.3f}, at most "
            f"{left:,.0f} s left\n"
        )
        sys.stderr.flush()


def _show(manifest: dict[str, Any], out: Path) -> None:
    console = Terminal()
    data, metrics = manifest["data"], manifest["metrics"]
    left = ", ".join(f"{count:,} {reason}" for reason, count in data["left_out"].items())
    console.print(
        Text(
            f"{data['comments']:,} comments, {data['high']:,} of high risk, by {data['writers']:,} "
            f"writers; left out: {left or 'none'}"
        )
    )
    if not metrics:
        console.print(Text(f"model in {out}; treehole evaluate tells how good it is"))
        return
    console.print(
        Text(f"a comment of high risk counts {manifest['high_weight']:.2f} times as much")
    )
    figures = ", ".join(f"{name} {value:.3f}" for name, value in metrics.items())
    console.print(Text(f"on those held out: {figures}", "bold"))
    console.print(Text(f"best of epoch {manifest['epochs']}; model in {out}"))
