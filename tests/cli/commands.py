"""Runs `treehole` as a person does, in a process of its own; see preloaded.py."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import treehole.cli

Row = dict[str, Any]

SCRIPT = Path(__file__).with_name("preloaded.py")

_FOLDER = Path(treehole.cli.__file__).parent
COMMANDS = tuple(f"treehole.cli.{path.stem}" for path in _FOLDER.glob("[a-z]*.py"))
WITH_MODELS = {"pretrain", "train", "predict", "evaluate", "report"}
MODELS = (
    "treehole.analysis.evaluation", "treehole.models.baselines", "treehole.models.folder",
    "treehole.models.pretraining", "treehole.pipeline.training", "treehole.report.evaluation",
    "treehole.cli.report.models", "treehole.cli.report.users", "treehole.report.users_page",
    "transformers.models.bert.modeling_bert", "transformers.models.auto.modeling_auto",
)  # fmt: skip
"""What the commands with models load, but slowly, and so only when they are called."""
ANNOTATION = (
    "label_studio_sdk",
    *(f"treehole.cli.annotate.{path.stem}" for path in (_FOLDER / "annotate").glob("[a-z]*.py")),
)
WATCH = tuple(f"treehole.cli.watch.{path.stem}" for path in (_FOLDER / "watch").glob("[a-z]*.py"))
LIBRARIES = {"all": (), "models": MODELS, "annotation": ANNOTATION, "watch": WATCH}

SECONDS = 120
"""What a command may take before a test is given up."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """What stands in the one line on standard error, after the name of the command."""
        assert self.err.startswith("treehole: "), self
        assert self.err.endswith("\n"), self
        assert self.err.count("\n") == 1, self
        assert "Traceback" not in self.err + self.out
        assert self.code in {1, 2}, self
        return self.err.removeprefix("treehole: ").rstrip("\n")


class Preloaded:
    """The processes that commands are forked from: with the models' libraries, and without."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._servers: dict[str, subprocess.Popen[bytes]] = {}

    def command(self, name: str) -> list[str]:
        """What is to be run in place of `python -m treehole`, for the command of that name."""
        what = "annotation" if name == "annotate" else "models" if name in WITH_MODELS else "all"
        what = "watch" if name == "watch" else what
        path = self._folder / what
        if what not in self._servers:
            modules = COMMANDS + LIBRARIES[what]
            self._servers[what] = subprocess.Popen(
                [sys.executable, "-X", "utf8", SCRIPT, "serve", path, *modules],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            while not path.exists():
                assert self._servers[what].poll() is None, self._servers[what].communicate()
                time.sleep(0.02)
        return [sys.executable, "-I", "-S", "-X", "utf8", str(SCRIPT), "ask", str(path)]

    def end(self) -> None:
        for server in self._servers.values():
            server.communicate()


@dataclass(frozen=True)
class Treehole:
    """The command, run in `folder`."""

    folder: Path
    cache: Path
    preloaded: Preloaded

    def __call__(
        self, *arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> Ended:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"}
        }
        environment |= {"XDG_CACHE_HOME": str(self.cache), "PYTHONUTF8": "1", **(env or {})}
        command = [sys.executable, "-m", "treehole"]
        if arguments and not any(name.startswith("PYTHON") for name in env or {}):
            command = self.preloaded.command(str(arguments[0]))
        done = subprocess.run(
            [*command, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def label(self, *arguments: str | Path, out: str = "labels", stdin: bytes = b"") -> pa.Table:
        """Label, which must go well and quietly; the labels."""
        ended = self("label", *arguments, "--out", out, "--quiet", stdin=stdin)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        return self.table(out)

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def parts(self, out: str = "labels") -> list[Path]:
        return sorted((self.folder / out).glob("*-*.parquet"))

    def table(self, out: str = "labels") -> pa.Table:
        """The labels in a folder."""
        return pa.concat_tables([pq.read_table(path) for path in self.parts(out)])

    def rows(self, out: str = "labels") -> list[Row]:
        rows: list[Row] = self.table(out).to_pylist()
        return rows

    def manifest(self, out: str = "labels") -> Row:
        manifest: Row = json.loads((self.folder / out / "manifest.json").read_text("utf-8"))
        return manifest


def csv_of(rows: Iterable[Sequence[str]], header: Sequence[str] = ("text",)) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()
