"""Weekly demand of categories as arrays, with promotions and holidays, which are known ahead.

Demand is counted in lines of baskets (a product in a basket), because quantities mix pieces, pounds and thousandths of
gallons. Week 1 is a single day and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from studio.data.sales_history import SalesHistory, monday_of
from studio.errors import StrategyError, TooLittleHistory

Floats = NDArray[np.float64]
FIRST_WEEK = 2
LEAST_LINES = 100
LEAST_WEEKS_SOLD = 26
_FEASTS = ("Memorial Day", "Independence Day", "Labor Day", "Thanksgiving Day", "Christmas Day", "New Year's Day")
_CLOSED = "Christmas Day"
INPUTS = ("displayed", "mailed", "couponed", "feast_days", "feast_next_week", "closed_days")


@dataclass(frozen=True, eq=False)
class Panel:
    """Demand of C categories in T weeks; inputs reach H weeks further."""

    categories: tuple[str, ...]
    first_week: int
    units: Floats
    """(C, T) lines of baskets."""
    inputs: Floats
    """(C, T + H, inputs) what the shop knows ahead, in the order of INPUTS. The first three are log(1 + count) / 4
    of placements with a display, placements in the mailer, and households with a coupon."""

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

    Where placements are known they count as planned for the weeks ahead; beyond the last known week the mean of the
    last four weeks stands in. Raises TooLittleHistory if there are fewer than 26 weeks or nothing can be forecast.
    """
    sold = history.category_weeks
    last = last_week or int(history.lines["week"].max())
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
    inputs = np.concatenate([_promotions(history, names, ahead), _calendar(len(names), ahead)], axis=2)
    return Panel(names, FIRST_WEEK, table.to_numpy(dtype=np.float64), inputs), refused


def _refusal(units: Floats) -> str:
    if units.sum() < LEAST_LINES:
        return f"{units.sum():.0f} lines in all, at least {LEAST_LINES} are needed"
    if (units > 0).sum() < LEAST_WEEKS_SOLD:
        return f"sold in {(units > 0).sum()} weeks, at least {LEAST_WEEKS_SOLD} are needed"
    return ""


def _promotions(history: SalesHistory, names: tuple[str, ...], weeks: NDArray[np.int64]) -> Floats:
    """(C, weeks, 3) displayed, mailed, couponed, in logarithms."""
    found = np.zeros((len(names), len(weeks), 3))
    try:
        placed = history.placement_shares
    except StrategyError:  # the database has no placements: demand is forecast without them
        placed = None
    if placed is not None:
        for column, name in enumerate(("displayed", "mailed")):
            table = placed.pivot_table(index="category", columns="week", values=name, aggfunc="sum", observed=True)
            known = table.reindex(index=list(names), columns=weeks).fillna(0.0).to_numpy(dtype=np.float64, copy=True)
            beyond = weeks > placed["week"].max()
            known[:, beyond] = known[:, ~beyond][:, -4:].mean(axis=1, keepdims=True)
            found[:, :, column] = known
    found[:, :, 2] = _couponed(history, names, weeks)
    # Differences of logarithms are ratios, whatever the size of the category; nothing of later weeks is needed.
    return np.log1p(found) / 4.0


def _couponed(history: SalesHistory, names: tuple[str, ...], weeks: NDArray[np.int64]) -> Floats:
    """(C, weeks) households that hold a coupon for the category, summed over running campaigns."""
    about = history.coupons.merge(history.products[["product_id", "category"]], on="product_id")
    pairs = about[["campaign_id", "category"]].dropna().drop_duplicates()
    reached = history.targetings.groupby("campaign_id").size().rename("reached")
    running = pairs.merge(history.campaigns, on="campaign_id").join(reached, on="campaign_id")
    table = pd.DataFrame(0.0, index=list(names), columns=weeks)
    for week in weeks:
        monday = monday_of(int(week))
        now = running[(running["starts_on"] < monday + pd.Timedelta(days=7)) & (running["ends_on"] >= monday)]
        table[week] = now.groupby("category")["reached"].sum().reindex(table.index).fillna(0.0)
    return table.to_numpy(dtype=np.float64)


def _calendar(count: int, weeks: NDArray[np.int64]) -> Floats:
    """(count, weeks, 3) feasts in the week, feasts on Monday to Wednesday of the next, days that shops are closed."""
    feasts = feast_days(monday_of(int(weeks[0])).year, monday_of(int(weeks[-1])).year + 1)
    rows = []
    for week in weeks:
        monday = monday_of(int(week)).date()
        days = [monday + timedelta(days=day) for day in range(10)]
        named = [feasts.get(day, "") for day in days]
        rows.append(
            [
                sum(bool(name) and name != _CLOSED for name in named[:7]),
                sum(bool(name) for name in named[7:]),
                sum(name == _CLOSED for name in named[:7]),
            ]
        )
    return np.broadcast_to(np.array(rows, dtype=np.float64), (count, len(weeks), 3))


def feast_days(first_year: int, last_year: int) -> dict[date, str]:
    """The American holidays on which people shop for a table, by day, and Easter."""
    known = holidays.country_holidays("US", years=range(first_year, last_year + 1), observed=False)
    found = {day: name for day, name in known.items() if name in _FEASTS}
    western = holidays.country_holidays("DE", years=range(first_year, last_year + 1), language="en_US")
    return found | {day - timedelta(days=1): "Easter" for day, name in western.items() if name == "Easter Monday"}
