"""Versions of the policy, and the record of what was done to them."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.learning.policy_versions import (
    PolicyChange,
    PolicyOrigin,
    PolicyStatus,
    PolicyVersion,
    Snapshot,
)
from promo_engine.storage.sqlite.prepared_statements import quick
from promo_engine.storage.tables import policy_audit, policy_snapshots

_LIVE_VERSION = quick(
    select(policy_snapshots.c.version).where(
        policy_snapshots.c.model_version == bindparam("model_version"),
        policy_snapshots.c.status == PolicyStatus.LIVE.value,
    )
)


def _column(field: str) -> ColumnElement[Any]:
    """Return the column of a field; a branch is stored as `line`."""
    return policy_snapshots.c.line.label("branch") if field == "branch" else policy_snapshots.c[field]


_DESCRIBED = [_column(field.name) for field in fields(PolicyVersion)]
_WHOLE = [_column(field.name) for field in fields(Snapshot)]


class SqlSnapshots:
    """`ports.decisions.policy_repository.Snapshots` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def live(self, model_version: str) -> Snapshot | None:
        """Return the version in force for this user model."""
        return await self._snapshot(_of_live(select(*_WHOLE), model_version))

    async def live_version(self, model_version: str) -> int | None:
        """Return the number of `live` without its bytes."""
        version: int | None = (await self._connection.execute(_LIVE_VERSION, {"model_version": model_version})).scalar()
        return version

    async def lock_live(self, model_version: str) -> PolicyVersion | None:
        """Return the version in force, which stays so until this unit ends."""
        query = _of_live(select(*_DESCRIBED), model_version)
        while (row := (await self._connection.execute(query)).first()) is not None:
            locked = (await self._connection.execute(query.with_for_update())).first()
            # While this waited for the lock, another version may have come into force: PostgreSQL then returns none.
            if locked is not None and locked.version == row.version:
                return _version(locked)
        return None

    async def get(self, version: int) -> Snapshot | None:
        """Return one version."""
        return await self._snapshot(select(*_WHOLE).where(policy_snapshots.c.version == version))

    async def describe(self, version: int) -> PolicyVersion | None:
        """Return one version without its bytes."""
        query = select(*_DESCRIBED).where(policy_snapshots.c.version == version)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _version(row)

    async def newest(self, model_version: str, *, limit: int, learned: bool = True) -> list[PolicyVersion]:
        """List versions, the newest first; without `learned` only branches' beginnings and those in force or
        proposed."""
        columns = policy_snapshots.c
        query = select(*_DESCRIBED).where(columns.model_version == model_version)
        if not learned:
            query = query.where(or_(columns.line == columns.version, columns.status != PolicyStatus.RETIRED.value))
        rows = await self._connection.execute(query.order_by(columns.version.desc()).limit(limit))
        return [_version(row) for row in rows]

    async def newest_of_branch(self, branch: int) -> int:
        """Return the highest version of a branch."""
        query = select(func.max(policy_snapshots.c.version)).where(policy_snapshots.c.line == branch)
        newest: int = (await self._connection.execute(query)).scalar_one()
        return newest

    async def newest_beginning(self, model_version: str) -> int | None:
        """Return the newest trained version: there the learning of this user model last began."""
        query = select(func.max(policy_snapshots.c.version)).where(
            policy_snapshots.c.model_version == model_version,
            policy_snapshots.c.origin == PolicyOrigin.TRAINED.value,
        )
        version: int | None = (await self._connection.execute(query)).scalar()
        return version

    async def highest_version(self) -> int:
        """Return the highest version of any user model; 0 before the first."""
        query = select(func.coalesce(func.max(policy_snapshots.c.version), 0))
        highest: int = (await self._connection.execute(query)).scalar_one()
        return highest

    async def add(self, snapshot: Snapshot) -> None:
        """Store a new version."""
        values = asdict(snapshot)
        values["line"] = values.pop("branch")
        await self._connection.execute(insert(policy_snapshots).values(**values))

    async def set_status(self, version: int, status: PolicyStatus) -> None:
        """Move a version."""
        of = policy_snapshots.c.version == version
        await self._connection.execute(update(policy_snapshots).where(of).values(status=status.value))

    async def record(self, change: PolicyChange) -> None:
        """Append to the record of changes."""
        values = {name: value for name, value in vars(change).items() if name != "change_id"}
        await self._connection.execute(insert(policy_audit).values(**values | {"numbers": dict(change.numbers)}))

    async def changes(self, model_version: str, *, limit: int) -> list[PolicyChange]:
        """List what was done, the newest first."""
        query = select(policy_audit).where(policy_audit.c.model_version == model_version)
        rows = await self._connection.execute(query.order_by(policy_audit.c.change_id.desc()).limit(limit))
        return [PolicyChange(**row._mapping) for row in rows]

    async def _snapshot(self, query: Select[Any]) -> Snapshot | None:
        row = (await self._connection.execute(query)).first()
        return None if row is None else Snapshot(**_typed(row))


def _of_live(query: Select[Any], model_version: str) -> Select[Any]:
    return query.where(
        policy_snapshots.c.model_version == model_version, policy_snapshots.c.status == PolicyStatus.LIVE.value
    )


def _version(row: Row[Any]) -> PolicyVersion:
    return PolicyVersion(**_typed(row))


def _typed(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    return {**values, "status": PolicyStatus(values["status"]), "origin": PolicyOrigin(values["origin"])}
