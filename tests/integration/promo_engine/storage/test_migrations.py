from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect, text

from promo_engine.domain.codes.codes import new_code
from promo_engine.domain.offers.limits import Limits
from promo_engine.services.checkout.code_service import CodeService
from promo_engine.storage import migrate
from promo_engine.storage.database import open_database
from promo_engine.storage.tables import metadata
from tests.soak.soak_shop import Shop, now, open_shop
from tests.soak.worker_pool import WorkerServices


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def _rows(connection: Connection) -> dict[str, list[str]]:
    """Everything that is stored, by table."""
    tables = _tables(connection)
    return {table: sorted(map(repr, connection.execute(text(f"SELECT * FROM {table}")))) for table in tables}


def _steps() -> list[Script]:
    """From the first to the newest."""
    return list(
        reversed(list(ScriptDirectory.from_config(migrate.alembic_config(None)).walk_revisions("base", "heads")))
    )


async def _trade(shop: Shop) -> None:
    """Leave rows in all tables of promotions and codes: customers and anonymous customers, every state, a pool, a
    kept reply."""
    services = WorkerServices(shop.database)
    anna, ben = await shop.add_customers(2)
    await shop.add_offer("own", Limits(max_uses=9, budget_cents=9000))
    await shop.add_offer("pooled")
    await CodeService(shop.storage, clock=now).import_pool("pooled", [new_code(1), new_code(2)])
    codes = []
    for offer_id in ("own", "pooled"):
        for number, choice in enumerate(await shop.propose(offer_id, [anna, None][: 2 if offer_id == "own" else 1])):
            key = f"{offer_id}-{number}"
            codes.append(
                await services.accept(decision_id=choice.decision_id, conversation_id=choice.conversation_id, key=key)
            )
    await shop.propose("own", [ben, None])
    redemption_id = await services.redeem(codes=[codes[0]], order_id="cancelled", customer_id=anna)
    await services.cancel(redemption_id=redemption_id)
    await services.redeem(codes=[codes[1]], order_id="kept", customer_id=ben)


async def test_the_migrations_build_what_the_tables_say(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    assert await migrate.current_revision(engine) == migrate.newest_revision()
    await engine.dispose()


async def test_every_step_goes_up_down_and_up_again(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    for step in _steps():
        await migrate.upgrade(engine, step.revision)
        await migrate.downgrade(engine, str(step.down_revision or "base"))
        await migrate.upgrade(engine, step.revision)
    await migrate.downgrade(engine, "base")
    async with engine.connect() as connection:
        assert await connection.run_sync(_tables) == set()
    await engine.dispose()


async def test_an_unmigrated_database_has_no_revision(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    assert await migrate.current_revision(engine) is None
    await engine.dispose()


async def test_every_step_goes_down_and_up_again_with_rows_in_it(empty_database_url: str) -> None:
    """What the older version knew is there after the way up and down again, to the last value."""
    async with open_shop(empty_database_url) as shop:
        await _trade(shop)
        filled = {"redemptions", "redeemed_codes", "codes", "pool_codes", "reply_records", "offer_encounters"}
        seen: dict[str, Any] = {}
        for step in reversed(_steps()):
            async with shop.database.connect() as connection:
                before = await connection.run_sync(_rows)
            seen |= {table: len(rows) for table, rows in before.items()}
            lower = str(step.down_revision or "base")
            await migrate.downgrade(shop.database, lower)
            async with shop.database.connect() as connection:
                older = await connection.run_sync(_rows)
            assert {table: len(rows) for table, rows in older.items()} == {table: len(before[table]) for table in older}
            await migrate.upgrade(shop.database, step.revision)
            await migrate.downgrade(shop.database, lower)
            async with shop.database.connect() as connection:
                assert await connection.run_sync(_rows) == older
        assert all(seen[table] > 0 for table in filled), seen
        await migrate.upgrade(shop.database)
