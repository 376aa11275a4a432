"""Redemptions of codes that were used at a hosted shop: what the shop reports of its orders is followed here.

The shop has taken its price off already, so nothing is asked and nothing refused: the books follow. An order that is
bought redeems its codes once, whatever is reported how often and in which order; one that is cancelled or refunded
gives back what they cost.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from promo_engine.domain.codes.codes import CodeState
from promo_engine.domain.codes.hosted_codes import shop_key
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.ports.unit_of_work import UnitOfWork
from promo_engine.services.checkout import code_service

_LOG = logging.getLogger(__name__)
_BOUGHT = frozenset(
    {
        ShopOrderState.PAID,
        ShopOrderState.PACKING,
        ShopOrderState.PARTLY_SHIPPED,
        ShopOrderState.SHIPPED,
        ShopOrderState.OUT_FOR_DELIVERY,
        ShopOrderState.READY_FOR_PICKUP,
        ShopOrderState.DELIVERED,
        ShopOrderState.DELIVERY_FAILED,
        ShopOrderState.RETURN_REQUESTED,
        ShopOrderState.PARTLY_REFUNDED,
    }
)
"""Paid, or sent on its way before it is paid."""
_GIVEN_BACK = frozenset({ShopOrderState.CANCELLED, ShopOrderState.REFUNDED, ShopOrderState.RETURNED})


class HostedRedemptions:
    """Follows orders inside the unit of work that stores them."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    async def follow(self, unit: UnitOfWork, order_id: str, code_cents: Mapping[str, int] | None = None) -> None:
        """Redeem or give back, by what is stored of an order.

        `code_cents` is what each code took off, where the shop says so; else what was expected of it is booked.
        """
        order = await unit.orders.get(order_id)
        if order is None or order.source_id is None:
            return
        if order.shop_state in _GIVEN_BACK:
            await self._give_back(unit, order)
        elif order.shop_state in _BOUGHT and order.codes:
            await self._redeem(unit, order, code_cents or {})

    async def _redeem(self, unit: UnitOfWork, order: Order, code_cents: Mapping[str, int]) -> None:
        hosted = await unit.hosted_codes.in_orders_of(str(order.source_id), order.codes)
        if not hosted or await unit.redemptions.of_order(order.order_id) is not None:
            return
        taken_off = {shop_key(code): cents for code, cents in code_cents.items()}
        now = self._clock()
        costs: dict[str, int] = {}
        applied: list[dict[str, Any]] = []
        for each in sorted(hosted, key=lambda item: item.code):
            cents = taken_off.get(each.shop_key)
            held = await code_service.redeem_at_shop(
                unit, each.code, customer_id=order.customer_id, cost_cents=cents, now=now
            )
            if held is None:
                _LOG.warning("order %s used code …%s, which holds no budget any more", order.order_id, each.code[-6:])
                continue
            costs[each.code] = held.held_cents
            applied.append(_applied(held.offer_id, each.code, held.held_cents if cents is None else cents))
        if not costs:
            return
        redemption = Redemption(
            redemption_id=str(uuid5(NAMESPACE_URL, f"promobot:{order.source_id}:{order.order_id}")),
            order_id=order.order_id,
            customer_id=order.customer_id,
            request_hash=hashlib.sha256(repr((order.source_id, order.order_id, sorted(costs))).encode()).hexdigest(),
            quote=_quote(order, applied),
            redeemed_at=now,
        )
        added = await unit.redemptions.add(redemption, codes=costs)
        assert added, "the codes' locks keep out another report of the same order"

    async def _give_back(self, unit: UnitOfWork, order: Order) -> None:
        found = await unit.redemptions.of_order(order.order_id)
        if found is None:
            return
        redemption = await unit.redemptions.get(found.redemption_id, lock=True)
        if redemption is None or redemption.cancelled_at is not None:
            return
        used = await unit.redemptions.codes(redemption.redemption_id)
        for code in used:
            if await unit.hosted_codes.get(code) is None:
                return  # redeemed at our own checkout, which cancels by itself
        for code in used:
            held = await code_service.locked_code(unit, code)
            if held.state is CodeState.REDEEMED:
                await code_service.cancel(unit, code)
        await unit.redemptions.cancel(redemption.redemption_id, at=self._clock())


def _applied(offer_id: str, code: str, cents: int) -> dict[str, Any]:
    return {
        "offer_id": offer_id,
        "code": code,
        "discount_cents": cents,
        "points": 0,
        "credit_cents": 0,
        "gift_product_id": None,
        "gift_quantity": 0,
    }


def _quote(order: Order, applied: list[dict[str, Any]]) -> dict[str, Any]:
    """What the order cost, as far as its shop said: it prices its own lines."""
    nothing = {"line_id": "delivery", "full_cents": 0, "discount_cents": 0, "after_cents": 0, "tax_cents": 0}
    return {
        "currency": order.currency,
        "lines": [],
        "delivery": nothing,
        "applied": applied,
        "refused": [],
        "discount_cents": sum(offer["discount_cents"] for offer in applied),
        "tax_cents": 0,
        "total_cents": order.total_cents,
    }
