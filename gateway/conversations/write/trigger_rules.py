"""Proactive triggers, and how often each fired for a shopper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from common.clock import iso
from common.upsert import insert_for
from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.widget_tables import firings, triggers

DAY = timedelta(days=1)


def all_triggers(connection: Connection) -> list[dict[str, Any]]:
    """All triggers, by id."""
    rows = connection.execute(select(triggers).order_by(triggers.c.trigger_id))
    return [
        {
            "trigger_id": row.trigger_id,
            "enabled": row.enabled,
            "rule": row.rule,
            "changed_at": iso(row.changed_at),
            "changed_by": row.changed_by,
        }
        for row in rows
    ]


def save_trigger(
    connection: Connection, *, trigger_id: str, enabled: bool, rule: Mapping[str, Any], entry: AuditEntry
) -> None:
    """Add or replace a trigger."""
    values = {"enabled": enabled, "rule": dict(rule), "changed_at": entry.at, "changed_by": entry.name}
    connection.execute(
        insert_for(connection, triggers)
        .values(trigger_id=trigger_id, **values)
        .on_conflict_do_update(index_elements=["trigger_id"], set_=values)
    )
    record(connection, entry)


def remove_trigger(connection: Connection, *, trigger_id: str, entry: AuditEntry) -> bool:
    """Delete a trigger; False if there is none."""
    if not connection.execute(delete(triggers).where(triggers.c.trigger_id == trigger_id)).rowcount:
        return False
    record(connection, entry)
    return True


def fire(
    connection: Connection, *, subject: str, trigger_id: str, conversation_id: str, at: datetime, daily_cap: int
) -> bool:
    """Count that a trigger fires for a shopper. Returns False and counts nothing where a cap forbids it.

    `daily_cap` holds for all triggers together; `per_day` of the rule for this one.
    """
    trigger = connection.execute(select(triggers).where(triggers.c.trigger_id == trigger_id)).one_or_none()
    if trigger is None or not trigger.enabled:
        return False
    today = (firings.c.subject == subject, firings.c.fired_at > at - DAY)
    spoken = connection.scalar(select(func.count()).select_from(firings).where(*today)) or 0
    by_this = (
        connection.scalar(select(func.count()).select_from(firings).where(*today, firings.c.trigger_id == trigger_id))
        or 0
    )
    if spoken >= daily_cap or by_this >= int(trigger.rule.get("per_day", 1)):
        return False
    connection.execute(
        insert(firings),
        {"subject": subject, "trigger_id": trigger_id, "conversation_id": conversation_id, "fired_at": at},
    )
    return True
