"""GET /health, /ready, /metrics, /openapi.json: what whoever runs the engine needs."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from promo_engine.api.http.endpoint import Endpoint, Reply
from promo_engine.api.http.keys import METRICS, READINESS


class StatusReply(Reply):
    """All is well."""

    status: Literal["alive", "ready"]


class ReadyReply(StatusReply):
    """All is well; how many categories are newer than the user model and wait for the next training."""

    waiting_categories: int


async def health(_request: web.Request) -> StatusReply:
    """Answer while the process lives."""
    return StatusReply(status="alive")


async def ready(request: web.Request) -> ReadyReply:
    """Answer 200 once models, database and learner are up, else 503 with the reason."""
    await request.app[READINESS].check()
    readiness = request.app[READINESS]
    return ReadyReply(status="ready", waiting_categories=readiness.waiting_categories)


async def metrics(request: web.Request) -> web.Response:
    """Answer Prometheus."""
    return web.Response(
        body=request.app[METRICS].text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )


ENDPOINTS = (
    Endpoint("GET", "/health", "Is the process alive?", health, StatusReply),
    Endpoint("GET", "/ready", "Can the engine decide and learn?", ready, ReadyReply, errors=(503,)),
)
