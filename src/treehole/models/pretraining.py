"""Pretraining: from text files to an encoder, in one folder.

While it runs, the folder has `training.json`, which says what it is for, and `unfinished/` with the
tokens, the vocabulary and the last checkpoint. Run again with the same settings on the same texts,
it goes on; with others it is refused. At the end `unfinished/` is gone, and the folder is a model
that `transformers` opens: it holds nothing of the texts.
"""

import json
import math
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from treehole.corpus.locking import locked
from treehole.corpus.sources import Source
from treehole.corpus.writing import replacing, sweep, write_json, write_text
from treehole.errors import InputError, OutputError, UsageError
from treehole.models.devices import best_device, fast_attention, fast_dtype, seed_all
from treehole.models.documents import documents
from treehole.models.encoder_card import card
from treehole.models.encoders import UNFINISHED, WEIGHTS, locate, quiet, unloadable
from treehole.models.masked_language import (
    MEASURED,
    MaskedLanguageTraining,
    Plan,
    Progress,
)
from treehole.models.masked_objective import frequencies
from treehole.models.pretraining_folder import (
    MANIFEST,
    Settings,
    check_settings,
    planned,
    prepare_folder,
)
from treehole.models.token_files import (
    HELD_OUT,
    TRAIN,
    Counted,
    Sequences,
    flag,
    open_tokens,
    read_counts,
    write_tokens,
)
from treehole.models.vocabulary import CharacterCounts, choose_vocabulary, make_tokenizer

CHECKPOINT = "checkpoint.safetensors"
RATE, RATE_TO_CONTINUE = 5e-4, 5e-5
BATCH_ON_GPU, BATCH_ELSEWHERE = 1024, 64
SMALL = 8_000_000
"""Parameters of an encoder that is kept in half precision, at most: 16 MB."""

_LINES = 10_000


class Telling(NamedTuple):
    """Whom to tell of the progress.

    Attributes:
        counting: Told which work on the texts is being done, and how many of its units are.
        training: Told how the training goes.
    """

    counting: Callable[[str, int], None]
    training: Callable[[Progress], None]


def pretrain(sources: Sequence[Source], settings: Settings, telling: Telling) -> dict[str, Any]:
    """Make an encoder, or go on making it.

    Args:
        sources: The texts.
        settings: What to make, and how.
        telling: Whom to tell of the progress.

    Returns:
        The manifest, as it stands in the folder.

    Raises:
        KeyboardInterrupt: A person stopped it; what was done stays.
        TreeholeError: Of several kinds; what was done stays.
    """
    check_settings(sources, settings)
    plan = planned(sources, settings)
    with locked(settings.out):
        sweep(settings.out)
        if done := prepare_folder(settings, plan):
            return done
        return _make(sources, settings, plan, telling)


def _make(
    sources: Sequence[Source], settings: Settings, plan: dict[str, Any], telling: Telling
) -> dict[str, Any]:
    work = settings.out / UNFINISHED
    work.mkdir(exist_ok=True)
    sweep(work)
    tokenizer = _tokenizer(sources, settings, work, telling)
    counted = read_counts(work)
    if counted is None:
        counted = write_tokens(
            _documents(sources, settings),
            tokenizer,
            work,
            lambda tokens: telling.counting("tokens", tokens),
        )
    seed_all(settings.seed)
    model = _model(settings, tokenizer)
    device = best_device()
    model.set_attn_implementation(fast_attention(device))
    course = _course(settings, counted, device)
    training = MaskedLanguageTraining(model, tokenizer, counted.bits, course, device)
    counts = frequencies(open_tokens(work, TRAIN, counted), counted.bits, model.config.vocab_size)
    if (work / CHECKPOINT).exists():
        training.resume(work / CHECKPOINT)
    elif settings.start is None:
        training.start_from(counts)
    _train(training, tokenizer, settings, counted, telling)
    measured = _measure(training, tokenizer, settings, counted, counts)
    manifest = {
        **plan,
        "complete": True,
        "texts": asdict(counted),
        "model": _shape(model, settings),
        "trained": {
            "steps": training.run.step,
            "tokens": training.run.tokens,
            "seconds": round(training.run.seconds, 1),
            "batch": course.batch,
            "learning_rate": course.learning_rate,
            "precision": str(course.dtype).removeprefix("torch."),
        },
        "held_out": measured,
        "device": _name(device),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "transformers", "tokenizers")},
        },
        "curve": training.run.curve,
    }
    _finish(model, tokenizer, settings, manifest)
    return manifest


def _documents(sources: Sequence[Source], settings: Settings) -> Iterator[list[str]]:
    for source in sources:
        yield from documents(source, settings.text_column)


def _tokenizer(
    sources: Sequence[Source], settings: Settings, work: Path, telling: Telling
) -> PreTrainedTokenizerFast:
    """That of the encoder to be continued, or a new one for these texts."""
    if settings.start:
        return _existing_tokenizer(settings.start)
    path = work / "vocabulary.json"
    if not path.exists():
        counts, held, number = CharacterCounts(), [], 0
        for lines in _documents(sources, settings):
            held += lines
            number += len(lines)
            if len(held) >= _LINES:
                counts.add(held)
                held = []
                telling.counting("lines", number)
        counts.add(held)
        write_json(choose_vocabulary(counts, settings.min_count, settings.vocabulary), path)
    return make_tokenizer(json.loads(path.read_text("utf-8")), settings.length)


