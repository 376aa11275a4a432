"""What is known of an order's way to its customer: the shop's own words, and when they were heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import Refund, Shipment, ShopOrderState


@dataclass(frozen=True)
class StoredOrder:
    """An order with its parcels and refunds, as stored."""

    order: Order
    shipments: tuple[Shipment, ...] = ()
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True)
class OrderReport:
    """Where an order is."""

    state: ShopOrderState
    as_of: datetime | None
    """When this was true for certain; None where nobody says."""
    shipments: tuple[Shipment, ...] = ()
    promised_from: datetime | None = None
    promised_until: datetime | None = None
    """Only what was promised; nothing is estimated."""
    delivered_at: datetime | None = None
    refunded_cents: int = 0


def reported(stored: StoredOrder) -> OrderReport:
    """What the order's shop reported, and nothing else."""
    order = stored.order
    heard = [at for at in (order.shop_updated_at, order.source_ok_at) if at is not None]
    open_parcels = [parcel for parcel in stored.shipments if parcel.delivered_at is None]
    return OrderReport(
        state=_state(order.shop_state or ShopOrderState.UNKNOWN, stored.shipments),
        as_of=max(heard, default=None),
        shipments=tuple(_with_safe_link(parcel) for parcel in stored.shipments),
        promised_from=min((at for parcel in open_parcels if (at := parcel.promised_from)), default=None),
        promised_until=max((at for parcel in open_parcels if (at := parcel.promised_until)), default=None),
        delivered_at=_delivered_at(stored.shipments),
        refunded_cents=sum(refund.cents for refund in stored.refunds),
    )


_LESS_THAN_PARCELS = {ShopOrderState.SHIPPED, ShopOrderState.UNKNOWN}
"""An order that is shipped as a whole is where its parcels are: shops seldom say `delivered` of the order itself."""


def _state(state: ShopOrderState, shipments: Sequence[Shipment]) -> ShopOrderState:
    states = {parcel.state for parcel in shipments} - {ShopOrderState.CANCELLED}
    return next(iter(states)) if state in _LESS_THAN_PARCELS and len(states) == 1 else state


def _with_safe_link(parcel: Shipment) -> Shipment:
    """A link that is shown to customers is https, or there is none."""
    return parcel if parcel.tracking_url.startswith("https://") else replace(parcel, tracking_url="")


def _delivered_at(shipments: Sequence[Shipment]) -> datetime | None:
    times = [parcel.delivered_at for parcel in shipments]
    known = [at for at in times if at is not None]
    return max(known) if known and len(known) == len(times) else None
