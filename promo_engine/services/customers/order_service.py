"""Orders as their customer, or an anonymous customer, may see and change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.customers.orders import Order, OrderLine, OrderState
from promo_engine.domain.errors import Conflict, Forbidden, NotFound
from promo_engine.ports.unit_of_work import Storage, UnitOfWork


@dataclass(frozen=True)
class OrderView:
    """An order and, for its own customer only, what is in it."""

    order: Order
    yours: bool
    lines: tuple[OrderLine, ...]


class OrderService:
    """Looks up and changes orders."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def look_up(self, order_id: str, *, customer_id: str | None) -> OrderView:
        """Return an order as this customer, or an anonymous customer (None), may see it. Raises NotFound
        `unknown_order`."""
        async with self._storage.read() as unit:
            order = await unit.orders.get(order_id)
            if order is None:
                raise _unknown(order_id)
            yours = customer_id is not None and order.customer_id == customer_id
            lines = await unit.orders.lines(order_id) if yours else []
        return OrderView(order=order, yours=yours, lines=tuple(lines))

    async def newest_of(self, customer_id: str, *, limit: int) -> list[Order]:
        """List a customer's orders, the newest first. Raises NotFound `unknown_customer`."""
        async with self._storage.read() as unit:
            if not await unit.customers.exists(customer_id):
                raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id")
            return await unit.orders.newest_of(customer_id, limit=limit)

    async def cancel(self, order_id: str, *, customer_id: str, now: datetime) -> OrderState:
        """Cancel an order that is still being packed; doing so again changes nothing.

        Raises NotFound `unknown_order`, Forbidden `order_of_another_customer`, Conflict `cannot_cancel`.
        """
        async with self._storage.write() as unit:
            order = await _own_order(unit, order_id, customer_id)
            if order.override_state is OrderState.CANCELLED:
                return OrderState.CANCELLED
            if not order.can_cancel(now):
                raise Conflict(
                    "cannot_cancel", f"An order can be cancelled from packing; this one is {_words(order, now)}."
                )
            await unit.orders.set_override(order_id, OrderState.CANCELLED)
        return OrderState.CANCELLED

    async def send_back(self, order_id: str, *, customer_id: str, now: datetime) -> OrderState:
        """Ask for the return of an order delivered at most 30 days ago; doing so again changes nothing.

        Raises NotFound `unknown_order`, Forbidden `order_of_another_customer`, Conflict `cannot_return`.
        """
        async with self._storage.write() as unit:
            order = await _own_order(unit, order_id, customer_id)
            if order.override_state is OrderState.RETURN_REQUESTED:
                return OrderState.RETURN_REQUESTED
            if not order.can_return(now):
                raise Conflict(
                    "cannot_return",
                    f"An order can be returned within 30 days of its delivery; this one is {_words(order, now)}.",
                )
            await unit.orders.set_override(order_id, OrderState.RETURN_REQUESTED)
        return OrderState.RETURN_REQUESTED


async def _own_order(unit: UnitOfWork, order_id: str, customer_id: str) -> Order:
    order = await unit.orders.get(order_id, lock=True)
    if order is None:
        raise _unknown(order_id)
    if order.customer_id != customer_id:
        raise Forbidden("order_of_another_customer", "This order belongs to another customer.", field="customer_id")
    return order


def _unknown(order_id: str) -> NotFound:
    return NotFound("unknown_order", f"There is no order {order_id}.", field="order_id")


def _words(order: Order, now: datetime) -> str:
    return {
        OrderState.PACKING: "being packed",
        OrderState.SHIPPED: "on its way",
        OrderState.DELIVERED: f"delivered and was placed on {order.placed_at:%Y-%m-%d}",
        OrderState.CANCELLED: "cancelled",
        OrderState.RETURN_REQUESTED: "being returned",
    }[order.state(now)]
