"""The canonical order: what a shop reported of an order, its parcels and refunds, and nothing more.

Amounts are cents of the order's currency, times are aware. A state that a shop reports in words nobody knows is
`unknown`; no state is ever guessed from an order's age.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from promo_engine.domain.catalogue.shop_catalogue import (
    MOST_PIECES,
    ShopItemError,
    need_cents,
    need_currency,
    need_length,
    need_link,
    need_time,
)


class ShopOrderState(StrEnum):
    """Where an order is, as the shop reported it."""

    RECEIVED = "received"
    PAID = "paid"
    PACKING = "packing"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    RETURNED = "returned"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    UNKNOWN = "unknown"


def state_from(words: str) -> ShopOrderState:
    """The state for a shop's word; UNKNOWN for one that is not known, never an error."""
    name = re.sub(r"[\s-]+", "_", words.strip().lower())
    return ShopOrderState(name) if name in set(ShopOrderState) else ShopOrderState.UNKNOWN


def number_key(number: str) -> str:
    """An order's number as it is compared: upper case, without `#`, blanks and dashes. `# 10-01a` is `1001A`."""
    return re.sub(r"[#\s-]+", "", number).upper()


@dataclass(frozen=True)
class ShopOrderLine:
    """One line of an order, with the title as it was bought: the product may be unknown today."""

    title: str
    quantity: int
    line_cents: int
    """What the whole line cost after its own discounts."""
    variant_id: str | None = None
    sku: str = ""
    discount_cents: int = 0

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ShopItemError("quantity", f"a line has at least one piece, this is {self.quantity}")
        if self.quantity > MOST_PIECES:
            raise ShopItemError("quantity", f"a line has {MOST_PIECES} pieces at most, this is {self.quantity}")
        need_length("variant_id", self.variant_id or "", 128)
        need_length("sku", self.sku, 128)
        need_cents("line_cents", self.line_cents)
        need_cents("discount_cents", self.discount_cents)


@dataclass(frozen=True)
class Shipment:
    """A parcel of an order."""

    shipment_id: str
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    state: ShopOrderState = ShopOrderState.SHIPPED
    shipped_at: datetime | None = None
    promised_from: datetime | None = None
    promised_until: datetime | None = None
    delivered_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.shipment_id.strip():
            raise ShopItemError("shipment_id", "is missing")
        for name, most in (("shipment_id", 64), ("carrier", 128), ("tracking_number", 128)):
            need_length(name, getattr(self, name), most)
        need_link("tracking_url", self.tracking_url)
        for name in ("shipped_at", "promised_from", "promised_until", "delivered_at"):
            need_time(name, getattr(self, name))


@dataclass(frozen=True)
class Refund:
    """Money that went back."""

    refund_id: str
    cents: int
    refunded_at: datetime | None = None
    """None where the source does not say."""

    def __post_init__(self) -> None:
        if not self.refund_id.strip():
            raise ShopItemError("refund_id", "is missing")
        need_length("refund_id", self.refund_id, 64)
        need_time("refunded_at", self.refunded_at)
        need_cents("cents", self.cents)


