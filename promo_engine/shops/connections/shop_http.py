"""HTTP to a shop: JSON in, JSON out, and one kind of failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from promo_engine.ports.shop.shop_access import ShopUnreachableError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class ShopReply:
    """What a shop answered, whatever the status below 500."""

    status: int
    body: Any
    """None where the body is empty or no JSON."""


class ShopHttp:
    """Requests to all shops. A redirect is not followed: the token would go with it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        data: bytes | None = None,
        auth: tuple[str, str] | None = None,
    ) -> ShopReply:
        """Send a request. Who calls sets the time limit.

        Raises ShopUnreachableError for a broken connection, 429 and every 5xx: the shop may or may not have heard.
        """
        address = _address(url)
        if auth is not None:
            headers = {**(headers or {}), "Authorization": aiohttp.encode_basic_auth(*auth)}
        try:
            async with self._session.request(
                method, address, headers=headers, json=json, data=data, allow_redirects=False
            ) as reply:
                content = await reply.content.read(_MOST_BYTES)
                body = _json(content)
        except (aiohttp.ClientError, OSError) as error:
            raise ShopUnreachableError(f"{method} {_plain(address)}: {error or type(error).__name__}") from error
        if reply.status >= 500 or reply.status == 429:
            raise ShopUnreachableError(f"{method} {_plain(address)}: status {reply.status}")
        return ShopReply(reply.status, body)


def needed(reply: ShopReply, what: str) -> Any:
    """The body of a good reply. Raises ShopUnreachableError for any other: a wrong token may be mended."""
    if reply.status >= 400 or reply.body is None:
        raise ShopUnreachableError(f"{what}: status {reply.status}")
    return reply.body


def _address(url: str) -> URL:
    address = URL(url)
    if address.scheme != "https" and address.host not in _LOOPBACK:
        raise ShopUnreachableError(f"{_plain(address)}: a shop is reached by https")
    return address


def _plain(address: URL) -> str:
    """Without user, query and fragment, which may hold secrets."""
    return str(address.with_user(None).with_query(None).with_fragment(None)) if address.host else str(address)


def _json(content: bytes) -> Any:
    import json  # noqa: PLC0415  # `json` is an argument above

    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
