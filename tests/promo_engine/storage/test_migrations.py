from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from promo_engine.storage import migrate
from promo_engine.storage.database import open_database
from promo_engine.storage.tables import metadata


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


async def test_the_migrations_build_what_the_tables_say(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    assert await migrate.current_revision(engine) == migrate.newest_revision()
    await engine.dispose()


async def test_every_step_goes_up_down_and_up_again(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    steps = list(ScriptDirectory.from_config(migrate._config(None)).walk_revisions("base", "heads"))
    for step in reversed(steps):
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
