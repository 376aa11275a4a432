"""What the pooled models learn from: windows of all categories, demand as the logarithm of its ratio to a level.

A window ends at some week of the past; its level is the mean of its last eight weeks. So a category that sells ten a
week and one that sells a thousand teach each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.forecast.weekly_panel import Floats, Panel

LOOK_BACK = 12
LEVEL_WEEKS = 8
_SMOOTH = 1.0
"""Lines added to demand and level: a category at rest has ratio 1, not 0/0."""


@dataclass(frozen=True, eq=False)
class Windows:
    """N windows of LOOK_BACK weeks and what followed."""

    past: Floats
    """(N, LOOK_BACK) log ratios."""
    past_inputs: Floats
    """(N, LOOK_BACK, inputs)."""
    next_inputs: Floats
    """(N, H, inputs)."""
    traffic: Floats
    """(N, LOOK_BACK) the same log ratio of all categories together."""
    level: Floats
    """(N,) lines a week."""
    category: Floats
    """(N,) row of the category."""
    target: Floats
    """(N, H) log ratios of what followed; NaN where that is not yet known."""

    def demand(self, log_ratio: Floats) -> Floats:
        """(N, H) log ratios back to lines a week, never negative."""
        return np.maximum(np.exp(log_ratio) * (self.level[:, None] + _SMOOTH) - _SMOOTH, 0.0)


def windows_at(known: Panel, ends: range | list[int]) -> Windows:
    """The windows whose last week is the column before each of `ends`, for every category.

    Every target comes from the known sales only. Raises ValueError for an end with too short a past.
    """
    if min(ends) < LOOK_BACK:
        raise ValueError(f"a window needs {LOOK_BACK} weeks")
    units, horizon = known.units, known.horizon
    padded = np.concatenate([units, np.full((len(units), horizon), np.nan)], axis=1)
    total = units.sum(axis=0, keepdims=True)
    parts: list[tuple[Floats, ...]] = []
    for end in ends:
        past = slice(end - LOOK_BACK, end)
        level = units[:, end - LEVEL_WEEKS : end].mean(axis=1)
        base = np.log(level + _SMOOTH)[:, None]
        all_base = np.log(total[:, end - LEVEL_WEEKS : end].mean() + _SMOOTH)
        traffic = np.broadcast_to(np.log(total[:, past] + _SMOOTH) - all_base, (len(units), LOOK_BACK))
        parts.append(
            (
                np.log(units[:, past] + _SMOOTH) - base,
                known.inputs[:, past],
                known.inputs[:, end : end + horizon],
                traffic,
                level,
                np.arange(len(units), dtype=np.float64),
                np.log(padded[:, end : end + horizon] + _SMOOTH) - base,
            )
        )
    return Windows(*[np.concatenate(columns) for columns in zip(*parts, strict=True)])


def training_windows(known: Panel) -> Windows:
    """Every window of the past after which at least one week is known."""
    return windows_at(known, range(LOOK_BACK, known.units.shape[1]))


def newest_windows(known: Panel) -> Windows:
    """The window that ends with the last known week, one a category."""
    return windows_at(known, [known.units.shape[1]])
