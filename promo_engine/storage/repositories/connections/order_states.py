"""The state of an order whose parcels or refunds were reported apart from it."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.customers.shop_orders import ShopOrderState, state_with_parcels, state_with_refunds
from promo_engine.storage.tables import orders, refunds, shipments


async def renew_state(connection: AsyncConnection, order_id: str) -> None:
    """Let an order's state follow from its last whole report and the parts that came alone."""
    order = (
        await connection.execute(
            select(orders.c.shop_state, orders.c.total_cents).where(
                orders.c.order_id == order_id, orders.c.shop_state.is_not(None)
            )
        )
    ).first()
    if order is None:
        return
    parcels = await connection.execute(select(shipments.c.state).where(shipments.c.order_id == order_id))
    refunded = await connection.execute(select(func.sum(refunds.c.cents)).where(refunds.c.order_id == order_id))
    state = state_with_parcels(ShopOrderState(order.shop_state), [ShopOrderState(word) for word in parcels.scalars()])
    state = state_with_refunds(state, total_cents=order.total_cents, refunded_cents=int(refunded.scalar() or 0))
    if state.value != order.shop_state:
        await connection.execute(update(orders).where(orders.c.order_id == order_id).values(shop_state=state.value))
