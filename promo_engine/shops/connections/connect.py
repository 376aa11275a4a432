"""Makes connections from a source's settings and secrets (docs/connect/write_back.md).

    {"base_url": "https://example.myshopify.com", "ask_for_orders": true, "write_back": "api"}

A secret is never in the settings: the access token and the webhook secret of the source are in the engine's file of
secrets (`promobot shop source secret`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from promo_engine.ports.connections.shop_adapter import SecretStore
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop
from promo_engine.ports.shop.shop_access import HostedCodes, ShopOrders, ShopWriteBack
from promo_engine.shops.connections.mail_to_service import MailServer, MailToService
from promo_engine.shops.connections.medusa_admin import MedusaAdmin
from promo_engine.shops.connections.shop_http import ShopHttp
from promo_engine.shops.connections.shopify_admin import ShopifyAdmin
from promo_engine.shops.connections.shopify_codes import ShopifyCodes
from promo_engine.shops.connections.shopify_graphql import ShopifyGraphQl
from promo_engine.shops.connections.signed_webhook import SignedWebhook
from promo_engine.shops.connections.woocommerce_codes import WooCommerceCodes
from promo_engine.shops.connections.woocommerce_rest import WooCommerceRest


class ShopConnector:
    """`ports.shop.shop_access.ShopAccess` over HTTP and mail."""

    def __init__(
        self,
        http: ShopHttp,
        *,
        secrets: SecretStore,
        mail: MailServer | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._mail = mail
        self._clock = clock
        self._secrets = secrets

    def orders(self, shop: ConnectedShop) -> ShopOrders | None:
        """Return how orders are read: over the shop's own interface, where `ask_for_orders` is set."""
        return self._api(shop) if shop.settings.get("ask_for_orders") is True else None

    def write_back(self, shop: ConnectedShop) -> ShopWriteBack | None:
        """Return how changes are asked for: `write_back` is `api`, `webhook` or `mail`."""
        settings = shop.settings
        match settings.get("write_back"):
            case "api":
                return self._api(shop)
            case "webhook":
                secret = self._secrets.of(shop.source_id).webhook_secret
                url = str(settings.get("webhook_url") or "")
                return SignedWebhook(self._http, url=url, secret=secret, clock=self._clock) if url and secret else None
            case "mail":
                to = str(settings.get("mail_to") or "")
                return MailToService(self._mail, to=to) if self._mail is not None and to else None
            case _:
                return None

    def hosted_codes(self, shop: ConnectedShop) -> HostedCodes | None:
        """Return how codes are made at the shop's checkout, where `hosted_codes` is set."""
        base_url, token = self._address(shop)
        if shop.settings.get("hosted_codes") is not True or not base_url or not token:
            return None
        match shop.kind:
            case "shopify":
                return ShopifyCodes(self._shopify(shop))
            case "woocommerce":
                key, _, secret = token.partition(":")
                return WooCommerceCodes(self._http, base_url=base_url, key=key, secret=secret)
            case _:
                return None

    def _address(self, shop: ConnectedShop) -> tuple[str, str]:
        """Where the shop's own interface is, and the token for it; empty where that is not known."""
        return str(shop.settings.get("base_url") or ""), self._secrets.of(shop.source_id).access_token

    def _shopify(self, shop: ConnectedShop) -> ShopifyGraphQl:
        base_url, token = self._address(shop)
        version = str(shop.settings.get("api_version") or "")
        return ShopifyGraphQl(self._http, base_url=base_url, token=token, version=version)

    def _api(self, shop: ConnectedShop) -> ShopifyAdmin | WooCommerceRest | MedusaAdmin | None:
        settings = shop.settings
        base_url, token = self._address(shop)
        if not base_url or not token:
            return None
        match shop.kind:
            case "shopify":
                refunds = settings.get("refund_on_cancel") is True
                return ShopifyAdmin(self._http, self._shopify(shop), refund_on_cancel=refunds)
            case "woocommerce":
                key, _, secret = token.partition(":")
                return WooCommerceRest(
                    self._http,
                    base_url=base_url,
                    key=key,
                    secret=secret,
                    source_id=shop.source_id,
                    tracking_field=str(settings.get("tracking_field") or ""),
                )
            case "medusa":
                return MedusaAdmin(self._http, base_url=base_url, token=token)
            case _:
                return None
