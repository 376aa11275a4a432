"""The forecast of the coming weeks: the combination, weighed by the last origins, with conformal intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studio.data.sales_history import SalesHistory
from studio.errors import StrategyError, UnknownThing
from studio.forecast.combination import COMBINATION, intervals, member_weights, with_combination
from studio.forecast.forecast_models import COMBINED, LEARNED, STATISTICAL
from studio.forecast.rolling import play
from studio.forecast.weekly_panel import Floats, Panel, read_panel
from studio.progress import Track, quiet

HORIZON_WEEKS = 4
_PLAYED_ORIGINS = 5
"""Origins, two weeks apart, by which the models are weighed and intervals are made."""


@dataclass(frozen=True, eq=False)
class DemandForecast:
    """What will sell."""

    panel: Panel
    weeks: tuple[int, ...]
    middle: Floats
    """(C, H) lines a week."""
    low: Floats
    high: Floats
    """(C, H) the interval, whose coverage is `coverage`."""
    coverage: float
    weights: dict[str, float]
    refused: dict[str, str]
    """Categories without a forecast and why."""

    def frame(self) -> pd.DataFrame:
        """category, week, monday, lines, low, high."""
        count = len(self.weeks)
        return pd.DataFrame(
            {
                "category": np.repeat(self.panel.categories, count),
                "week": np.tile(self.weeks, len(self.panel.categories)),
                "monday": [self.panel.calendar.monday_of(week) for week in self.weeks] * len(self.panel.categories),
                "lines": self.middle.ravel(),
                "low": self.low.ravel(),
                "high": self.high.ravel(),
            }
        )

    def of(self, category: str) -> pd.DataFrame:
        """The rows of a category. Raises StrategyError with the reason if it has no forecast."""
        if category in self.refused:
            raise StrategyError(f"category {category!r} cannot be forecast: {self.refused[category]}")
        found = self.frame().query("category == @category")
        if found.empty:
            raise UnknownThing("category", category)
        return found


def look_ahead(
    history: SalesHistory,
    *,
    horizon: int = HORIZON_WEEKS,
    coverage: float = 0.9,
    last_week: int | None = None,
    track: Track = quiet,
) -> DemandForecast:
    """Forecast every category that can be. Raises TooLittleHistory, and StrategyError for a senseless request."""
    if not 1 <= horizon <= 8:
        raise StrategyError(f"{horizon} weeks ahead cannot be forecast; ask for 1 to 8")
    if not 0.5 <= coverage < 1:
        raise StrategyError(f"coverage {coverage:g}: ask for 0.5 or more and less than 1")
    panel, refused = read_panel(history, horizon=horizon, last_week=last_week)
    now = panel.last_week
    # Far enough back that the longest horizon has come for most of them.
    origins = [now - horizon - 2 * back for back in reversed(range(_PLAYED_ORIGINS))] + [now]
    models = {name: {**STATISTICAL, **LEARNED}[name] for name in COMBINED}
    played = with_combination(play(panel, models, origins=origins, horizon=horizon, track=track), COMBINED)
    origin = len(origins) - 1
    low, high = intervals(played, origin=origin, coverage=coverage)
    return DemandForecast(
        panel=panel,
        weeks=tuple(range(now + 1, now + horizon + 1)),
        middle=played.forecasts[COMBINATION][origin],
        low=low,
        high=high,
        coverage=coverage,
        weights=dict(member_weights(played, COMBINED, origin=origin)),
        refused=refused,
    )
