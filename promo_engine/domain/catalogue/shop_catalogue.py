"""The canonical catalogue: what every source of a shop's data writes, whatever the shop system.

Identifiers are the shop's own. Models, offers and pairs count products; baskets and orders
hold variants. Amounts are cents of their currency. Nothing here reads a file or a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from common.money.currencies import DECIMALS
from promo_engine.domain.money import Currency

MOST_CENTS = 10**15
"""What a single amount may be, so that sums over an order stay far inside 64 bits."""
MOST_LINK_CHARACTERS = 2048
MOST_PIECES = 10**9
"""In one line or one store: what the database's integers hold, with room to spare."""
_TIMES_FROM, _TIMES_UNTIL = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Clear of the ends of time, where a zone leads out of it."""
DEMO_SOURCES = frozenset({"completejourney", "trail-and-tarn"})
"""Sources that nothing renews, a data set and a simulation: their prices have no age."""


class ShopItemError(ValueError):
    """An item cannot be taken in; `field` names what is wrong, the message says why."""

    def __init__(self, field_name: str, reason: str) -> None:
        """Name the field and the reason."""
        super().__init__(reason)
        self.field = field_name
        self.reason = reason


class ListingStatus(StrEnum):
    """Whether shoppers can see a product or a variant."""

    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"
    """Gone from the shop; orders of the past keep it."""


@dataclass(frozen=True)
class ShopCategory:
    """A node of the category tree."""

    category_id: str
    names: Mapping[str, str]
    """By locale, such as `en`; at least one."""
    parent_id: str | None = None
    active: bool = True

    def __post_init__(self) -> None:
        _need_text("category_id", self.category_id)
        need_length("category_id", self.category_id, 256)
        if not any(self.names.values()):
            raise ShopItemError("names", "a category needs a name")
        if self.parent_id == self.category_id:
            raise ShopItemError("parent_id", "a category cannot be its own parent")


@dataclass(frozen=True)
class ShopPrice:
    """What one piece of a variant costs in one currency."""

    currency: str
    list_cents: int
    sale_cents: int | None = None
    """Below the list price; None where there is no sale."""
    sale_from: datetime | None = None
    sale_until: datetime | None = None
    includes_tax: bool | None = None
    """None where the source does not say."""

    def __post_init__(self) -> None:
        need_currency("currency", self.currency)
        need_cents("list_cents", self.list_cents)
        if self.sale_cents is not None:
            need_cents("sale_cents", self.sale_cents)
        need_time("sale_from", self.sale_from)
        need_time("sale_until", self.sale_until)
        if self.sale_from is not None and self.sale_until is not None and self.sale_until <= self.sale_from:
            raise ShopItemError("sale_until", "a sale has to end after it starts")

    def cents_at(self, moment: datetime) -> int:
        """What a piece costs at a moment: the sale price while the sale runs, else the list price."""
        if self.sale_cents is None or self.sale_cents >= self.list_cents:
            return self.list_cents
        begun = self.sale_from is None or self.sale_from <= moment
        over = self.sale_until is not None and self.sale_until <= moment
        return self.sale_cents if begun and not over else self.list_cents


@dataclass(frozen=True)
class ShopStock:
    """How many pieces of a variant can be sold."""

    pieces: int | None
    """None: the shop does not count them, the variant can be sold."""
    backorder: bool = False
    """Sold even with no piece left."""

    def __post_init__(self) -> None:
        if self.pieces is not None and not 0 <= self.pieces <= MOST_PIECES:
            raise ShopItemError("pieces", f"a number between 0 and {MOST_PIECES}, this is {self.pieces}")

    @property
    def sellable(self) -> bool:
        """Whether a shopper can buy one now."""
        return self.pieces is None or self.pieces > 0 or self.backorder


@dataclass(frozen=True)
class ShopVariant:
    """One thing that can be put into a basket."""

    variant_id: str
    sku: str = ""
    gtin: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """Such as `{"size": "M", "colour": "blue"}`, in the shop's order."""
    image_url: str = ""
    status: ListingStatus = ListingStatus.ACTIVE
    prices: tuple[ShopPrice, ...] = ()
    """One for a currency at most."""
    stock: ShopStock | None = None
    """None: the source does not speak of stock."""
    unit_cost_cents: int | None = None
    """What a piece costs the shop, without tax, in the shop's currency."""
    external_ids: tuple[str, ...] = ()
    """Other names of the variant in its shop's messages, such as Shopify's `variant:39072856`."""

    def __post_init__(self) -> None:
        _need_text("variant_id", self.variant_id)
        need_length("variant_id", self.variant_id, 128)
        need_length("sku", self.sku, 128)
        need_length("gtin", self.gtin, 32)
        currencies = [price.currency for price in self.prices]
        if len(set(currencies)) < len(currencies):
            raise ShopItemError("prices", "a variant has one price for a currency")
        if self.unit_cost_cents is not None:
            need_cents("unit_cost_cents", self.unit_cost_cents)
        need_link("image_url", self.image_url)
        for name in self.external_ids:
            need_length("external_ids", name, 128)


