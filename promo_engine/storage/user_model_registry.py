"""The registry of user models: every trained version with its files, figures and parent, and which one serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.storage.sqlite.in_place import reading
from promo_engine.storage.tables import model_categories, user_models

LIVE, CANDIDATE, RETIRED = "live", "candidate", "retired"


@dataclass(frozen=True)
class RegisteredModel:
    """One version without its files."""

    model_version: str
    parent_version: str | None
    status: str
    """`live` serves, `retired` did, `candidate` never has."""
    trained_on: Mapping[str, Any]
    metrics: Mapping[str, Any]
    created_at: datetime
    live_since: datetime | None


_DESCRIBED = [user_models.c[field.name] for field in fields(RegisteredModel)]


async def register(
    engine: AsyncEngine,
    *,
    model_version: str,
    parent_version: str | None,
    archive: bytes,
    category_ids: Sequence[int],
    trained_on: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> None:
    """Store a candidate; a version that is known keeps its status and gets the new files and figures.

    `category_ids` stand in the order of the model's positions.
    """
    values = {"archive": archive, "trained_on": dict(trained_on), "metrics": dict(metrics)}
    async with engine.begin() as connection:
        if await _one(connection, select(*_DESCRIBED).where(user_models.c.model_version == model_version)) is None:
            row = {"model_version": model_version, "parent_version": parent_version, "status": CANDIDATE, **values}
            await connection.execute(insert(user_models).values(**row, created_at=datetime.now(UTC)))
        else:
            known = user_models.c.model_version == model_version
            await connection.execute(update(user_models).where(known).values(**values))
            await connection.execute(delete(model_categories).where(model_categories.c.model_version == model_version))
        rows = [
            {"model_version": model_version, "position": position, "category_id": category_id}
            for position, category_id in enumerate(category_ids)
        ]
        if rows:
            await connection.execute(insert(model_categories), rows)


async def categories_of(engine: AsyncEngine, model_version: str) -> tuple[int, ...] | None:
    """The category ids of a version, by position; None if this database has no such version."""
    version = user_models.c.model_version
    columns = model_categories.c
    query = select(columns.category_id).where(columns.model_version == model_version).order_by(columns.position)
    async with reading(engine) as connection:
        if (await connection.execute(select(version).where(version == model_version))).first() is None:
            return None
        return tuple((await connection.execute(query)).scalars())


async def make_live(engine: AsyncEngine, model_version: str) -> None:
    """Retire the version that serves and let this one serve; nothing happens if it does already."""
    async with engine.begin() as connection:
        others = (user_models.c.status == LIVE) & (user_models.c.model_version != model_version)
        await connection.execute(update(user_models).where(others).values(status=RETIRED))
        own = (user_models.c.model_version == model_version) & (user_models.c.status != LIVE)
        await connection.execute(update(user_models).where(own).values(status=LIVE, live_since=datetime.now(UTC)))


async def registered(engine: AsyncEngine) -> list[RegisteredModel]:
    """All versions, the newest first."""
    async with reading(engine) as connection:
        rows = await connection.execute(select(*_DESCRIBED).order_by(user_models.c.created_at.desc()))
        return [_model(row) for row in rows]


async def live_model(engine: AsyncEngine) -> RegisteredModel | None:
    """The version that serves; None before the first training."""
    async with reading(engine) as connection:
        return await _one(connection, select(*_DESCRIBED).where(user_models.c.status == LIVE))


async def served_before(engine: AsyncEngine) -> RegisteredModel | None:
    """The version that served last before the live one."""
    query = select(*_DESCRIBED).where(user_models.c.status == RETIRED).order_by(user_models.c.live_since.desc())
    async with reading(engine) as connection:
        return await _one(connection, query.limit(1))


async def archive_of(engine: AsyncEngine, model_version: str) -> bytes | None:
    """The files of a version; None if there is no such version."""
    query = select(user_models.c.archive).where(user_models.c.model_version == model_version)
    async with reading(engine) as connection:
        archive: bytes | None = (await connection.execute(query)).scalar()
        return archive


async def _one(connection: AsyncConnection, query: Select[Any]) -> RegisteredModel | None:
    row = (await connection.execute(query)).first()
    return None if row is None else _model(row)


def _model(row: Row[Any]) -> RegisteredModel:
    return RegisteredModel(**row._mapping)
