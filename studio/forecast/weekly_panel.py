"""Weekly demand of categories as arrays, with promotions and holidays, which are known ahead.

Demand is counted in lines of baskets (a product in a basket), because quantities may mix pieces and weights. Weeks that
lack days, at the beginning and at the end, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from studio.data.sales_history import Calendar, SalesHistory
from studio.errors import StrategyError, TooLittleHistory

Floats = NDArray[np.float64]
FIRST_WEEK = 2
LEAST_LINES = 100
LEAST_WEEKS_SOLD = 26
INPUTS = ("couponed", "feast_days", "feast_next_week", "closed_days")
PROMOTION_INPUTS = 1
"""How many of them are the shop's own doing; they come first."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Demand of C categories in T weeks; inputs reach H weeks further."""

    categories: tuple[str, ...]
    first_week: int
    units: Floats
    """(C, T) lines of baskets."""
    inputs: Floats
    """(C, T + H, inputs) what the shop knows ahead, in the order of INPUTS. The first is log(1 + count) / 4 of
    customers with a coupon."""
    calendar: Calendar

    @property
    def last_week(self) -> int:
        """The newest week with sales."""
        return self.first_week + int(self.units.shape[1]) - 1

    @property
    def horizon(self) -> int:
        """How many weeks ahead the inputs reach."""
        return int(self.inputs.shape[1] - self.units.shape[1])

    def known_at(self, week: int, *, horizon: int) -> Panel:
        """What was known when `week` ended: its sales and before, inputs `horizon` weeks further."""
        count = week - self.first_week + 1
        if not 0 < count <= self.units.shape[1] or count + horizon > self.inputs.shape[1]:
            raise ValueError(f"week {week} and {horizon} more lie outside of the panel")
        return replace(self, units=self.units[:, :count], inputs=self.inputs[:, : count + horizon])

    def only(self, rows: NDArray[np.bool_]) -> Panel:
        """Some of the categories."""
        kept = tuple(name for name, keep in zip(self.categories, rows, strict=True) if keep)
        return replace(self, categories=kept, units=self.units[rows], inputs=self.inputs[rows])

    def row(self, category: str) -> int:
        """The row of a category. Raises StrategyError for one that is not among them."""
        try:
            return self.categories.index(category)
        except ValueError:
            raise StrategyError(f"category {category!r} is not forecast") from None


def read_panel(history: SalesHistory, *, horizon: int, last_week: int | None = None) -> tuple[Panel, dict[str, str]]:
    """The categories that can be forecast, and by name the reason why each other one cannot.

    Raises TooLittleHistory if there are fewer than 26 weeks or nothing can be forecast.
    """
    sold = history.category_weeks
    last = min(last_week or history.calendar.last_whole_week, history.calendar.last_whole_week)
    weeks = np.arange(FIRST_WEEK, last + 1)
    if len(weeks) < LEAST_WEEKS_SOLD:
        raise TooLittleHistory("the sales history", found=len(weeks), needed=LEAST_WEEKS_SOLD, unit="weeks")
    table = sold.pivot_table(index="category", columns="week", values="units", aggfunc="sum", observed=True)
    table = table.reindex(columns=weeks).fillna(0.0)
    refused = {str(name): reason for name, row in table.iterrows() if (reason := _refusal(row.to_numpy()))}
    table = table[~table.index.astype(str).isin(list(refused))]
    if table.empty:
        raise TooLittleHistory("every category", found=0, needed=LEAST_LINES, unit="lines")
    names = tuple(str(name) for name in table.index)
    ahead = np.arange(FIRST_WEEK, last + horizon + 1)
    feasts = _feasts(history, ahead)
    feasts = np.broadcast_to(feasts, (len(names), *feasts.shape))
    inputs = np.concatenate([_promotions(history, names, ahead), feasts], axis=2)
    return Panel(names, FIRST_WEEK, table.to_numpy(dtype=np.float64), inputs, history.calendar), refused


def _refusal(units: Floats) -> str:
    if units.sum() < LEAST_LINES:
        return f"{units.sum():.0f} lines in all, at least {LEAST_LINES} are needed"
    if (units > 0).sum() < LEAST_WEEKS_SOLD:
        return f"sold in {(units > 0).sum()} weeks, at least {LEAST_WEEKS_SOLD} are needed"
    return ""


def _promotions(history: SalesHistory, names: tuple[str, ...], weeks: NDArray[np.int64]) -> Floats:
    """(C, weeks, 1) couponed, in logarithms."""
    # Differences of logarithms are ratios, whatever the size of the category.
    return np.log1p(_couponed(history, names, weeks)[:, :, None]) / 4.0


def _couponed(history: SalesHistory, names: tuple[str, ...], weeks: NDArray[np.int64]) -> Floats:
    """(C, weeks) customers that hold a coupon for the category, summed over running campaigns."""
    about = history.coupons.merge(history.products[["product_id", "category"]], on="product_id")
    pairs = about[["campaign_id", "category"]].dropna().drop_duplicates()
    reached = history.targetings.groupby("campaign_id").size().rename("reached")
    running = pairs.merge(history.campaigns, on="campaign_id").join(reached, on="campaign_id")
    table = pd.DataFrame(0.0, index=list(names), columns=weeks)
    for week in weeks:
        monday = history.calendar.monday_of(int(week))
        now = running[(running["starts_on"] < monday + pd.Timedelta(days=7)) & (running["ends_on"] >= monday)]
        table[week] = now.groupby("category")["reached"].sum().reindex(table.index).fillna(0.0)
    return table.to_numpy(dtype=np.float64)


def _feasts(history: SalesHistory, weeks: NDArray[np.int64]) -> Floats:
    """(weeks, 3) feasts in the week, feasts on Monday to Wednesday of the next, days that the shop is closed."""
    calendar = history.calendar
    first, last = calendar.monday_of(int(weeks[0])), calendar.monday_of(int(weeks[-1]))
    feasts = feast_days(history.profile.country, first.year, last.year + 1)
    sold_on = set(history.lines["day"].dt.date)
    until = max(sold_on)
    closed = {name for day, name in feasts.items() if first.date() <= day <= until and day not in sold_on}
    open_on = {name for day, name in feasts.items() if day in sold_on}
    closed -= open_on
    rows = []
    for week in weeks:
        monday = calendar.monday_of(int(week)).date()
        named = [feasts.get(monday + timedelta(days=day), "") for day in range(10)]
        rows.append(
            [
                sum(bool(name) and name not in closed for name in named[:7]),
                sum(bool(name) for name in named[7:]),
                sum(name in closed for name in named[:7]),
            ]
        )
    return np.array(rows, dtype=np.float64)


def feast_days(country: str, first_year: int, last_year: int) -> dict[date, str]:
    """The country's public holidays by day, and Easter; nothing where the country is not known."""
    years = range(first_year, last_year + 1)
    try:
        known = holidays.country_holidays(country, years=years, observed=False)
    except NotImplementedError:
        return {}
    western = holidays.country_holidays("DE", years=years, language="en_US")
    easter = {day - timedelta(days=1): "Easter" for day, name in western.items() if name == "Easter Monday"}
    return dict(known.items()) | easter
