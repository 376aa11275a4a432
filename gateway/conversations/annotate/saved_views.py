"""Saved views: filters under a name, private to an admin."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from common.upsert import inserts
from gateway.conversations.schema.admin_tables import saved_views

_save = {
    name: statement.on_conflict_do_update(index_elements=["owner", "name"], set_={"query": statement.excluded.query})
    for name, statement in inserts(saved_views).items()
}


def views_of(connection: Connection, *, owner: str) -> list[dict[str, Any]]:
    """The owner's views, by name."""
    query = select(saved_views.c.name, saved_views.c.query).where(saved_views.c.owner == owner)
    return [dict(row._mapping) for row in connection.execute(query.order_by(saved_views.c.name))]


def save(connection: Connection, *, owner: str, name: str, query: str) -> None:
    """Save a view; a view of the same name is replaced."""
    connection.execute(_save[connection.dialect.name], {"owner": owner, "name": name, "query": query})


def remove(connection: Connection, *, owner: str, name: str) -> None:
    """Delete a view."""
    connection.execute(delete(saved_views).where(saved_views.c.owner == owner, saved_views.c.name == name))
