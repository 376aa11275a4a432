"""Orders as their customer, or somebody who proves that one is theirs, may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from common.access.failure_brake import FailureBrake
from promo_engine.domain.customers.order_proof import NO_PROOF, OrderProof, is_proven
from promo_engine.domain.customers.order_report import OrderReport, StoredOrder
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.customers.shop_orders import number_key
from promo_engine.domain.errors import Forbidden, NotFound, TooMany
from promo_engine.ports.shop.order_tracking import OrderTracking
from promo_engine.ports.unit_of_work import Storage

WRONG_PROOFS = 5
WRONG_PROOFS_PERIOD_S = 900.0


@dataclass(frozen=True)
class OrderView:
    """An order and, for its own customer only, what is in it."""

    order: Order
    report: OrderReport
    yours: bool
    lines: tuple[OrderLine, ...] = ()


class OrderService:
    """Looks up orders by the number that a customer knows."""

    def __init__(self, storage: Storage, *, tracking: OrderTracking, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._tracking = tracking
        self._clock = clock
        self._brake = FailureBrake(limit=WRONG_PROOFS, period_s=WRONG_PROOFS_PERIOD_S)

    async def look_up(
        self, number: str, *, customer_id: str | None, proof: OrderProof = NO_PROOF, conversation_id: str = ""
    ) -> OrderView:
        """Return an order as its signed-in customer, or somebody who proves it theirs, may see it.

        Raises Forbidden `proof_needed` where nobody is signed in and nothing proves anything, NotFound `unknown_order`
        alike for a number that nobody has, an order of somebody else and a wrong proof, and TooMany
        `too_many_attempts` after five wrong proofs for one number or in one conversation.
        """
        if customer_id is None and not proof:
            raise Forbidden("proof_needed", "An order needs the e-mail address or the postcode beside its number.")
        if proof:
            self._hold(number, conversation_id)
        await self._tracking.refresh(number)
        async with self._storage.read() as unit:
            found = await unit.orders.find(number)
            own = next((stored for stored in found if stored.order.customer_id == customer_id), None)
            if own is not None:
                return self._view(own, lines=await unit.orders.lines(own.order.order_id), yours=True)
        proven = next((stored for stored in found if is_proven(stored.order, proof)), None)
        if proven is not None:
            return self._view(proven, yours=False)
        if proof:
            for name in _names(number, conversation_id):
                self._brake.failed(name)
        raise NotFound("unknown_order", f"There is no order {number} for you.", field="number")

    async def read(self, order_id: str) -> OrderView:
        """Return an order by its id, for the shop's own systems. Raises NotFound `unknown_order`."""
        async with self._storage.read() as unit:
            stored = await unit.orders.stored(order_id)
            if stored is None:
                raise NotFound("unknown_order", f"There is no order {order_id}.", field="order_id")
            return self._view(stored, lines=await unit.orders.lines(order_id), yours=True)

    async def newest_of(self, customer_id: str, *, limit: int) -> list[OrderView]:
        """List a customer's orders, the newest first. Raises NotFound `unknown_customer`."""
        async with self._storage.read() as unit:
            if not await unit.customers.exists(customer_id):
                raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id")
            newest = await unit.orders.newest_of(customer_id, limit=limit)
            return [
                self._view(stored, lines=await unit.orders.lines(order.order_id), yours=True)
                for order in newest
                if (stored := await unit.orders.stored(order.order_id)) is not None
            ]

    async def knows_orders(self) -> bool:
        """Say whether there is any order to ask about."""
        async with self._storage.read() as unit:
            return bool(await unit.orders.page(after="", limit=1))

    def _view(self, stored: StoredOrder, *, yours: bool, lines: list[OrderLine] | None = None) -> OrderView:
        report = self._tracking.report(stored, at=self._clock())
        return OrderView(stored.order, report, yours=yours, lines=tuple(lines or ()))

    def _hold(self, number: str, conversation_id: str) -> None:
        if any(self._brake.holds(name) for name in _names(number, conversation_id)):
            raise TooMany("too_many_attempts", "Too many wrong tries. Wait a quarter of an hour.", field="number")


def _names(number: str, conversation_id: str) -> tuple[str, str]:
    return f"order {number_key(number)}", f"conversation {conversation_id}"
