"""Sources: the shops that are connected."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.customers.demo_delivery import DEMO_SOURCE
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop
from promo_engine.storage.tables import shop_sources

_COLUMNS = (
    shop_sources.c.source_id,
    shop_sources.c.kind,
    shop_sources.c.settings,
    shop_sources.c.disabled_at.is_(None).label("connected"),
)


class SqlConnectedShops:
    """`ports.shop.connected_shop_repository.ConnectedShopRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, source_id: str) -> ConnectedShop | None:
        """Return one source."""
        query = select(*_COLUMNS).where(shop_sources.c.source_id == source_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else ConnectedShop(**row._mapping)

    async def all(self) -> list[ConnectedShop]:
        """List every source, by source_id."""
        rows = await self._connection.execute(select(*_COLUMNS).order_by(shop_sources.c.source_id))
        return [ConnectedShop(**row._mapping) for row in rows]

    async def add_demo(self, source_id: str) -> None:
        """Say that a source is a demo data set."""
        known = insert_for(self._connection, shop_sources).values(source_id=source_id, kind=DEMO_SOURCE)
        await self._connection.execute(known.on_conflict_do_nothing())
