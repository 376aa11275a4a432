"""Medusa: a subscriber of ten lines sends names and ids under our token; the Admin API is asked for the rest."""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.catalogue.shop_changes import ProductDeleted, ShopChange
from promo_engine.domain.connections.shop_sources import ConnectedSource, SourceKind, SourceSecrets
from promo_engine.ports.connections.shop_adapter import (
    PulledPage,
    ReceivedWebhook,
    ShopApiError,
    ShopJson,
    SignatureError,
)
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.shops.medusa.medusa_json import read_order, read_product
from promo_engine.shops.pull_cursor import PullCursor, read_each
from promo_engine.shops.text.json_values import JsonObject, child, children, needed, text, time_or_none

PAGE = 100
_ORDER_TOPICS = ("order.", "shipment.", "delivery.")
_FIELDS = {
    "orders": "*items,*fulfillments,*fulfillments.labels,*promotions,shipping_address.postal_code",
    "products": "*categories,*collection,*variants,*variants.prices,*variants.options,+variants.inventory_quantity",
}
_READERS = {"orders": read_order, "products": read_product}


class MedusaAdapter:
    """`ports.connections.shop_adapter.ShopAdapter` for Medusa 2."""

    kind = SourceKind.MEDUSA

    def check(
        self, headers: Mapping[str, str], body: bytes, source: ConnectedSource, secrets: SourceSecrets, *, now: datetime
    ) -> ReceivedWebhook:
        """Verify the token. Raises SignatureError."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        found = sha256(token.strip().encode("utf-8", "replace")).hexdigest()
        if scheme.lower() != "bearer" or not source.token_hash or not hmac.compare_digest(found, source.token_hash):
            raise SignatureError("The source's token is missing or wrong: Authorization: Bearer TOKEN.")
        topic, delivery_id = headers.get("x-promobot-topic", ""), headers.get("x-promobot-delivery-id", "")
        if not 0 < len(topic) <= 64 or not 0 < len(delivery_id) <= 128:
            raise SignatureError("X-Promobot-Topic or X-Promobot-Delivery-Id is missing or too long.")
        return ReceivedWebhook(topic, delivery_id)

    async def read(
        self, topic: str, body: Any, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        """What an event means, as the shop knows it now. Raises ShopItemError, ShopApiError."""
        if not isinstance(body, Mapping):
            raise ShopItemError("body", "is no JSON object")
        if topic == "product.deleted":
            return [ProductDeleted(needed(body, "id"))]
        if topic.startswith("product."):
            return await self._fetch("products", needed(body, "id"), source, secrets, ask)
        if topic.startswith(_ORDER_TOPICS):
            order_id = text(body, "order_id") or (needed(body, "id") if topic.startswith("order.") else "")
            if not order_id:
                raise ShopItemError("order_id", "is missing: the subscriber sends it with every parcel")
            return await self._fetch("orders", order_id, source, secrets, ask)
        return []

    async def _fetch(
        self, name: str, item_id: str, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        if not source.settings.base_url or not secrets.access_token:
            raise ShopItemError(
                "base_url", "Medusa sends ids alone: the source needs --base-url and --access-token-file"
            )
        if "/" in item_id:
            raise ShopItemError("id", f"{item_id[:60]!r} is no id")
        url = f"{_url(source, name)}/{item_id}"
        answer, _ = await ask.get(url, query={"fields": _FIELDS[name]}, headers=_headers(secrets))
        return list(_READERS[name](child(_object(answer), name.removesuffix("s"))))

    async def pull(self, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson) -> AsyncIterator[PulledPage]:
        """Products and orders that changed since the cursor. Raises ShopApiError."""
        cursor = PullCursor(source.cursor)
        for name in ("products", "orders"):
            query = {"fields": _FIELDS[name], "order": "updated_at", "limit": str(PAGE)}
            if (since := cursor.since(name)) is not None:
                query["updated_at[$gte]"] = since
            offset = 0
            while True:
                answer, _ = await ask.get(
                    _url(source, name), query={**query, "offset": str(offset)}, headers=_headers(secrets)
                )
                bodies = list(children(_object(answer), name))
                items, refusals = read_each(bodies, _READERS[name])
                for body in bodies:
                    cursor.move(name, time_or_none(body, "updated_at"))
                yield PulledPage(tuple(items), str(cursor), tuple(refusals))
                offset += PAGE
                if len(bodies) < PAGE:
                    break


def _url(source: ConnectedSource, name: str) -> str:
    return f"{source.settings.base_url.rstrip('/')}/admin/{name}"


def _headers(secrets: SourceSecrets) -> dict[str, str]:
    token = base64.b64encode(f"{secrets.access_token}:".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def _object(answer: Any) -> JsonObject:
    if not isinstance(answer, Mapping):
        raise ShopApiError("the answer is no JSON object")
    return answer
