"""Opens a database, SQLite or PostgreSQL, so that both behave alike."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from promo_engine.storage.json_columns import JSON_CODEC
from promo_engine.storage.sqlite.in_place import open_sqlite


class DatabaseUrlError(Exception):
    """The database's address cannot be used; the message is one line."""


def open_database(url: str) -> AsyncEngine:
    """Open the database at `url` without connecting. Raises DatabaseUrlError."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlError(f"{url!r} is not a database address such as sqlite+aiosqlite:///var/engine.db") from None
    if parsed.drivername in ("sqlite", "sqlite+aiosqlite"):
        return open_sqlite(parsed)
    if parsed.drivername == "postgresql+asyncpg":
        return create_async_engine(parsed, pool_pre_ping=True, **JSON_CODEC)
    raise DatabaseUrlError(f"{parsed.drivername} is not supported: use sqlite+aiosqlite:/// or postgresql+asyncpg://")


def sqlite_file(url: str | URL) -> Path | None:
    """Return the file that a SQLite address names; None for servers and for databases in memory."""
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite") or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))
