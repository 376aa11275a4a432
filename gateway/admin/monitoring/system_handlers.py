"""The state of every process, the policy in force, and the audit log."""

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

from common.bodies import Query
from common.errors import ServiceError, Unavailable
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import reply_of
from gateway.admin.monitoring.monitoring_replies import AuditPage, ChatNumbers, PartState, SystemState
from gateway.conversations.audit import audit_log
from gateway.metrics import Metrics

_PATIENCE = aiohttp.ClientTimeout(total=2)


class AuditQuery(Query):
    """Which page: `before` is the `next_before` of the page before."""

    before: Annotated[int, Field(ge=1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


async def show_system(request: web.Request, _caller: Caller) -> SystemState:
    """Each part with the milliseconds it took to answer, the policy, the language model, the gateway's numbers."""
    app = request.app
    parts = await asyncio.gather(
        _state_of("log", app[keys.LOG].check()),
        _state_of("bot", app[keys.BOT].check()),
        _state_of("actions", _check_actions(app)),
        _state_of("engine", app[keys.ENGINE].check()),
    )
    try:
        language_model: str | None = await app[keys.BOT].model()
    except ServiceError:
        language_model = None
    try:
        policy: dict[str, Any] | None = await app[keys.ENGINE].policy()
    except ServiceError:
        policy = None
    return SystemState(
        parts=[PartState(name="gateway", state="ok", ms=0, message=None), *parts],
        policy=policy,
        language_model=language_model,
        chat=_chat_numbers(app[keys.METRICS]),
    )


def _chat_numbers(metrics: Metrics) -> ChatNumbers:
    def sample(name: str, labels: dict[str, str] | None = None) -> float:
        return metrics.registry.get_sample_value(f"promobot_gateway_{name}", labels) or 0.0

    turns = sample("turn_seconds_count")
    return ChatNumbers(
        open_sockets=sample("open_sockets"),
        queued_turns=sample("queued_turns"),
        exposures_waiting=sample("exposures_waiting"),
        turns_answered=sample("turns_total", {"result": "answered"}),
        turns_failed=sample("turns_total", {"result": "failed"}) + sample("turns_total", {"result": "lost"}),
        mean_turn_ms=round(1000 * sample("turn_seconds_sum") / turns) if turns else None,
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


async def _state_of(name: str, check: Awaitable[None]) -> PartState:
    started = time.monotonic()
    message = None
    try:
        await check
    except ServiceError as error:
        message = error.message.partition(":")[0]  # what follows is for the log file
    return PartState(
        name=name,
        state="ok" if message is None else "unavailable",
        ms=round((time.monotonic() - started) * 1000, 1),
        message=message,
    )


async def show_audit(request: web.Request, _caller: Caller, query: AuditQuery) -> AuditPage:
    """The audit log: who did what, the newest first."""
    found = await request.app[keys.LOG].read(partial(audit_log.audit, before=query.before, limit=query.limit + 1))
    page = found[: query.limit]
    next_before = page[-1]["audit_id"] if len(found) > query.limit else None
    return reply_of(AuditPage, {"entries": page, "next_before": next_before})
