"""Make probabilities mean what they say: Platt's straight line through the logits, fitted on weeks not learnt from.

The line keeps the order, so that no ranking changes. Platt, Probabilistic outputs for support vector machines, 1999.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from promo_engine.user_model.training.training_rows import Rows


def platt(parts: Sequence[tuple[Tensor, Rows]], *, output: int) -> Tensor:
    """(2,) slope and shift for one output; `parts` are logits (N, outputs) and their rows. Nothing known: 1 and 0."""
    if not parts:
        return torch.tensor([1.0, 0.0])
    logit = np.concatenate([logits[:, output].numpy() for logits, _ in parts])
    label = np.concatenate([rows.label[:, output] for _, rows in parts])
    weight = np.concatenate([rows.weight * rows.seen[rows.snapshot, output] for _, rows in parts])
    known = weight > 0
    if len(np.unique(label[known])) < 2:
        return torch.tensor([1.0, 0.0])
    line = LogisticRegression(C=1e6).fit(logit[known, None], label[known], sample_weight=weight[known])
    slope = float(line.coef_[0, 0])
    if slope <= 0.0:  # an output that ranks worse than chance; a turned one would rank the other way round
        return torch.tensor([1.0, 0.0])
    return torch.tensor([slope, float(line.intercept_[0])])


def calibration_error(probability: np.ndarray, happened: np.ndarray, *, bins: int = 15) -> float:
    """Expected calibration error: |mean probability - share that happened|, averaged over bins of equal size."""
    order = np.argsort(probability, kind="stable")
    gaps = [
        abs(float(probability[part].mean()) - float(happened[part].mean())) * len(part)
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return sum(gaps) / len(order)
