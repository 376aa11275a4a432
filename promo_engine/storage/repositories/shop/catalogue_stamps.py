"""The rows by which every process sees that the catalogue has changed since it read it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.storage.tables import imports

PRODUCTS_STAMP = "catalogue"
"""Name of the row in `imports` that changes with products, prices and stock."""
OFFERS_IMPORT = "offers"
"""The row that changes with offers and categories."""
STAMPS = (OFFERS_IMPORT, PRODUCTS_STAMP)
"""Rows of `imports` that are no imports."""


async def renew_products_stamp(connection: AsyncConnection) -> None:
    """Make the stamp another one; in the transaction of the change, so that both are seen together."""
    await _renew(connection, PRODUCTS_STAMP)


async def renew_categories_stamp(connection: AsyncConnection) -> None:
    """The same for categories, which are read with the offers that name them."""
    await _renew(connection, OFFERS_IMPORT)


async def _renew(connection: AsyncConnection, name: str) -> None:
    values = {"name": name, "content_hash": uuid4().hex, "shift_seconds": 0, "finished_at": datetime.now(UTC)}
    await connection.execute(
        insert_for(connection, imports).values(**values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
