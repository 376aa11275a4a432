"""Reads whole purchase histories and past promotions as numpy arrays, and replaces the stored customer states.

Purchases come added up per order and category. An order without any product of a category is a basket without steps.
Times are days since 1970-01-01 UTC, spend is in currency units.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, cast, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.catalogue.shop_catalogue import ListingStatus
from promo_engine.storage.repositories.shop.catalogue_stamps import STAMPS
from promo_engine.storage.repositories.shop.sql_catalogue import category_tree
from promo_engine.storage.sqlite.in_place import reading
from promo_engine.storage.tables import (
    customer_states,
    customers,
    imports,
    orders,
    past_promotion_coupons,
    past_promotion_redemptions,
    past_promotion_targetings,
    past_promotions,
    policy_snapshots,
    product_categories,
    products,
    purchases,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class PurchaseRows:
    """Baskets and what they hold; numbers index `customer_ids` and the baskets."""

    customer_ids: list[str]
    categories: CategoryTree
    basket_customer: Ints
    basket_day: Floats
    basket_at: list[datetime]
    step_basket: Ints
    step_category: Ints
    step_quantity: Floats
    step_spend: Floats


@dataclass(frozen=True)
class PastPromotion:
    """One promotion, the categories of each of its coupons, who got it and who redeemed what."""

    past_promotion_id: str
    starts_at: datetime
    coupon_categories: dict[str, frozenset[int]]
    targeted: frozenset[str]
    redeemed: frozenset[tuple[str, str]]
    """(customer_id, coupon_id)."""


@dataclass(frozen=True)
class HistorySize:
    """How much there is to learn from."""

    orders: int
    days: float
    """From the first order to the last."""


async def history_size(engine: AsyncEngine) -> HistorySize:
    """Count orders and days."""
    query = select(func.count(), func.min(orders.c.placed_at), func.max(orders.c.placed_at)).select_from(orders)
    async with reading(engine) as connection:
        count, first, last = (await connection.execute(query)).one()
    return HistorySize(count, (last - first).total_seconds() / 86_400.0 if count else 0.0)


async def history_fingerprint(engine: AsyncEngine) -> str:
    """Hash of the categories and of the imports that fill the database; without any, of how much it holds.

    Offers do not count: the models learn from purchases and past promotions alone.
    """
    async with reading(engine) as connection:
        rows = await connection.execute(
            select(imports.c.name, imports.c.content_hash).where(imports.c.name.not_in(STAMPS)).order_by(imports.c.name)
        )
        known: list[object] = [tuple(row) for row in rows]
        if not known:
            for table, *columns in (
                (orders, func.max(orders.c.placed_at), func.max(orders.c.shop_updated_at)),
                (purchases, func.sum(purchases.c.sales_cents), func.sum(purchases.c.quantity)),
                (products, func.max(products.c.shop_updated_at)),
            ):
                sizes = await connection.execute(select(func.count(), *columns).select_from(table))
                known.append(tuple(map(str, sizes.one())))
        named = product_categories.c
        categories = await connection.execute(
            select(named.category_id, named.parent_id, named.name).order_by(named.category_id)
        )
        known.append([tuple(row) for row in categories])
    return hashlib.sha256(repr(known).encode()).hexdigest()


async def products_on_sale(engine: AsyncEngine) -> dict[int, int]:
    """By category_id, how many products are on sale there."""
    query = (
        select(products.c.category_id, func.count())
        .where(products.c.category_id.is_not(None), products.c.status == ListingStatus.ACTIVE.value)
        .group_by(products.c.category_id)
    )
    async with reading(engine) as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}


async def read_purchases(engine: AsyncEngine) -> PurchaseRows:
    """Every order, in the order of time and order_id, and what it holds of each category."""
    async with reading(engine) as connection:
        tree = await category_tree(connection)
        names = list(await connection.scalars(select(customers.c.customer_id).order_by(customers.c.customer_id)))
        baskets = (
            await connection.execute(
                select(orders.c.order_id, orders.c.customer_id, orders.c.placed_at).order_by(
                    orders.c.placed_at, orders.c.order_id
                )
            )
        ).all()
        lines = (
            await connection.execute(
                select(
                    purchases.c.order_id,
                    products.c.category_id,
                    cast(func.sum(purchases.c.quantity), BigInteger),
                    cast(func.sum(purchases.c.sales_cents), BigInteger),
                )
                .join(products, products.c.product_id == purchases.c.product_id)
                .where(products.c.category_id.is_not(None))
                .group_by(purchases.c.order_id, products.c.category_id)
            )
        ).all()
    number = {basket[0]: position for position, basket in enumerate(baskets)}
    customer = {name: position for position, name in enumerate(names)}
    return PurchaseRows(
        customer_ids=names,
        categories=tree,
        basket_customer=np.array([customer[basket[1]] for basket in baskets], dtype=np.int64),
        basket_day=np.array([(basket[2] - _EPOCH).total_seconds() / 86_400.0 for basket in baskets]),
        basket_at=[basket[2] for basket in baskets],
        step_basket=np.array([number[line[0]] for line in lines], dtype=np.int64),
        step_category=np.array([line[1] for line in lines], dtype=np.int64),  # category_id
        step_quantity=np.array([line[2] for line in lines], dtype=np.float64),
        step_spend=np.array([line[3] for line in lines], dtype=np.float64) / 100.0,
    )


async def read_past_promotions(engine: AsyncEngine) -> list[PastPromotion]:
    """All past promotions by start. Coupons on products of no known category have no categories."""
    async with reading(engine) as connection:
        rows = (
            await connection.execute(
                select(past_promotions).order_by(past_promotions.c.starts_at, past_promotions.c[0])
            )
        ).all()
        coupons = await _coupon_categories(connection)
        targeted: dict[str, set[str]] = {}
        for promotion, customer in await connection.execute(
            select(past_promotion_targetings.c.past_promotion_id, past_promotion_targetings.c.customer_id)
        ):
            targeted.setdefault(promotion, set()).add(customer)
        redeemed: dict[str, set[tuple[str, str]]] = {}
        table = past_promotion_redemptions.c
        for promotion, customer, coupon in await connection.execute(
            select(table.past_promotion_id, table.customer_id, table.coupon_id)
        ):
            redeemed.setdefault(promotion, set()).add((customer, coupon))
    return [
        PastPromotion(
            past_promotion_id=row.past_promotion_id,
            starts_at=row.starts_at,
            coupon_categories=coupons.get(row.past_promotion_id, {}),
            targeted=frozenset(targeted.get(row.past_promotion_id, ())),
            redeemed=frozenset(redeemed.get(row.past_promotion_id, ())),
        )
        for row in rows
    ]


async def _coupon_categories(connection: AsyncConnection) -> dict[str, dict[str, frozenset[int]]]:
    table = past_promotion_coupons.c
    rows = await connection.execute(
        select(table.past_promotion_id, table.coupon_id, products.c.category_id)
        .join(products, products.c.product_id == table.product_id)
        .where(products.c.category_id.is_not(None))
        .distinct()
    )
    found: dict[str, dict[str, set[int]]] = {}
    for promotion, coupon, category in rows:
        found.setdefault(promotion, {}).setdefault(coupon, set()).add(category)
    return {
        promotion: {coupon: frozenset(categories) for coupon, categories in coupons.items()}
        for promotion, coupons in found.items()
    }


async def states_are_current(engine: AsyncEngine, *, model_version: str) -> bool:
    """Every customer with an order has a state that has seen the last one."""
    last = (
        select(orders.c.customer_id, func.max(orders.c.placed_at).label("placed_at"))
        .group_by(orders.c.customer_id)
        .subquery()
    )
    behind = (
        select(func.count())
        .select_from(last)
        .outerjoin(
            customer_states,
            (customer_states.c.customer_id == last.c.customer_id)
            & (customer_states.c.model_version == model_version)
            & (customer_states.c.last_event_at >= last.c.placed_at),
        )
        .where(customer_states.c.customer_id.is_(None))
    )
    async with reading(engine) as connection:
        return (await connection.scalar(behind)) == 0


async def replace_states(
    engine: AsyncEngine, *, model_version: str, states: Sequence[tuple[str, bytes, datetime]]
) -> None:
    """Store (customer_id, state, last_event_at) for this model version.

    The states of versions before go, but for those that the newest policy decides with: an engine that is running
    knows its customers until it is started again.
    """
    in_force = select(policy_snapshots.c.model_version).order_by(policy_snapshots.c.version.desc()).limit(1)
    async with engine.begin() as connection:
        kept = (await connection.execute(in_force)).scalar()
        done = or_(customer_states.c.model_version == model_version, customer_states.c.model_version != (kept or ""))
        await connection.execute(delete(customer_states).where(done))
        rows = [
            {"customer_id": customer, "model_version": model_version, "state": state, "last_event_at": at}
            for customer, state, at in states
        ]
        if rows:
            await connection.execute(customer_states.insert(), rows)
