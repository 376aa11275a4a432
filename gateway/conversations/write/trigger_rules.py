"""Proactive triggers, and how often each fired for a shopper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from common.clock import iso
from common.upsert import insert_for
from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.message_tables import messages
from gateway.conversations.schema.widget_tables import firings, triggers

DAY = timedelta(days=1)


@dataclass(frozen=True)
class ProactiveCaps:
    """How often the bot may speak first, over all triggers."""

    per_day: int
    """To one shopper in 24 hours."""
    pause: timedelta
    """After the last message of a conversation."""


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
    connection: Connection, *, subject: str, trigger_id: str, conversation_id: str, at: datetime, caps: ProactiveCaps
) -> bool:
    """Count that a trigger fires for a shopper. Returns False and counts nothing where a cap forbids it: nobody is
    interrupted in a talk that goes on, and nothing is offered under an apology.

    `per_day` of the rule holds for this trigger alone.
    """
    trigger = connection.execute(select(triggers).where(triggers.c.trigger_id == trigger_id)).one_or_none()
    if trigger is None or not trigger.enabled or _is_busy(connection, conversation_id, since=at - caps.pause):
        return False
    today = (firings.c.subject == subject, firings.c.fired_at > at - DAY)
    spoken = connection.scalar(select(func.count()).select_from(firings).where(*today)) or 0
    by_this = (
        connection.scalar(select(func.count()).select_from(firings).where(*today, firings.c.trigger_id == trigger_id))
        or 0
    )
    if spoken >= caps.per_day or by_this >= int(trigger.rule.get("per_day", 1)):
        return False
    connection.execute(
        insert(firings),
        {"subject": subject, "trigger_id": trigger_id, "conversation_id": conversation_id, "fired_at": at},
    )
    return True


def _is_busy(connection: Connection, conversation_id: str, *, since: datetime) -> bool:
    """Whether somebody wrote since then, or the shopper's last message could not be answered."""
    of_conversation = messages.c.conversation_id == conversation_id
    newest = select(messages.c.created_at).where(of_conversation).order_by(messages.c.seq.desc()).limit(1)
    last_wish = newest.with_only_columns(messages.c.state).where(messages.c.sender == "shopper")
    written_at = connection.scalar(newest)
    return (written_at is not None and written_at > since) or connection.scalar(last_wish) == "failed"
