"""The ways of knowing where an order is. Which one counts depends on the source that reported the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from promo_engine.domain.customers.demo_delivery import demo_delivery_time, demo_promise, demo_state, is_demo_order
from promo_engine.domain.customers.order_report import OrderReport, StoredOrder, reported
from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.ports.shop.order_tracking import OrderTracking


class PushedTracking:
    """What shops reported, as it is stored."""

    async def refresh(self, number: str) -> None:
        """Do nothing: the shop reports by itself."""

    def report(self, stored: StoredOrder, *, at: datetime) -> OrderReport:
        """Say what the shop reported last."""
        return reported(stored)


class DemoTracking:
    """For orders of a demo data set alone: where it knows no states, they follow from the order's age."""

    async def refresh(self, number: str) -> None:
        """Do nothing: there is no shop to ask."""

    def report(self, stored: StoredOrder, *, at: datetime) -> OrderReport:
        """Say what a confirmed change, the data set, or else the order's age says."""
        order = stored.order
        if order.override_state is not None:
            return replace(reported(stored), state=order.override_state, as_of=at)
        if order.shop_state is not None:
            return replace(reported(stored), as_of=at)
        state = demo_state(order, at)
        delivered = state is ShopOrderState.DELIVERED
        return OrderReport(
            state=state,
            as_of=at,
            promised_until=demo_promise(order) if state in _UNDER_WAY else None,
            delivered_at=demo_delivery_time(order) if delivered else None,
        )


_UNDER_WAY = {ShopOrderState.PACKING, ShopOrderState.SHIPPED}


class TrackingBySource:
    """Hands every order to the tracking of its source."""

    def __init__(self, *, shops: OrderTracking, demo: OrderTracking) -> None:
        self._shops = shops
        self._demo = demo

    async def refresh(self, number: str) -> None:
        """Ask the shops that can be asked."""
        await self._shops.refresh(number)

    def report(self, stored: StoredOrder, *, at: datetime) -> OrderReport:
        """Say where an order is."""
        return (self._demo if is_demo_order(stored.order) else self._shops).report(stored, at=at)
