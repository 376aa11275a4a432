"""POST /v1/webhooks/{source_id}; GET /v1/webhooks/dead and …/dead/{number}; POST …/dead/retry and …/{number}/retry."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aiohttp import web

from promo_engine.api.http.endpoint import Endpoint, Reply, path_id
from promo_engine.api.http.keys import WEBHOOK_INBOX
from promo_engine.domain.connections.webhook_deliveries import WebhookDelivery
from promo_engine.domain.errors import NotFound

_MOST_NUMBER = 2**31
MOST_SHOWN = 65_536
"""Bytes of a body that are shown."""


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


class DeadDeliveryReply(DeadDelivery):
    """A message that was given up, with what it said. It may hold names and addresses."""

    body: str | None
    """Text as it came, of a long one the beginning; bytes that are no UTF-8 are replaced. Null once it is deleted."""
    body_bytes: int


class AllRetriedReply(Reply):
    """How many messages wait again."""

    retried: int


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
        deliveries=[_shown(delivery) for delivery in await inbox.dead()],
    )


async def read_dead(request: web.Request) -> DeadDeliveryReply:
    """Return one message that was given up, with its body."""
    delivery = await request.app[WEBHOOK_INBOX].dead_delivery(_number(request))
    body = delivery.body
    return DeadDeliveryReply(
        **_shown(delivery).model_dump(),
        body=None if body is None else body[:MOST_SHOWN].decode(errors="replace"),
        body_bytes=len(body or b""),
    )


async def retry_all_dead(request: web.Request) -> AllRetriedReply:
    """Let every message that was given up wait again, with all its tries."""
    return AllRetriedReply(retried=await request.app[WEBHOOK_INBOX].retry_all())


async def retry_dead(request: web.Request) -> RetriedReply:
    """Let a message wait again, with all its tries."""
    number = _number(request)
    await request.app[WEBHOOK_INBOX].retry(number)
    return RetriedReply(number=number)


def _shown(delivery: WebhookDelivery) -> DeadDelivery:
    return DeadDelivery(
        number=delivery.number,
        source_id=delivery.source_id,
        topic=delivery.topic,
        delivery_id=delivery.delivery_id,
        received_at=delivery.received_at,
        tries=delivery.tries,
        last_error=delivery.last_error,
        can_retry=delivery.body is not None,
    )


def _number(request: web.Request) -> int:
    text = request.match_info["number"]
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:11]) < _MOST_NUMBER or len(text) > 10:
        raise NotFound("unknown_delivery", f"There is no dead delivery {text[:20]}.", field="number")
    return int(text)


ENDPOINTS = (
    Endpoint("GET", "/v1/webhooks/dead", "List webhooks that were given up", list_dead, DeadReply),
    Endpoint(
        "GET",
        "/v1/webhooks/dead/{number}",
        "Read a webhook that was given up",
        read_dead,
        DeadDeliveryReply,
        errors=(404,),
    ),
    Endpoint(
        "POST",
        "/v1/webhooks/dead/retry",
        "Try all webhooks again that were given up",
        retry_all_dead,
        AllRetriedReply,
        takes_key=False,
    ),
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
