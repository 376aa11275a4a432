"""The network of the recurrent forecasts and how it learns. The only forecasting module that needs torch."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from studio.forecast.weekly_panel import INPUTS, Floats
from studio.forecast.windows import Windows

Cell = Literal["lstm", "gru"]
_HIDDEN, _EPOCHS, _BATCH = 24, 12, 256


class RecurrentNetwork(nn.Module):
    """A recurrent cell reads the past weeks; a small head reads its state and the inputs of the week asked for."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        kind = nn.LSTM if cell == "lstm" else nn.GRU
        self.cell = kind(2 + len(INPUTS), _HIDDEN, batch_first=True)
        self.head = nn.Sequential(nn.Linear(_HIDDEN + 2 * len(INPUTS) + 2, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, past: Tensor, ahead: Tensor, about: Tensor) -> Tensor:
        """past (N, T, 2 + inputs), ahead (N, H, 2 * inputs + 1), about (N, 1) → (N, H) log ratios."""
        memory = self.cell(past)[0][:, -1]  # (N, hidden)
        horizon = ahead.shape[1]
        fixed = torch.cat([memory, about], dim=1)[:, None].expand(-1, horizon, -1)
        answer: Tensor = self.head(torch.cat([fixed, ahead], dim=2))[..., 0]
        return answer


def fitted(windows: Windows, *, cell: Cell, seed: int) -> RecurrentNetwork:
    """A network that has learned from these windows. Raises ArithmeticError if the loss is no number."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = RecurrentNetwork(cell)
    past, ahead, about = _tensors(windows)
    target = torch.from_numpy(windows.target).float()
    weight = torch.from_numpy(np.sqrt(windows.level + 1.0)).float()[:, None] * ~torch.isnan(target)
    weight, target = weight / weight.mean(), torch.nan_to_num(target)
    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=1e-3)
    steps = _EPOCHS * -(-len(target) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=8e-3, total_steps=steps)
    for _ in range(_EPOCHS):
        for rows in torch.split(torch.randperm(len(target)), _BATCH):
            error = network(past[rows], ahead[rows], about[rows]) - target[rows]
            loss = (error.abs() * weight[rows]).mean()
            if not torch.isfinite(loss):
                raise ArithmeticError(f"the {cell}'s loss is {loss.item()}")
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network


def answer(network: RecurrentNetwork, windows: Windows) -> Floats:
    """(N, H) what a fitted network says of these windows, as log ratios."""
    said: Floats = network(*_tensors(windows)).detach().numpy()
    return said


def _tensors(windows: Windows) -> tuple[Tensor, Tensor, Tensor]:
    past = np.concatenate([windows.past[..., None], windows.traffic[..., None], windows.past_inputs], axis=2)
    horizon = windows.next_inputs.shape[1]
    usual = np.repeat(windows.past_inputs[:, -8:].mean(axis=1)[:, None], horizon, axis=1)
    position = np.broadcast_to(np.arange(horizon)[None, :, None] / 4.0, (*windows.next_inputs.shape[:2], 1))
    ahead = np.concatenate([windows.next_inputs, windows.next_inputs - usual, position], axis=2)
    about = np.log1p(windows.level)[:, None] / 5.0
    return torch.from_numpy(past).float(), torch.from_numpy(ahead).float(), torch.from_numpy(about).float()
