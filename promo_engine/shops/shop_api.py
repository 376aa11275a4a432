"""Asks shops' own APIs: two seconds a question, and one line about what went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from promo_engine.ports.connections.shop_adapter import ShopApiError

TIMEOUT_S = 2.0
_MOST_BYTES = 32 * 1024 * 1024
"""A page of 250 orders has a few MB."""


class HttpShopApi:
    """`ports.connections.shop_adapter.ShopJson` over HTTP. It follows no redirect: the token would go with it."""

    def __init__(self, http: aiohttp.ClientSession, *, timeout_s: float = TIMEOUT_S) -> None:
        self._http = http
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def get(
        self, url: str, *, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[Any, Mapping[str, str]]:
        """Return the JSON body and the headers of an answer. Raises ShopApiError."""
        try:
            async with self._http.get(
                url, params=query or None, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise ShopApiError(f"{answer.url.path} answered {answer.status}")
                if (answer.content_length or 0) > _MOST_BYTES:
                    raise ShopApiError(f"{answer.url.path} answered with more than {_MOST_BYTES} bytes")
                return json.loads(await answer.read()), answer.headers
        except TimeoutError as error:
            raise ShopApiError(f"no answer within {self._timeout.total:g} s") from error
        except (aiohttp.ClientError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise ShopApiError(f"no usable answer: {reason.splitlines()[0]}") from error
