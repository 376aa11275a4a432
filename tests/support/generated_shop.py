"""A small shop of any size for the models' tests: so many categories, one product each, and so many orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.storage import tables

OPENED = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAYS = 200
CLOSED = OPENED + timedelta(days=DAYS, hours=1)
"""Soon after the last order."""


async def fill_generated_shop(engine: AsyncEngine, *, categories: int, orders: int, customers: int) -> None:
    """Orders are dealt out evenly and lie apart in time; customers prefer one or two categories. Seeded."""
    random = np.random.default_rng([categories, orders])
    names = [f"c{number}" for number in range(customers)]
    rows: dict[str, list[dict[str, object]]] = {
        "customers": [{"customer_id": name, "demographics": {}, "created_at": OPENED} for name in names],
        "product_categories": [
            {"category_id": number, "name": f"CATEGORY {number}", "external_id": f"k{number}"}
            for number in range(categories)
        ],
        "products": [{"product_id": f"p{number}", "category_id": number} for number in range(categories)],
        "orders": [],
        "purchases": [],
    }
    for order in range(orders):
        customer = order % customers
        liked = {int(customer % categories), int(random.integers(categories))} if categories else set()
        at = OPENED + timedelta(days=DAYS * (order + float(random.random())) / max(orders, 1))
        rows["orders"].append(
            {"order_id": f"o{order}", "customer_id": names[customer], "placed_at": at, "total_cents": 900}
        )
        rows["purchases"] += [
            {"order_id": f"o{order}", "line": line, "product_id": f"p{category}", "quantity": 1, "sales_cents": 450}
            for line, category in enumerate(sorted(liked))
        ]
    async with engine.begin() as connection:
        for table, content in rows.items():
            if content:
                await connection.execute(insert(tables.metadata.tables[table]), content)
