"""All sales of the database as frames for the strategy studio, on the calendar of the imported package."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.domain.errors import NotFound
from promo_engine.storage.repositories.shop.catalogue_stamps import STAMPS
from promo_engine.storage.sqlite.in_place import reading
from promo_engine.storage.tables import (
    customers,
    imports,
    orders,
    past_promotion_coupons,
    past_promotion_redemptions,
    past_promotion_targetings,
    past_promotions,
    product_categories,
    products,
    purchases,
)


async def read_sales(engine: AsyncEngine) -> dict[str, pd.DataFrame]:
    """The raw frames of a `studio.data.sales_history.SalesHistory`; times are naive UTC, moved back by the shift.

    Raises NotFound `nothing_imported` for a database without sales.
    """
    async with reading(engine) as connection:
        seconds = await connection.scalar(select(imports.c.shift_seconds).where(imports.c.name.not_in(STAMPS)))
        shift = timedelta(seconds=seconds or 0)
        frames = {name: await _frame(connection, query) for name, query in _queries().items()}
    if frames["lines"].empty:
        raise NotFound("nothing_imported", "The database holds no sales; run `promobot import completejourney`.")
    for name, column in (("lines", "bought_at"), ("campaigns", "starts_on"), ("campaigns", "ends_on")):
        frames[name][column] = _moved(frames[name][column], shift)
    frames["campaigns"]["ends_on"] = frames["campaigns"]["ends_on"].dt.normalize()
    frames["redemptions"]["day"] = _moved(frames["redemptions"]["day"], shift)
    frames["demographics"] = _demographics(frames["demographics"])
    return frames


def _moved(moments: pd.Series, shift: timedelta) -> pd.Series:
    return pd.to_datetime(moments, utc=True).dt.tz_localize(None) - shift


def _demographics(customers_frame: pd.DataFrame) -> pd.DataFrame:
    answers = pd.DataFrame(customers_frame["demographics"].tolist(), index=customers_frame.index)
    return customers_frame[["household_id"]].join(answers)[answers.notna().any(axis=1)].reset_index(drop=True)


async def _frame(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> pd.DataFrame:
    rows = await connection.execute(query)
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return frame.astype({name: "str" for name in frame.columns if name.endswith("_id")})


def _queries() -> dict[str, Select[tuple[object, ...]]]:
    return {
        "lines": select(
            orders.c.order_id.label("basket_id"),
            orders.c.customer_id.label("household_id"),
            purchases.c.product_id,
            purchases.c.quantity,
            purchases.c.sales_cents,
            purchases.c.retail_discount_cents.label("discount_cents"),
            purchases.c.coupon_discount_cents.label("coupon_cents"),
            orders.c.placed_at.label("bought_at"),
        ).join(orders, orders.c.order_id == purchases.c.order_id),
        "products": select(
            products.c.product_id,
            product_categories.c.name.label("category"),
            products.c.department,
            products.c.brand,
            products.c.product_type,
            products.c.package_size,
        ).join(product_categories, isouter=True),
        "campaigns": select(
            past_promotions.c.past_promotion_id.label("campaign_id"),
            past_promotions.c.kind,
            past_promotions.c.starts_at.label("starts_on"),
            past_promotions.c.ends_at.label("ends_on"),
        ),
        "targetings": select(
            past_promotion_targetings.c.past_promotion_id.label("campaign_id"),
            past_promotion_targetings.c.customer_id.label("household_id"),
        ),
        "coupons": select(
            past_promotion_coupons.c.past_promotion_id.label("campaign_id"),
            past_promotion_coupons.c.coupon_id,
            past_promotion_coupons.c.product_id,
        ),
        "redemptions": select(
            past_promotion_redemptions.c.past_promotion_id.label("campaign_id"),
            past_promotion_redemptions.c.customer_id.label("household_id"),
            past_promotion_redemptions.c.coupon_id,
            past_promotion_redemptions.c.redeemed_at.label("day"),
        ),
        "demographics": select(customers.c.customer_id.label("household_id"), customers.c.demographics),
    }
