"""Weekly pieces, prices and coupons of product families, from the shop's own order lines.

A family is what stands under one price tag: same category, type, brand and package. The price is what everybody saw:
(sales + what codes took off for single customers) / pieces, the median of the week; a discount that the shop gave to
all is in it. A week in which a family did not sell has no price to be seen: it gets that of its category in that week,
or of the nearest week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from studio.data.preparation import clean_lines
from studio.data.sales_history import SalesHistory
from studio.errors import TooLittleHistory

Floats = npt.NDArray[np.float64]

LEAST_WEEKS = 26
_STEADY_SHARE = 0.75
_FAMILY = ["category", "product_type", "brand", "package_size"]


@dataclass(frozen=True)
class Panel:
    """All arrays are (families, weeks)."""

    families: pd.DataFrame
    """One row a family: `category`, `product_type`, `revenue_cents` and `units` of all weeks."""
    units: Floats
    log_price: Floats
    """ln of the price in cents."""
    coupon: Floats
    """Share of the customers that held a coupon for the family."""
    baskets: Floats
    """(weeks,): baskets of the whole shop, for what moves all families alike."""

    def of_category(self, category: str) -> Panel:
        """Return the families of one category."""
        return self.rows(np.flatnonzero((self.families["category"] == category).to_numpy()))

    def steady(self) -> Panel:
        """Return the families that sold in three weeks of four: their prices were nearly always there to be seen."""
        sold = (self.units > 0).mean(axis=1)
        return self.rows(np.flatnonzero(sold >= _STEADY_SHARE))

    def rows(self, chosen: npt.NDArray[np.intp]) -> Panel:
        """Return these families."""
        return Panel(
            self.families.iloc[chosen].reset_index(drop=True),
            self.units[chosen],
            self.log_price[chosen],
            self.coupon[chosen],
            baskets=self.baskets,
        )


def read_panel(history: SalesHistory) -> Panel:
    """Count whole weeks. Raises TooLittleHistory for fewer than 26 of them, or if nothing of a category was sold."""
    first, last = 2, history.calendar.last_whole_week
    weeks = last - first + 1
    if weeks < LEAST_WEEKS:
        raise TooLittleHistory("price effects", found=max(weeks, 0), needed=LEAST_WEEKS, unit="whole weeks")
    lines = clean_lines(history.lines).lines
    lines = lines[lines["week"].between(first, last) & (lines["pieces"] > 0)]
    baskets = lines.groupby("week")["basket_id"].nunique().reindex(range(first, last + 1), fill_value=0)
    goods = lines.dropna(subset="category").merge(_families(history.products), on="product_id")
    if goods.empty:
        raise TooLittleHistory("price effects", found=0, needed=1, unit="sales of a product with a category")
    goods = goods.assign(row=pd.factorize(goods["family"], sort=True)[0], column=goods["week"] - first)
    families = goods.groupby("row").agg(
        category=("category", "first"),
        product_type=("product_type", "first"),
        units=("pieces", "sum"),
        revenue_cents=("sales_cents", "sum"),
    )
    families["category"] = families["category"].astype("str")
    shape = (len(families), weeks)
    return Panel(
        families.reset_index(drop=True),
        _grid(goods, goods["pieces"], shape),
        _log_prices(goods, families["category"], shape),
        _coupons(history, goods, shape, first_week=first),
        np.asarray(baskets.to_numpy(), dtype=np.float64),
    )


def _families(products: pd.DataFrame) -> pd.DataFrame:
    numbers = products.groupby(_FAMILY, dropna=False, sort=True).ngroup()
    return products[["product_id", "product_type"]].assign(family=numbers)


def _grid(goods: pd.DataFrame, weights: pd.Series, shape: tuple[int, int]) -> Floats:
    cell = goods["row"].to_numpy() * shape[1] + goods["column"].to_numpy()
    counted = np.bincount(cell, weights=weights.to_numpy(dtype=np.float64), minlength=shape[0] * shape[1])
    return counted.astype(np.float64).reshape(shape)


def _log_prices(goods: pd.DataFrame, category: pd.Series, shape: tuple[int, int]) -> Floats:
    """ln of each week's median price; where a family did not sell, what its category's prices did that week."""
    paid = (goods["sales_cents"] + goods["code_cents"]) / goods["pieces"]
    seen = goods[paid > 0].assign(log_price=np.log(paid[paid > 0]))
    median = seen.groupby(["row", "column"])["log_price"].median().unstack("column")
    table = median.reindex(index=range(shape[0]), columns=range(shape[1]))
    usual = table.median(axis=1)
    away = table.sub(usual, axis=0)
    # A shop that lowers a whole category lowers what nobody bought that week, too.
    of_category = away.groupby(category.to_numpy()).transform("median")
    away = away.fillna(of_category)
    away = away.interpolate(method="nearest", axis=1, limit_direction="both") if shape[1] > 1 else away
    away = away.ffill(axis=1).bfill(axis=1).fillna(0.0)
    return np.asarray(away.add(usual.fillna(0.0), axis=0).to_numpy(), dtype=np.float64)


def _coupons(history: SalesHistory, goods: pd.DataFrame, shape: tuple[int, int], *, first_week: int) -> Floats:
    """Share of customers that were sent a campaign with a coupon for the family while it ran.

    Where customers got some of a campaign's coupons, and which is not known, it is an upper limit.
    """
    out = np.zeros(shape)
    campaigns = history.campaigns
    if campaigns.empty:
        return out
    targeted = history.targetings.groupby("campaign_id").size()
    coupons = history.coupons.drop_duplicates(["campaign_id", "product_id"])
    sales = goods.groupby(["product_id", "row"])["sales_cents"].sum().reset_index()
    sales["share"] = sales["sales_cents"] / sales.groupby("row")["sales_cents"].transform("sum").clip(lower=1)
    held = coupons.merge(sales, on="product_id").groupby(["campaign_id", "row"])["share"].sum().reset_index()
    customers = goods["customer_id"].nunique()
    starts = history.calendar.week_of(campaigns["starts_on"].dt.normalize()) - first_week
    ends = history.calendar.week_of(campaigns["ends_on"].dt.normalize()) - first_week
    runs = dict(zip(campaigns["campaign_id"], zip(starts, ends, strict=True), strict=True))
    for campaign_id, part in held.groupby("campaign_id"):
        first, last = runs[campaign_id]
        weeks = slice(max(int(first), 0), max(int(last) + 1, 0))
        reached = targeted.get(campaign_id, 0) / customers
        out[part["row"].to_numpy(), weeks] += part["share"].to_numpy()[:, None] * reached
    return np.minimum(out, 1.0)
