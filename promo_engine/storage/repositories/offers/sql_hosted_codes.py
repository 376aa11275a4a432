"""Codes that a hosted shop has too, in SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.catalogue.shop_catalogue import ListingStatus
from promo_engine.domain.codes.hosted_codes import SETTLED, HostedCode, HostedCodeState, shop_key
from promo_engine.storage.tables import external_ids, hosted_codes, products

_CODE = hosted_codes.c.code
_COLUMNS = [hosted_codes.c[field.name] for field in fields(HostedCode)]


class SqlHostedCodes:
    """`ports.offers.hosted_code_repository.HostedCodeRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, hosted: HostedCode) -> None:
        """Store a new one."""
        await self._connection.execute(insert(hosted_codes).values(**_values(hosted)))

    async def get(self, code: str, *, lock: bool = False) -> HostedCode | None:
        """Return one."""
        query = select(*_COLUMNS).where(hosted_codes.c.code == code)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return None if row is None else _hosted(row)

    async def save(self, hosted: HostedCode) -> None:
        """Replace one."""
        await self._connection.execute(
            update(hosted_codes).where(hosted_codes.c.code == hosted.code).values(**_values(hosted))
        )

    async def due(self, *, at: datetime, limit: int) -> list[str]:
        """List codes whose attempt is due, those that wait longest first."""
        query = select(_CODE).where(hosted_codes.c.next_try_at <= at).order_by(hosted_codes.c.next_try_at, _CODE)
        return list((await self._connection.execute(query.limit(limit))).scalars())

    async def news(self, *, at: datetime, limit: int) -> list[str]:
        """List codes that were made or failed, and of which a shopper is to be told by now, the oldest first."""
        settled = hosted_codes.c.state.in_(sorted(SETTLED))
        query = select(_CODE).where(hosted_codes.c.news_due_at <= at, settled)
        return list(
            (await self._connection.execute(query.order_by(hosted_codes.c.news_due_at, _CODE).limit(limit))).scalars()
        )

    async def in_orders_of(self, source_id: str, codes: Collection[str]) -> list[HostedCode]:
        """Return those of a shop's codes that an order names."""
        keys = sorted({shop_key(code) for code in codes})
        query = select(*_COLUMNS).where(hosted_codes.c.source_id == source_id, hosted_codes.c.shop_key.in_(keys))
        return [_hosted(row) for row in await self._connection.execute(query.order_by(_CODE))]

    async def products_in(self, scope: Scope, *, limit: int) -> dict[str, tuple[str, ...]]:
        """Return the active products inside a scope with their other names."""
        inside = or_(
            products.c.category_id.in_(sorted(scope.category_ids)),
            products.c.product_id.in_(sorted(scope.product_ids)),
            products.c.brand.in_(sorted(scope.brands)),
        )
        chosen = (
            select(products.c.product_id)
            .where(products.c.status == ListingStatus.ACTIVE.value, inside)
            .order_by(products.c.product_id)
            .limit(limit)
        )
        named = select(external_ids.c.item_id, external_ids.c.external_id).where(
            external_ids.c.kind == "product", external_ids.c.item_id.in_(chosen)
        )
        found: dict[str, list[str]] = {name: [] for name in (await self._connection.execute(chosen)).scalars()}
        for row in await self._connection.execute(named):
            found[row.item_id].append(row.external_id)
        return {product_id: tuple(sorted(names)) for product_id, names in found.items()}

    async def counts(self) -> dict[HostedCodeState, int]:
        """Count the codes."""
        rows = await self._connection.execute(select(hosted_codes.c.state, func.count()).group_by(hosted_codes.c.state))
        return {HostedCodeState(state): count for state, count in rows}


def _values(hosted: HostedCode) -> dict[str, Any]:
    return {**vars(hosted), "state": hosted.state.value, "shop_key": hosted.shop_key}


def _hosted(row: Row[Any]) -> HostedCode:
    return HostedCode(**dict(row._mapping) | {"state": HostedCodeState(row.state)})
