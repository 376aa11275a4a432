"""What every kind of shop item needs to be stored: what is known of it, and statements for whole batches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult

_AT_ONCE = 400
"""Values in one IN: SQLite and PostgreSQL both take more, older SQLite does not."""


@dataclass(frozen=True)
class StoredItem:
    """What is known of an item that was stored before."""

    content_hash: str
    updated_at: datetime | None = None
    """When the shop changed it, as far as the shop said."""


async def find_stored(
    connection: AsyncConnection, table: Table, key: Any, ids: Collection[str], *, updated_at: bool = True
) -> dict[str, StoredItem]:
    """Items that are there, by id."""
    columns = [key, table.c.content_hash, *([table.c.shop_updated_at] if updated_at else [])]
    found: dict[str, StoredItem] = {}
    for some in in_parts(sorted(ids)):
        rows = await connection.execute(select(*columns).where(key.in_(some)))
        found |= {row[0]: StoredItem(*row[1:]) for row in rows}
    return found


def compare(content_hash: str, updated_at: datetime | None, stored: StoredItem | None) -> StoreResult:
    """What is to become of a reported item: STORED, UNCHANGED or STALE."""
    if stored is None:
        return StoreResult.STORED
    if stored.content_hash == content_hash:
        return StoreResult.UNCHANGED
    if stored.updated_at is not None and updated_at is not None and updated_at < stored.updated_at:
        return StoreResult.STALE
    return StoreResult.STORED


def refused(key: str, field: str, reason: str) -> ItemAnswer:
    """The answer to an item that cannot be stored."""
    return ItemAnswer(key, StoreResult.REFUSED, field, reason)


async def insert_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, if there are any."""
    if rows:
        await connection.execute(insert(table), rows)


async def insert_missing(
    connection: AsyncConnection, table: Table, key: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows whose key is not there yet."""
    if rows:
        await connection.execute(insert_for(connection, table).on_conflict_do_nothing(index_elements=[key]), rows)


async def upsert(
    connection: AsyncConnection,
    table: Table,
    key: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    keep: Collection[str] = (),
) -> None:
    """Insert rows or overwrite those with the same key, but for the columns to keep."""
    if not rows:
        return
    statement = insert_for(connection, table)
    columns = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in keep}
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=columns), rows)


def in_parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    """Values in parts that fit into one IN."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
