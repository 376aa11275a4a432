from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from studio.data.sales_history import Calendar
from studio.errors import StrategyError
from studio.forecast.demand_forecast import DemandForecast
from studio.forecast.weekly_panel import INPUTS, Panel
from studio.plan.stock import ReorderRules, pieces_per_line, reorder


def a_forecast() -> DemandForecast:
    panel = Panel(
        ("MILK", "SOAP"), 2, np.zeros((2, 30)), np.zeros((2, 34, len(INPUTS))), Calendar(pd.Timestamp("2026-01-05"), 31)
    )
    middle = np.array([[100.0] * 4, [0.0] * 4])
    half = np.array([[16.449] * 4, [0.0] * 4])  # a deviation of ten lines at 90 %
    return DemandForecast(panel, (32, 33, 34, 35), middle, np.maximum(middle - half, 0), middle + half, 0.9, {}, {})


def test_an_order_covers_lead_and_review_with_safety() -> None:
    table = reorder(a_forecast(), {"MILK": 2.0}, ReorderRules(), on_hand={"MILK": 50.0}).set_index("category")
    assert table.loc["MILK", "expected"] == 400
    assert table.loc["MILK", "safety"] == pytest.approx(1.645 * np.sqrt(200) * 2, rel=1e-3)
    assert table.loc["MILK", "order"] == 397
    assert table.loc["SOAP", "order"] == 0, "weeks of zeros ask for nothing"
    full = reorder(a_forecast(), {}, ReorderRules(), on_hand={"MILK": 1e6})
    assert full["order"].tolist() == [0, 0]


@pytest.mark.parametrize(
    "wrong", [{"lead_weeks": -1}, {"review_weeks": 0}, {"service": 1.0}, {"service": float("nan")}]
)
def test_senseless_rules_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(StrategyError):
        ReorderRules(**wrong)


def test_stock_that_cannot_be_is_refused() -> None:
    with pytest.raises(StrategyError, match="5 are to be covered"):
        reorder(a_forecast(), {}, ReorderRules(lead_weeks=4))
    for stock in ({"HORSES": 1.0}, {"MILK": -1.0}, {"MILK": float("nan")}):
        with pytest.raises(StrategyError, match="stock of"):
            reorder(a_forecast(), {}, ReorderRules(), on_hand=stock)


def test_pieces_of_a_line() -> None:
    lines = pd.DataFrame({"category": ["MILK", "MILK", None], "pieces": [1, 3, 9]})
    assert pieces_per_line(lines) == {"MILK": 2.0}
