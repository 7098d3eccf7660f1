"""The features job: users and their posts in, a table of the ten psychology features out.

Posts are read in blocks, and from each block a part is made: its posts as figures, their writers by
pseudonym (`treehole.psychology.posts`). Parts stand in a folder beside the table until it is
written, so a run that was killed and is started again makes those that are missing. Then the parts
are summed up by user. What is held in memory at once: two blocks for each worker, eight bytes a
post to tell duplicates, and some hundred bytes a user.
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import treehole
from treehole.corpus.locking import locked
from treehole.corpus.manifests import read_manifest
from treehole.corpus.pseudonyms import Pseudonyms, pseudonymised
from treehole.corpus.schema import USER_ID
from treehole.corpus.sources import Source
from treehole.corpus.vault import Account, Vault
from treehole.corpus.writing import sweep, write_json, write_part
from treehole.errors import UsageError
from treehole.knowledge.calendar import HOME_ZONE
from treehole.pipeline.progress import Reporter
from treehole.pipeline.results import MANIFEST, Results, differences
from treehole.pipeline.workers import run_all
from treehole.psychology.features import PROFILE_NUMBERS, Floats, Profiles, Totals, features_table
from treehole.psychology.layouts import (
    LINK,
    NICKNAME,
    PROFILE,
    PROFILE_BYTES,
    Layout,
    People,
    open_people,
)
from treehole.psychology.posts import facts
from treehole.psychology.table import FEATURES
from treehole.psychology.values import counts

ROWS_A_PART = 50_000

_UNREAD = b"unread"
"""Where a part says how many values could not be read."""


@dataclass(frozen=True)
class Settings:
    """How a job is to be run.

    Attributes:
        out: The table to write.
        pseudonyms: What people are called instead; None if they are anonymous already.
        vault: Where accounts are kept, or none.
        layout: Of users and posts.
        zone: Where the writers live.
        workers: Processes that look at posts.
        overwrite: Replace the table of another job.
        rows_a_part: Posts looked at together.
    """

    out: Path
    pseudonyms: Pseudonyms | None
    vault: Vault | None = None
    layout: Layout = Layout.PROJECT
    zone: ZoneInfo = HOME_ZONE
    workers: int = 1
    overwrite: bool = False
    rows_a_part: int = ROWS_A_PART

    @property
    def manifest(self) -> Path:
        """Where the manifest of the table stands."""
        return self.out.with_name(f"{self.out.stem}.{MANIFEST}")

    @property
    def parts(self) -> Results:
        """The folder of parts, which is there until the table is."""
        return Results(self.out.with_name(f"{self.out.name}.parts"), "posts")


class _Task(NamedTuple):
    """A block of posts on its way to a worker, as an Arrow stream."""

    path: Path
    posts: bytes


def features_of_people(
    users: Sequence[Source], posts: Sequence[Source], settings: Settings, reporter: Reporter
) -> dict[str, Any]:
    """Write the features of all users.

    Args:
        users: Tables of users, or users with their posts in them.
        posts: Tables of posts; none where they stand within the users.
        settings: How to run.
        reporter: Told of progress, in posts.

    Returns:
        The manifest, as it stands beside the table.

    Raises:
        TreeholeError: Of several kinds; what was done so far stays, and is built upon next time.
    """
    started = time.monotonic()
    people = open_people(settings.layout, users, posts)
    plan = _plan(users, posts, settings)
    parts = settings.parts
    if done := _done(plan, settings):
        shutil.rmtree(parts.folder, ignore_errors=True)  # if the run was killed at its very end
        return done
    with locked(parts.folder):
        sweep(parts.folder)
        if settings.overwrite:
            settings.out.unlink(missing_ok=True)
        parts.prepare(plan, overwrite=settings.overwrite)
        reporter.expect(people.estimate_posts())
        intake = _Taken(people, settings, reporter)
        arguments = (settings.pseudonyms, settings.zone)
        try:
            for rows in run_all(_make_work, arguments, intake.tasks(), settings.workers):
                reporter.advance(rows)
        finally:
            sweep(parts.folder)  # after workers that ended in the middle of a part
        now = datetime.now(UTC)
        table, counted = _summed_up(settings, intake, int(now.timestamp()))
        manifest = {**plan, "complete": True, **counted, "as_of": now.isoformat(timespec="seconds")}
        manifest["seconds"] = round(time.monotonic() - started, 3)
        write_json(manifest, settings.manifest)
        write_part(table, settings.out)  # last: a table that is there is that of its manifest
        shutil.rmtree(parts.folder)
    return manifest


def _plan(users: Sequence[Source], posts: Sequence[Source], settings: Settings) -> dict[str, Any]:
    return {
        "treehole": treehole.__version__,
        "layout": settings.layout.value,
        "inputs": [
            {"name": s.name, "format": s.format, "bytes": s.size, "sha256": s.fingerprint()}
            for s in (*users, *posts)
        ],
        "pseudonyms": settings.pseudonyms.mark if settings.pseudonyms else None,
        "timezone": settings.zone.key,
        "rows_a_part": settings.rows_a_part,
    }


def _done(plan: dict[str, Any], settings: Settings) -> dict[str, Any] | None:
    """The manifest, if the same was done already.

    Raises:
        UsageError: The table is that of another job.
    """
    if not settings.out.exists() or settings.overwrite:
        return None
    known = read_manifest(settings.manifest)
    if known is None:
        message = f"{settings.out} is there already; replace it with --overwrite"
        raise UsageError(message)
    if other := differences(known, plan):
        message = (
            f"{settings.out} holds the features of another job (it differs in: {other}); choose "
            "another file, or replace it with --overwrite"
        )
        raise UsageError(message)
    return known


class _Taken:
    """What was taken in of users, and the posts on their way to the workers.

    Attributes:
        profiles: The numbers of users.
        left_out: How many rows were left out, by reason.
    """

    def __init__(self, people: People, settings: Settings, reporter: Reporter) -> None:
        self.profiles = Profiles()
        self.left_out: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()
        self._strangers: set[str] = set()
        self._people = people
        self._settings = settings
        self._reporter = reporter

    def tasks(self) -> Iterator[_Task]:
        """The blocks of posts that have no part yet; users are taken in on the way."""
        number = 0
        for intake in self._people.read(self._settings.rows_a_part):
            self.left_out["posts without a user"] += intake.nameless
            self.left_out["unreadable rows"] += intake.unreadable
            if intake.users is not None:
                self._take(intake.users)
            if intake.posts is None:
                continue
            self._keep_strangers(intake.posts)
            path = self._settings.parts.path(number)
            number += 1
            if path.exists():
                self._reporter.advance(len(intake.posts))
            else:
                yield _Task(path, _pack(intake.posts))

    def _take(self, users: pa.Table) -> None:
        names = pseudonymised(users[USER_ID], self._settings.pseudonyms).to_pylist()
        numbers, unread = profile_numbers(users)
        self.profiles.add(names, numbers)
        self.unread.update(unread)
        if self._settings.vault:
            columns = [_texts(users, column) for column in (USER_ID, NICKNAME, LINK)]
            accounts = zip(names, map(Account, *columns), strict=True)
            self._settings.vault.keep(dict(filter(_is_known, accounts)))

    def _keep_strangers(self, posts: pa.Table) -> None:
        """Keep the accounts of those who wrote but are not among the users, as far as is known."""
        if self._settings.vault:
            writers = pa.chunked_array([pc.unique(posts[USER_ID])])
            names = pseudonymised(writers, self._settings.pseudonyms).to_pylist()
            accounts = zip(names, map(Account, writers.to_pylist()), strict=True)
            strangers = {
                name: account
                for name, account in filter(_is_known, accounts)
                if name not in self.profiles and name not in self._strangers
            }
            self._settings.vault.keep(strangers, replace=False)
            self._strangers.update(strangers)


def _is_known(named: tuple[str, Account]) -> bool:
    """Whether an account is behind a pseudonym; all that is known of some may be that itself."""
    name, account = named
    return account.platform_id != name


def profile_numbers(users: pa.Table) -> tuple[Floats, Counter[str]]:
    """What is kept of profiles, and how many values could not be read, by column.

    Returns:
        Shape (users, `PROFILE_NUMBERS`).
    """
    columns: list[Floats] = []
    unread: Counter[str] = Counter()
    for name in PROFILE_NUMBERS:
        numbers: Floats = np.full(len(users), np.nan)
        if name in users.column_names:
            numbers, unread[name] = counts(users[name])
        columns.append(numbers)
    if PROFILE in users.column_names:
        lengths: Floats = (
            pc.binary_length(users[PROFILE].cast(pa.string())).cast(pa.float64()).to_numpy()
        )
        place = PROFILE_NUMBERS.index(PROFILE_BYTES)
        columns[place] = np.where(np.isnan(lengths), columns[place], lengths)
    return np.stack(columns, axis=1), +unread


def _texts(users: pa.Table, column: str) -> list[str | None]:
    if column not in users.column_names:
        return [None] * len(users)
    texts: list[str | None] = users[column].cast(pa.string()).to_pylist()
    return texts


def _make_work(pseudonyms: Pseudonyms | None, zone: ZoneInfo) -> Callable[[_Task], int]:
    """The function returned writes the part of a block and counts its posts."""

    def work(task: _Task) -> int:
        posts = _unpack(task.posts)
        users = pseudonymised(posts[USER_ID], pseudonyms)
        place = posts.schema.get_field_index(USER_ID)
        found = facts(posts.set_column(place, USER_ID, users), zone)
        unread = {_UNREAD: json.dumps(found.unread).encode()}
        write_part(found.table.replace_schema_metadata(unread), task.path)
        return len(found.table)

    return work


def _summed_up(settings: Settings, intake: _Taken, now: int) -> tuple[pa.Table, dict[str, Any]]:
    """The table of features, and what is to be told of it."""
    totals = Totals(intake.profiles.users, now)
    unread = intake.unread
    read = 0
    for path in settings.parts.parts():
        with path.open("rb") as stream:  # Arrow opens no path that is not UTF-8
            part = pq.read_table(stream)
        unread.update(json.loads(part.schema.metadata[_UNREAD]))
        read += len(part)
        totals.add(part)
    stripped = settings.layout is Layout.WU3D
    table = features_table(intake.profiles, totals, stripped=stripped)
    known = {name: len(table) - table[name].null_count for name in FEATURES}
    without = pc.sum(pc.equal(table["posts"], 0)).as_py() or 0
    return table, {
        "users": len(table),
        "posts": read - totals.repeated,
        "left_out": {
            **{reason: count for reason, count in intake.left_out.items() if count},
            **({"duplicate posts": totals.repeated} if totals.repeated else {}),
            **({"repeated users": intake.profiles.repeated} if intake.profiles.repeated else {}),
        },
        "users_without_posts": without,
        "users_without_profile": len(table) - len(intake.profiles),
        "posts_in_future": totals.in_future,
        "posts_without_time_of_day": totals.without_hour,
        "unread": {name: count for name, count in sorted(unread.items()) if count},
        "known": known,
    }


def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _unpack(rows: bytes) -> pa.Table:
    return pa.ipc.open_stream(rows).read_all()
