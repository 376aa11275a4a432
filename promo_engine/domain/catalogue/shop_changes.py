"""What a shop reports piece by piece: a parcel, a refund, a deletion, a request about privacy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.catalogue.shop_catalogue import ShopPrice, ShopStock
from promo_engine.domain.customers.shop_orders import Refund, Shipment


@dataclass(frozen=True)
class OrderShipment:
    """A parcel of an order was made or moved."""

    order_id: str
    shipment: Shipment
    reported_at: datetime


@dataclass(frozen=True)
class OrderRefund:
    """Money of an order went back."""

    order_id: str
    refund: Refund
    reported_at: datetime


@dataclass(frozen=True)
class OrderDeleted:
    """The shop no longer has the order."""

    order_id: str


@dataclass(frozen=True)
class ProductDeleted:
    """The shop no longer has the product. It is archived here: orders of the past keep it."""

    product_id: str
    """Or the other name that its shop calls it by."""


@dataclass(frozen=True)
class VariantStock:
    """Pieces of one variant changed."""

    variant_id: str
    """Or another name that its shop calls it by."""
    stock: ShopStock
    reported_at: datetime


@dataclass(frozen=True)
class VariantPrice:
    """One variant's price in one currency changed."""

    variant_id: str
    price: ShopPrice
    reported_at: datetime


@dataclass(frozen=True)
class CustomerNamed:
    """What the shop calls the customer of an order; an order says nothing else of them, not even their consent."""

    customer_id: str
    external_id: str


@dataclass(frozen=True)
class CustomerDeleted:
    """The shop no longer has the customer."""

    aliases: tuple[str, ...]
    """Names that the shop calls the customer by."""


@dataclass(frozen=True)
class CustomerDataRequested:
    """A customer wants to know what is stored of them."""

    email_hash: str
    aliases: tuple[str, ...]
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomerRedacted:
    """A customer has to be forgotten."""

    email_hash: str
    aliases: tuple[str, ...]
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShopRedacted:
    """Everything of the source has to be forgotten."""


@dataclass(frozen=True)
class SourceDisconnected:
    """The shop took its permission back; nothing more will come."""


ShopChange = (
    OrderShipment
    | OrderRefund
    | OrderDeleted
    | ProductDeleted
    | VariantStock
    | VariantPrice
    | CustomerNamed
    | CustomerDeleted
    | CustomerDataRequested
    | CustomerRedacted
    | ShopRedacted
    | SourceDisconnected
)
