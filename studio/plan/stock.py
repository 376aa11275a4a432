"""Reorder suggestions from the forecast: order up to what covers the lead time and the review period (newsvendor).

The forecast's interval gives the spread of a week; weeks are taken as independent, so spreads add up in squares. Stock
on hand is not in the data: the user gives it, or it is taken as nothing, which the result says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from studio.errors import StrategyError
from studio.forecast.demand_forecast import DemandForecast


@dataclass(frozen=True)
class ReorderRules:
    """How a shop reorders."""

    lead_weeks: int = 1
    """From order to shelf."""
    review_weeks: int = 1
    """Between orders."""
    service: float = 0.95
    """The probability to have enough until the next delivery."""

    def __post_init__(self) -> None:
        if self.lead_weeks < 0 or self.review_weeks < 1:
            raise StrategyError("lead time has to be 0 weeks or more, review period 1 or more")
        if not 0.5 <= self.service < 1:
            raise StrategyError(f"service level {self.service:g}: 0.5 or more and less than 1 is needed")


def reorder(
    forecast: DemandForecast,
    pieces_per_line: Mapping[str, float],
    rules: ReorderRules,
    *,
    on_hand: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """By category: expected and safety (pieces until the delivery after next), on_hand, order (whole pieces).

    Raises StrategyError if the forecast does not reach so far, or stock is negative or of an unknown category.
    """
    covered = rules.lead_weeks + rules.review_weeks
    if covered > len(forecast.weeks):
        raise StrategyError(f"the forecast reaches {len(forecast.weeks)} weeks, {covered} are to be covered")
    stock = on_hand or {}
    for name, count in stock.items():
        if name not in forecast.panel.categories:
            raise StrategyError(f"stock of {name!r}: there is no forecast of this category")
        if not count >= 0:
            raise StrategyError(f"stock of {name!r} is {count}; 0 or more is needed")
    names = forecast.panel.categories
    pieces = np.array([pieces_per_line.get(name, 1.0) for name in names])
    deviation = (forecast.high - forecast.middle) / norm.ppf(0.5 + forecast.coverage / 2)
    expected = forecast.middle[:, :covered].sum(axis=1) * pieces
    safety = norm.ppf(rules.service) * np.sqrt((deviation[:, :covered] ** 2).sum(axis=1)) * pieces
    held = np.array([stock.get(name, 0.0) for name in names])
    return pd.DataFrame(
        {
            "category": names,
            "expected": expected,
            "safety": safety,
            "on_hand": held,
            "order": np.ceil(np.maximum(expected + safety - held, 0.0)).astype("int64"),
        }
    )


def pieces_per_line(cleaned: pd.DataFrame) -> dict[str, float]:
    """The mean pieces of a line, by category, of cleaned lines."""
    means = cleaned.dropna(subset="category").groupby("category", observed=True)["pieces"].mean()
    return {str(name): float(value) for name, value in means.items()}
