"""Trainings of the bot with accepted examples: which ran, what the checks found, which serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from common.clock import iso
from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.learning_tables import trainings


def begin(connection: Connection, *, examples_hash: str, example_count: int, entry: AuditEntry) -> int:
    """Note that one begins; its id."""
    training_id: int = connection.execute(
        insert(trainings).returning(trainings.c.training_id),
        {
            "state": "running",
            "started_by": entry.name,
            "started_at": entry.at,
            "examples_hash": examples_hash,
            "example_count": example_count,
            "message": "",
        },
    ).scalar_one()
    record(connection, entry)
    return training_id


def end(
    connection: Connection,
    *,
    training_id: int,
    state: str,
    message: str,
    checks: Sequence[Mapping[str, Any]] | None = None,
    model: str | None = None,
    previous_model: str | None = None,
    entry: AuditEntry,
) -> None:
    """Note how it ended: `live`, `refused` or `failed`."""
    connection.execute(
        update(trainings)
        .where(trainings.c.training_id == training_id)
        .values(
            state=state,
            message=message[:500],
            checks=None if checks is None else [dict(check) for check in checks],
            model=model,
            previous_model=previous_model,
            ended_at=entry.at,
        )
    )
    record(connection, entry)


def end_left_running(connection: Connection, *, at: datetime) -> None:
    """Those that the last run of the gateway left: they ended with it."""
    connection.execute(
        update(trainings)
        .where(trainings.c.state == "running")
        .values(state="failed", message="The gateway stopped while it ran.", ended_at=at)
    )


def mark_undone(connection: Connection, *, training_id: int, entry: AuditEntry) -> None:
    """Note that the model before serves again."""
    connection.execute(update(trainings).where(trainings.c.training_id == training_id).values(state="undone"))
    record(connection, entry)


def newest(connection: Connection, *, state: str | None = None, before: int | None = None) -> Row[Any] | None:
    """The last training; the last of a state; the last with a smaller id than `before`."""
    query = select(trainings).order_by(trainings.c.training_id.desc()).limit(1)
    if state is not None:
        query = query.where(trainings.c.state == state)
    if before is not None:
        query = query.where(trainings.c.training_id < before)
    return connection.execute(query).one_or_none()


def listed(connection: Connection, *, limit: int) -> list[dict[str, Any]]:
    """The last trainings, the newest first."""
    rows = connection.execute(select(trainings).order_by(trainings.c.training_id.desc()).limit(limit))
    return [
        {
            "training_id": row.training_id,
            "state": row.state,
            "started_by": row.started_by,
            "started_at": iso(row.started_at),
            "ended_at": None if row.ended_at is None else iso(row.ended_at),
            "example_count": row.example_count,
            "checks": row.checks or [],
            "message": row.message,
        }
        for row in rows
    ]
