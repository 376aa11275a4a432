"""Fits the representation of `NeuralLinearPolicy` to logged rewards. The only policy module that needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.policies.algorithms.linear import checked
from promo_engine.policies.algorithms.neural_linear import NeuralLinearPolicy, Representation
from promo_engine.policies.features import Floats, Singles
from promo_engine.policies.posterior import Sums
from promo_engine.ports.models import OfferPolicy


@dataclass(frozen=True)
class FitSettings:
    """One small network; a few seconds for ten thousand rewards."""

    hidden: int = 64
    width: int = 16
    epochs: int = 30
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    seed: int = 1


def refit(
    policy: OfferPolicy, log: Sequence[TrainingExample], settings: FitSettings | None = None
) -> NeuralLinearPolicy:
    """The next version: a representation fitted to the log, and the exact posterior of the log's rewards over it.

    The log holds every reward that counts, or as many of the latest as are worth keeping; what the policy knew beside
    them is gone. Raises ValueError for a log without rewards, for rows that cannot be learnt from and for other kinds.
    """
    if not isinstance(policy, NeuralLinearPolicy):
        raise ValueError(f"the policy {getattr(policy, 'kind', policy)!r} has no representation to fit")
    if not log:
        raise ValueError("log: there are no rewards to fit the representation to")
    rows, values, weights = checked(log, policy.row_length)
    chosen = settings or FitSettings()
    representation = _fit(rows.astype(np.float32), values, weights, chosen)
    columns = policy.row_length + chosen.width
    fresh = NeuralLinearPolicy(
        policy.settings,
        sums=Sums.empty(columns),
        representation=representation,
        version=policy.version,
        alarms=policy.alarms,
    )
    learnt = fresh.learn_rows(rows, values, weights=weights)
    return NeuralLinearPolicy(
        policy.settings,
        sums=learnt.sums,
        representation=representation,
        alarms=policy.alarms,
        version=policy.version + 1,
        reward_count=len(log),
    )


def _fit(rows: Singles, values: Floats, weights: Floats, settings: FitSettings) -> Representation:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        first, second = nn.Linear(rows.shape[1], settings.hidden), nn.Linear(settings.hidden, settings.width)
        network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Linear(settings.width, 1))
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        x, y = torch.from_numpy(rows), torch.from_numpy(values.astype(np.float32))
        w = torch.from_numpy(weights.astype(np.float32))
        for _ in range(settings.epochs):
            for batch in torch.split(torch.randperm(len(x)), settings.batch):
                optimizer.zero_grad()
                loss = (w[batch] * (network(x[batch])[:, 0] - y[batch]) ** 2).mean()
                loss.backward()
                optimizer.step()
        return Representation(_columns(first), _columns(second))


def _columns(layer: nn.Linear) -> Singles:
    """(in + 1, out), the bias last."""
    with torch.no_grad():
        return np.vstack([layer.weight.numpy().T, layer.bias.numpy()[None]]).astype(np.float32)
