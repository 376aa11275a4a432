"""One shop's Admin GraphQL API: a query in, its data out, and one kind of failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promo_engine.ports.shop.shop_access import ShopUnreachableError
from promo_engine.shops.connections.shop_http import ShopHttp, needed
from promo_engine.shops.shopify.admin_api import admin_api


class ShopifyGraphQl:
    """Asks under the app's access token."""

    def __init__(self, http: ShopHttp, *, base_url: str, token: str, version: str = "") -> None:
        self.api = admin_api(base_url, version)
        self.headers = {"X-Shopify-Access-Token": token}
        self._http = http

    async def ask(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the data of a query or mutation. Raises ShopUnreachableError, also where Shopify throttles."""
        content = {"query": query, "variables": variables}
        reply = await self._http.send("POST", f"{self.api}/graphql.json", headers=self.headers, json=content)
        body = needed(reply, "POST graphql")
        if body.get("errors") or not isinstance(body.get("data"), dict):
            raise ShopUnreachableError(f"POST graphql: {str(body.get('errors'))[:300]}")
        found: Mapping[str, Any] = body["data"]
        return found
