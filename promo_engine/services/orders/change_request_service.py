"""Changes that customers ask for: stored first, then handed to the shop, which alone makes them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.customers.change_policy import ChangePolicy
from promo_engine.domain.customers.change_requests import (
    ChangeKind,
    ChangeRequest,
    ChangeState,
    RequestedLine,
    ShopAnswer,
)
from promo_engine.domain.customers.demo_delivery import is_demo_order
from promo_engine.domain.customers.order_report import OrderReport, StoredOrder
from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.ports.shop.order_tracking import OrderTracking
from promo_engine.ports.shop.shop_access import ShopAccess, ShopWriteBack
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.orders.wish_checks import check_wish, stands_for

NOT_CONNECTED = "shop_not_connected"
_REFUSALS = {
    ChangeKind.CANCEL: "cannot_cancel",
    ChangeKind.RETURN: "cannot_return",
    ChangeKind.ADDRESS: "cannot_change_address",
    ChangeKind.PAYMENT: "cannot_change_payment",
    ChangeKind.ITEMS: "cannot_change_items",
    ChangeKind.EXCHANGE: "cannot_exchange",
    ChangeKind.ACCOUNT_ADDRESS: "cannot_change_account",
}
_WHY = {
    "never_cancelled": "This shop cancels no orders.",
    "too_late": "The order is past the point up to which this shop changes it.",
    "not_taken_back": "This shop does not take these products back.",
    "not_arrived": "The order has not arrived yet.",
    "window_over": "The time in which this shop takes orders back is over.",
}
_STATE_AFTER = {ChangeKind.CANCEL: ShopOrderState.CANCELLED, ChangeKind.RETURN: ShopOrderState.RETURN_REQUESTED}


@dataclass(frozen=True)
class ListedChange:
    """A request, and the number by which its customer knows the order."""

    request: ChangeRequest
    number: str


@dataclass(frozen=True)
class WantedChange:
    """What a signed-in customer wants."""

    number: str
    kind: ChangeKind
    customer_id: str
    conversation_id: str = ""
    lines: tuple[RequestedLine, ...] = ()
    """Empty for the whole order."""
    reason: str = ""
    details: str = ""
    payment: str = ""
    difference_cents: int | None = None


DEMO_ANSWER = "This shop is a demo, so nothing real has changed."


class DemoWriteBack:
    """The shop of a demo data set: it is its own shop, says yes, and says what it is."""

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        """Confirm."""
        return ShopAnswer(ChangeState.CONFIRMED, reason=DEMO_ANSWER)


class ChangeRequestService:
    """Takes requests down, and the shop's answers to them. `ChangeRequestSender` hands them to the shop."""

    def __init__(
        self,
        storage: Storage,
        *,
        tracking: OrderTracking,
        access: ShopAccess,
        policy: ChangePolicy,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._tracking = tracking
        self._access = access
        self._policy = policy
        self._clock = clock

    async def ask(self, wanted: WantedChange) -> ChangeRequest:
        """Store a request to be sent; the same wish again gets the request that there is, unless it failed.

        An order's items change once, and each of its lines comes back or is exchanged once; addresses and payment may
        change again. Raises NotFound `unknown_order`, InvalidRequest `unknown_line`, `no_such_option` or
        `incomplete` for a wish that no order can have, Conflict `cannot_cancel`, `cannot_return` and the like where the
        shop's rules say no already, Conflict `sold_out`, and Conflict `shop_not_connected` where nothing could tell the
        shop.
        """
        now = self._clock()
        async with self._storage.write() as unit:
            stored = await self._own_order(unit, wanted)
            order_id = stored.order.order_id
            request = _request(wanted, order_id, now)
            earlier = await self._earlier(unit, request)
            if earlier is not None:
                return earlier
            report = self._tracking.report(stored, at=now)
            lines = await unit.orders.lines(order_id)
            against = self._policy.reason_against(wanted.kind, stored.order, report, lines, at=now)
            if against is not None:
                raise Conflict(_REFUSALS[wanted.kind], _WHY[against])
            await check_wish(unit, request, stored.order, lines, at=now)
            if await write_back_of(unit, stored.order, self._access) is None:
                raise Conflict(NOT_CONNECTED, "This shop cannot be asked from here; a person can.")
            await unit.change_requests.add(request)
        return request

    async def reasons_against(self, order: Order, report: OrderReport) -> dict[ChangeKind, str]:
        """Say why `ask` would refuse, as a code, for each kind that it would refuse now."""
        async with self._storage.read() as unit:
            connected = await write_back_of(unit, order, self._access) is not None
            lines = await unit.orders.lines(order.order_id)
        now = self._clock()
        against = {kind: self._policy.reason_against(kind, order, report, lines, at=now) for kind in ChangeKind}
        return {
            kind: reason or NOT_CONNECTED for kind, reason in against.items() if reason is not None or not connected
        }

    async def of_order(self, order_id: str) -> list[ChangeRequest]:
        """List an order's requests, the newest first."""
        async with self._storage.read() as unit:
            return await unit.change_requests.of_order(order_id)

    async def read(self, change_request_id: str) -> ChangeRequest:
        """Return one request. Raises NotFound `unknown_change_request`."""
        async with self._storage.read() as unit:
            return _known(await unit.change_requests.get(change_request_id), change_request_id)

    async def page(
        self,
        *,
        states: Sequence[ChangeState],
        before: str,
        limit: int,
        kinds: Sequence[ChangeKind] = tuple(ChangeKind),
        number: str = "",
    ) -> list[ChangeRequest]:
        """List requests in these states, the newest first; with a number, those about that order alone."""
        async with self._storage.read() as unit:
            order_ids = {stored.order.order_id for stored in await unit.orders.find(number)} if number else None
            return await unit.change_requests.page(
                states=states, before=before, limit=limit, kinds=kinds, order_ids=order_ids
            )

    async def with_numbers(self, requests: Sequence[ChangeRequest]) -> list[ListedChange]:
        """Put beside each request the number by which its customer knows the order."""
        async with self._storage.read() as unit:
            numbers = await unit.orders.shown_numbers([request.order_id for request in requests])
        return [ListedChange(request, numbers.get(request.order_id, request.order_id)) for request in requests]

    async def counts(self) -> dict[tuple[ChangeKind, ChangeState], int]:
        """Count requests by kind and state."""
        async with self._storage.read() as unit:
            return await unit.change_requests.counts()

    async def answer(self, change_request_id: str, answer: ShopAnswer) -> ChangeRequest:
        """Record the shop's answer; a second one changes nothing. Raises NotFound `unknown_change_request`."""
        async with self._storage.write() as unit:
            request = _known(await unit.change_requests.get(change_request_id, lock=True), change_request_id)
            return await settle(unit, request, answer, at=self._clock())

    async def retry(self, change_request_id: str) -> ChangeRequest:
        """Send a failed request once more.

        Raises NotFound `unknown_change_request`, Conflict `not_failed`.
        """
        async with self._storage.write() as unit:
            request = _known(await unit.change_requests.get(change_request_id, lock=True), change_request_id)
            if request.state is not ChangeState.FAILED:
                raise Conflict("not_failed", f"This request is {request.state}; only a failed one is sent again.")
            again = request.asked_again(self._clock())
            await unit.change_requests.save(again)
        return again

    async def _own_order(self, unit: UnitOfWork, wanted: WantedChange) -> StoredOrder:
        for stored in await unit.orders.find(wanted.number):
            if stored.order.customer_id == wanted.customer_id:
                # Locked, so that of two wishes at once the second finds the first one's request.
                await unit.orders.get(stored.order.order_id, lock=True)
                return stored
        raise NotFound("unknown_order", f"There is no order {wanted.number} for you.", field="number")

    async def _earlier(self, unit: UnitOfWork, wish: ChangeRequest) -> ChangeRequest | None:
        """The request that stands in the way, or is the same wish; the newest of several."""
        for request in await unit.change_requests.of_order(wish.order_id):
            if request.kind is wish.kind and request.state is not ChangeState.FAILED and stands_for(request, wish):
                return request
        return None


def _request(wanted: WantedChange, order_id: str, now: datetime) -> ChangeRequest:
    return ChangeRequest(
        change_request_id=f"{int(now.timestamp() * 1000):013d}-{secrets.token_hex(8)}",
        order_id=order_id,
        kind=wanted.kind,
        asked_at=now,
        customer_id=wanted.customer_id,
        conversation_id=wanted.conversation_id,
        lines=wanted.lines,
        reason=wanted.reason,
        details=wanted.details,
        payment=wanted.payment,
        difference_cents=wanted.difference_cents,
        next_try_at=now,
    )


async def write_back_of(unit: UnitOfWork, order: Order, access: ShopAccess) -> ShopWriteBack | None:
    """Return the way to the shop of an order; None if there is none."""
    if is_demo_order(order):
        return DemoWriteBack()
    if order.source_id is None:
        return None
    shop = await unit.connected_shops.get(order.source_id)
    return None if shop is None else access.write_back(shop)


async def settle(unit: UnitOfWork, request: ChangeRequest, answer: ShopAnswer, *, at: datetime) -> ChangeRequest:
    """Record what the shop said. Of a demo order, which nobody else reports on, the new state is kept as well."""
    after = request.answer(answer, at)
    if after is request:
        return request
    await unit.change_requests.save(after)
    if after.state is ChangeState.CONFIRMED and after.kind in _STATE_AFTER:
        order = await unit.orders.get(after.order_id)
        if order is not None and is_demo_order(order):
            await unit.orders.set_override(after.order_id, _STATE_AFTER[after.kind])
    return after


def _known(request: ChangeRequest | None, change_request_id: str) -> ChangeRequest:
    if request is None:
        raise NotFound(
            "unknown_change_request", f"There is no change request {change_request_id}.", field="change_request_id"
        )
    return request
