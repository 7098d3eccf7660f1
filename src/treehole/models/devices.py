"""Where models are computed: which device, in which precision, from which seed."""

import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

_SEEDS = 1 << 63


def best_device() -> "torch.device":
    """The fastest device here: a GPU of NVIDIA's or AMD's, one of Apple's, or the processor."""
    import torch  # noqa: PLC0415  slow to load, and optional

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def fast_dtype(device: "torch.device") -> "torch.dtype":
    """The type that most is computed in where speed counts: bfloat16 where the device has it.

    Of processors, those that multiply whole tiles of it (Intel's AMX).
    """
    import torch  # noqa: PLC0415

    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    if device.type == "cpu" and torch.cpu._is_amx_tile_supported():  # no other way
        return torch.bfloat16
    return torch.float32


def fast_attention(device: "torch.device") -> str:
    """How attention is best computed when training, as `transformers` names it.

    On processors the plain way: half of all time goes into the other's gradients there.
    """
    return "eager" if device.type == "cpu" else "sdpa"


def autocast(device: "torch.device", dtype: "torch.dtype | None" = None) -> "torch.autocast":
    """A context in which models compute in `dtype`; by default, in `fast_dtype` of the device."""
    import torch  # noqa: PLC0415

    chosen = dtype or fast_dtype(device)
    return torch.autocast(device.type, dtype=chosen, enabled=chosen != torch.float32)


def seed_all(seed: int, step: int = 0) -> None:
    """Seed all chance: Python's, NumPy's and PyTorch's on every device.

    Args:
        seed: What a person chose.
        step: Where in the work this is. A job that seeds at every step can be resumed at any,
            and no state of a generator has to be kept.
    """
    import torch  # noqa: PLC0415

    mixed = mixed_seed(seed, step)
    random.seed(mixed)
    np.random.seed(mixed % (1 << 32))
    torch.manual_seed(mixed)


def mixed_seed(*numbers: int) -> int:
    """One seed from several numbers; another one for any other numbers."""
    state = np.random.SeedSequence(numbers).generate_state(1, np.uint64)
    return int(state[0]) % _SEEDS
