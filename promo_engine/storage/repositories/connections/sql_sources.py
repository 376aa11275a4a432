"""Connected sources in SQL."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.connections.shop_sources import ConnectedSource, SourceKind, SourceScope, SourceSettings
from promo_engine.storage.tables import shop_sources

_WRITES = shop_sources.c.token_hash != ""
"""A demo data set is a source too, but writes nothing over HTTP."""


class SqlSources:
    """`ports.connections.source_repository.SourceRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, source_id: str) -> ConnectedSource | None:
        """Return one source."""
        row = (
            await self._connection.execute(select(shop_sources).where(shop_sources.c.source_id == source_id, _WRITES))
        ).first()
        return None if row is None else _source(row)

    async def of_token(self, token_hash: str) -> ConnectedSource | None:
        """Return the source whose token has this SHA-256."""
        query = select(shop_sources).where(shop_sources.c.token_hash == token_hash, shop_sources.c.token_hash != "")
        row = (await self._connection.execute(query)).first()
        return None if row is None else _source(row)

    async def all(self) -> list[ConnectedSource]:
        """List sources by name."""
        query = select(shop_sources).where(_WRITES).order_by(shop_sources.c.source_id)
        return [_source(row) for row in await self._connection.execute(query)]

    async def save(self, source: ConnectedSource) -> None:
        """Add or replace a source."""
        values = {
            "kind": source.kind.value,
            "settings": asdict(source.settings),
            "cursor": source.cursor,
            "last_ok_at": source.last_ok_at,
            "last_error": source.last_error,
            "token_hash": source.token_hash,
            "scopes": sorted(source.scopes),
            "created_at": source.created_at,
            "disabled_at": source.disabled_at,
            "pulled_at": source.pulled_at,
        }
        await self._connection.execute(
            insert_for(self._connection, shop_sources)
            .values(source_id=source.source_id, **values)
            .on_conflict_do_update(index_elements=["source_id"], set_=values)
        )

    async def remove(self, source_id: str) -> bool:
        """Forget a source; what it wrote stays."""
        found = await self._connection.execute(delete(shop_sources).where(shop_sources.c.source_id == source_id))
        return bool(found.rowcount)

    async def begin_pull(self, source: ConnectedSource, *, at: datetime) -> bool:
        """Mark that a pull begins; False if another process was first."""
        found = await self._connection.execute(
            update(shop_sources)
            .where(
                shop_sources.c.source_id == source.source_id,
                shop_sources.c.pulled_at.is_not_distinct_from(source.pulled_at),
            )
            .values(pulled_at=at)
        )
        return bool(found.rowcount)

    async def report(self, source_id: str, *, error: str, at: datetime, cursor: str | None = None) -> None:
        """Record how the last contact went."""
        values: dict[str, Any] = {"last_error": error} if error else {"last_error": "", "last_ok_at": at}
        if cursor is not None:
            values["cursor"] = cursor
        await self._connection.execute(
            update(shop_sources).where(shop_sources.c.source_id == source_id).values(**values)
        )


def _source(row: Row[Any]) -> ConnectedSource:
    return ConnectedSource(
        source_id=row.source_id,
        kind=SourceKind(row.kind),
        scopes=frozenset(map(SourceScope, row.scopes)),
        settings=SourceSettings(**row.settings),
        token_hash=row.token_hash,
        created_at=row.created_at,
        cursor=row.cursor,
        last_ok_at=row.last_ok_at,
        last_error=row.last_error,
        disabled_at=row.disabled_at,
        pulled_at=row.pulled_at,
    )
