"""The row by which every process sees that products, prices or stock have changed since it read them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.storage.tables import imports

PRODUCTS_STAMP = "catalogue"
"""Name of the row in `imports`."""


async def renew_products_stamp(connection: AsyncConnection) -> None:
    """Make the stamp another one; in the transaction of the change, so that both are seen together."""
    values = {"name": PRODUCTS_STAMP, "content_hash": uuid4().hex, "shift_seconds": 0, "finished_at": datetime.now(UTC)}
    await connection.execute(
        insert_for(connection, imports).values(**values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
