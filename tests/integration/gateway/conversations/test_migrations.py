"""Migrations of the log, on both databases, with rows of their time."""

from __future__ import annotations

import alembic.command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from gateway.conversations.database import open_database, run_migrations
from gateway.conversations.schema.message_tables import metadata


async def test_migrations_go_up_down_and_up_again(database_url):
    database = open_database(database_url)

    async def tables():
        return set(await database.read(lambda connection: inspect(connection).get_table_names()))

    for _ in range(2):
        await run_migrations(database, lambda config: alembic.command.upgrade(config, "head"))
        assert {*metadata.tables, "message_search"} < await tables()
        await run_migrations(database, lambda config: alembic.command.downgrade(config, "base"))
        assert await tables() == {"alembic_version"}
    await database.close()


async def test_migrations_build_what_the_tables_say(database_url):
    database = open_database(database_url)
    await run_migrations(database, lambda config: alembic.command.upgrade(config, "head"))
    # The search index is no table of SQLAlchemy's; SQLite keeps it in several of its own.
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _parents: not (kind == "table" and name.startswith("message_search")),
    }
    differences = await database.read(
        lambda connection: compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    )
    await database.close()
    assert differences == []
