"""The sales history that the studio learns from: one place that reads it, each frame read once and kept.

It comes from the engine's database (`jobs.sources`), in one currency. All ids are text. Money is integer cents.
`bought_at` is the shop's local time; weeks run from Monday to Sunday, week 1 is that of the first sale.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from studio.data.shop_profile import ShopProfile

Frames = Callable[[str], pd.DataFrame]


class SalesHistory:
    """What was sold, to whom, of what, and under which promotions; frames with the columns said at each.

    `frames` returns a raw frame by name: lines, products, categories, campaigns, targetings, coupons, redemptions,
    demographics.
    """

    def __init__(self, frames: Frames, profile: ShopProfile | None = None) -> None:
        self._frames = frames
        self.profile = profile or ShopProfile()

    def of_customers(self, customer_ids: Collection[str]) -> SalesHistory:
        """The same history of these customers alone."""

        def frames(name: str) -> pd.DataFrame:
            found = self._frames(name)
            return found[found["customer_id"].isin(customer_ids)] if "customer_id" in found else found

        return SalesHistory(frames, self.profile)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """One row per line of a basket, in time.

        basket_id, customer_id, product_id, quantity, sales_cents (what the shop took), discount_cents (the shop's own,
        so that sales + discount is the shelf price), coupon_cents (others' coupons, which they pay the shop for),
        code_cents (of the discount, what a code took off for this customer alone), bought_at, day, week, category and
        department (categorical; missing for products that nothing is known of).
        """
        lines = self._frames("lines").copy()
        zoned = lines.pop("bought_at").dt.tz_localize("UTC").dt.tz_convert(self.profile.zone)
        local = zoned.dt.tz_localize(None)
        day = local.dt.normalize()
        lines = lines.assign(bought_at=local, day=day, week=Calendar.of_days(day).week_of(day))
        about = self.products.set_index("product_id")[["category", "department"]]
        lines = lines.join(about.astype("category"), on="product_id")
        return lines.sort_values(["bought_at", "basket_id"], kind="stable", ignore_index=True)

    @cached_property
    def calendar(self) -> Calendar:
        """The weeks of the lines."""
        return Calendar.of_days(self.lines["day"])

    @cached_property
    def stamp(self) -> dict[str, str]:
        """What documents say of their source, with `source` as a sentence."""
        lines = self.lines
        if lines.empty:
            return self.profile.stamp
        first, last = lines["day"].min(), lines["day"].max()
        orders = lines["basket_id"].nunique()
        said = f"{orders:,} orders in {self.profile.money.code} from {first:%-d %B %Y} to {last:%-d %B %Y}."
        return self.profile.stamp | {"source": f"{said} {self.profile.left_out}".strip()}

    @cached_property
    def categories(self) -> pd.DataFrame:
        """One row per category of the shop's tree: category (what it is called here), stored_name (what offers name
        it by) and category_number."""
        return self._frames("categories")

    @cached_property
    def products(self) -> pd.DataFrame:
        """One row per product: product_id, category, department, brand, product_type, package_size, title and
        unit_cost_cents; "" or missing is unknown."""
        return self._frames("products")

    @cached_property
    def campaigns(self) -> pd.DataFrame:
        """campaign_id, kind (Type A, B, C), starts_on, ends_on (inclusive days)."""
        return self._frames("campaigns")

    @cached_property
    def targetings(self) -> pd.DataFrame:
        """campaign_id, customer_id: who was sent a campaign."""
        return self._frames("targetings")

    @cached_property
    def coupons(self) -> pd.DataFrame:
        """campaign_id, coupon_id, product_id: which coupon of a campaign was good for which product."""
        return self._frames("coupons").drop_duplicates(ignore_index=True)

    @cached_property
    def redemptions(self) -> pd.DataFrame:
        """campaign_id, customer_id, coupon_id, day."""
        return self._frames("redemptions")

    @cached_property
    def demographics(self) -> pd.DataFrame:
        """customer_id and what 801 customers told: age, income, home_ownership, marital_status, household_size …"""
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


@dataclass(frozen=True)
class Calendar:
    """Weeks of a history, from Monday to Sunday; week 1 is that of the first sale and may lack days."""

    first_monday: pd.Timestamp
    last_whole_week: int
    """The newest week whose Sunday is over."""

    @classmethod
    def of_days(cls, days: pd.Series) -> Calendar:
        """The calendar of sales on these days; there is at least one."""
        first, last = days.min(), days.max()
        monday = first - pd.Timedelta(days=first.day_of_week)
        return cls(monday, (last - monday + pd.Timedelta(days=1)).days // 7)

    def week_of(self, day: pd.Series) -> pd.Series:
        """The number of each local day's week."""
        return ((day - self.first_monday).dt.days // 7 + 1).astype("int64")

    def monday_of(self, week: int) -> pd.Timestamp:
        """The first day of a week, by its number."""
        return self.first_monday + pd.Timedelta(weeks=week - 1)
