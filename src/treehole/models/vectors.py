"""Sentence vectors of a frozen encoder, worked out once and kept in the cache folder.

A file is named by a hash of everything that the vectors follow from: the encoder, the tokenizer and
the texts in their order. It holds numbers alone, never a text, and only its owner may read it. The
last few files are kept; all of them can be deleted at any time.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from treehole.corpus.writing import replacing
from treehole.errors import OutputError
from treehole.knowledge.version import cache_folder
from treehole.models.classifiers import RiskClassifier
from treehole.models.devices import autocast, fast_dtype
from treehole.models.encoders import encode
from treehole.models.vocabulary import prepared

log = logging.getLogger(__name__)

KEPT = 6
"""Files; the one that was not used for longest goes first."""

_FORMAT = 1
"""Raised when vectors are worked out in another way, so that older files are not read."""

_OF_NO_EFFECT = frozenset(("_name_or_path", "architectures", "truncation", "padding"))
"""Of the settings of encoder and tokenizer: where they came from, and what they did last."""

_POOLER = "pooler."
"""Weights after the last hidden state, which sentence vectors are; often they are of chance."""

_NAME, _DIGEST = "vectors", "sha256"

Floats = npt.NDArray[np.float32]


def sentence_vectors(
    classifier: RiskClassifier,
    tokenizer: Any,
    texts: Sequence[str],
    advance: Callable[[int], None],
) -> Floats:
    """The sentence vectors of comments, from the cache if they are in it.

    Args:
        classifier: Its encoder is used, on the device it is on.
        tokenizer: That of the encoder.
        texts: The comments as written.
        advance: Told how many more comments have been encoded.

    Returns:
        Shape (comments, hidden), in the order of the texts.
    """
    path = _folder() / f"{_key(classifier, tokenizer, texts)}.safetensors"
    shape = len(texts), int(classifier.encoder.config.hidden_size)
    found = _read(path, shape)
    if found is not None:
        advance(len(texts))
        return found
    made = _encoded(classifier, tokenizer, texts, advance)
    _keep(made, path)
    return made


def _folder() -> Path:
    return cache_folder() / _NAME


def _key(classifier: RiskClassifier, tokenizer: Any, texts: Sequence[str]) -> str:
    config = classifier.config
    dtype = fast_dtype(next(classifier.parameters()).device)
    digest = hashlib.sha256()
    words = json.loads(tokenizer.backend_tokenizer.to_str())
    parts = {**config.encoder, **words}
    parts = {name: value for name, value in parts.items() if name not in _OF_NO_EFFECT}
    settings = [_FORMAT, config.tokens, str(dtype), parts]
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, weights in sorted(classifier.encoder.state_dict().items()):
        if name.startswith(_POOLER):
            continue
        digest.update(f"{name} {tuple(weights.shape)} {weights.dtype}\0".encode())
        digest.update(weights.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    for text in prepared(texts):
        written = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(written)}\0".encode())
        digest.update(written)
    return digest.hexdigest()


@torch.inference_mode()
def _encoded(
    classifier: RiskClassifier,
    tokenizer: Any,
    texts: Sequence[str],
    advance: Callable[[int], None],
) -> Floats:
    classifier.eval()
    device = next(classifier.parameters()).device
    found = np.zeros((len(texts), classifier.encoder.config.hidden_size), np.float32)
    for batch in encode(tokenizer, texts, classifier.config.tokens):
        with autocast(device):
            vectors = classifier.vectors(
                batch.input_ids.to(device), batch.attention_mask.to(device)
            )
        found[batch.rows] = vectors.float().cpu().numpy()
        advance(len(batch.rows))
    return found


def _read(path: Path, shape: tuple[int, int]) -> Floats | None:
    """What a file holds; None if there is none, or it is damaged."""
    try:
        with safe_open(path, framework="numpy") as kept:
            vectors: Floats = kept.get_tensor(_NAME)
            digest = (kept.metadata() or {}).get(_DIGEST)
        os.utime(path)
    except (OSError, SafetensorError) as reason:
        log.debug("no usable vectors at %s: %s", path, reason)
        return None
    whole = vectors.shape == shape and vectors.dtype == np.float32 and digest == _digest(vectors)
    return vectors if whole else None


def _keep(vectors: Floats, path: Path) -> None:
    """Write a file if that can be done, and let old ones go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)  # much of a text can be told from its vector
        with replacing(path) as stream:
            stream.write(save({_NAME: vectors}, {_DIGEST: _digest(vectors)}))
        files = sorted(path.parent.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)
        for old in files[:-KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, OutputError) as reason:
        log.debug("vectors not kept: %s", reason)


def _digest(vectors: Floats) -> str:
    return hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
