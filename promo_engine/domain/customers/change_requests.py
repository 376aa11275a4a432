"""Changes to an order that a customer asks for. The shop makes them or refuses them; nobody here does.

A request's life: asked, which is stored before anything is sent; sent to the shop; confirmed or refused by the shop.
It failed where the shop could not be asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from promo_engine.domain.backoff import MOST_ATTEMPTS, pause_after
from promo_engine.domain.customers.shop_orders import ShopOrderState


class ChangeKind(StrEnum):
    """What is to change."""

    CANCEL = "cancel"
    RETURN = "return"
    ADDRESS = "address"
    """Where the order goes."""
    PAYMENT = "payment"
    """How the order is paid."""
    ITEMS = "items"
    """Other options of the products of an order that has not left."""
    EXCHANGE = "exchange"
    """Other options of products that have arrived."""
    ACCOUNT_ADDRESS = "account_address"
    """The address that the customer's account keeps; asked of the shop of one of their orders."""


class ChangeState(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    FAILED = "failed"


OPEN_STATES = frozenset({ChangeState.ASKED, ChangeState.SENT})
"""The shop has not answered yet."""
SWAPS = frozenset({ChangeKind.ITEMS, ChangeKind.EXCHANGE})
"""Each line names the variant that is wanted instead."""
AGAIN = frozenset({ChangeKind.ADDRESS, ChangeKind.PAYMENT, ChangeKind.ACCOUNT_ADDRESS})
"""May be asked for once more, with another wish; of the others the first request stands."""
_SHOWN_BY = {
    ChangeKind.CANCEL: frozenset({ShopOrderState.CANCELLED}),
    ChangeKind.RETURN: frozenset(
        {
            ShopOrderState.RETURN_REQUESTED,
            ShopOrderState.RETURNED,
            ShopOrderState.REFUNDED,
            ShopOrderState.PARTLY_REFUNDED,
        }
    ),
}
"""States of an order that show that the shop did what it was asked; no state shows the other kinds."""
_LEFT = frozenset({ShopOrderState.SHIPPED, ShopOrderState.OUT_FOR_DELIVERY, ShopOrderState.DELIVERED})


@dataclass(frozen=True)
class RequestedLine:
    """Some pieces of one variant."""

    variant_id: str
    quantity: int
    new_variant_id: str = ""
    """What is wanted instead; empty where nothing is."""


@dataclass(frozen=True)
class ShopAnswer:
    """What a shop said to a request."""

    state: ChangeState
    """SENT: it has the request and will answer later; else CONFIRMED or REFUSED."""
    reference: str = ""
    """The shop's own name for it, such as a return's number."""
    reason: str = ""


@dataclass(frozen=True)
class ChangeRequest:
    """One change that one customer asked for."""

    change_request_id: str
    """Also the key under which the shop does it once, however often it is sent."""
    order_id: str
    kind: ChangeKind
    asked_at: datetime
    customer_id: str
    conversation_id: str = ""
    lines: tuple[RequestedLine, ...] = ()
    """Empty for the whole order."""
    reason: str = ""
    details: str = ""
    """The new address; forgotten once the shop has answered."""
    payment: str = ""
    """In the customer's words how they pay, or get the difference or the money back; forgotten with `details`."""
    difference_cents: int | None = None
    """What the customer was told that the new items cost more (below 0: less), in the order's currency."""
    state: ChangeState = ChangeState.ASKED
    shop_reference: str = ""
    shop_reason: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    last_error: str = ""

    def same_wish(self, other: ChangeRequest) -> bool:
        """Say whether another request of the order wants the same; an address that was forgotten is not the same."""
        wishes = ((wish.kind, wish.lines, wish.details, wish.payment) for wish in (self, other))
        return next(wishes) == next(wishes)

    @property
    def is_open(self) -> bool:
        """Say whether the shop has still to answer."""
        return self.state in OPEN_STATES

    def begin_attempt(self, at: datetime) -> ChangeRequest:
        """Count an attempt; the next one comes by itself if this one's end is never recorded."""
        attempts = self.attempts + 1
        return replace(self, attempts=attempts, next_try_at=at + pause_after(attempts))

    def fail_attempt(self, why: str) -> ChangeRequest:
        """Record that the shop could not be asked: another try follows, or after ten of them none."""
        if self.attempts >= MOST_ATTEMPTS:
            return replace(self, state=ChangeState.FAILED, last_error=why, next_try_at=None)
        return replace(self, last_error=why)

    def asked_again(self, at: datetime) -> ChangeRequest:
        """Put a failed request back into the queue."""
        return replace(self, state=ChangeState.ASKED, attempts=0, next_try_at=at)

    def answer(self, answer: ShopAnswer, at: datetime) -> ChangeRequest:
        """Record what the shop said. What it said first stays: a settled request changes no more."""
        if self.settled_at is not None:
            return self
        settled = answer.state not in OPEN_STATES
        return replace(
            self,
            state=answer.state,
            shop_reference=answer.reference or self.shop_reference,
            shop_reason=answer.reason or self.shop_reason,
            # Of a failed request nobody knows whether it ever arrived: a person says what the shop decided.
            sent_at=self.sent_at or (None if self.state is ChangeState.FAILED else at),
            settled_at=at if settled else None,
            details="" if settled else self.details,
            payment="" if settled else self.payment,
            next_try_at=None,
            last_error="",
        )

    def seen_in(self, state: ShopOrderState) -> ShopAnswer | None:
        """What the order's own state, as the shop reports it, says of the request; None where it says nothing."""
        if state in _SHOWN_BY.get(self.kind, ()):
            return ShopAnswer(ChangeState.CONFIRMED)
        if self.kind is ChangeKind.CANCEL and state in _LEFT:
            return ShopAnswer(ChangeState.REFUSED, reason="The order has left already.")
        return None
