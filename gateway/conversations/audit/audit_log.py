"""The audit log: who did what to what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from common.clock import iso
from gateway.conversations.schema.admin_tables import audit_entries


@dataclass(frozen=True)
class AuditEntry:
    """An entry: who does what to what."""

    name: str
    action: str
    subject: str
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


def record(connection: Connection, entry: AuditEntry) -> None:
    """Write an entry into the audit log."""
    connection.execute(
        insert(audit_entries),
        {
            "name": entry.name,
            "action": entry.action,
            "subject": entry.subject[:128],
            "at": entry.at,
            "details": dict(entry.details),
        },
    )


def audit(connection: Connection, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Entries, the newest first, those with a smaller id than `before`."""
    query = select(audit_entries).order_by(audit_entries.c.audit_id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_entries.c.audit_id < before)
    return [dict(row._mapping) | {"at": iso(row.at)} for row in connection.execute(query)]
