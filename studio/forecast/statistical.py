"""One model a series, from statsforecast: what the panel's categories have in common is not used.

There is one year of data, so a yearly season cannot be seen. The seasonal naive forecast repeats the last **four
weeks**: pay days, mailers and campaigns come about monthly.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from studio.forecast.weekly_panel import Floats, Panel

SEASON_WEEKS = 4


class OneSeries:
    """A statsforecast model fitted to each category by itself; negative forecasts become 0."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def forecast(self, known: Panel) -> Floats:
        """(C, H) demand of the weeks after the panel's last."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # orders of ARIMA that do not converge are simply not chosen
            rows = [self._make().forecast(y=units, h=known.horizon)["mean"] for units in known.units]
        said: Floats = np.maximum(np.nan_to_num(np.stack(rows)), 0.0)
        return said


def naive() -> Any:
    """The last week again."""
    from statsforecast.models import Naive  # noqa: PLC0415  slow to import

    return Naive()


def seasonal_naive() -> Any:
    """The last four weeks again."""
    from statsforecast.models import SeasonalNaive  # noqa: PLC0415

    return SeasonalNaive(season_length=SEASON_WEEKS)


def window_average() -> Any:
    """The mean of the last eight weeks."""
    from statsforecast.models import WindowAverage  # noqa: PLC0415

    return WindowAverage(window_size=8)


def ets() -> Any:
    """Exponential smoothing, its form by AICc."""
    from statsforecast.models import AutoETS  # noqa: PLC0415

    return AutoETS(season_length=1)


def arima() -> Any:
    """ARIMA, its order by AICc."""
    from statsforecast.models import AutoARIMA  # noqa: PLC0415

    return AutoARIMA(season_length=1, max_p=2, max_q=2, max_d=1, approximation=True, nmodels=20)


def theta() -> Any:
    """The theta method, its form by the error."""
    from statsforecast.models import AutoTheta  # noqa: PLC0415

    return AutoTheta(season_length=1)
