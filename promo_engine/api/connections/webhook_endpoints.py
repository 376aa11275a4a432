"""POST /v1/webhooks/{source_id}, GET /v1/webhooks/dead, POST /v1/webhooks/dead/{number}/retry."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aiohttp import web

from promo_engine.api.http.endpoint import Endpoint, Reply, path_id
from promo_engine.api.http.keys import WEBHOOK_INBOX
from promo_engine.domain.errors import NotFound

_MOST_NUMBER = 2**31


class WebhookReply(Reply):
    """The message is stored and will be worked off."""

    result: Literal["accepted", "duplicate"]


class DeadDelivery(Reply):
    """A message that was given up."""

    number: int
    source_id: str
    topic: str
    delivery_id: str
    received_at: datetime
    tries: int
    last_error: str
    can_retry: bool


class DeadReply(Reply):
    """Messages that were given up, the newest first, and how much waits."""

    waiting: int
    dead: int
    deliveries: list[DeadDelivery]


class RetriedReply(Reply):
    """The message waits again."""

    number: int


async def accept_webhook(request: web.Request) -> WebhookReply:
    """Verify, store, answer. The body is whatever the shop signed."""
    new = await request.app[WEBHOOK_INBOX].accept(
        path_id(request, "source_id"), headers=request.headers, body=await request.read()
    )
    return WebhookReply(result="accepted" if new else "duplicate")


async def list_dead(request: web.Request) -> DeadReply:
    """List messages that were given up."""
    inbox = request.app[WEBHOOK_INBOX]
    counts = await inbox.counts()
    return DeadReply(
        waiting=counts.waiting,
        dead=counts.dead,
        deliveries=[
            DeadDelivery(
                number=delivery.number,
                source_id=delivery.source_id,
                topic=delivery.topic,
                delivery_id=delivery.delivery_id,
                received_at=delivery.received_at,
                tries=delivery.tries,
                last_error=delivery.last_error,
                can_retry=delivery.body is not None,
            )
            for delivery in await inbox.dead()
        ],
    )


async def retry_dead(request: web.Request) -> RetriedReply:
    """Let a message wait again, with all its tries."""
    text = request.match_info["number"]
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:11]) < _MOST_NUMBER or len(text) > 10:
        raise NotFound("unknown_delivery", f"There is no dead delivery {text[:20]}.", field="number")
    await request.app[WEBHOOK_INBOX].retry(int(text))
    return RetriedReply(number=int(text))


ENDPOINTS = (
    Endpoint("GET", "/v1/webhooks/dead", "List webhooks that were given up", list_dead, DeadReply),
    Endpoint(
        "POST",
        "/v1/webhooks/dead/{number}/retry",
        "Try a webhook again",
        retry_dead,
        RetriedReply,
        errors=(404, 409),
        takes_key=False,
    ),
    Endpoint(
        "POST",
        "/v1/webhooks/{source_id}",
        "Take a webhook in",
        accept_webhook,
        WebhookReply,
        errors=(400, 401),
        takes_key=False,
    ),
)
