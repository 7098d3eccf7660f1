"""`treehole watch COMMENTS...`: the watch itself."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from treehole.cli.caveats import warn
from treehole.cli.inputs import cores
from treehole.cli.options import Ontology, Quiet, Rules, TextColumn, Users
from treehole.cli.terminal import Terminal, counted
from treehole.cli.watch.options import QueueFolder, VaultFolder, VaultKey, shown_time, since_of
from treehole.corpus.pseudonyms import KEY_VARIABLE, pseudonyms
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT, USER_ID
from treehole.corpus.sources import find_sources
from treehole.corpus.vault import open_vault
from treehole.errors import TreeholeError, UsageError
from treehole.extras import require
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.scoring import RULES, Scorer, open_scorer
from treehole.pipeline.labeller import Labeller
from treehole.psychology.table import read_features
from treehole.watch.alerting import Alerting, When
from treehole.watch.alerting import Settings as AlertSettings
from treehole.watch.findings import Escalation
from treehole.watch.identities import Identities
from treehole.watch.rows import Columns
from treehole.watch.watching import KEEP_DAYS, Outcome, Settings, watch
from treehole.watch.webhook import KEY_VARIABLE as WEBHOOK_KEY_VARIABLE
from treehole.watch.webhook import announcement, webhook_of

_log = logging.getLogger(__name__)


def run(
    comments: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMENTS...",
            help="Files that grow (CSV, TSV, JSONL), or folders and globs of such; Parquet and "
            "compressed files as a whole.",
        ),
    ],
    queue: QueueFolder,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="DIR", help="A model that train made, beside the rules."),
    ] = None,
    when: Annotated[
        When, typer.Option("--when", help="Who must say that the risk is high.")
    ] = When.EITHER,
    users: Users = None,
    once: Annotated[
        bool, typer.Option("--once", help="Read what is new, and end; for cron.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Leave out what was written before: 24h, 7d, or 2026-05-01T22:30.",
        ),
    ] = None,
    keep_days: Annotated[
        float,
        typer.Option(
            "--keep-days",
            min=0,
            help="Levels of comments without an alert are remembered for so many days, for trends.",
        ),
    ] = KEEP_DAYS,
    webhook: Annotated[
        str | None,
        typer.Option("--webhook", metavar="URL", help="Where each alert is told, signed."),
    ] = None,
    webhook_key: Annotated[
        Path | None,
        typer.Option(
            "--webhook-key",
            metavar="FILE",
            help=f"The key that signs; by default, it is in {WEBHOOK_KEY_VARIABLE}.",
        ),
    ] = None,
    webhook_with_text: Annotated[
        bool,
        typer.Option(
            "--webhook-with-text",
            help="Tell the webhook the comment and the user too, not only level, time and place.",
        ),
    ] = False,
    link: Annotated[
        str | None,
        typer.Option("--link", metavar="URL", help="The team's pages, for links in the webhook."),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            metavar="FILE",
            help=f"Put pseudonyms in place of users, by this key or the one in {KEY_VARIABLE}.",
        ),
    ] = None,
    no_pseudonyms: Annotated[
        bool, typer.Option("--no-pseudonyms", help="Take users as they are, also with a key.")
    ] = False,
    vault: VaultFolder = None,
    vault_key: VaultKey = None,
    text_column: TextColumn = TEXT,
    place_column: Annotated[
        str | None,
        typer.Option(
            "--place-column",
            metavar="NAME",
            help="The column with where a comment was sent from, as region_name.",
        ),
    ] = None,
    quiet: Quiet = False,
    ontology: Ontology = None,
    rules: Rules = None,
) -> None:
    """Read new comments as they come, and keep a queue of those that need a person.

    Stopped or killed at any moment and run again, it goes on where it was: no comment is lost, and
    nobody is alerted to twice for the same.
    """
    if vault and no_pseudonyms:
        message = "--vault keeps the accounts behind pseudonyms; leave out --no-pseudonyms"
        raise UsageError(message)
    settings = Settings(
        queue,
        Columns(text_column, place_column),
        once,
        keep_days,
        _identities(key_file, no_pseudonyms, vault, vault_key),
        webhook_of(webhook, webhook_key) if webhook else None,
        announcement(link, with_text=webhook_with_text),
    )
    earliest = since_of(since)
    files = KnowledgeFiles.locate(ontology, rules)
    scorer = _scorer(model, when, users, files)
    table = read_features(Corpus(find_sources([users]), text_column=USER_ID)) if users else None
    alerting = Alerting(Labeller(files), scorer, AlertSettings(when, earliest, table))
    console = Terminal()
    if not (quiet or once):
        console.print("watching; Ctrl-C ends it", style="dim")
    outcome = watch(comments, alerting, settings, _silent if quiet else _Teller(console))
    if not quiet:
        _show(outcome, queue, console)
    if outcome.failed and once:
        message = f"not read: {'; '.join(outcome.failed.values())}"
        raise TreeholeError(message)


def _identities(
    key_file: Path | None, no_pseudonyms: bool, vault: Path | None, vault_key: Path | None
) -> Identities:
    found = None if no_pseudonyms else pseudonyms(key_file)
    if vault is None:
        return Identities(found)
    if found is None:
        message = (
            f"--vault needs pseudonyms: name their key with --key-file, or put it in {KEY_VARIABLE}"
        )
        raise UsageError(message)
    return Identities(found, open_vault(vault, vault_key, make=True))


def _scorer(
    model: str | None, when: When, users: str | None, files: KnowledgeFiles
) -> Scorer | None:
    if model is None or model == RULES:
        if when in {When.BOTH, When.MODEL} or users:
            message = f"{'--users' if users else f'--when {when}'} needs a model; name it: --model"
            raise UsageError(message)
        return None
    require("models")
    import torch  # noqa: PLC0415  likewise

    # The batches are small, and the machine has others to serve: on two busy cores two threads,
    # which wait for each other, are eight times as slow as one.
    torch.set_num_threads(max(cores() - 1, 1))
    scorer = open_scorer(model, files)
    if users and not scorer.traits.with_features:
        message = f"no features of writers were in the training of {model}; leave out --users"
        raise UsageError(message)
    warn([scorer], users)
    return scorer


class _Teller:
    """Shows alerts as they are raised: nothing of what the person wrote."""

    def __init__(self, console: Terminal) -> None:
        self._console = console

    def __call__(self, raised: Sequence[Escalation]) -> None:
        for alert in raised:
            alarm = alert.finding.alarm
            places = alarm.places if alarm else ()
            provinces = dict.fromkeys(place.province_zh for place in places if place.province_zh)
            parts = [f"case {alert.number}", f"level {alert.level}"]
            if alert.before:
                parts.append(f"was {alert.before}")
            if alarm and alarm.act_from:
                until = shown_time(alarm.act_until)
                parts.append(f"may act {shown_time(alarm.act_from)} to {until}")
            self._console.print("  ".join([*parts, *map(str, provinces)]), markup=False)


def _silent(_: Sequence[Escalation]) -> None:
    """Shows nothing."""


def _show(outcome: Outcome, queue: Path, console: Terminal) -> None:
    counts = outcome.counts
    told = [counted(counts["read"], "comment"), f"{counts['high']:,} of high risk"]
    told.append(counted(counts["alerts"], "alert"))
    console.print(", ".join(told) + f"; {outcome.seconds:.1f} s")
    others = {
        "unreadable": "could not be read whole (their raw lines were judged)",
        "passed_over": "lines too long to be comments",
        "old": "left out as older than --since",
        "ahead": "from a clock that is ahead, taken as written when read",
    }
    for name, what in others.items():
        if counts[name]:
            console.print(f"{counts[name]:,} {what}")
    states = ", ".join(f"{count:,} {state}" for state, count in outcome.cases.items())
    console.print(f"cases in {queue}: {states}", markup=False)
    if outcome.untold:
        console.print(f"{counted(outcome.untold, 'alert')} not told to the webhook yet")