def _existing_tokenizer(name: str) -> PreTrainedTokenizerFast:
    place = locate(name)
    with quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(place)
        except Exception as error:
            raise unloadable(name, error) from error
    needed = ("mask_token_id", "cls_token_id", "sep_token_id", "unk_token_id")
    fast = isinstance(tokenizer, PreTrainedTokenizerFast)
    if not fast or any(getattr(tokenizer, token) is None for token in needed):
        message = f"{name} has no tokenizer with [MASK], [CLS] and [SEP]; choose one of BERT's kind"
        raise InputError(message)
    return tokenizer


def _model(settings: Settings, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    if settings.start is None:
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=settings.hidden,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            intermediate_size=4 * settings.hidden,
            max_position_embeddings=settings.length,
            pad_token_id=tokenizer.pad_token_id,
        )
        return BertForMaskedLM(config)
    with quiet():
        try:
            model = AutoModelForMaskedLM.from_pretrained(
                locate(settings.start), use_safetensors=True, dtype=torch.float32
            )
        except Exception as error:
            raise unloadable(settings.start, error) from error
    readable = model.config.max_position_embeddings
    if settings.length > readable:
        message = f"{settings.start} reads {readable} tokens; choose --length {readable} or less"
        raise UsageError(message)
    return model


def _course(settings: Settings, counted: Counted, device: torch.device) -> Plan:
    batch = settings.batch or (BATCH_ON_GPU if device.type == "cuda" else BATCH_ELSEWHERE)
    tokens = settings.tokens
    if settings.epochs is not None:
        tokens = round(settings.epochs * counted.train)
    rate = settings.learning_rate or (RATE_TO_CONTINUE if settings.start else RATE)
    return Plan(
        steps=None if tokens is None else max(1, math.ceil(tokens / (batch * settings.length))),
        seconds=None if settings.minutes is None else 60 * settings.minutes,
        batch=batch,
        learning_rate=rate,
        seed=settings.seed,
        save_every=60 * settings.save_every,
        dtype=fast_dtype(device),
        compiled=settings.compiled,
    )


def _train(
    training: MaskedLanguageTraining,
    tokenizer: PreTrainedTokenizerFast,
    settings: Settings,
    counted: Counted,
    telling: Telling,
) -> None:
    sequences = _sequences(TRAIN, tokenizer, settings, counted)
    held = _held_out(tokenizer, settings, counted)
    checkpoint = settings.out / UNFINISHED / CHECKPOINT
    training.train(sequences, held, checkpoint, telling.training)


def _measure(
    training: MaskedLanguageTraining,
    tokenizer: PreTrainedTokenizerFast,
    settings: Settings,
    counted: Counted,
    counts: npt.NDArray[np.float64],
) -> dict[str, float] | None:
    """The loss on what is held out, and that of guessing by frequency; None if nothing is."""
    if not counted.held_out:
        return None
    loss, blind = training.losses(_held_out(tokenizer, settings, counted), counts)
    return {
        "loss": round(loss, 4),
        "perplexity": round(math.exp(loss), 2),
        "unigram_loss": round(blind, 4),
        "unigram_perplexity": round(math.exp(blind), 2),
    }


def _held_out(
    tokenizer: PreTrainedTokenizerFast, settings: Settings, counted: Counted
) -> npt.NDArray[np.int64]:
    """What the loss is measured on, shape (sequences, tokens)."""
    if not counted.held_out:
        return np.zeros((0, settings.length), np.int64)
    return _sequences(HELD_OUT, tokenizer, settings, counted).in_order(MEASURED)


def _sequences(
    name: str, tokenizer: PreTrainedTokenizerFast, settings: Settings, counted: Counted
) -> Sequences:
    tokens = open_tokens(settings.out / UNFINISHED, name, counted)
    first = tokenizer.cls_token_id | flag(counted.bits)
    return Sequences(tokens, settings.length, first, settings.seed)


def _shape(model: PreTrainedModel, settings: Settings) -> dict[str, Any]:
    config = model.config
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "hidden": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "vocabulary": config.vocab_size,
        "length": settings.length,
    }


def _finish(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    settings: Settings,
    manifest: dict[str, Any],
) -> None:
    """Write the encoder; the weights after all that explains them, the manifest last."""
    out = settings.out
    half = settings.half
    if half is None:
        half = settings.start is None and manifest["model"]["parameters"] <= SMALL
    dtype = torch.float16 if half else torch.float32
    with replacing(out / WEIGHTS) as stream:
        stream.write(
            save(
                {n: p.detach().to("cpu", dtype) for n, p in model.named_parameters()},
                {"format": "pt"},
            )
        )
    try:
        tokenizer.save_pretrained(out)
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror or error}"
        raise OutputError(message) from error
    config = {**model.config.to_dict(), "dtype": str(dtype).removeprefix("torch.")}
    write_json({**config, "architectures": [type(model).__name__]}, out / "config.json")
    write_text(card(manifest, out.resolve().name), out / "README.md")
    write_json(manifest, out / MANIFEST)
    shutil.rmtree(out / UNFINISHED)


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    threads = torch.get_num_threads()
    return f"{platform.machine()} processor, {threads} thread{'s' * (threads > 1)}"
