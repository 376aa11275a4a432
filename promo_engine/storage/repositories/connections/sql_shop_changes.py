"""What shops report piece by piece, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.catalogue.shop_changes import OrderRefund, OrderShipment, VariantPrice, VariantStock
from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.storage.repositories.connections.order_states import renew_state
from promo_engine.storage.repositories.shop.catalogue_stamps import renew_products_stamp
from promo_engine.storage.tables import (
    customer_states,
    customers,
    external_ids,
    orders,
    prices,
    products,
    purchases,
    refunds,
    shipments,
    stock,
    variants,
)
from promo_engine.storage.tables.shopping_tables import UNLISTED

_GONE = (ShopOrderState.CANCELLED.value,)
"""States of orders that are no purchases."""


class SqlShopChanges:
    """`ports.connections.shop_change_repository.ShopChangeRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def store_prices(self, items: Sequence[VariantPrice]) -> list[ItemAnswer]:
        """Set prices."""
        answers = [await self._store_price(item) for item in items]
        await renew_products_stamp(self._connection)
        return answers

    async def _store_price(self, item: VariantPrice) -> ItemAnswer:
        variant_id = await self._variant_called(item.variant_id)
        if variant_id is None:
            return _unknown_variant(item.variant_id)
        price = item.price
        of_it = (prices.c.variant_id == variant_id, prices.c.currency == price.currency)
        values = {
            "list_cents": price.list_cents,
            "sale_cents": price.sale_cents,
            "sale_from": price.sale_from,
            "sale_until": price.sale_until,
            "includes_tax": price.includes_tax,
        }
        stored = (await self._connection.execute(select(prices).where(*of_it))).first()
        result = _result(stored, values, item.reported_at)
        if result is not StoreResult.STALE:
            # A price that is reported again is as fresh as the report, whether it changed or not.
            values["updated_at"] = item.reported_at
            await self._upsert(prices, {"variant_id": variant_id, "currency": price.currency}, values)
        return ItemAnswer(item.variant_id, result)

    async def store_stock(self, items: Sequence[VariantStock]) -> list[ItemAnswer]:
        """Set stock."""
        answers = [await self._store_pieces(item) for item in items]
        await renew_products_stamp(self._connection)
        return answers

    async def _store_pieces(self, item: VariantStock) -> ItemAnswer:
        variant_id = await self._variant_called(item.variant_id)
        if variant_id is None:
            return _unknown_variant(item.variant_id)
        values = {"pieces": item.stock.pieces, "backorder": item.stock.backorder}
        stored = (await self._connection.execute(select(stock).where(stock.c.variant_id == variant_id))).first()
        result = _result(stored, values, item.reported_at)
        if result is not StoreResult.STALE:
            await self._upsert(stock, {"variant_id": variant_id}, values | {"updated_at": item.reported_at})
        return ItemAnswer(item.variant_id, result)

    async def store_shipment(self, item: OrderShipment) -> ItemAnswer:
        """Add or move a parcel."""
        order = await self._order(item.order_id)
        if order is None:
            return _unknown_order(item.order_id)
        parcel = item.shipment
        key = {"order_id": item.order_id, "shipment_id": parcel.shipment_id}
        values = {
            "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number,
            "tracking_url": parcel.tracking_url,
            "state": parcel.state.value,
            "shipped_at": parcel.shipped_at,
            "promised_from": parcel.promised_from,
            "promised_until": parcel.promised_until,
            "delivered_at": parcel.delivered_at,
        }
        of_it = (shipments.c.order_id == item.order_id, shipments.c.shipment_id == parcel.shipment_id)
        stored = (await self._connection.execute(select(shipments).where(*of_it))).first()
        known_at = None if stored is None else stored.reported_at or order.shop_updated_at
        if known_at is not None and item.reported_at < known_at:
            return ItemAnswer(item.order_id, StoreResult.STALE)
        if stored is not None and all(getattr(stored, name) == value for name, value in values.items()):
            return ItemAnswer(item.order_id, StoreResult.UNCHANGED)
        await self._upsert(shipments, key, values | {"reported_at": item.reported_at})
        await renew_state(self._connection, item.order_id)
        return ItemAnswer(item.order_id, StoreResult.STORED)

    async def store_refund(self, item: OrderRefund) -> ItemAnswer:
        """Add a refund, and with it the order's state."""
        order = await self._order(item.order_id)
        if order is None:
            return _unknown_order(item.order_id)
        key = {"order_id": item.order_id, "refund_id": item.refund.refund_id}
        of_it = (refunds.c.order_id == item.order_id, refunds.c.refund_id == item.refund.refund_id)
        stored = (await self._connection.execute(select(refunds).where(*of_it))).first()
        values = {"cents": item.refund.cents, "refunded_at": item.refund.refunded_at}
        if stored is not None and all(getattr(stored, name) == value for name, value in values.items()):
            return ItemAnswer(item.order_id, StoreResult.UNCHANGED)
        await self._upsert(refunds, key, values | {"reported_at": item.reported_at})
        await renew_state(self._connection, item.order_id)
        return ItemAnswer(item.order_id, StoreResult.STORED)

    async def cancel_deleted(self, order_id: str, *, at: datetime) -> bool:
        """Cancel an order that its shop deleted."""
        found = await self._connection.execute(
            update(orders)
            .where(orders.c.order_id == order_id)
            .values(shop_state=ShopOrderState.CANCELLED.value, cancelled_at=func.coalesce(orders.c.cancelled_at, at))
        )
        return bool(found.rowcount)

    async def product_called(self, name: str) -> str | None:
        """Return the product of this id, or of this other name."""
        for query in (
            select(products.c.product_id).where(products.c.product_id == name),
            select(external_ids.c.item_id).where(external_ids.c.external_id == name, external_ids.c.kind == "product"),
        ):
            found: str | None = (await self._connection.execute(query)).scalar()
            if found is not None:
                return found
        return None

    async def purchases(self, order_ids: Collection[str]) -> dict[str, Purchase]:
        """Return orders with their lines, by order_id."""
        found = await self._purchases(select(orders).where(orders.c.order_id.in_(sorted(order_ids))))
        return {purchase.order.order_id: purchase for purchase in found}

    async def history(self, customer_id: str) -> list[Purchase]:
        """Return all orders of a customer that were not cancelled, the oldest first."""
        query = select(orders).where(
            orders.c.customer_id == customer_id, func.coalesce(orders.c.shop_state, "").not_in(_GONE)
        )
        return await self._purchases(query.order_by(orders.c.placed_at, orders.c.order_id))

    async def _purchases(self, query: Select[Any]) -> list[Purchase]:
        rows = (await self._connection.execute(query)).all()
        lines: dict[str, list[OrderLine]] = {}
        columns = (purchases.c.order_id, purchases.c.product_id, purchases.c.quantity, purchases.c.sales_cents)
        for start in range(0, len(rows), 400):
            some = [row.order_id for row in rows[start : start + 400]]
            chosen = select(*columns).where(purchases.c.order_id.in_(some)).order_by(purchases.c.line)
            for line in await self._connection.execute(chosen):
                lines.setdefault(line.order_id, []).append(OrderLine(line.product_id, line.quantity, line.sales_cents))
        return [
            Purchase(
                Order(row.order_id, row.customer_id, row.placed_at, row.total_cents), tuple(lines.get(row.order_id, ()))
            )
            for row in rows
        ]

    async def forget_states(self, customer_id: str) -> None:
        """Delete a customer's states in every version of the user model."""
        await self._connection.execute(delete(customer_states).where(customer_states.c.customer_id == customer_id))

    async def unlisted_count(self) -> int:
        """Count products that only an order or an event speaks of."""
        query = select(func.count()).select_from(products).where(products.c.status == UNLISTED)
        return int((await self._connection.execute(query)).scalar() or 0)

    async def add_unlisted(self, product_ids: Mapping[str, str]) -> None:
        """Add products that nobody reported yet."""
        rows = [
            {"product_id": product_id, "title": title[:512], "product_type": title[:128], "status": UNLISTED}
            for product_id, title in sorted(product_ids.items())
        ]
        if rows:
            statement = insert_for(self._connection, products).on_conflict_do_nothing(index_elements=["product_id"])
            await self._connection.execute(statement, rows)

    async def add_guests(self, customer_ids: Collection[str], *, at: datetime) -> None:
        """Add customers that nobody reported yet."""
        rows = [
            {"customer_id": customer_id, "demographics": {}, "created_at": at, "segments": [], "guest": True}
            for customer_id in sorted(customer_ids)
        ]
        if rows:
            statement = insert_for(self._connection, customers).on_conflict_do_nothing(index_elements=["customer_id"])
            await self._connection.execute(statement, rows)

    async def _variant_called(self, name: str) -> str | None:
        for query in (
            select(variants.c.variant_id).where(variants.c.variant_id == name),
            select(external_ids.c.item_id).where(external_ids.c.external_id == name, external_ids.c.kind == "variant"),
        ):
            found: str | None = (await self._connection.execute(query)).scalar()
            if found is not None:
                return found
        return None

    async def _order(self, order_id: str) -> Row[Any] | None:
        """An order that a shop reported; one of the demo data has no state that a shop could move."""
        query = select(orders).where(orders.c.order_id == order_id, orders.c.shop_state.is_not(None))
        return (await self._connection.execute(query.with_for_update())).first()

    async def _upsert(self, table: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        await self._connection.execute(
            insert_for(self._connection, table)
            .values(**key, **values)
            .on_conflict_do_update(index_elements=list(key), set_=dict(values))
        )


def _result(stored: Row[Any] | None, values: Mapping[str, Any], reported_at: datetime) -> StoreResult:
    if stored is None:
        return StoreResult.STORED
    if reported_at < stored.updated_at:
        return StoreResult.STALE
    same = all(getattr(stored, name) == value for name, value in values.items())
    return StoreResult.UNCHANGED if same else StoreResult.STORED


def _unknown_variant(variant_id: str) -> ItemAnswer:
    return ItemAnswer(variant_id, StoreResult.REFUSED, "variant_id", f"there is no variant {variant_id}")


def _unknown_order(order_id: str) -> ItemAnswer:
    return ItemAnswer(order_id, StoreResult.REFUSED, "order_id", f"there is no order {order_id}")
