"""Sources: the shops that write into the engine, each with a token, scopes, and settings of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError, need_currency

SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""A source's name stands in addresses and in names of settings."""
_QUARTER = re.compile(r"20[0-9]{2}-(?:01|04|07|10)")

WRITE_BACKS = ("", "api", "webhook", "mail")


class SourceKind(StrEnum):
    """The shop system behind a source."""

    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    MEDUSA = "medusa"
    GENERIC = "generic"
    """Any other: it writes canonical JSON and signs it as Promobot documents."""


class SourceScope(StrEnum):
    """What a source's token may write."""

    CATALOGUE = "write:catalogue"
    ORDERS = "write:orders"
    CUSTOMERS = "write:customers"


@dataclass(frozen=True)
class SourceSettings:
    """What a source's shop does not say in its messages."""

    shop_domain: str = ""
    """Shopify's `X-Shopify-Shop-Domain` has to be it."""
    base_url: str = ""
    """Where the shop's own API is asked, such as `https://shop.example`; empty: it cannot be asked."""
    currency: str = ""
    """ISO 4217 code of prices that come without one; empty: the engine's own currency."""
    zone: str = "UTC"
    """Time zone of times that come without one."""
    tracking_field: str = "_tracking_number"
    """WooCommerce: the key of an order's meta data that holds the parcel's number."""

    ask_for_orders: bool = False
    """Whether the shop's API is asked where an order is, beside what the shop reports."""
    write_back: str = ""
    """How the shop is asked for changes of orders: `api`, `webhook` or `mail`; empty: it is not."""
    webhook_url: str = ""
    mail_to: str = ""
    refund_on_cancel: bool = False
    """Shopify: whether a cancelled order's money goes back by itself."""
    api_version: str = ""
    """Shopify: the version of its API that is spoken, such as `2026-10`; empty: the one this was written for."""
    hosted_codes: bool = False
    """Shopify and WooCommerce: whether codes are made at the shop, and used at its checkout."""

    def __post_init__(self) -> None:
        if self.write_back not in WRITE_BACKS:
            ways = ", ".join(filter(None, WRITE_BACKS))
            raise ShopItemError("write_back", f"there is no way {self.write_back!r}; there are {ways}")
        if self.write_back == "webhook" and not self.webhook_url:
            raise ShopItemError("webhook_url", "is needed where changes go to a webhook")
        if self.write_back == "mail" and "@" not in self.mail_to:
            raise ShopItemError("mail_to", "is needed where changes go by mail, such as service@shop.example")
        if self.currency:
            need_currency("currency", self.currency)
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ShopItemError("zone", f"there is no time zone {self.zone!r}; try Europe/Berlin") from error
        if self.api_version and not _QUARTER.fullmatch(self.api_version):
            raise ShopItemError("api_version", f"{self.api_version!r} is none of Shopify's versions, such as 2026-10")
        if self.base_url and not self.base_url.startswith(("https://", "http://")):
            raise ShopItemError("base_url", f"an address starts with https://, this is {self.base_url[:60]!r}")


@dataclass(frozen=True)
class ConnectedSource:
    """A source as it is stored."""

    source_id: str
    kind: SourceKind
    scopes: frozenset[SourceScope]
    settings: SourceSettings
    token_hash: str
    """SHA-256 of the token in hexadecimal; the token itself is nowhere."""
    created_at: datetime
    cursor: str = ""
    """How far the nightly pull has come; only the adapter reads it."""
    last_ok_at: datetime | None = None
    last_error: str = ""
    disabled_at: datetime | None = None
    """Since when the shop sends nothing more, because it took its permission back."""
    pulled_at: datetime | None = None
    """When the last pull began."""


@dataclass(frozen=True)
class SourceSecrets:
    """What a source shares with its shop. Kept in a file that only its owner reads, not in the database."""

    webhook_secret: str = ""
    """Signs webhooks: Shopify's app secret, WooCommerce's webhook secret, or one that we made."""
    access_token: str = ""
    """For questions to the shop's API: `TOKEN`, or `KEY:SECRET` for WooCommerce."""


PULL_HOUR = 3
"""Of the shop's own night."""


def next_pull_at(source: ConnectedSource) -> datetime:
    """When the nightly pull is due: three in the morning, in the shop's zone, after the last one."""
    last = (source.pulled_at or source.created_at).astimezone(ZoneInfo(source.settings.zone))
    due = last.replace(hour=PULL_HOUR, minute=0, second=0, microsecond=0)
    return due if due > last else due + timedelta(days=1)


def check_source_name(name: str) -> None:
    """Raise ShopItemError for a name that cannot stand in an address."""
    if not SOURCE_NAME.fullmatch(name):
        raise ShopItemError("source", f"a source's name is made of a-z, 0-9, _ and -, at most 64; this is {name!r}")
