from __future__ import annotations

import numpy as np
import pytest

from studio.data.sales_history import SalesHistory
from studio.errors import StrategyError, TooLittleHistory, UnknownThing
from studio.forecast.demand_forecast import DemandForecast
from studio.forecast.weekly_panel import INPUTS, read_panel


def test_a_category_with_three_sales_is_refused_with_the_reason(real_history: SalesHistory) -> None:
    panel, refused = read_panel(real_history, horizon=4)
    counted = real_history.category_weeks.groupby("category", observed=True)["units"].sum()
    rare = str(counted.idxmin())
    assert "at least 100 are needed" in refused[rare]
    assert len(panel.categories) + len(refused) == len(counted)
    zeros = np.zeros((len(panel.categories), 4))
    forecast = DemandForecast(panel, (54, 55, 56, 57), zeros, zeros, zeros, 0.9, {}, refused)
    with pytest.raises(StrategyError, match="cannot be forecast: "):
        forecast.of(rare)
    with pytest.raises(UnknownThing):
        forecast.of("HORSES")
    assert len(forecast.of("SOFT DRINKS")) == 4


def test_half_a_year_is_needed(real_history: SalesHistory) -> None:
    with pytest.raises(TooLittleHistory, match="20 weeks are too few, at least 26"):
        read_panel(real_history, horizon=4, last_week=21)


def test_promotions_and_holidays_are_known_ahead(real_history: SalesHistory) -> None:
    panel, _ = read_panel(real_history, horizon=4, last_week=40)
    assert panel.inputs.shape == (len(panel.categories), 43, len(INPUTS))
    thanksgiving = panel.inputs[0, :, INPUTS.index("feast_days")]
    assert thanksgiving[36 - panel.first_week] == 0
    assert thanksgiving[37 - panel.first_week] == 1  # Labor Day, 4 September, a Monday
    couponed = panel.inputs[panel.row("SOFT DRINKS"), :, INPUTS.index("couponed")]
    assert couponed.max() > 1, "some hundred customers hold a coupon for soft drinks in some weeks"
    assert couponed.min() == 0
