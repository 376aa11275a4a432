"""What the shop lets customers ask for, by its own settings. Where they say nothing, the shop itself decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.customers.change_requests import ChangeKind
from promo_engine.domain.customers.order_report import OrderReport
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.customers.shop_orders import ShopOrderState

_PROGRESS = (
    ShopOrderState.RECEIVED,
    ShopOrderState.PAID,
    ShopOrderState.PACKING,
    ShopOrderState.PARTLY_SHIPPED,
    ShopOrderState.SHIPPED,
    ShopOrderState.OUT_FOR_DELIVERY,
    ShopOrderState.READY_FOR_PICKUP,
    ShopOrderState.DELIVERED,
)
"""States on the way to the customer, in their order."""
_MAY_HAVE_ARRIVED = frozenset({ShopOrderState.DELIVERED, ShopOrderState.PARTLY_REFUNDED, ShopOrderState.UNKNOWN})


@dataclass(frozen=True)
class ChangePolicy:
    """The shop's rules for cancelling, returning and sending elsewhere."""

    cancel_until: ShopOrderState | None = ShopOrderState.PACKING
    """The last state in which an order may be cancelled, or changed otherwise before it leaves; None: never."""
    cancel_within: timedelta | None = None
    """How long after it was placed; None: however long."""
    return_days: int | None = None
    """Days after the delivery; 0: nothing is taken back, None: the shop decides."""
    not_returned: frozenset[str] = frozenset()
    """Names of categories that are not taken back, in lower case."""

    def reason_against(
        self, kind: ChangeKind, order: Order, report: OrderReport, lines: Sequence[OrderLine], *, at: datetime
    ) -> str | None:
        """Say why the shop need not even be asked, as a code; None if it may be asked."""
        if kind is ChangeKind.ACCOUNT_ADDRESS:
            return None
        if kind in (ChangeKind.RETURN, ChangeKind.EXCHANGE):
            return self._against_return(report, lines, at)
        return self._against_cancelling(order, report.state, at)

    def _against_cancelling(self, order: Order, state: ShopOrderState, at: datetime) -> str | None:
        if self.cancel_until is None:
            return "never_cancelled"
        if self.cancel_within is not None and at > order.placed_at + self.cancel_within:
            return "too_late"
        if state is ShopOrderState.UNKNOWN:
            return None
        until = _PROGRESS.index(self.cancel_until) if self.cancel_until in _PROGRESS else -1
        return None if state in _PROGRESS[: until + 1] else "too_late"

    def _against_return(self, report: OrderReport, lines: Sequence[OrderLine], at: datetime) -> str | None:
        if self.return_days == 0 or (lines and all(line.name.lower() in self.not_returned for line in lines)):
            return "not_taken_back"
        if report.state not in _MAY_HAVE_ARRIVED and not _never_says_more(report):
            return "not_arrived"
        if self.return_days is None or report.delivered_at is None:
            return None
        return "window_over" if at > report.delivered_at + timedelta(days=self.return_days) else None


def _never_says_more(report: OrderReport) -> bool:
    """Say whether `shipped` is the last word: a shop that reports no parcels never says `delivered`."""
    return report.state is ShopOrderState.SHIPPED and not report.shipments and report.promised_until is None
