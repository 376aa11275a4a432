"""Orders and what is in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.demo_delivery import DEMO_SOURCE
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.orders import Order, OrderCount, OrderLine, Sale
from promo_engine.domain.customers.shop_orders import Refund, Shipment, ShopOrderState, number_key
from promo_engine.storage.tables import (
    customers,
    orders,
    product_categories,
    products,
    purchases,
    refunds,
    shipments,
    shop_sources,
    variants,
)

_MOST_OF_ONE_NUMBER = 20
"""Orders of several sources may share a number; more than a few never do."""


class SqlOrders:
    """`ports.unit_of_work.Orders` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, order_id: str, *, lock: bool = False) -> Order | None:
        """Return one order."""
        query = _orders().where(orders.c.order_id == order_id)
        row = (await self._connection.execute(query.with_for_update(of=orders) if lock else query)).first()
        return None if row is None else _order(row)

    async def find(self, number: str) -> list[StoredOrder]:
        """List the orders with this number, the newest first; some twenty at most."""
        key = number_key(number)
        if not key:
            return []
        query = _orders().where(orders.c.number_key == key).order_by(orders.c.placed_at.desc(), orders.c.order_id)
        rows = await self._connection.execute(query.limit(_MOST_OF_ONE_NUMBER))
        return [await self._stored(_order(row)) for row in rows.all()]

    async def stored(self, order_id: str) -> StoredOrder | None:
        """Return one order with its parcels and refunds."""
        order = await self.get(order_id)
        return None if order is None else await self._stored(order)

    async def _stored(self, order: Order) -> StoredOrder:
        parcels = select(*(shipments.c[part.name] for part in fields(Shipment))).where(
            shipments.c.order_id == order.order_id
        )
        returned = select(refunds).where(refunds.c.order_id == order.order_id).order_by(refunds.c.refund_id)
        return StoredOrder(
            order,
            tuple(
                Shipment(**{**row._mapping, "state": ShopOrderState(row.state)})
                for row in await self._connection.execute(parcels.order_by(shipments.c.shipment_id))
            ),
            tuple(
                Refund(row.refund_id, row.cents, row.refunded_at) for row in await self._connection.execute(returned)
            ),
        )

    async def shown_numbers(self, order_ids: Collection[str]) -> dict[str, str]:
        """Return the numbers of these orders as their customers know them, by order_id."""
        query = select(orders.c.order_id, orders.c.number).where(orders.c.order_id.in_(sorted(set(order_ids))))
        rows = await self._connection.execute(query)
        return {order_id: number or order_id for order_id, number in rows}

    async def newest_numbers(self, *, limit: int) -> list[str]:
        """List the numbers of the newest orders."""
        query = select(orders.c.number).where(orders.c.number != "").order_by(orders.c.placed_at.desc()).limit(limit)
        return list((await self._connection.execute(query)).scalars())

    async def lines(self, order_id: str) -> list[OrderLine]:
        """Return the order's lines with the products' names (the category, or else what is known) and titles."""
        name = func.coalesce(
            product_categories.c.name,
            func.nullif(products.c.product_type, ""),
            func.nullif(products.c.department, ""),
            products.c.product_id,
        ).label("name")
        title = func.coalesce(func.nullif(purchases.c.title, ""), products.c.title).label("title")
        query = (
            select(
                purchases.c.product_id,
                purchases.c.quantity,
                purchases.c.sales_cents,
                name,
                title,
                func.coalesce(purchases.c.variant_id, "").label("variant_id"),
                variants.c.options,
            )
            .select_from(
                purchases.join(products)
                .outerjoin(product_categories)
                .outerjoin(variants, variants.c.variant_id == purchases.c.variant_id)
            )
            .where(purchases.c.order_id == order_id)
            .order_by(purchases.c.line)
        )
        rows = await self._connection.execute(query)
        return [OrderLine(**dict(row._mapping) | {"options": row.options or {}}) for row in rows]

    async def newest_of(self, customer_id: str, *, limit: int) -> list[Order]:
        """List a customer's orders, the newest first."""
        query = (
            _orders()
            .where(orders.c.customer_id == customer_id)
            .order_by(orders.c.placed_at.desc(), orders.c.order_id.desc())
            .limit(limit)
        )
        return [_order(row) for row in await self._connection.execute(query)]

    async def page(self, *, after: str, limit: int) -> list[Order]:
        """List orders by order_id, those after one of them."""
        query = _orders().where(orders.c.order_id > after).order_by(orders.c.order_id).limit(limit)
        return [_order(row) for row in await self._connection.execute(query)]

    async def count_page(self, *, after: str, limit: int) -> list[OrderCount]:
        """Count the orders of customers by customer_id, those after one of them; who has none is left out."""
        customer_id = orders.c.customer_id
        newest = func.max(orders.c.placed_at, type_=orders.c.placed_at.type)
        query = select(customer_id, func.count(), newest).where(customer_id > after).group_by(customer_id)
        rows = await self._connection.execute(query.order_by(customer_id).limit(limit))
        return [OrderCount(*row) for row in rows]

    async def sale_page(self, *, since: datetime, after: str, limit: int) -> list[Sale]:
        """List what was sold from a moment on by order_id, those after one of them."""
        columns = orders.c.order_id, orders.c.placed_at, orders.c.total_cents, orders.c.currency
        query = select(*columns).where(orders.c.order_id > after, orders.c.placed_at >= since)
        rows = await self._connection.execute(query.order_by(orders.c.order_id).limit(limit))
        return [Sale(*row) for row in rows]

    async def count_of(self, customer_ids: Collection[str]) -> dict[str, int]:
        """Count each customer's orders; those without any are absent."""
        query = select(orders.c.customer_id, func.count()).where(orders.c.customer_id.in_(sorted(customer_ids)))
        rows = await self._connection.execute(query.group_by(orders.c.customer_id))
        return {customer_id: count for customer_id, count in rows}

    async def existing(self, order_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are taken."""
        query = select(orders.c.order_id).where(orders.c.order_id.in_(order_ids))
        return set((await self._connection.execute(query)).scalars())

    async def add(self, new: Sequence[Purchase]) -> None:
        """Store new orders with their lines."""
        if not new:
            return
        # What a demo shop sells is of its data set; a shop that reports purchases alone says nothing of their state.
        demo = select(shop_sources.c.source_id).where(shop_sources.c.kind == DEMO_SOURCE).limit(1)
        source_id = (await self._connection.execute(demo)).scalar()
        await self._connection.execute(
            insert(orders),
            [
                {
                    "order_id": purchase.order.order_id,
                    "customer_id": purchase.order.customer_id,
                    "placed_at": purchase.order.placed_at,
                    "total_cents": purchase.order.total_cents,
                    "number": purchase.order.shown_number,
                    "number_key": number_key(purchase.order.shown_number),
                    "source_id": source_id,
                }
                for purchase in new
            ],
        )
        await self._connection.execute(
            insert(purchases),
            [
                {
                    "order_id": purchase.order.order_id,
                    "line": number,
                    "product_id": line.product_id,
                    "quantity": line.quantity,
                    "sales_cents": line.sales_cents,
                }
                for purchase in new
                for number, line in enumerate(purchase.lines, start=1)
            ],
        )

    async def set_override(self, order_id: str, state: ShopOrderState) -> None:
        """Fix the state of an order that no shop reports on."""
        await self._connection.execute(
            update(orders).where(orders.c.order_id == order_id).values(override_state=state.value)
        )


def _orders() -> Select[Any]:
    """Select orders with what their source and customer add."""
    return select(
        orders,
        shop_sources.c.kind.label("source_kind"),
        shop_sources.c.last_ok_at.label("source_ok_at"),
        customers.c.email_hash.label("customer_email_hash"),
    ).select_from(
        orders.join(customers, customers.c.customer_id == orders.c.customer_id).outerjoin(
            shop_sources, shop_sources.c.source_id == orders.c.source_id
        )
    )


def _order(row: Row[Any]) -> Order:
    return Order(
        order_id=row.order_id,
        customer_id=row.customer_id,
        placed_at=row.placed_at,
        total_cents=row.total_cents,
        override_state=None if row.override_state is None else ShopOrderState(row.override_state),
        number=row.number,
        currency=row.currency,
        shop_state=None if row.shop_state is None else ShopOrderState(row.shop_state),
        shop_updated_at=row.shop_updated_at,
        source_id=row.source_id,
        source_kind=row.source_kind or "",
        source_ok_at=row.source_ok_at,
        email_hash=row.email_hash or row.customer_email_hash,
        postcode_hash=row.postcode_hash,
        codes=tuple(row.codes),
    )