@dataclass(frozen=True)
class ShopProduct:
    """A product with its variants."""

    product_id: str
    title: str
    variants: tuple[ShopVariant, ...] = ()
    """Empty for what cannot be bought by itself, such as a group of products."""
    brand: str = ""
    url: str = ""
    image_url: str = ""
    category_ids: tuple[str, ...] = ()
    """The first one is the primary category. Empty: the category is unknown."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    status: ListingStatus = ListingStatus.ACTIVE
    updated_at: datetime | None = None
    external_id: str = ""
    """Another name of the product in its shop's messages, such as Shopify's number; empty where there is none."""

    def __post_init__(self) -> None:
        _need_text("product_id", self.product_id)
        need_length("external_id", self.external_id, 128)
        need_length("product_id", self.product_id, 64)
        _need_text("title", self.title)
        need_length("title", self.title, 512)
        need_link("url", self.url)
        need_link("image_url", self.image_url)
        need_time("updated_at", self.updated_at)
        identifiers = [variant.variant_id for variant in self.variants]
        if len(set(identifiers)) < len(identifiers):
            raise ShopItemError("variants", "two variants of the product have the same id")


def need_length(field_name: str, text: str, most: int) -> None:
    """Raise ShopItemError for a text that is longer than the catalogue keeps."""
    if len(text) > most:
        raise ShopItemError(field_name, f"has {len(text)} characters, {most} at most")


def need_cents(field_name: str, cents: int) -> None:
    """Raise ShopItemError unless an amount is one that a shop can have."""
    if not 0 <= cents <= MOST_CENTS:
        raise ShopItemError(field_name, f"an amount lies between 0 and {MOST_CENTS} cents, this is {cents}")


def need_time(field_name: str, moment: datetime | None) -> None:
    """Raise ShopItemError for a time without a zone, or one that no shop can mean."""
    if moment is None:
        return
    if moment.tzinfo is None:
        raise ShopItemError(field_name, "a time needs a zone")
    if not _TIMES_FROM <= moment <= _TIMES_UNTIL:
        raise ShopItemError(field_name, "a time lies between the years 1970 and 9000")


def need_currency(field_name: str, code: str) -> None:
    """Raise ShopItemError for a code that ISO 4217 does not know."""
    if code in DECIMALS:
        return  # as nearly always, and asked for every price of a file
    try:
        Currency(code)
    except ValueError as error:
        raise ShopItemError(field_name, str(error)) from error


def need_link(field_name: str, link: str) -> None:
    """Raise ShopItemError for an address that a page cannot show safely; an empty one is none."""
    need_length(field_name, link, MOST_LINK_CHARACTERS)
    if link and not link.startswith(("https://", "http://", "/")):
        raise ShopItemError(field_name, f"an address starts with https://, this is {link[:60]!r}")


def _need_text(field_name: str, text: str) -> None:
    if not text.strip():
        raise ShopItemError(field_name, "is missing")
