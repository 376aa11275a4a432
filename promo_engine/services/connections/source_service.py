"""Sources: who may write, and with which token."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from common.errors import Forbidden, NotFound, Unauthorized
from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.codes.hosted_checkout import HOSTED_KINDS
from promo_engine.domain.connections.shop_sources import (
    ConnectedSource,
    SourceKind,
    SourceScope,
    SourceSettings,
    check_source_name,
)
from promo_engine.domain.errors import Conflict
from promo_engine.ports.unit_of_work import Storage, UnitOfWork

_PREFIX = "pbs_"
"""Begins every token, so that one that leaked into a log is found by it."""


class SourceService:
    """Adds, lists and removes sources, and tells whose token a request carries."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def add(
        self, source_id: str, *, kind: SourceKind, scopes: frozenset[SourceScope], settings: SourceSettings
    ) -> str:
        """Add a source; return its token, which is stored nowhere.

        Raises ShopItemError for a name or settings that cannot be, Conflict `source_exists` and `hosted_elsewhere`.
        """
        check_source_name(source_id)
        token = _new_token()
        source = ConnectedSource(source_id, kind, scopes, settings, _hash(token), created_at=self._clock())
        async with self._storage.write() as unit:
            if await unit.sources.get(source_id) is not None:
                raise Conflict("source_exists", f"There is already a source {source_id}; rotate gives it a new token.")
            await self._save(unit, None, source)
        return token

    async def change(self, source_id: str, **settings: Any) -> ConnectedSource:
        """Change some of a source's settings; the others stay.

        Raises NotFound `unknown_source`, ShopItemError for settings that cannot be, Conflict `hosted_elsewhere`.
        """
        async with self._storage.write() as unit:
            source = await unit.sources.get(source_id)
            if source is None:
                raise _unknown(source_id)
            changed = replace(source, settings=replace(source.settings, **settings))
            await self._save(unit, source, changed)
        return changed

    async def _save(self, unit: UnitOfWork, before: ConnectedSource | None, source: ConnectedSource) -> None:
        if source.settings.hosted_codes:
            _check_hosting(source)
            for other in await unit.sources.all():
                if other.settings.hosted_codes and other.source_id != source.source_id:
                    raise Conflict("hosted_elsewhere", f"Codes are made at {other.source_id} already, and at one shop.")
        await unit.sources.save(source)
        await self._renew_offers(unit, before, source)

    async def _renew_offers(self, unit: UnitOfWork, *sources: ConnectedSource | None) -> None:
        """Let running engines judge all offers anew, by what the checkout can give now."""
        if any(source is not None and source.settings.hosted_codes for source in sources):
            at = self._clock()
            await unit.catalogue.touch(f"checkout {at.isoformat()}", at=at)

    async def rotate(self, source_id: str) -> str:
        """Give a source a new token; the old one counts no more. Raises NotFound `unknown_source`."""
        token = _new_token()
        async with self._storage.write() as unit:
            source = await unit.sources.get(source_id)
            if source is None:
                raise _unknown(source_id)
            await self._save(unit, source, replace(source, token_hash=_hash(token), disabled_at=None))
        return token

    async def remove(self, source_id: str) -> None:
        """Forget a source; what it wrote stays. Raises NotFound `unknown_source`."""
        async with self._storage.write() as unit:
            source = await unit.sources.get(source_id)
            if not await unit.sources.remove(source_id):
                raise _unknown(source_id)
            await self._renew_offers(unit, source)

    async def all(self) -> list[ConnectedSource]:
        """List sources by name."""
        async with self._storage.read() as unit:
            return await unit.sources.all()

    async def get(self, source_id: str) -> ConnectedSource:
        """Return one source. Raises NotFound `unknown_source`."""
        async with self._storage.read() as unit:
            source = await unit.sources.get(source_id)
        if source is None:
            raise _unknown(source_id)
        return source

    async def authenticate(self, token: str, *, scope: SourceScope) -> ConnectedSource:
        """Return the source that a token belongs to.

        Raises Unauthorized for a token that nobody has, Forbidden `scope` for one that may do other things.
        """
        async with self._storage.read() as unit:
            source = await unit.sources.of_token(_hash(token))
        if source is None or source.disabled_at is not None:
            raise Unauthorized("unauthorized", "The source's token is missing or wrong.")
        if scope not in source.scopes:
            raise Forbidden("scope", f"The token of {source.source_id} has not the scope {scope.value}.")
        return source


def _check_hosting(source: ConnectedSource) -> None:
    if source.kind not in HOSTED_KINDS:
        raise ShopItemError("hosted_codes", f"codes are made at Shopify and WooCommerce; {source.kind} asks for them")
    if not source.settings.base_url:
        raise ShopItemError("base_url", "is needed where codes are made at the shop")
    if not source.settings.currency:
        raise ShopItemError("currency", "is needed where codes are made at the shop")


def _new_token() -> str:
    return _PREFIX + secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    # The token has 256 random bits: a plain hash cannot be turned round.
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _unknown(source_id: str) -> NotFound:
    return NotFound("unknown_source", f"There is no source {source_id}.", field="source")
