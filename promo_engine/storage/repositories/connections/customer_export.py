"""All rows of a customer as JSON."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.clock import iso
from promo_engine.storage.repositories.connections.person_rows import (
    SUBJECTS,
    any_of,
    subject_of,
    tables_of_customers,
    tables_of_orders,
)
from promo_engine.storage.tables import customers, orders


async def export_rows(connection: AsyncConnection, customer_ids: tuple[str, ...]) -> dict[str, Any]:
    """Every row that names one of these identifiers of a customer, by table; rows of their orders too."""
    found = {"customers": await _rows(connection, customers, any_of(customers.c.customer_id, customer_ids))}
    for table in sorted(tables_of_customers(), key=lambda table: table.name):
        found[table.name] = await _rows(connection, table, any_of(table.c.customer_id, customer_ids))
    for table in SUBJECTS:
        found[table.name] = await _rows(
            connection, table, any_of(table.c.subject, tuple(map(subject_of, customer_ids)))
        )
    placed = select(orders.c.order_id).where(any_of(orders.c.customer_id, customer_ids))
    for table in tables_of_orders():
        found[table.name] = await _rows(connection, table, table.c.order_id.in_(placed))
    return {name: rows for name, rows in found.items() if rows}


async def _rows(connection: AsyncConnection, table: Table, chosen: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = await connection.execute(select(table).where(chosen).order_by(*table.primary_key.columns))
    return [{name: _json(value) for name, value in row._mapping.items()} for row in rows]


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
