"""What the engine needs to know of a shop system: how it signs, what its messages say, how its own API is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from promo_engine.domain.catalogue.shop_changes import ShopChange
from promo_engine.domain.connections.shop_sources import ConnectedSource, SourceKind, SourceSecrets
from promo_engine.ports.shop.shop_file_reader import ShopItem


@dataclass(frozen=True)
class ReceivedWebhook:
    """A webhook whose signature is right."""

    topic: str
    delivery_id: str


class SignatureError(Exception):
    """The message is not signed by its shop; the text is one line that says what is wrong."""


class ShopApiError(Exception):
    """The shop's API did not answer, or refused; the text is one line. Trying again may help."""


class ShopJson(Protocol):
    """Asks a shop's API."""

    async def get(
        self, url: str, *, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[Any, Mapping[str, str]]:
        """Return the JSON body and the headers of an answer. Raises ShopApiError, after two seconds at the latest."""
        ...


@dataclass(frozen=True)
class PulledPage:
    """Some items of a pull, and where to go on once they are stored."""

    items: tuple[ShopItem | ShopChange, ...]
    cursor: str
    refusals: tuple[str, ...] = ()
    """What could not be read, in one line each."""


class ShopAdapter(Protocol):
    """One shop system."""

    kind: SourceKind

    def check(
        self, headers: Mapping[str, str], body: bytes, source: ConnectedSource, secrets: SourceSecrets, *, now: datetime
    ) -> ReceivedWebhook:
        """Verify who sent a webhook, over its raw body, in constant time. Header names are in lower case.

        Raises SignatureError.
        """
        ...

    async def read(
        self, topic: str, body: Any, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson
    ) -> list[ShopItem | ShopChange]:
        """What a webhook says; empty for a topic that is not read. A message of ids alone has the shop asked.

        Raises ShopItemError for a body that lacks what it needs, ShopApiError.
        """
        ...

    def pull(self, source: ConnectedSource, secrets: SourceSecrets, ask: ShopJson) -> AsyncIterator[PulledPage]:
        """Everything that changed since the source's cursor, page by page. Raises ShopApiError."""
        ...


class SecretStore(Protocol):
    """Where secrets of sources are kept."""

    def of(self, source_id: str) -> SourceSecrets:
        """Return a source's secrets; empty ones if there are none."""
        ...


class _NoSecrets:
    def of(self, source_id: str) -> SourceSecrets:
        """None are kept."""
        return SourceSecrets()


class _NoApi:
    async def get(
        self, url: str, *, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[Any, Mapping[str, str]]:
        """Nobody is asked."""
        raise ShopApiError("no shop's API is wired")


@dataclass(frozen=True)
class ShopConnections:
    """What `app.py` wires for connected shops."""

    adapters: Mapping[SourceKind, ShopAdapter] = field(default_factory=dict)
    secrets: SecretStore = field(default_factory=_NoSecrets)
    ask: ShopJson = field(default_factory=_NoApi)
