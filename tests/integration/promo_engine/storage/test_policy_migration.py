"""The versions of an older database get their places in lines, each of which begins with a version without rewards."""

from datetime import UTC, datetime

from sqlalchemy import text

from promo_engine.domain.learning.policy_versions import PolicyStatus
from promo_engine.services.learning.policy_store import lineage_of
from promo_engine.storage import migrate
from promo_engine.storage.database import open_database
from promo_engine.storage.sql_unit_of_work import SqlStorage

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OLD = [
    (1, "a", 0),
    (2, "a", 5),
    (3, "b", 0),
    (4, "a", 9),
    (5, "a", 0),
    (6, "a", 2),
    (7, "b", 4),
    (8, "c", 3),
    (9, "c", 4),
]
"""(version, user model, rewards); the first version of `c` was deleted."""


async def test_every_version_finds_its_line_and_parent(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0007")
    async with engine.begin() as connection:
        at = NOW if connection.dialect.name == "postgresql" else NOW.replace(tzinfo=None).isoformat(" ")
        statement = text("INSERT INTO policy_snapshots VALUES (:version, :model, :bytes, :rewards, :at)")
        rows = [{"version": v, "model": m, "rewards": r, "bytes": b"policy", "at": at} for v, m, r in OLD]
        await connection.execute(statement, rows)
    await migrate.upgrade(engine, "head")
    async with SqlStorage(engine).read() as unit:
        found = {v: await unit.snapshots.describe(v) for v, _, _ in OLD}
        lines = {v: (row.branch, row.parent_version) for v, row in found.items() if row is not None}
        assert lines == {
            **{1: (1, None), 2: (1, 1), 4: (1, 2), 5: (5, None), 6: (5, 5)},
            **{3: (3, None), 7: (3, 3), 8: (8, None), 9: (8, 8)},
        }
        assert {v for v, row in found.items() if row is not None and row.status is PolicyStatus.LIVE} == {6, 7, 9}
        assert [await unit.snapshots.live_version(model) for model in "abc"] == [6, 7, 9]
        assert [segment.branch for segment in await lineage_of(unit, 9)] == [8]
    await engine.dispose()
