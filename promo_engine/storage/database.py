"""Opens a database, SQLite or PostgreSQL, so that both behave alike.

SQLite: foreign keys are enforced, the driver's own transaction handling is off and SQLAlchemy's `begin` says which
kind it wants. A writer takes its lock at once (`BEGIN IMMEDIATE`), since a reader that turns writer halfway fails
instead of waiting. The journal is the rollback journal: several SQLite versions in use can lose commits in WAL mode
(https://sqlite.org/wal.html, "The WAL-Reset Bug").
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

READ_ONLY = "promobot_read_only"
"""Execution option of a connection whose transaction only reads."""
_SQLITE_WAIT_S = 10
"""How long a writer waits for another process. An import is one transaction and lasts longer: run it before serving."""


class DatabaseUrlError(Exception):
    """The database's address cannot be used; the message is one line."""


def open_database(url: str) -> AsyncEngine:
    """Open the database at `url` without connecting. Raises DatabaseUrlError."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlError(f"{url!r} is not a database address such as sqlite+aiosqlite:///var/engine.db") from None
    if parsed.drivername == "sqlite+aiosqlite":
        engine = create_async_engine(parsed, connect_args={"timeout": _SQLITE_WAIT_S})
        _make_sqlite_strict(engine)
        return engine
    if parsed.drivername == "postgresql+asyncpg":
        return create_async_engine(parsed, pool_pre_ping=True)
    raise DatabaseUrlError(f"{parsed.drivername} is not supported: use sqlite+aiosqlite:/// or postgresql+asyncpg://")


def sqlite_file(url: str | URL) -> Path | None:
    """Return the file that a SQLite address names; None for servers and for databases in memory."""
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite") or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def _make_sqlite_strict(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw: Any = connection  # aiosqlite's adapter has the attributes of sqlite3.Connection
        raw.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        # Truncating the journal saves the two directory syncs that deleting it costs on every commit.
        cursor.execute("PRAGMA journal_mode=TRUNCATE")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
