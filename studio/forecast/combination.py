"""Weigh the models by their past errors and put intervals around the result.

Weights and intervals of an origin come from earlier origins, and there only from weeks that had passed by then.
Intervals are split conformal (Vovk et al. 2005; Lei et al. 2018 for the scaled score): the absolute error over the
category's spread, its quantile over all categories, one for each horizon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from studio.forecast.rolling import Played
from studio.forecast.weekly_panel import Floats

COMBINATION = "combination"
_SHARPNESS = 4.0
"""Weights are errors to the power of minus this: a model a tenth worse weighs a third less."""


def with_combination(played: Played, members: Sequence[str]) -> Played:
    """The same with one more model, the weighted mean of the members."""
    rows = []
    for origin in range(len(played.origins)):
        weights = member_weights(played, members, origin=origin)
        rows.append(sum(weight * played.forecasts[name][origin] for name, weight in weights.items()))
    return replace(played, forecasts={**played.forecasts, COMBINATION: np.stack(rows)})


def member_weights(played: Played, members: Sequence[str], *, origin: int) -> Mapping[str, float]:
    """The weights at an origin (its index), from what had come by then; equal ones where nothing had."""
    known = _known_by(played, origin)
    if not known.any():
        return {name: 1.0 / len(members) for name in members}
    errors = {name: float(played.scaled_errors(name)[known].mean()) for name in members}
    raw = {name: max(error, 1e-9) ** -_SHARPNESS for name, error in errors.items()}
    return {name: weight / sum(raw.values()) for name, weight in raw.items()}


def half_widths(played: Played, *, origin: int, coverage: float) -> Floats:
    """(C, H) half of each interval's width around the combination, in lines.

    Raises ValueError where too little had come by that origin to say (fewer than 1 / (1 - coverage) errors).
    """
    known = _known_by(played, origin)
    scores = np.abs(played.forecasts[COMBINATION] - played.actual) / _spread(played)
    widths = []
    for ahead in range(known.shape[2]):
        past = np.sort(scores[..., ahead][known[..., ahead]])
        rank = int(np.ceil((len(past) + 1) * coverage))
        if rank > len(past):
            raise ValueError(f"origin {played.origins[origin]}: {len(past)} past errors are too few for intervals")
        widths.append(past[rank - 1])
    half: Floats = np.array(widths)[None, :] * _spread(played)[origin]
    return half


def intervals(played: Played, *, origin: int, coverage: float) -> tuple[Floats, Floats]:
    """(C, H) low and high around the combination at that origin; low is never negative."""
    middle, half = played.forecasts[COMBINATION][origin], half_widths(played, origin=origin, coverage=coverage)
    return np.maximum(middle - half, 0.0), middle + half


def _spread(played: Played) -> Floats:
    """(O, C, H) how far off a category may be: its usual change and, for sudden demand, the root of the forecast."""
    return played.scale[..., None] + np.sqrt(played.forecasts[COMBINATION] + 1.0)


def _known_by(played: Played, origin: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(O, C, H) whether that forecast was made before the origin and its week had passed."""
    origins = np.array(played.origins)[:, None, None]
    ahead = np.arange(1, played.actual.shape[2] + 1)[None, None, :]
    passed = (origins < played.origins[origin]) & (origins + ahead <= played.origins[origin])
    return np.asarray(np.broadcast_to(passed, played.actual.shape) & ~np.isnan(played.actual))
