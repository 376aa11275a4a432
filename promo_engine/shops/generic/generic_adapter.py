"""Any other shop: it sends canonical JSON, signed as Promobot documents.

A message is `{"topic": …, "id": …, "data": …}`; all of it is signed, so that nobody changes the topic.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from promo_engine.codecs.shop_item_codec import catalogue_from_json, item_from_json, order_from_json
from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.catalogue.shop_changes import (
    CustomerDataRequested,
    CustomerRedacted,
    OrderDeleted,
    ProductDeleted,
    ShopChange,
    ShopRedacted,
)
from promo_engine.domain.connections.shop_sources import ConnectedSource, SourceKind, SourceSecrets
from promo_engine.domain.customers.email_hash import email_hash
from promo_engine.domain.customers.shop_orders import ShopCustomer
from promo_engine.ports.connections.shop_adapter import (
    PulledPage,
    ReceivedWebhook,
    ShopApiError,
    ShopJson,
    SignatureError,
)
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.shops.signatures import require_timed_signature
from promo_engine.shops.text.json_values import JsonObject, needed, text


class GenericAdapter:
    """`ports.connections.shop_adapter.ShopAdapter` for shops that speak our own format."""

    kind = SourceKind.GENERIC

    def check(
        self, headers: Mapping[str, str], body: bytes, source: ConnectedSource, secrets: SourceSecrets, *, now: datetime
    ) -> ReceivedWebhook:
        """Verify signature and time. Raises SignatureError."""
        signature = headers.get("x-promobot-signature", "")
        require_timed_signature(body, signature, secrets.webhook_secret, now=now)
        try:
            message = json.loads(body)
        except ValueError as error:
            raise SignatureError("The body is no JSON.") from error
        topic = text(message, "topic") if isinstance(message, Mapping) else ""
        if not 0 < len(topic) <= 64:
            raise SignatureError('The body is no {"topic": …, "data": …}.')
        # The same bytes at the same second are the same message.
        own = sha256(signature.encode() + body).hexdigest()
        return ReceivedWebhook(topic, (text(message, "id") or own)[:128])

    async def read(
        self, topic: str, body: Any, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        """What a webhook says. Raises ShopItemError."""
        data = body.get("data")
        if topic == "shop.redact":
            return [ShopRedacted()]
        if not isinstance(data, Mapping):
            raise ShopItemError("data", "is no JSON object")
        if topic not in _TOPICS:
            raise ShopItemError("topic", f"there is no topic {topic!r}")
        return list(_TOPICS[topic](data))

    async def pull(self, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson) -> AsyncIterator[PulledPage]:
        """Nothing: nobody knows how to ask such a shop. Raises ShopApiError."""
        raise ShopApiError("a generic source cannot be pulled; the shop sends what changed")
        yield


_TOPICS: Mapping[str, Callable[[JsonObject], Sequence[ShopItem | ShopChange]]] = {
    "catalogue": catalogue_from_json,
    "order": lambda data: [order_from_json(data)],
    "customer": lambda data: [item_from_json(ShopCustomer, data)],
    "order.deleted": lambda data: [OrderDeleted(needed(data, "order_id"))],
    "product.deleted": lambda data: [ProductDeleted(needed(data, "product_id"))],
    "customer.data_request": lambda data: [CustomerDataRequested(*_person(data))],
    "customer.redact": lambda data: [CustomerRedacted(*_person(data))],
}


def _person(data: JsonObject) -> tuple[str, tuple[str, ...]]:
    hashed = text(data, "email_hash") or email_hash(text(data, "email"))
    customer_id = text(data, "customer_id")
    if not hashed and not customer_id:
        raise ShopItemError("customer_id", "the message names nobody: customer_id, email or email_hash is needed")
    return hashed, (customer_id,) if customer_id else ()
