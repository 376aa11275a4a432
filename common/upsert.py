"""`INSERT … ON CONFLICT`, which SQLite and PostgreSQL spell alike and SQLAlchemy keeps in two dialects."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_for(connection: Connection | AsyncConnection, table: Table) -> Any:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`.

    Typed Any: the two dialects' classes share these methods, but no base class that declares them.
    """
    return _INSERTS[connection.dialect.name](table)


def inserts(table: Table) -> dict[str, Any]:
    """The same by dialect name, for statements that a module builds once."""
    return {name: insert(table) for name, insert in _INSERTS.items()}
