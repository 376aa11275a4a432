"""Every way to forecast, by the name under which its figures are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from studio.forecast import statistical
from studio.forecast.boosting import Boosting
from studio.forecast.recurrent import Recurrent
from studio.forecast.statistical import OneSeries
from studio.forecast.weekly_panel import Floats, Panel


class ForecastModel(Protocol):
    """Learns from what is known and says what follows."""

    def forecast(self, known: Panel) -> Floats:
        """(C, H) demand of the H weeks after the panel's last, from nothing but `known`; finite, never negative."""
        ...


STATISTICAL: Mapping[str, ForecastModel] = {
    "naive": OneSeries(statistical.naive),
    "seasonal_naive": OneSeries(statistical.seasonal_naive),
    "window_average": OneSeries(statistical.window_average),
    "ets": OneSeries(statistical.ets),
    "arima": OneSeries(statistical.arima),
    "theta": OneSeries(statistical.theta),
}
LEARNED: Mapping[str, ForecastModel] = {
    "boosting": Boosting(),
    "lstm": Recurrent("lstm"),
    "gru": Recurrent("gru"),
}
COMBINED = ("ets", "theta", "boosting", "lstm", "gru")
"""Those that the combination weighs. ARIMA takes as long as all of them and is not better than theta."""
ALL: Mapping[str, ForecastModel] = {**STATISTICAL, **LEARNED}
