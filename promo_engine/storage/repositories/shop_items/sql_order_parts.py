"""Shipments and refunds of the shop's orders in SQL: reported with an order, or alone and later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.storage.repositories.shop_items.shop_writes import in_parts, insert_rows, upsert
from promo_engine.storage.tables import purchases, refunds, shipments

Part = tuple[Table, str, str]
"""A table, an order and the id of its shipment or refund."""


async def delete_parts(
    connection: AsyncConnection, order_ids: Sequence[str], reported: Mapping[str, datetime | None]
) -> set[Part]:
    """Delete lines, parcels and refunds of orders that are reported anew; return the parts that stay, because the
    shop reported them alone and later than the order."""
    newer: set[Part] = set()
    for some in in_parts(order_ids):
        await connection.execute(delete(purchases).where(purchases.c.order_id.in_(some)))
        for table, part in ((shipments, shipments.c.shipment_id), (refunds, refunds.c.refund_id)):
            alone = select(table.c.order_id, part, table.c.reported_at)
            chosen = (table.c.order_id.in_(some), table.c.reported_at.is_not(None))
            kept = {
                (row[0], row[1])
                for row in await connection.execute(alone.where(*chosen))
                if (at := reported[row[0]]) is not None and row.reported_at > at
            }
            newer |= {(table, *key) for key in kept}
            old = delete(table).where(table.c.order_id.in_(some))
            if kept:
                old = old.where(tuple_(table.c.order_id, part).not_in(sorted(kept)))
            await connection.execute(old)
    return newer


async def store_parts(connection: AsyncConnection, items: Sequence[ShopOrder], *, newer: set[Part]) -> None:
    """Add shipments and refunds of orders, but for shipments that are known in a newer form."""
    parcels = [row for item in items for row in _shipment_rows(item)]
    await insert_rows(
        connection, shipments, [row for row in parcels if (shipments, row["order_id"], row["shipment_id"]) not in newer]
    )
    refund_rows = [row for item in items for row in _refund_rows(item)]
    await upsert(connection, refunds, ["order_id", "refund_id"], refund_rows)


def _shipment_rows(item: ShopOrder) -> Iterable[dict[str, Any]]:
    for parcel in item.shipments:
        yield {
            "order_id": item.order_id,
            "shipment_id": parcel.shipment_id,
            "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number,
            "tracking_url": parcel.tracking_url,
            "state": parcel.state.value,
            "shipped_at": parcel.shipped_at,
            "promised_from": parcel.promised_from,
            "promised_until": parcel.promised_until,
            "delivered_at": parcel.delivered_at,
        }


def _refund_rows(item: ShopOrder) -> Iterable[dict[str, Any]]:
    for refund in item.refunds:
        yield {
            "order_id": item.order_id,
            "refund_id": refund.refund_id,
            "cents": refund.cents,
            "refunded_at": refund.refunded_at,
        }
