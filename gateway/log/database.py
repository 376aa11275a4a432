"""Opens the log's database, SQLite or PostgreSQL, and brings its tables up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.errors import StartError

WRITES = "promobot_writes"
"""Execution option of a connection whose transactions write: SQLite then takes its lock at the beginning, so that no
transaction finds out in the middle that another one was faster."""


def open_engine(database_url: str) -> AsyncEngine:
    """An engine for the URL. Raises StartError for a URL that is neither of SQLite nor of PostgreSQL."""
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise StartError(f"PROMOBOT_GATEWAY_DATABASE_URL is not a database URL: {error}") from error
    if url.drivername == "sqlite+aiosqlite":
        return _open_sqlite(url)
    if url.drivername == "postgresql+asyncpg":
        return create_async_engine(url, pool_pre_ping=True)
    raise StartError(
        f"PROMOBOT_GATEWAY_DATABASE_URL begins with {url.drivername}; "
        "it has to be sqlite+aiosqlite or postgresql+asyncpg."
    )


def _open_sqlite(url: URL) -> AsyncEngine:
    if url.database is None or url.database in {"", ":memory:"}:
        raise StartError(
            "PROMOBOT_GATEWAY_DATABASE_URL names no file; the conversation log has to outlive the process."
        )
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"PROMOBOT_GATEWAY_DATABASE_URL: cannot make the folder {folder}: {error.strerror}") from error
    engine = create_async_engine(url, connect_args={"timeout": 30})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; `_begin_sqlite` says it
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    # A rollback journal that is emptied, not deleted: as durable, and spares the folder's fsync.
    cursor.execute("PRAGMA journal_mode=TRUNCATE")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


async def upgrade_tables(engine: AsyncEngine) -> None:
    """Run the migrations that this database has not seen."""
    await run_migrations(engine, lambda config: alembic.command.upgrade(config, "head"))


async def run_migrations(engine: AsyncEngine, command: Callable[[alembic.config.Config], None]) -> None:
    """Run an Alembic command on this database in one transaction."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command(config)

    async with engine.connect() as connection:
        await connection.execution_options(**{WRITES: True})
        async with connection.begin():
            await connection.run_sync(run)
