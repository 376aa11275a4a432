"""INSERT with ON CONFLICT, which each database's dialect has of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_for(connection: Connection, table: Table) -> Any:
    """The dialect's INSERT into a table, with its `on_conflict_do_…`."""
    return _INSERTS[connection.dialect.name](table)
