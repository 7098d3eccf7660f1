"""`treehole features`: users and their posts in, the ten psychology features out."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from treehole.cli.inputs import cores, refuse_to_overwrite, zone_of
from treehole.cli.options import Quiet, Workers
from treehole.cli.terminal import Terminal, counted
from treehole.corpus.formats import ArrayError
from treehole.corpus.pseudonyms import KEY_VARIABLE, Pseudonyms, pseudonyms
from treehole.corpus.sources import STDIN, Source, find_sources
from treehole.corpus.vault import KEY_VARIABLE as VAULT_KEY_VARIABLE
from treehole.corpus.vault import Vault, open_vault
from treehole.errors import InputError, UsageError
from treehole.pipeline.features import Settings, features_of_people
from treehole.pipeline.progress import progress
from treehole.psychology.layouts import Layout
from treehole.psychology.table import FEATURES


def features(
    users: Annotated[
        list[str],
        typer.Argument(
            metavar="USERS...",
            help="Tables of users (CSV, TSV, JSONL, Parquet), or, with --layout, users with their "
            "posts in them.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The table to write, as Parquet.")
    ],
    posts: Annotated[
        list[str] | None,
        typer.Option(
            "--posts", metavar="FILE", help="Tables of their posts; may be given several times."
        ),
    ] = None,
    layout: Annotated[
        Layout, typer.Option("--layout", help="How users and posts are laid out.")
    ] = Layout.PROJECT,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            metavar="FILE",
            help=f"The key of the pseudonyms; by default, it is in {KEY_VARIABLE}.",
        ),
    ] = None,
    no_pseudonyms: Annotated[
        bool, typer.Option("--no-pseudonyms", help="The users are anonymous already.")
    ] = False,
    vault: Annotated[
        Path | None,
        typer.Option(
            "--vault",
            metavar="DIR",
            help="Keep the accounts there, encrypted, so that one can be revealed to a rescuer.",
        ),
    ] = None,
    vault_key: Annotated[
        Path | None,
        typer.Option(
            "--vault-key",
            metavar="FILE",
            help=f"The key of the vault; by default, it is in {VAULT_KEY_VARIABLE}.",
        ),
    ] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="NAME", help="Where the users live.")
    ] = "Asia/Shanghai",
    workers: Workers = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the table of another job.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Give every user the ten psychology features, for `train hard --users` and `predict --users`.

    Writes a Parquet file and a manifest beside it. Stopped at any moment and run again, it goes on
    where it was. Of profiles, only numbers are kept.
    """
    user_sources, post_sources = _sources(users, posts or [], layout)
    refuse_to_overwrite([*user_sources, *post_sources], out)
    settings = Settings(
        out,
        _pseudonyms(key_file, no_pseudonyms=no_pseudonyms),
        _vault(vault, vault_key, no_pseudonyms=no_pseudonyms),
        layout,
        zone_of(timezone),
        workers or cores(),
        overwrite,
    )
    with progress("features", quiet=quiet, rows="posts") as reporter:
        manifest = features_of_people(user_sources, post_sources, settings, reporter)
    if not quiet:
        _show(manifest, out)


def _sources(
    users: list[str], posts: list[str], layout: Layout
) -> tuple[list[Source], list[Source]]:
    if STDIN in (*users, *posts):
        message = "users and posts are read from files, so that a run can go on; write them to one"
        raise UsageError(message)
    if layout is Layout.PROJECT:
        try:
            return find_sources(users), find_sources(posts) if posts else []
        except ArrayError as error:
            message = f"{error}; or say --layout wu3d or swdd, if it holds users with their posts"
            raise InputError(message) from error
    if posts:
        message = f"with --layout {layout} the posts stand within the users; leave out --posts"
        raise UsageError(message)
    return find_sources(users, file_format="jsonl"), []


def _pseudonyms(key_file: Path | None, *, no_pseudonyms: bool) -> Pseudonyms | None:
    if no_pseudonyms:
        if key_file:
            message = (
                "either --key-file or --no-pseudonyms; the one gives what the other leaves out"
            )
            raise UsageError(message)
        return None
    found = pseudonyms(key_file)
    if found is None:
        message = (
            f"people are given pseudonyms, which takes a key: set {KEY_VARIABLE}, or name its file "
            "with --key-file (make one with: (umask 077; openssl rand -hex 32 > users.key)); or "
            "say --no-pseudonyms if the users are anonymous already"
        )
        raise UsageError(message)
    return found


def _vault(folder: Path | None, key_file: Path | None, *, no_pseudonyms: bool) -> Vault | None:
    if folder is None:
        if key_file:
            message = "--vault-key opens a vault; name it with --vault"
            raise UsageError(message)
        return None
    if no_pseudonyms:
        message = "a vault keeps the accounts behind pseudonyms; leave out --no-pseudonyms"
        raise UsageError(message)
    return open_vault(folder, key_file, make=True)


def _show(manifest: dict[str, Any], out: Path) -> None:
    console = Terminal()
    users, posts, seconds = manifest["users"], manifest["posts"], manifest["seconds"]
    table = Table("feature", "known of", "share", title=counted(users, "user"))
    for name in FEATURES:
        known = manifest["known"][name]
        table.add_row(name, f"{known:,}", f"{100 * known / users:.1f} %" if users else "–")
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)
    for what in _remarks(manifest):
        console.print(what)
    speed = f"{posts / seconds:,.0f}" if seconds else "–"
    console.print(f"{counted(posts, 'post')}; {seconds:.1f} s, {speed} posts/s; features in {out}")


def _remarks(manifest: dict[str, Any]) -> list[str]:
    """What is special about the input, a line for each that there is."""
    left_out = [f"{count:,} {reason}" for reason, count in manifest["left_out"].items()]
    unread = [f"{count:,} of {name}" for name, count in manifest["unread"].items()]
    special = [
        f"{manifest[name]:,} {name.replace('_', ' ')}"
        for name in (
            "users_without_posts",
            "users_without_profile",
            "posts_in_future",
            "posts_without_time_of_day",
        )
        if manifest[name]
    ]
    lines = (("left out", left_out), ("there are", special), ("values not understood", unread))
    return [f"{what}: {', '.join(found)}" for what, found in lines if found]
