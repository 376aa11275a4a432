"""Play forecasts over the past: at each origin only what was known then, compared with what came (rolling origin).

MASE: the absolute error over the mean absolute change from week to week that was known at the origin (Hyndman and
Koehler 2006, the non-seasonal scale, the same for every model). sMAPE: 200 |y - f| / (|y| + |f|), 0 where both are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from studio.forecast.forecast_models import ForecastModel
from studio.forecast.weekly_panel import Floats, Panel
from studio.progress import Track, quiet


@dataclass(frozen=True, eq=False)
class Played:
    """What was forecast at O origins, and what came."""

    origins: tuple[int, ...]
    """Last known weeks."""
    forecasts: Mapping[str, Floats]
    """By model: (O, C, H) lines a week."""
    actual: Floats
    """(O, C, H); NaN for weeks beyond the panel."""
    scale: Floats
    """(O, C) mean absolute change from week to week, known at the origin; at least a tenth of a line."""

    def scaled_errors(self, model: str) -> Floats:
        """(O, C, H) absolute errors over the scale; their mean is MASE."""
        return np.abs(self.forecasts[model] - self.actual) / self.scale[..., None]

    def mase(self, model: str, *, origins: slice = slice(None)) -> float:
        """The mean over origins, categories and horizons."""
        return float(np.nanmean(self.scaled_errors(model)[origins]))

    def smape(self, model: str, *, origins: slice = slice(None)) -> float:
        """Percent, between 0 and 200."""
        said, came = self.forecasts[model][origins], self.actual[origins]
        size = np.abs(said) + np.abs(came)
        return float(np.nanmean(200.0 * np.abs(said - came) / np.where(size > 0, size, 1.0)))


def play(
    panel: Panel,
    models: Mapping[str, ForecastModel],
    *,
    origins: Sequence[int],
    horizon: int,
    track: Track = quiet,
) -> Played:
    """Forecast at each origin with each model."""
    said: dict[str, list[Floats]] = {name: [] for name in models}
    padded = np.pad(panel.units, ((0, 0), (0, horizon)), constant_values=np.nan)
    actual, scale = [], []
    steps = [(origin, name) for origin in origins for name in models]
    for origin, name in track(steps, "playing forecasts over the past"):
        said[name].append(models[name].forecast(panel.known_at(origin, horizon=horizon)))
    for origin in origins:
        count = origin - panel.first_week + 1
        actual.append(padded[:, count : count + horizon])
        scale.append(weekly_change(panel.units[:, :count]))
    forecasts = {name: np.stack(rows) for name, rows in said.items()}
    return Played(tuple(origins), forecasts, np.stack(actual), np.stack(scale))


def weekly_change(units: Floats) -> Floats:
    """(C,) mean absolute change from week to week, at least a tenth of a line."""
    change: Floats = np.maximum(np.abs(np.diff(units, axis=1)).mean(axis=1), 0.1)
    return change
