"""The log's database, SQLite or PostgreSQL: runs functions over a synchronous connection in transactions.

SQLite gets one thread with one connection instead of an asynchronous driver, which would change threads for every
statement: that costs more than the statements. One connection also means that readers and the writer never wait for
each other's locks. PostgreSQL is spoken to asynchronously.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

import alembic.command
import alembic.config
from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import create_async_engine

from common.errors import StartError

T = TypeVar("T")

WRITES = "promobot_writes"
"""Execution option of a connection whose transaction writes: SQLite then takes its lock at the beginning, so that no
transaction finds out in the middle that another process was faster."""


class Database(Protocol):
    """Where the log is kept."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """The work's result once its transaction is committed; rolled back if it raises."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """The work's result. What it writes is rolled back."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...


class SqliteDatabase:
    """One file, one thread, one connection."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(
            url.set(drivername="sqlite+pysqlite"), connect_args={"timeout": 30, "check_same_thread": False}
        )
        event.listen(self._engine, "connect", _prepare_sqlite)
        event.listen(self._engine, "begin", _begin_sqlite)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log")

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See Database."""

        def run() -> T:
            with self._engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See Database."""

        def run() -> T:
            with self._engine.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def close(self) -> None:
        """See Database."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


class PostgresDatabase:
    """A pool of asynchronous connections."""

    def __init__(self, url: URL) -> None:
        self._engine = create_async_engine(url, pool_pre_ping=True)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """See Database."""
        await self._engine.dispose()


def open_database(database_url: str) -> Database:
    """The database of the URL. Raises StartError for a URL that is neither of SQLite nor of PostgreSQL."""
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise StartError(f"PROMOBOT_GATEWAY_DATABASE_URL is not a database URL: {error}") from error
    if url.drivername == "postgresql+asyncpg":
        return PostgresDatabase(url)
    if url.drivername != "sqlite+aiosqlite":
        raise StartError(
            f"PROMOBOT_GATEWAY_DATABASE_URL begins with {url.drivername}; "
            "it has to be sqlite+aiosqlite or postgresql+asyncpg."
        )
    if url.database is None or url.database in {"", ":memory:"}:
        raise StartError(
            "PROMOBOT_GATEWAY_DATABASE_URL names no file; the conversation log has to outlive the process."
        )
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"PROMOBOT_GATEWAY_DATABASE_URL: cannot make the folder {folder}: {error.strerror}") from error
    return SqliteDatabase(url)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; `_begin_sqlite` says it
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    # A rollback journal that stays and is overwritten: as durable as one that is deleted, at half the time per commit,
    # since the folder and the file's length do not change.
    cursor.execute("PRAGMA journal_mode=PERSIST")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


async def upgrade_tables(database: Database) -> None:
    """Run the migrations that this database has not seen."""
    await run_migrations(database, lambda config: alembic.command.upgrade(config, "head"))


async def run_migrations(database: Database, command: Callable[[alembic.config.Config], None]) -> None:
    """Run an Alembic command on this database in one transaction."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "schema" / "migrations"))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command(config)

    await database.write(run)
