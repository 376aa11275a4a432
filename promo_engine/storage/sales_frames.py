"""All sales of the database as frames for the strategy studio: those of one currency, on the calendar of their source.

An import that moved its times (`imports.shift_seconds`) is read on the days that it had, so that holidays and seasons
stay where they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.domain.catalogue.category_labels import CategoryNode, category_labels
from promo_engine.domain.errors import NotFound
from promo_engine.storage.history_arrays import history_fingerprint
from promo_engine.storage.shop_identity import (
    CANCELLED,
    import_shift,
    most_frequent,
    orders_by_currency,
    shop_fingerprint,
)
from promo_engine.storage.sqlite.in_place import reading
from promo_engine.storage.tables import (
    customers,
    orders,
    past_promotion_coupons,
    past_promotion_redemptions,
    past_promotion_targetings,
    past_promotions,
    product_categories,
    products,
    purchases,
)


@dataclass(frozen=True, eq=False)
class StoredSales:
    """What a `studio.data.sales_history.SalesHistory` is made from."""

    frames: Mapping[str, pd.DataFrame]
    """Raw frames by name; times are naive UTC."""
    currency: str
    """That of most orders; "" where orders do not say."""
    other_orders: Mapping[str, int]
    """Orders in other currencies, which are left out, by currency."""
    delivery_cents: int | None
    """The middle of what orders paid for delivery, where they paid; None where none did."""
    country: str
    """That of most of these orders, as two letters; "" where nobody says."""
    history: str
    """Hash of what the database holds; another after every import and every order."""
    shop: str
    """Hash of the first order; the same while the shop grows, and another for another shop."""


async def read_sales(engine: AsyncEngine) -> StoredSales:
    """Read everything. Raises NotFound `nothing_imported` for a database without sales."""
    history, shop = await read_fingerprints(engine)
    async with reading(engine) as connection:
        counts = await orders_by_currency(connection)
        if not counts:
            raise NotFound(
                "nothing_imported",
                "The database holds no orders yet; import some with `promobot shop import`, or take in the shop's own.",
            )
        currency, others = most_frequent(counts)
        shift = await import_shift(connection)
        queries = _queries(and_(orders.c.currency == currency, ~CANCELLED))
        frames = {name: await _frame(connection, query) for name, query in queries.items()}
        paid = await connection.scalars(
            select(orders.c.delivery_cents).where(
                orders.c.currency == currency, ~CANCELLED, orders.c.delivery_cents > 0
            )
        )
        deliveries = sorted(paid)
        countries = await connection.execute(
            select(customers.c.country, func.count())
            .join(orders, orders.c.customer_id == customers.c.customer_id)
            .where(customers.c.country != "", orders.c.currency == currency)
            .group_by(customers.c.country)
            .order_by(func.count().desc(), customers.c.country)
            .limit(1)
        )
        country = countries.scalar() or ""
        nodes = await connection.execute(
            select(
                product_categories.c.category_id,
                product_categories.c.name,
                product_categories.c.names,
                product_categories.c.parent_id,
            )
        )
        labels = category_labels([CategoryNode(*row) for row in nodes])
    for name, column in (("lines", "bought_at"), ("campaigns", "starts_on"), ("campaigns", "ends_on")):
        frames[name][column] = _moved(frames[name][column], shift)
    frames["campaigns"]["ends_on"] = frames["campaigns"]["ends_on"].dt.normalize()
    frames["redemptions"]["day"] = _moved(frames["redemptions"]["day"], shift)
    frames["demographics"] = _demographics(frames["demographics"])
    frames["categories"] = pd.DataFrame(
        [(number, node.name, label) for number, (node, label) in labels.items()],
        columns=["category_number", "stored_name", "category"],
    )
    numbers = frames["products"].pop("category_number")
    frames["products"]["category"] = numbers.map({number: label for number, (_, label) in labels.items()})
    delivery = deliveries[len(deliveries) // 2] if deliveries else None
    return StoredSales(frames, currency, others, delivery, country, history, shop)


async def read_fingerprints(engine: AsyncEngine) -> tuple[str, str]:
    """`history` and `shop` of what the database holds now."""
    return await history_fingerprint(engine), await shop_fingerprint(engine)


def _moved(moments: pd.Series, shift: timedelta) -> pd.Series:
    return pd.to_datetime(moments, utc=True).dt.tz_localize(None) - shift


def _demographics(frame: pd.DataFrame) -> pd.DataFrame:
    """What customers told or the shop knows of them, without those of whom nothing is known."""
    answers = pd.DataFrame([found or {} for found in frame["demographics"]], index=frame.index)
    known = frame[["country", "locale"]].replace("", None).dropna(axis=1, how="all")
    whole = answers.join(known)
    return frame[["customer_id"]].join(whole)[whole.notna().any(axis=1)].reset_index(drop=True)


async def _frame(connection: AsyncConnection, query: Select[Any]) -> pd.DataFrame:
    rows = await connection.execute(query)
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return frame.astype({name: "str" for name in frame.columns if name.endswith("_id")})


def _queries(counted: ColumnElement[bool]) -> dict[str, Select[Any]]:
    # A shop's own orders say what a line cost after its codes. The demo data's say what the shop took, and what the
    # makers of the goods paid of it.
    by_shop = orders.c.shop_state.is_not(None)
    coupon = purchases.c.coupon_discount_cents
    return {
        "lines": select(
            orders.c.order_id.label("basket_id"),
            orders.c.customer_id,
            purchases.c.product_id,
            purchases.c.quantity,
            purchases.c.sales_cents,
            (purchases.c.retail_discount_cents + case((by_shop, coupon), else_=0)).label("discount_cents"),
            case((by_shop, 0), else_=coupon).label("coupon_cents"),
            case((by_shop, coupon), else_=0).label("code_cents"),
            orders.c.placed_at.label("bought_at"),
        )
        .join(orders, orders.c.order_id == purchases.c.order_id)
        .where(counted),
        "products": select(
            products.c.product_id,
            products.c.category_id.label("category_number"),
            products.c.department,
            products.c.brand,
            products.c.product_type,
            products.c.package_size,
            products.c.title,
            products.c.unit_cost_cents,
        ),
        "campaigns": select(
            past_promotions.c.past_promotion_id.label("campaign_id"),
            past_promotions.c.kind,
            past_promotions.c.starts_at.label("starts_on"),
            past_promotions.c.ends_at.label("ends_on"),
        ),
        "targetings": select(
            past_promotion_targetings.c.past_promotion_id.label("campaign_id"),
            past_promotion_targetings.c.customer_id,
        ),
        "coupons": select(
            past_promotion_coupons.c.past_promotion_id.label("campaign_id"),
            past_promotion_coupons.c.coupon_id,
            past_promotion_coupons.c.product_id,
        ),
        "redemptions": select(
            past_promotion_redemptions.c.past_promotion_id.label("campaign_id"),
            past_promotion_redemptions.c.customer_id,
            past_promotion_redemptions.c.coupon_id,
            past_promotion_redemptions.c.redeemed_at.label("day"),
        ),
        "demographics": select(
            customers.c.customer_id, customers.c.demographics, customers.c.country, customers.c.locale
        ),
    }
