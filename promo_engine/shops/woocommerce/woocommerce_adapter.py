"""WooCommerce: signatures of its webhooks, and its REST API for variations and the nightly pull."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.catalogue.shop_changes import CustomerDeleted, OrderDeleted, ProductDeleted, ShopChange
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
from promo_engine.shops.signatures import require_base64_signature
from promo_engine.shops.text.json_values import JsonObject, needed, text, time_or_none
from promo_engine.shops.woocommerce.woocommerce_json import (
    VARIABLE,
    name_of,
    read_customer,
    read_order,
    read_product,
)

API = "wp-json/wc/v3"
PAGE = 100
_Reader = Callable[[JsonObject, ConnectedSource], Iterable[ShopItem | ShopChange]]


class WooCommerceAdapter:
    """`ports.connections.shop_adapter.ShopAdapter` for WooCommerce."""

    kind = SourceKind.WOOCOMMERCE

    def check(
        self, headers: Mapping[str, str], body: bytes, source: ConnectedSource, secrets: SourceSecrets, *, now: datetime
    ) -> ReceivedWebhook:
        """Verify the signature. Raises SignatureError."""
        signature = headers.get("x-wc-webhook-signature", "")
        require_base64_signature(body, signature, secrets.webhook_secret, header="X-WC-Webhook-Signature")
        topic, delivery_id = headers.get("x-wc-webhook-topic", ""), headers.get("x-wc-webhook-delivery-id", "")
        if not topic or not 0 < len(delivery_id) <= 128 or len(topic) > 64:
            raise SignatureError("X-WC-Webhook-Topic or X-WC-Webhook-Delivery-ID is missing or too long.")
        return ReceivedWebhook(topic, delivery_id)

    async def read(
        self, topic: str, body: Any, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        """What a webhook says. Raises ShopItemError, ShopApiError."""
        if not isinstance(body, Mapping):
            raise ShopItemError("body", "is no JSON object")
        what, _, event = topic.partition(".")
        if event == "deleted":
            return _deleted(what, body, source)
        if what == "product":
            return await self._product(body, source, secrets, ask)
        readers: dict[str, _Reader] = {"order": read_order, "customer": read_customer}
        return list(readers[what](body, source)) if what in readers else []

    async def _product(
        self, body: JsonObject, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        """A product. The message of a variable one names its variations alone, that of a variation its parent."""
        shop = _Api(source, secrets, ask)
        if text(body, "type") == "variation":
            body = await shop.get(f"products/{needed(body, 'parent_id')}")
        return list(read_product(body, source, await self._variations(body, shop)))

    async def pull(self, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson) -> AsyncIterator[PulledPage]:
        """Products and orders that changed since the cursor; customers have no time of change to ask by, and come with
        their orders. Raises ShopApiError."""
        shop, cursor = _Api(source, secrets, ask), PullCursor(source.cursor)
        for name in ("products", "orders"):
            query = {"orderby": "modified", "order": "asc", "dates_are_gmt": "true"}
            if (since := cursor.since(name)) is not None:
                query["modified_after"] = since.rstrip("Z")
            async for bodies in shop.pages(name, query):
                beside = {id(body): await self._variations(body, shop) for body in bodies}
                items, refusals = read_each(
                    bodies,
                    lambda body, beside=beside, name=name: (  # type: ignore[misc]
                        read_order(body, source) if name == "orders" else read_product(body, source, beside[id(body)])
                    ),
                )
                for body in bodies:
                    cursor.move(name, time_or_none(body, "date_modified_gmt", utc=True))
                yield PulledPage(tuple(items), str(cursor), tuple(refusals))

    @staticmethod
    async def _variations(body: JsonObject, shop: _Api) -> list[JsonObject]:
        """The variations of a variable product; none of anything else."""
        return await shop.all(f"products/{needed(body, 'id')}/variations") if text(body, "type") in VARIABLE else []


class _Api:
    """The shop's REST API."""

    def __init__(self, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson) -> None:
        self._url = f"{source.settings.base_url.rstrip('/')}/{API}"
        self._known = bool(source.settings.base_url and secrets.access_token)
        token = base64.b64encode(secrets.access_token.encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}
        self._ask = ask

    async def get(self, path: str) -> JsonObject:
        """One object. Raises ShopItemError where the shop cannot be asked, ShopApiError."""
        answer, _ = await self._get(path, {})
        if not isinstance(answer, Mapping):
            raise ShopApiError(f"{path}: the answer is no JSON object")
        return answer

    async def all(self, path: str) -> list[JsonObject]:
        """A whole list."""
        return [body async for page in self.pages(path, {}) for body in page]

    async def pages(self, path: str, query: Mapping[str, str]) -> AsyncIterator[list[JsonObject]]:
        """A list, page by page."""
        number, last = 1, 1
        while number <= last:
            answer, headers = await self._get(path, {**query, "per_page": str(PAGE), "page": str(number)})
            if not isinstance(answer, list):
                raise ShopApiError(f"{path}: the answer is no JSON list")
            yield [body for body in answer if isinstance(body, Mapping)]
            pages = headers.get("X-WP-TotalPages", "1")
            number, last = number + 1, int(pages) if pages.isdigit() else 1

    async def _get(self, path: str, query: Mapping[str, str]) -> tuple[Any, Mapping[str, str]]:
        if not self._known:
            reason = "names parts of itself alone; give the source --base-url and --access-token-file to ask for them"
            raise ShopItemError("variations", reason)
        return await self._ask.get(f"{self._url}/{path}", query=query, headers=self._headers)


def _deleted(what: str, body: JsonObject, source: ConnectedSource) -> list[ShopItem | ShopChange]:
    number = needed(body, "id")
    found: dict[str, ShopChange] = {
        "order": OrderDeleted(number),
        "product": ProductDeleted(name_of(source.source_id, number)),
        "customer": CustomerDeleted((number,)),
    }
    return [found[what]] if what in found else []
