"""Checkpoints."""

from pathlib import Path

import pytest
import torch
from torch import nn

from treehole.errors import InputError
from treehole.models.checkpoints import load_checkpoint, save_checkpoint


def trained(steps: int) -> tuple[nn.Module, torch.optim.AdamW]:
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    for _ in range(steps):
        step(model, optimizer)
    return model, optimizer


def step(model: nn.Module, optimizer: torch.optim.AdamW) -> None:
    model(torch.ones(1, 3)).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def weights(model: nn.Module) -> list[float]:
    return [value for parameter in model.parameters() for value in parameter.flatten().tolist()]


@pytest.mark.parametrize("steps", [0, 3])
def test_it_goes_on_as_if_nothing_had_happened(tmp_path: Path, steps: int) -> None:
    model, optimizer = trained(steps)
    save_checkpoint(model, optimizer, {"step": steps, "curve": [1.5]}, tmp_path / "kept")
    other, others = trained(0)
    assert load_checkpoint(other, others, tmp_path / "kept") == {"step": steps, "curve": [1.5]}
    for _ in range(2):
        step(model, optimizer)
        step(other, others)
    assert weights(model) == weights(other)


def test_what_is_damaged_or_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    model, optimizer = trained(1)
    save_checkpoint(model, optimizer, {}, path)
    with pytest.raises(InputError, match="of another model"):
        load_checkpoint(nn.Linear(4, 2), optimizer, path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="damaged"):
        load_checkpoint(model, optimizer, path)
