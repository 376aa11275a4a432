"""Databases for the benchmark of decisions: real customers, few or many offers, no or millions of decisions."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pysqlite3 import dbapi2

from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sql_unit_of_work import SqlStorage

_LEARNED = ("offer_encounters", "codes", "learned_elsewhere", "outcomes", "decisions", "decision_states")
_AT_ONCE = 100_000


def prepare_database(source: Path, target: Path, *, offers: int) -> tuple[Path, list[str]]:
    """Copy the imported and trained database with so many live offers and no decisions; return its customers' ids."""
    if not source.exists():
        raise FileNotFoundError(f"{source} is missing")
    shutil.copyfile(source, target)
    asyncio.run(_migrate(target))
    with closing(dbapi2.connect(target)) as database:
        for table in _LEARNED:
            database.execute(f"DELETE FROM {table}")
        kept = "SELECT offer_id FROM offers ORDER BY offer_id LIMIT ?"
        database.execute(f"UPDATE offers SET state = 'ended' WHERE offer_id NOT IN ({kept})", (offers,))
        database.commit()
        customers = [row[0] for row in database.execute("SELECT customer_id FROM customers ORDER BY customer_id")]
    return target, customers


async def _migrate(file: Path) -> None:
    engine = open_database(f"sqlite+aiosqlite:///{file}")
    await upgrade(engine)
    await engine.dispose()


def with_many_offers(source: Path, target: Path, *, count: int) -> Path:
    """Copy the database and vary its offers until so many are live: other costs, the same categories and rules."""
    prepare_database(source, target, offers=count)

    async def run() -> None:
        engine = open_database(f"sqlite+aiosqlite:///{target}")
        async with SqlStorage(engine).write() as unit:
            models = await unit.promotions.all_offers()
            for number in range(count - len(models)):
                model = models[number % len(models)]
                varied = replace(
                    model.offer,
                    offer_id=f"{model.offer.offer_id[:50]}-{number}",
                    unit_cost_cents=model.offer.unit_cost_cents + number % 97,
                )
                await unit.promotions.add_offer(replace(model, offer=varied))
            await unit.catalogue.touch("many", at=datetime.now(UTC))
        await engine.dispose()

    asyncio.run(run())
    return target


def fill_with_decisions(file: Path, count: int, *, step: Callable[[int], None]) -> None:
    """Add decisions like those that are there, half of them exposed, a tenth answered."""
    with closing(dbapi2.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-2000000")
        columns = [row[1] for row in database.execute("PRAGMA table_info(decisions)")]
        changed = {
            "decision_id": "printf('%08x-0000-4000-8000-%012x', abs(random()) % 4294967296, n)",
            "conversation_id": "'filled-' || (n / 4)",
            "request_id": "'m-' || n",
            "exposed_at": "CASE WHEN n % 2 = 0 THEN decided_at END",
        }
        values = ", ".join(changed.get(column, f"model.{column}") for column in columns)
        templates = database.execute(
            "CREATE TEMP TABLE model AS SELECT row_number() OVER () - 1 AS place, * FROM "
            "(SELECT * FROM decisions ORDER BY decision_id LIMIT 1000)"
        )
        (models,) = database.execute("SELECT count(*) FROM model").fetchone()
        assert templates is not None and models > 0, "measure on the empty database first: its decisions are copied"
        for start in range(0, count, _AT_ONCE):
            many = min(_AT_ONCE, count - start)
            database.execute("BEGIN")
            database.execute(
                f"WITH RECURSIVE numbers(n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM numbers "
                f"WHERE n + 1 < {start + many}) INSERT INTO decisions ({', '.join(columns)}) "
                f"SELECT {values} FROM numbers JOIN model ON model.place = n % {models}"
            )
            database.execute("COMMIT")
            step(many)
        database.execute("BEGIN")
        database.execute(
            "INSERT INTO outcomes (decision_id, outcome, reward, recorded_at, learned_in_version) "
            "SELECT decision_id, 'declined', 0, decided_at, 1 FROM decisions "
            "WHERE conversation_id LIKE 'filled-%' AND offer_id IS NOT NULL AND rowid % 10 = 0"
        )
        database.execute(
            "INSERT INTO outcomes (decision_id, outcome, reward, recorded_at, learned_in_version) "
            "SELECT decision_id, 'silent', 0, decided_at, 1 FROM decisions WHERE conversation_id LIKE 'filled-%' "
            "AND exposed_at IS NOT NULL AND offer_id IS NOT NULL AND rowid % 10 <> 0"
        )
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode=WAL")
