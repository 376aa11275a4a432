"""Whose database it is: a hash that stays while the shop grows, and the currency in which it sells most.

Apart from `sales_frames`, so that the engine asks this without loading pandas.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.ports.studio_ports import ShopIdentity
from promo_engine.storage.repositories.shop.catalogue_stamps import STAMPS
from promo_engine.storage.sqlite.in_place import reading
from promo_engine.storage.tables import imports, orders

CANCELLED = or_(
    orders.c.cancelled_at.is_not(None), func.coalesce(orders.c.shop_state, "") == ShopOrderState.CANCELLED.value
)
"""Of an order: it is no sale."""


async def read_shop_identity(engine: AsyncEngine, *, currency: str) -> ShopIdentity:
    """Read both; `currency` is what counts where orders name none."""
    async with reading(engine) as connection:
        fingerprint = await _fingerprint(connection)
        found, _ = most_frequent(await orders_by_currency(connection))
    return ShopIdentity(fingerprint, found or currency)


async def shop_fingerprint(engine: AsyncEngine) -> str:
    """Hash of the shop's first order, on its source's calendar; "" without any. Orders that follow do not change it."""
    async with reading(engine) as connection:
        return await _fingerprint(connection)


async def orders_by_currency(connection: AsyncConnection) -> dict[str, int]:
    """Count orders that were not cancelled."""
    query = select(orders.c.currency, func.count()).where(~CANCELLED).group_by(orders.c.currency)
    return {code: count for code, count in await connection.execute(query)}


def most_frequent(counts: dict[str, int]) -> tuple[str, dict[str, int]]:
    """The currency of most orders ("" where they name none, or there are none), and the others.

    >>> most_frequent({"EUR": 2, "GBP": 2, "USD": 1})
    ('EUR', {'GBP': 2, 'USD': 1})
    """
    if not counts:
        return "", {}
    chosen = min(counts, key=lambda code: (-counts[code], code))
    return chosen, {code: count for code, count in counts.items() if code != chosen}


async def import_shift(connection: AsyncConnection) -> timedelta:
    """How far an import moved its times."""
    query = select(func.max(imports.c.shift_seconds)).where(imports.c.name.not_in(STAMPS))
    return timedelta(seconds=await connection.scalar(query) or 0)


async def _fingerprint(connection: AsyncConnection) -> str:
    query = select(orders.c.order_id, orders.c.customer_id, orders.c.placed_at)
    first = (await connection.execute(query.order_by(orders.c.placed_at, orders.c.order_id).limit(1))).first()
    if first is None:
        return ""
    placed_at = first.placed_at - await import_shift(connection)
    said = f"{first.order_id}\n{first.customer_id}\n{placed_at.isoformat(timespec='seconds')}"
    return hashlib.sha256(said.encode()).hexdigest()
