"""The folder that pretraining fills: what it is asked for, and whether a run may go on in it.

`training.json` says from the beginning what the folder is for. A run with the same settings on the
same texts goes on there; any other is refused.
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from treehole.corpus.locking import LOCK
from treehole.corpus.manifests import read_manifest
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import Source
from treehole.corpus.writing import write_json
from treehole.errors import OutputError, UsageError
from treehole.models.encoders import UNFINISHED, WEIGHTS, locate
from treehole.models.vocabulary import LARGEST

MANIFEST = "training.json"

_OWN = frozenset({
    "config.json", "generation_config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "vocab.txt", "README.md", MANIFEST, LOCK, UNFINISHED,
})  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What to make, and how. What differs from run to run is left out of the comparison.

    Attributes:
        out: The folder for the encoder.
        start: An encoder to continue; None for random weights.
        text_column: The column with the texts, in tables.
        hidden: Width of a new encoder.
        layers: Its layers.
        heads: Its attention heads.
        length: Tokens of a sequence.
        vocabulary: Its tokens, at most.
        min_count: How often a character has to occur to be a token.
        minutes: How long to train; one of this, `tokens` and `epochs` is given.
        tokens: How many tokens to read.
        epochs: How many times to read each.
        batch: Sequences a step; None for what suits the device.
        learning_rate: The highest; None for what suits a new or a continued encoder.
        seed: What all chance is drawn from.
        save_every: Minutes between two checkpoints.
        half: Keep half precision; None for what suits the size.
        compiled: Compile the model.
        licences: Those of the texts: none, one for all, or one for each.
        overwrite: Replace what the folder holds of another run.
    """

    out: Path
    start: str | None = None
    text_column: str = TEXT
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    length: int = 128
    vocabulary: int = LARGEST
    min_count: int = 5
    minutes: float | None = None
    tokens: int | None = None
    epochs: float | None = None
    batch: int | None = None
    learning_rate: float | None = None
    seed: int = 0
    save_every: float = 2.0
    half: bool | None = None
    compiled: bool = False
    licences: tuple[str, ...] = ()
    overwrite: bool = False


def check_settings(sources: Sequence[Source], settings: Settings) -> None:
    """Check that settings fit each other and the texts.

    Raises:
        UsageError: They do not.
    """
    if sum(x is not None for x in (settings.minutes, settings.tokens, settings.epochs)) != 1:
        message = "say how long to train with one of --minutes, --tokens and --epochs"
        raise UsageError(message)
    if settings.hidden % settings.heads:
        message = f"--hidden {settings.hidden} cannot be divided among {settings.heads} --heads"
        raise UsageError(message)
    if len(settings.licences) not in {0, 1, len(sources)}:
        message = (
            f"there are {len(sources)} texts and {len(settings.licences)} licences; give one "
            "--licence for all, or one for each in their order"
        )
        raise UsageError(message)


def planned(sources: Sequence[Source], settings: Settings) -> dict[str, Any]:
    """What makes a run this one and no other; reads all texts, for their hashes.

    Raises:
        TreeholeError: A text, or the encoder to be continued, cannot be read.
    """
    left_out = {"out", "overwrite", "save_every", "licences", "start"}
    licences = settings.licences * (len(sources) if len(settings.licences) == 1 else 1)
    return {
        "treehole": version("treehole"),
        "kind": "encoder",
        "inputs": [
            {
                "name": Path(source.name).name,
                "sha256": source.fingerprint(),
                "bytes": source.size,
                "licence": licences[number] if licences else None,
            }
            for number, source in enumerate(sources)
        ],
        "from": _start(settings),
        "settings": {k: v for k, v in asdict(settings).items() if k not in left_out},
    }


def _start(settings: Settings) -> dict[str, Any] | None:
    """The encoder to be continued, and the hash of its weights if they are at hand."""
    if settings.start is None:
        return None
    weights = Path(locate(settings.start)) / WEIGHTS
    if not weights.is_file():
        return {"name": settings.start, "sha256": None}
    if weights.resolve().parent == settings.out.resolve():
        message = f"{settings.out} is the encoder to be continued; choose another --out"
        raise UsageError(message)
    with weights.open("rb") as stream:
        return {"name": settings.start, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def prepare_folder(settings: Settings, plan: dict[str, Any]) -> dict[str, Any] | None:
    """Make the folder ready.

    Args:
        settings: What is asked for.
        plan: The same, as `planned` says it.

    Returns:
        The manifest if what is asked for is already there; else None.

    Raises:
        UsageError: The folder holds something else.
        OutputError: It cannot be read or written.
    """
    out = settings.out
    known = read_manifest(out / MANIFEST)
    if known is not None and known.get("kind") != "encoder":
        message = f"{out} holds a model, not an encoder; choose a new folder"
        raise UsageError(message)
    if known is None and (foreign := sorted(p.name for p in out.iterdir() if p.name != LOCK)):
        message = f"{out} holds something else ({foreign[0]}); choose a new folder"
        raise UsageError(message)
    if known is not None and settings.overwrite:
        _clear(out)
        known = None
    if known is None:
        write_json({**plan, "complete": False}, out / MANIFEST)
        return None
    if differing := _differences(known, plan):
        message = (
            f"{out} holds another run (it differs in: {', '.join(differing)}); choose a new "
            "folder, or replace it with --overwrite"
        )
        raise UsageError(message)
    if not known.get("complete"):
        return None
    shutil.rmtree(out / UNFINISHED, ignore_errors=True)  # it was killed while it cleared up
    return known


def _differences(known: dict[str, Any], plan: dict[str, Any]) -> list[str]:
    before = known.get("settings") or {}
    settings = [k for k, v in plan["settings"].items() if before.get(k) != v]
    texts = [entry.get("sha256") for entry in known.get("inputs") or []]
    same_texts = texts == [entry["sha256"] for entry in plan["inputs"]]
    start = [] if known.get("from") == plan["from"] else ["from"]
    release = [] if known.get("treehole") == plan["treehole"] else ["treehole"]
    return release + ([] if same_texts else ["texts"]) + start + settings


def _clear(out: Path) -> None:
    """Remove what an earlier run made, and nothing else; the manifest last."""
    try:
        for path in sorted(out.iterdir(), key=lambda path: path.name == MANIFEST):
            if path.name == UNFINISHED:
                shutil.rmtree(path)
            elif path.name in _OWN - {LOCK}:
                path.unlink()
    except OSError as error:
        message = f"{error.filename} cannot be removed: {error.strerror}; remove it by hand"
        raise OutputError(message) from error
