"""Orders and what is in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.orders import Order, OrderLine, OrderState
from promo_engine.storage.tables import orders, product_categories, products, purchases


class SqlOrders:
    """`ports.unit_of_work.Orders` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, order_id: str, *, lock: bool = False) -> Order | None:
        """Return one order."""
        query = select(orders).where(orders.c.order_id == order_id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return None if row is None else _order(row)

    async def lines(self, order_id: str) -> list[OrderLine]:
        """Return the order's lines with the products' names: the category, or else what is known."""
        name = func.coalesce(
            product_categories.c.name,
            func.nullif(products.c.product_type, ""),
            func.nullif(products.c.department, ""),
            products.c.product_id,
        ).label("name")
        query = (
            select(purchases.c.product_id, purchases.c.quantity, purchases.c.sales_cents, name)
            .select_from(purchases.join(products).outerjoin(product_categories))
            .where(purchases.c.order_id == order_id)
            .order_by(purchases.c.line)
        )
        return [OrderLine(**row._mapping) for row in await self._connection.execute(query)]

    async def newest_of(self, customer_id: str, *, limit: int) -> list[Order]:
        """List a customer's orders, the newest first."""
        query = (
            select(orders)
            .where(orders.c.customer_id == customer_id)
            .order_by(orders.c.placed_at.desc(), orders.c.order_id.desc())
            .limit(limit)
        )
        return [_order(row) for row in await self._connection.execute(query)]

    async def page(self, *, after: str, limit: int) -> list[Order]:
        """List orders by order_id, those after one of them."""
        query = select(orders).where(orders.c.order_id > after).order_by(orders.c.order_id).limit(limit)
        return [_order(row) for row in await self._connection.execute(query)]

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
        await self._connection.execute(
            insert(orders),
            [
                {
                    "order_id": purchase.order.order_id,
                    "customer_id": purchase.order.customer_id,
                    "placed_at": purchase.order.placed_at,
                    "total_cents": purchase.order.total_cents,
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

    async def set_override(self, order_id: str, state: OrderState) -> None:
        """Fix the order's state from now on."""
        await self._connection.execute(
            update(orders).where(orders.c.order_id == order_id).values(override_state=state.value)
        )


def _order(row: Row[Any]) -> Order:
    return Order(
        order_id=row.order_id,
        customer_id=row.customer_id,
        placed_at=row.placed_at,
        total_cents=row.total_cents,
        override_state=None if row.override_state is None else OrderState(row.override_state),
    )
