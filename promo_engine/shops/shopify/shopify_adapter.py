"""Shopify: signatures of its webhooks, and its Admin REST API for the nightly pull.

https://shopify.dev/docs/apps/build/webhooks, https://shopify.dev/docs/api/admin-rest
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError, ShopStock
from promo_engine.domain.catalogue.shop_changes import ShopChange, VariantStock
from promo_engine.domain.connections.shop_sources import ConnectedSource, SourceKind, SourceSecrets
from promo_engine.ports.connections.shop_adapter import (
    PulledPage,
    ReceivedWebhook,
    ShopApiError,
    ShopJson,
    SignatureError,
)
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.shops.pull_cursor import PullCursor, read_each
from promo_engine.shops.shopify.admin_api import admin_api
from promo_engine.shops.shopify.shopify_webhooks import read_webhook
from promo_engine.shops.signatures import require_base64_signature
from promo_engine.shops.text.json_values import children, needed, time, time_or_none, whole_number

PAGE = "250"
_NEXT = re.compile(r'<([^>]+)>;\s*rel="?next"?')
_PULLED = {"products": "products/update", "customers": "customers/update", "orders": "orders/updated"}
"""What is asked for, in this order, and the topic whose body each has."""
_STOCK_TOPIC = "inventory_levels/update"


class ShopifyAdapter:
    """`ports.connections.shop_adapter.ShopAdapter` for Shopify."""

    kind = SourceKind.SHOPIFY

    def check(
        self, headers: Mapping[str, str], body: bytes, source: ConnectedSource, secrets: SourceSecrets, *, now: datetime
    ) -> ReceivedWebhook:
        """Verify signature and shop. Raises SignatureError."""
        signature = headers.get("x-shopify-hmac-sha256", "")
        require_base64_signature(body, signature, secrets.webhook_secret, header="X-Shopify-Hmac-Sha256")
        domain = headers.get("x-shopify-shop-domain", "").lower()
        if not source.settings.shop_domain or domain != source.settings.shop_domain.lower():
            raise SignatureError(f"The webhook comes from the shop {domain!r}, not from that of the source.")
        topic, delivery_id = headers.get("x-shopify-topic", ""), headers.get("x-shopify-webhook-id", "")
        if not topic or not 0 < len(delivery_id) <= 128 or len(topic) > 64:
            raise SignatureError("X-Shopify-Topic or X-Shopify-Webhook-Id is missing or too long.")
        return ReceivedWebhook(topic, delivery_id)

    async def read(
        self, topic: str, body: Any, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        """What a webhook says. Raises ShopItemError, ShopApiError."""
        if not isinstance(body, Mapping):
            raise ShopItemError("body", "is no JSON object")
        if topic == _STOCK_TOPIC:
            return await self._stock(body, source, secrets, ask)
        return list(read_webhook(topic, body, currency=source.settings.currency))

    async def _stock(
        self, body: Mapping[str, Any], source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        """The message speaks of one location: all of them are asked for. Without an address and a token nothing is
        stored, and the product's own message tells the stock."""
        item = needed(body, "inventory_item_id")
        if not source.settings.base_url or not secrets.access_token:
            return []
        url, headers = self._url(source, "inventory_levels"), self._headers(secrets)
        answer, _ = await ask.get(url, query={"inventory_item_ids": item, "limit": PAGE}, headers=headers)
        levels = list(children(answer, "inventory_levels"))
        pieces = sum(whole_number(level, "available") for level in levels if level.get("available") is not None)
        return [VariantStock(f"inventory:{item}", ShopStock(max(pieces, 0)), time(body, "updated_at"))]

    async def pull(self, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson) -> AsyncIterator[PulledPage]:
        """Products, customers and orders that changed since the cursor. Raises ShopApiError."""
        cursor = PullCursor(source.cursor)
        for name, topic in _PULLED.items():
            url, query = self._url(source, name), {"limit": PAGE, "order": "updated_at asc"}
            if name == "orders":
                query["status"] = "any"
            if (since := cursor.since(name)) is not None:
                query["updated_at_min"] = since
            while url:
                answer, headers = await ask.get(url, query=query, headers=self._headers(secrets))
                if not isinstance(answer, Mapping):
                    raise ShopApiError(f"{name}: the answer is no JSON object")
                bodies = list(children(answer, name))
                items, refusals = read_each(bodies, partial(read_webhook, topic, currency=source.settings.currency))
                for body in bodies:
                    cursor.move(name, time_or_none(body, "updated_at"))
                yield PulledPage(tuple(items), str(cursor), tuple(refusals))
                # The next page's address holds all of the query.
                url, query = _next(headers, source.settings.base_url), {}

    @staticmethod
    def _url(source: ConnectedSource, name: str) -> str:
        return f"{admin_api(source.settings.base_url, source.settings.api_version)}/{name}.json"

    @staticmethod
    def _headers(secrets: SourceSecrets) -> dict[str, str]:
        return {"X-Shopify-Access-Token": secrets.access_token}


def _next(headers: Mapping[str, str], base_url: str) -> str:
    found = _NEXT.search(headers.get("Link", ""))
    # The token goes to the shop alone, wherever a page points.
    return found[1] if found and found[1].startswith(base_url.rstrip("/") + "/") else ""
