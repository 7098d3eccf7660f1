"""Checkpoints: all that training needs to go on, in one file that is whole or not there.

Weights and what AdamW remembers of them are tensors in safetensors; how far the work is stands in
its header as JSON. Nothing is pickled.
"""

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save
from torch import nn
from torch.optim import Optimizer

from treehole.corpus.writing import replacing
from treehole.errors import InputError

_WEIGHTS = "weights/"
_MOMENTS = ("exp_avg", "exp_avg_sq")
_STEP = "step"
_STATE = "state"


def save_checkpoint(
    model: nn.Module, optimizer: Optimizer, state: dict[str, Any], path: Path
) -> None:
    """Write a checkpoint.

    Args:
        model: Its parameters are kept.
        optimizer: AdamW; what it remembers of them is kept.
        state: Whatever JSON can hold.
        path: The file to make or replace.

    Raises:
        OutputError: It cannot be written there.
    """
    tensors = {}
    for name, parameter in model.named_parameters():
        tensors[_WEIGHTS + name] = parameter.detach()
        remembered = optimizer.state.get(parameter, {})
        for key in (*_MOMENTS, _STEP):
            if key in remembered:
                tensors[f"{key}/{name}"] = remembered[key]
    kept = {name: tensor.cpu() for name, tensor in tensors.items()}
    content = save(kept, {_STATE: json.dumps(state)})
    with replacing(path) as stream:
        stream.write(content)


def load_checkpoint(model: nn.Module, optimizer: Optimizer, path: Path) -> dict[str, Any]:
    """Take weights, and what AdamW remembers of them, from a checkpoint.

    Args:
        model: Of the same shape as the one kept.
        optimizer: AdamW over its parameters.
        path: The file.

    Returns:
        The state that was kept with them.

    Raises:
        InputError: It is damaged, or of another model.
    """
    try:
        with safe_open(path, framework="pt") as kept:
            names = set(kept.keys())
            for name, parameter in model.named_parameters():
                parameter.data.copy_(kept.get_tensor(_WEIGHTS + name))
                found = [key for key in (*_MOMENTS, _STEP) if f"{key}/{name}" in names]
                if found:
                    optimizer.state[parameter] = {
                        key: kept.get_tensor(f"{key}/{name}").to(parameter.device) for key in found
                    }
            state: dict[str, Any] = json.loads(kept.metadata()[_STATE])
    except Exception as error:  # safetensors has errors of its own
        message = f"{path} is damaged or of another model; begin again with --overwrite"
        raise InputError(message) from error
    return state
