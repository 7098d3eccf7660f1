"""`treehole doctor`: what is installed, and what is missing for which command."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Column, Table

import treehole
from treehole.annotation.server_environment import VARIABLE, find_program
from treehole.cli.options import Ontology, Rules
from treehole.cli.terminal import Terminal, counted
from treehole.errors import TreeholeError, UsageError
from treehole.knowledge.lexicon import Lexicon, load_lexicon
from treehole.knowledge.version import KnowledgeFiles, cache_folder
from treehole.models.builtin_encoder import BUILTIN_FOLDER
from treehole.models.devices import best_device, fast_dtype
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import RuleBook

_LIBRARIES = (
    "ahocorasick-rs", "cryptography", "fsspec", "google-re2", "httpx", "ijson", "jinja2",
    "lunardate", "numpy", "opencc", "pyarrow", "pyshacl", "pyswip", "rdflib", "rich", "rjieba",
    "typer", "watchfiles", "zstandard",
)  # fmt: skip
_COMMANDS = "all but ontology"
_ADDRESSES = "label (http addresses)"
_MODELS = "pretrain, train, predict, evaluate, report"
_OPTIONAL = {
    ("models", _MODELS): (
        "lightgbm", "safetensors", "scikit-learn", "scipy", "torch", "transformers",
    ),
    ("annotation", "annotate push, pull, agree, serve"): (
        "crowd-kit", "krippendorff", "label-studio-sdk", "starlette", "uvicorn",
    ),
}  # fmt: skip
"""Libraries by the extra that installs them, and what needs them."""
_INSTALL = "not installed; install it with: pip install 'treehole[{}]'"


def doctor(ontology: Ontology = None, rules: Rules = None) -> None:
    """Say what is installed, which versions, and what is missing for which command.

    Exits with 1 if anything is missing; what is for models and annotation only may be.
    """
    found_column = Column("found", overflow="fold")
    table = Table("part", found_column, "needed for", box=None, pad_edge=False)
    found = [_row(table, "treehole", lambda: treehole.__version__, "all")]
    found.append(_row(table, "Python", platform.python_version, "all"))
    found += [_row(table, name, partial(_version, name), "all") for name in _LIBRARIES]
    found.append(_row(table, "aiohttp", partial(_version, "aiohttp"), _ADDRESSES))
    found.append(_row(table, "SWI-Prolog", _prolog_version, _COMMANDS))
    files = KnowledgeFiles.locate(ontology, rules)
    found.append(_row(table, "ontologies", partial(_ontologies, files), "all"))
    found.append(_row(table, "rules", partial(_rules, files), _COMMANDS))
    found.append(_row(table, "git", _git_version, "diff of revisions"))
    for (extra, needed), names in _OPTIONAL.items():
        for name in names:
            table.add_row(name, _version_if_any(name) or escape(_INSTALL.format(extra)), needed)
    if _version_if_any("torch"):
        found.append(_row(table, "device", _device, _MODELS))
    table.add_row("builtin encoder", escape(_builtin_encoder()), "train without --from")
    table.add_row("Label Studio", escape(_label_studio()), "annotate up")
    table.add_row("knowledge version", files.version, "")
    table.add_row("cache", escape(str(cache_folder())), "")
    Terminal().print(table)
    if not all(found):
        raise typer.Exit(1)


def _row(table: Table, part: str, look: Callable[[], str], needed: str) -> bool:
    """Add what `look` finds; whether it found something."""
    try:
        table.add_row(part, escape(look()), needed)
    except TreeholeError as error:
        table.add_row(part, f"MISSING: {escape(str(error))}", needed, style="bold red")
        return False
    return True


def _version(library: str) -> str:
    version = _version_if_any(library)
    if version is None:
        message = f"install it with: pip install {library}"
        raise TreeholeError(message)
    return version


def _version_if_any(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _device() -> str:
    """What models are computed on, and in which precision."""
    try:
        import torch  # noqa: PLC0415  slow to load, and optional

        device = best_device()
        precision = str(fast_dtype(device)).removeprefix("torch.")
    except Exception as error:  # torch raises whatever its parts raise
        message = f"torch does not work ({error}); install it again"
        raise TreeholeError(message) from error
    name = counted(torch.get_num_threads(), "thread")
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    return f"{device.type} ({name}), {precision}"


def _builtin_encoder() -> str:
    if not BUILTIN_FOLDER.is_dir():
        return "none; name one with --encoder, or make one with treehole pretrain"
    size = sum(path.stat().st_size for path in BUILTIN_FOLDER.iterdir())
    return f"{size / 1e6:.1f} MB in {BUILTIN_FOLDER}"


def _label_studio() -> str:
    named = os.environ.get(VARIABLE)
    try:
        program = find_program(Path(named) if named else None)
    except UsageError as error:
        return f"{error} (the variable {VARIABLE})"
    return str(program or "not installed; install it with: treehole annotate install")


def _prolog_version() -> str:
    version = int(Prolog().ask("version"))
    return f"{version // 10_000}.{version // 100 % 100}.{version % 100}"


def _git_version() -> str:
    git = shutil.which("git")
    if git is None:
        message = "install it with: apt-get install git"
        raise TreeholeError(message)
    said = subprocess.run([git, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return said.stdout.removeprefix("git version ").strip()


def _ontologies(files: KnowledgeFiles) -> str:
    lexicon = load_lexicon(files)
    return f"{len(lexicon.concepts):,} concepts, {len(lexicon.labels):,} labels in {files.ontology}"


def _rules(files: KnowledgeFiles) -> str:
    lexicon: Lexicon = load_lexicon(files)
    book = RuleBook(Prolog(), files, lexicon)
    return f"{len(book.rules)} rules in {files.rules}"
