"""Is every process well, which policy is in force, and what goes on now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from functools import partial
from typing import Annotated, Any

import aiohttp
from aiohttp import web
from pydantic import Field
from yarl import URL

from common.bodies import Query, read_query
from common.errors import ServiceError, Unavailable
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.conversations.audit import audit_log

_PATIENCE = aiohttp.ClientTimeout(total=2)


async def show_system(request: web.Request, _caller: Caller) -> web.Response:
    """Each part with how long it took to answer, in milliseconds; the policy; the gateway's own numbers."""
    app = request.app
    parts = await asyncio.gather(
        _look("log", app[keys.LOG].check()),
        _look("bot", app[keys.BOT].check()),
        _look("actions", _check_actions(app)),
        _look("engine", app[keys.ENGINE].check()),
    )
    try:
        language_model: str | None = await app[keys.BOT].model()
    except ServiceError:
        language_model = None
    try:
        policy: dict[str, Any] | None = await app[keys.ENGINE].policy()
    except ServiceError:
        policy = None
    registry = app[keys.METRICS].registry

    def sample(name: str, labels: dict[str, str] | None = None) -> float:
        return registry.get_sample_value(f"promobot_gateway_{name}", labels) or 0.0

    turns = sample("turn_seconds_count")
    return web.json_response(
        {
            "parts": [{"name": "gateway", "state": "ok", "ms": 0, "message": None}, *parts],
            "policy": policy,
            "language_model": language_model,
            "chat": {
                "open_sockets": sample("open_sockets"),
                "queued_turns": sample("queued_turns"),
                "exposures_waiting": sample("exposures_waiting"),
                "turns_answered": sample("turns_total", {"result": "answered"}),
                "turns_failed": sample("turns_total", {"result": "failed"}) + sample("turns_total", {"result": "lost"}),
                "mean_turn_ms": round(1000 * sample("turn_seconds_sum") / turns) if turns else None,
            },
        }
    )


async def _check_actions(app: web.Application) -> None:
    """Raises Unavailable."""
    url = URL(str(app[keys.SETTINGS].actions_url)) / "health"
    try:
        async with app[keys.HTTP].get(url, timeout=_PATIENCE) as response:
            if response.status != 200:
                raise Unavailable("actions_unavailable", f"The action server answered {response.status}.")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable("actions_unavailable", "The action server does not answer.") from error


async def _look(name: str, check: Awaitable[None]) -> dict[str, Any]:
    started = time.monotonic()
    message = None
    try:
        await check
    except ServiceError as error:
        message = error.message.partition(":")[0]  # what follows is for the log file
    return {
        "name": name,
        "state": "ok" if message is None else "unavailable",
        "ms": round((time.monotonic() - started) * 1000, 1),
        "message": message,
    }


class AuditQuery(Query):
    """Which page: `before` is the `next_before` of the page before."""

    before: Annotated[int, Field(ge=1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


async def show_audit(request: web.Request, _caller: Caller) -> web.Response:
    """Who did what, the newest first."""
    query = read_query(request, AuditQuery)
    found = await request.app[keys.LOG].read(partial(audit_log.audit, before=query.before, limit=query.limit + 1))
    page = found[: query.limit]
    return web.json_response(
        {"entries": page, "next_before": page[-1]["audit_id"] if len(found) > query.limit else None}
    )
