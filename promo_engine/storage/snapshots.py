"""Versions of the policy."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.unit_of_work import Snapshot
from promo_engine.storage.quick import quick
from promo_engine.storage.tables import policy_snapshots

_NEWEST_VERSION = quick(
    select(func.max(policy_snapshots.c.version)).where(policy_snapshots.c.model_version == bindparam("model_version"))
)


class SqlSnapshots:
    """`domain.unit_of_work.Snapshots` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self, model_version: str) -> Snapshot | None:
        """Return the newest snapshot that fits this user model."""
        query = (
            select(policy_snapshots)
            .where(policy_snapshots.c.model_version == model_version)
            .order_by(policy_snapshots.c.version.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).first()
        return None if row is None else Snapshot(**row._mapping)

    async def newest_version(self, model_version: str) -> int | None:
        """Return the version of `newest` without its bytes."""
        version: int | None = (
            await self._connection.execute(_NEWEST_VERSION, {"model_version": model_version})
        ).scalar()
        return version

    async def newest_beginning(self, model_version: str) -> int | None:
        """Return the newest version that holds no rewards: there the learning of this user model last began."""
        query = select(func.max(policy_snapshots.c.version)).where(
            policy_snapshots.c.model_version == model_version, policy_snapshots.c.reward_count == 0
        )
        version: int | None = (await self._connection.execute(query)).scalar()
        return version

    async def highest_version(self) -> int:
        """Return the highest version of any user model; 0 before the first snapshot."""
        query = select(func.coalesce(func.max(policy_snapshots.c.version), 0))
        highest: int = (await self._connection.execute(query)).scalar_one()
        return highest

    async def add(self, snapshot: Snapshot) -> None:
        """Store a new version."""
        await self._connection.execute(insert(policy_snapshots).values(**asdict(snapshot)))
