"""Writes an entry about what a caller had the engine do."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from gateway import keys
from gateway.conversations.audit import audit_log
from gateway.conversations.audit.audit_log import AuditEntry


async def record(request: web.Request, entry: AuditEntry) -> None:
    """Write the entry into the audit log."""
    await request.app[keys.LOG].write(partial(audit_log.record, entry=entry))
