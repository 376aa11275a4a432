"""Messages of the shop that were given up: the engine keeps them; who read or sent one again is in the audit log."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from common.bodies import path_segment
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.audit_record import record


async def list_dead_letters(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """Messages of the shop that were given up, the newest first."""
    return await request.app[keys.ENGINE].dead_webhooks()


async def show_dead_letter(request: web.Request, caller: Caller) -> dict[str, Any]:
    """One message that was given up, with its body, which may hold names and addresses."""
    number = path_segment(request, "number")
    letter = await request.app[keys.ENGINE].dead_webhook(number)
    await record(request, caller.entry("dead_letter_read", number, source_id=letter["source_id"]))
    return letter


async def retry_dead_letter(request: web.Request, caller: Caller) -> dict[str, Any]:
    """Let a message wait again, with all its tries."""
    number = path_segment(request, "number")
    retried = await request.app[keys.ENGINE].retry_webhook(number)
    await record(request, caller.entry("dead_letter_retry", number))
    return retried


async def retry_dead_letters(request: web.Request, caller: Caller) -> dict[str, Any]:
    """Let every message that was given up wait again, with all its tries."""
    retried = await request.app[keys.ENGINE].retry_webhooks()
    await record(request, caller.entry("dead_letter_retry_all", str(retried["retried"])))
    return retried
