"""Liveness, readiness and metrics of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from common.errors import ServiceError
from gateway import keys


async def health(_request: web.Request) -> web.Response:
    """GET /health: the process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """GET /ready: 200 once log, bot and engine answer, 503 until then."""
    names = ("log", "bot", "engine")
    states = await asyncio.gather(
        _state(request.app[keys.LOG].check()),
        _state(request.app[keys.BOT].check()),
        _state(request.app[keys.ENGINE].check()),
    )
    complete = all(state == "ok" for state in states)
    return web.json_response(
        {"status": "ready" if complete else "not_ready", "parts": dict(zip(names, states, strict=True))},
        status=200 if complete else 503,
    )


async def _state(check: Awaitable[None]) -> str:
    try:
        await check
    except ServiceError:
        return "unavailable"
    return "ok"


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: Prometheus' text format."""
    return web.Response(
        body=generate_latest(request.app[keys.METRICS].registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )
