"""Encoders: what turns a comment into vectors.

An encoder is `builtin`, which comes with Treehole; a folder, such as `treehole pretrain` makes; or
the name of one on the Hugging Face hub, such as `bert-base-chinese`. Weights are read from
safetensors alone: a pickle can run any program when it is opened, so a folder with one in it is
refused.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from huggingface_hub import HfApi, constants, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedTokenizerFast

from treehole.errors import InputError
from treehole.models.builtin_encoder import BUILTIN, BUILTIN_FOLDER
from treehole.models.pickles import refuse_pickles
from treehole.models.vocabulary import prepared

UNFINISHED = "unfinished"
"""The folder in which `treehole pretrain` keeps what it needs to go on."""

WEIGHTS = "model.safetensors"
SHARDS = "model.safetensors.index.json"
LENGTH = 128
"""Tokens of a comment that are read (Fu et al. 2021)."""

_PATIENCE = 10.0
_REASON = 200

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TokenBatch:
    """Some comments of nearly the same length.

    Attributes:
        rows: Which comments these are, counted from 0; shape (comments,).
        input_ids: Their tokens, padded, shape (comments, tokens).
        attention_mask: 1 for tokens and 0 for padding, the same shape.
    """

    rows: Ints
    input_ids: Tensor
    attention_mask: Tensor


@dataclass(frozen=True)
class Encoder:
    """An encoder, loaded.

    Attributes:
        model: What gives a hidden state for each token, in float32, on the CPU.
        tokenizer: What turns texts into its tokens.
        name: What a person called it.
        hidden_size: Length of a hidden state.
    """

    model: nn.Module
    tokenizer: PreTrainedTokenizerFast
    name: str
    hidden_size: int


def encode(
    tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], length: int = LENGTH, size: int = 64
) -> Iterator[TokenBatch]:
    """Turn texts into tokens, shortest texts first, so that little is padded.

    Args:
        tokenizer: That of the encoder.
        texts: The comments as written; they are cleaned as everywhere in Treehole.
        length: Tokens kept of each, [CLS] and [SEP] among them.
        size: Comments a batch.

    Yields:
        Batches; together they hold each comment once.
    """
    if not texts:
        return
    ids = tokenizer(
        prepared(texts),
        truncation=True,
        max_length=length,
        return_attention_mask=False,
        return_token_type_ids=False,
    )["input_ids"]
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        own = lengths[rows]
        mask = np.arange(own[-1]) < own[:, None]
        padded = np.full(mask.shape, tokenizer.pad_token_id or 0, np.int64)
        padded[mask] = np.concatenate([ids[row] for row in rows])
        yield TokenBatch(rows, torch.from_numpy(padded), torch.from_numpy(mask.astype(np.int64)))


def load_encoder(name: str = BUILTIN) -> Encoder:
    """Load an encoder.

    Args:
        name: `builtin`, a folder, or a name on the Hugging Face hub.

    Raises:
        InputError: There is none of that name, it cannot be fetched, or it is no encoder.
    """
    place = locate(name)
    with quiet():
        try:
            config = AutoConfig.from_pretrained(place, trust_remote_code=False)
            model = AutoModel.from_pretrained(
                place,
                config=config,
                use_safetensors=True,
                dtype=torch.float32,
                trust_remote_code=False,
            )
            tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        except Exception as error:  # transformers raises whatever its parts raise
            raise unloadable(name, error) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        message = f"{name} has a tokenizer of an old kind; choose an encoder with a tokenizer.json"
        raise InputError(message)
    hidden = getattr(config, "hidden_size", None)
    if not isinstance(hidden, int):
        message = f"{name} is a {config.model_type}, no encoder of text; choose another"
        raise InputError(message)
    return Encoder(model.eval(), tokenizer, name, hidden)


def locate(name: str) -> str:
    """Where an encoder can be loaded from: a folder that has been looked into, or a hub name.

    Raises:
        InputError: There is nothing of that name, or nothing that may be loaded.
    """
    if name == BUILTIN:
        if not (BUILTIN_FOLDER / WEIGHTS).exists():
            message = (
                "this copy of Treehole has no encoder built in; make one with `treehole pretrain "
                "TEXT... --out DIR` and name DIR, or name one on the Hugging Face hub"
            )
            raise InputError(message)
        return str(BUILTIN_FOLDER)
    folder = Path(name).expanduser()
    if folder.exists():
        check_folder(folder)
        return str(folder)
    if name.startswith((".", "~", os.sep)) or name.count("/") > 1:
        message = f"{name} does not exist; check the path"
        raise InputError(message)
    _reach(name)
    return name


def check_folder(folder: Path) -> None:
    """Check that a folder can be a model: whole, and with nothing pickled in it.

    Raises:
        InputError: It cannot.
    """
    if not folder.is_dir():
        message = f"{folder} is no folder; name the folder that holds the model"
        raise InputError(message)
    refuse_pickles(folder)
    if (folder / UNFINISHED).exists():
        message = (
            f"{folder} is not finished; run `treehole pretrain` again as it was called, and it "
            "goes on"
        )
        raise InputError(message)
    weights = WEIGHTS if not (folder / SHARDS).exists() else SHARDS
    tokenizer = "tokenizer.json" if (folder / "tokenizer.json").exists() else "vocab.txt"
    for needed in ("config.json", weights, tokenizer):
        if not (folder / needed).is_file():
            message = f"{folder} is no whole model: it has no {needed}; make or copy it again"
            raise InputError(message)
    _check_config(folder)


@contextmanager
def quiet() -> Iterator[None]:
    """No notes and no bars of the libraries on standard error while the block runs."""
    before = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity(transformers.logging.CRITICAL)
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(before)


def unloadable(name: str, error: Exception) -> InputError:
    """Says why an encoder could not be loaded, by what `transformers` raised."""
    reason = " ".join(str(error).split())[:_REASON] or type(error).__name__
    return InputError(
        f"{name} cannot be loaded as an encoder: {reason}; choose another, or fetch it again"
    )


def _check_config(folder: Path) -> None:
    try:
        config: Any = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"{folder}/config.json is damaged ({error}); make or copy the model again"
        raise InputError(message) from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in transformers.CONFIG_MAPPING:
        message = f"{folder} is no encoder (its config.json says {kind or 'nothing of a kind'})"
        raise InputError(message + "; name one such as treehole pretrain makes")
    if str(kind).startswith("treehole"):
        message = f"{folder} is a classifier, not an encoder; name the encoder it was trained from"
        raise InputError(message)


def _reach(name: str) -> None:
    """Check that a hub name is at hand, or can be fetched; one request, no repeated waiting."""
    try:
        if isinstance(try_to_load_from_cache(name, "config.json"), str):
            return
        if constants.HF_HUB_OFFLINE:
            raise _offline(name)
        HfApi().model_info(name, timeout=_PATIENCE)
    except InputError:
        raise
    except HFValidationError as error:
        message = f"{name} is neither a folder nor a name on the Hugging Face hub; check it"
        raise InputError(message) from error
    except HfHubHTTPError as error:
        message = (
            f"the Hugging Face hub gives no model {name}; check the name, and whether it needs "
            "`hf auth login`"
        )
        raise InputError(message) from error
    except Exception as error:  # of the network, by whichever library the hub's client uses
        raise _offline(name) from error


def _offline(name: str) -> InputError:
    local = name.rsplit("/", maxsplit=1)[-1]
    return InputError(
        f"{name} is not on this machine and the Hugging Face hub cannot be reached; fetch it where "
        f"there is a network (hf download {name} --local-dir {local}), copy the folder here and "
        f"name it, or use the encoder `{BUILTIN}`"
    )