@dataclass(frozen=True)
class ShopOrder:
    """An order as its shop reported it at `shop_updated_at`."""

    order_id: str
    number: str
    """What the customer knows it by, such as `#1001`."""
    customer_id: str | None
    """None for an order without a customer; guests have the hash of their e-mail address."""
    placed_at: datetime
    currency: str
    total_cents: int
    lines: tuple[ShopOrderLine, ...]
    state: ShopOrderState = ShopOrderState.UNKNOWN
    goods_cents: int = 0
    discount_cents: int = 0
    delivery_cents: int = 0
    tax_cents: int = 0
    payment: str = ""
    """The shop's own word, such as `paid`."""
    cancelled_at: datetime | None = None
    shop_updated_at: datetime | None = None
    shipments: tuple[Shipment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    codes: tuple[str, ...] = ()
    """Discount codes that the order used."""
    code_cents: Mapping[str, int] = field(default_factory=dict)
    """What each code took off, by code, where the source says so."""
    email_hash: str = ""
    """As `ShopCustomer.email_hash`; empty where the source does not say."""
    postcode_hash: str = ""
    """Of the address that it goes to, by `order_proof.postcode_hash`; empty where the source does not say."""

    def __post_init__(self) -> None:
        if not self.order_id.strip():
            raise ShopItemError("order_id", "is missing")
        for name, most in (
            ("order_id", 58),
            ("number", 64),
            ("payment", 64),
            ("email_hash", 64),
            ("postcode_hash", 64),
        ):
            need_length(name, getattr(self, name), most)
        for name in ("placed_at", "cancelled_at", "shop_updated_at"):
            need_time(name, getattr(self, name))
        need_length("customer_id", self.customer_id or "", 64)
        for parts, key in ((self.shipments, "shipment_id"), (self.refunds, "refund_id")):
            if len({getattr(part, key) for part in parts}) < len(parts):
                raise ShopItemError(key, "stands twice in one order")
        need_currency("currency", self.currency)
        for name in ("total_cents", "goods_cents", "discount_cents", "delivery_cents", "tax_cents"):
            need_cents(name, getattr(self, name))
        for cents in self.code_cents.values():
            need_cents("code_cents", cents)


@dataclass(frozen=True)
class ShopCustomer:
    """A customer as the shop reports them. Names and addresses are not stored."""

    customer_id: str
    email_hash: str = ""
    """SHA-256 of the lower-cased address in hexadecimal; empty where there is none."""
    name_hash: str = ""
    """Of name and postcode together, by `email_hash.name_hash`; empty where the source does not say."""
    country: str = ""
    """ISO 3166-1 alpha-2."""
    currency: str = ""
    locale: str = ""
    guest: bool = False
    marketing_consent: bool | None = None
    segments: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other identifiers of the same person, by source."""
    created_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.customer_id.strip():
            raise ShopItemError("customer_id", "is missing")
        need_length("customer_id", self.customer_id, 64)
        need_length("country", self.country, 2)
        need_length("locale", self.locale, 16)
        if self.email_hash and not re.fullmatch(r"[0-9a-f]{64}", self.email_hash):
            raise ShopItemError("email_hash", "is not a SHA-256 in lower-case hexadecimal")
        if self.name_hash and not re.fullmatch(r"[0-9a-f]{64}", self.name_hash):
            raise ShopItemError("name_hash", "is not a SHA-256 in lower-case hexadecimal")
        if self.currency:
            need_currency("currency", self.currency)
        for name in self.segments:
            need_length("segments", name, 64)
        for source, external_id in self.aliases.items():
            need_length("aliases", source, 64)
            need_length("aliases", external_id, 128)
        need_time("created_at", self.created_at)


def state_with_refunds(state: ShopOrderState, *, total_cents: int, refunded_cents: int) -> ShopOrderState:
    """An order's state once so much of its total went back. One that was cancelled or returned stays so."""
    if refunded_cents <= 0 or state in {ShopOrderState.CANCELLED, ShopOrderState.RETURNED}:
        return state
    return ShopOrderState.REFUNDED if refunded_cents >= total_cents else ShopOrderState.PARTLY_REFUNDED


_ON_THE_WAY = {
    ShopOrderState.SHIPPED,
    ShopOrderState.OUT_FOR_DELIVERY,
    ShopOrderState.READY_FOR_PICKUP,
    ShopOrderState.DELIVERED,
    ShopOrderState.DELIVERY_FAILED,
}


_STILL_THERE = {ShopOrderState.RECEIVED, ShopOrderState.PAID, ShopOrderState.PACKING}


def state_with_parcels(state: ShopOrderState, parcels: Collection[ShopOrderState]) -> ShopOrderState:
    """The state of an order once its carriers report of its parcels.

    Where the shop said that it is shipped as a whole and all parcels are in one state, the order is. Of one that the
    shop still had when it last spoke of it, a part has left for certain. Else it stays what the shop said.
    """
    found = set(parcels)
    if state in _STILL_THERE and found & _ON_THE_WAY:
        return ShopOrderState.PARTLY_SHIPPED
    if state in _ON_THE_WAY and len(found) == 1 and found <= _ON_THE_WAY:
        return found.pop()
    return state
