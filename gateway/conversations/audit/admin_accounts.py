"""Admins and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.admin_tables import admin_sessions, admins


@dataclass(frozen=True)
class Admin:
    """A person who may sign in to the console."""

    name: str
    role: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True)
class AdminSession:
    """A signed-in admin."""

    name: str
    role: str
    csrf_token: str
    created_at: datetime
    seen_at: datetime


def find_admin(connection: Connection, name: str) -> Admin | None:
    """The admin of that name."""
    row = connection.execute(select(admins).where(admins.c.name == name)).one_or_none()
    return None if row is None else Admin(**row._mapping)


def list_admins(connection: Connection) -> list[Admin]:
    """All of them by name."""
    return [Admin(**row._mapping) for row in connection.execute(select(admins).order_by(admins.c.name))]


def add_admin(connection: Connection, *, admin: Admin, entry: AuditEntry) -> bool:
    """Add an admin; False if the name is taken."""
    if find_admin(connection, admin.name) is not None:
        return False
    connection.execute(insert(admins), vars(admin))
    record(connection, entry)
    return True


def change_admin(
    connection: Connection,
    *,
    name: str,
    role: str | None,
    password_hash: str | None,
    disabled: bool | None,
    entry: AuditEntry,
) -> bool:
    """Change what is not None and end the admin's sessions; False if there is no such admin."""
    changes: dict[str, object] = {}
    if role is not None:
        changes["role"] = role
    if password_hash is not None:
        changes["password_hash"] = password_hash
    if disabled is not None:
        changes["disabled_at"] = entry.at if disabled else None
    if not connection.execute(update(admins).where(admins.c.name == name).values(**changes)).rowcount:
        return False
    connection.execute(delete(admin_sessions).where(admin_sessions.c.name == name))
    record(connection, entry)
    return True


def rehash(connection: Connection, *, name: str, password_hash: str) -> None:
    """Store the same password under newer parameters."""
    connection.execute(update(admins).where(admins.c.name == name).values(password_hash=password_hash))


def open_session(
    connection: Connection,
    *,
    token_hash: str,
    csrf_token: str,
    replaced_hash: str | None,
    expired: datetime,
    entry: AuditEntry,
) -> None:
    """Sign in under a new token. The session that came with the request ends, as do those older than `expired`."""
    connection.execute(delete(admin_sessions).where(admin_sessions.c.created_at < expired))
    if replaced_hash is not None:
        close_session(connection, token_hash=replaced_hash)
    connection.execute(
        insert(admin_sessions),
        {
            "token_hash": token_hash,
            "name": entry.name,
            "csrf_token": csrf_token,
            "created_at": entry.at,
            "seen_at": entry.at,
        },
    )
    record(connection, entry)


def close_session(connection: Connection, *, token_hash: str) -> None:
    """Sign out."""
    connection.execute(delete(admin_sessions).where(admin_sessions.c.token_hash == token_hash))


def find_session(connection: Connection, token_hash: str) -> AdminSession | None:
    """The session of a token, unless its admin is disabled."""
    row = connection.execute(
        select(
            admin_sessions.c.name,
            admins.c.role,
            admin_sessions.c.csrf_token,
            admin_sessions.c.created_at,
            admin_sessions.c.seen_at,
        )
        .join(admins, admins.c.name == admin_sessions.c.name)
        .where(admin_sessions.c.token_hash == token_hash, admins.c.disabled_at.is_(None))
    ).one_or_none()
    return None if row is None else AdminSession(**row._mapping)


def touch_session(connection: Connection, *, token_hash: str, at: datetime) -> None:
    """Note that the session is in use."""
    connection.execute(update(admin_sessions).where(admin_sessions.c.token_hash == token_hash).values(seen_at=at))
